/**
 * Fuzzer of the lexer, preprocessor, parser and printer.
 *
 *     deno run -A tools/fuzz_syntax.ts [--seed=N] [--runs=N] [--seconds=N] [FILE.stp...]
 *
 * Mutates scripts by bytes and by tokens. No input may crash or hang the parser, and whatever
 * parses without errors must print to a text that parses to the same print. A failing input is
 * printed as a JSON string.
 */
import { Reporter } from "../compiler/front/source/diagnostics.ts";
import { render } from "../compiler/front/source/render.ts";
import { Source, SourceKind } from "../compiler/front/source/source.ts";
import { formatScript } from "../compiler/front/syntax/format.ts";
import { ParseOptions } from "../compiler/front/syntax/options.ts";
import { parseScript } from "../compiler/front/syntax/parser.ts";
import { printScript } from "../compiler/front/syntax/print.ts";

/** A small generator of repeatable random numbers (mulberry32). */
export class Random {
  constructor(private state: number) {}

  /** A number from 0 to below `limit`. */
  below(limit: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / 4294967296 * limit);
  }

  pick<T>(list: T[]): T {
    return list[this.below(list.length)];
  }
}

const WORDS = [
  ..."probe global private function if else for foreach in limit return delete while".split(" "),
  ..."break continue next string long try catch do x y a begin end $v $$vars $1 @1 $# @#".split(
    " ",
  ),
  ..."{ } ( ) [ ] , ; : ? ! . -> = += .= <<< << >> >>> && || & | ^ ~ + - * / % == != <".split(" "),
  ..."=~ !~ ++ -- %( %? %: %) %{ %} @define @cast @count @hist_log @defined 0 1 0x10 08".split(" "),
  ...[
    '"s"',
    '"',
    "#",
    "//",
    "/*",
    "*/",
    "\n",
    "99999999999999999999",
    "printf",
    "print",
    "$",
    "@m",
  ],
];

/** One changed copy of a script. */
export function mutate(text: string, random: Random): string {
  let result = text;
  const times = 1 + random.below(4);
  for (let i = 0; i < times; i++) {
    const at = random.below(result.length + 1);
    const length = random.below(6);
    switch (random.below(5)) {
      case 0:
        result = result.slice(0, at) + String.fromCharCode(random.below(256)) + result.slice(at);
        break;
      case 1:
        result = result.slice(0, at) + result.slice(at + length);
        break;
      case 2:
        result = result.slice(0, at) + " " + random.pick(WORDS) + " " + result.slice(at);
        break;
      case 3: {
        const from = random.below(result.length + 1);
        result = result.slice(0, at) + result.slice(from, from + 40) + result.slice(at);
        break;
      }
      default: {
        const tokens = result.split(/(\s+|\b)/);
        tokens[random.below(tokens.length)] = random.pick(WORDS);
        result = tokens.join("");
      }
    }
  }
  return result;
}

/** Parses, prints and renders; throws if a promise is broken. Tells whether it parsed. */
export function checkText(text: string): boolean {
  const [printed, errors] = once(text, false);
  if (errors > 0) return false;
  const [again, errorsAgain] = once(printed, false);
  if (errorsAgain > 0 || again !== printed) throw new Error("print does not parse to itself");
  const [full] = once(text, true);
  const [fromFull] = once(full, false);
  if (fromFull !== printed) throw new Error("full parentheses change the tree");
  const formatted = formatScript(new Source("fuzz.stp", text, SourceKind.User, true));
  if (once(formatted, false)[0] !== printed && !usesPreprocessor(text)) {
    throw new Error("formatting changes the tree");
  }
  if (formatScript(new Source("fuzz.stp", formatted, SourceKind.User, true)) !== formatted) {
    throw new Error("formatting twice differs");
  }
  return true;
}

function usesPreprocessor(text: string): boolean {
  return text.includes("%(") || text.includes("@define") || /[$@][0-9#]/.test(text);
}

function once(text: string, full: boolean): [string, number] {
  const reporter = new Reporter();
  const options = new ParseOptions();
  options.kernelRelease = "6.1.0-25-cloud-amd64";
  options.args = ["one", "2"];
  const source = new Source("fuzz.stp", text, SourceKind.User, true);
  const start = performance.now();
  const tree = parseScript(source, options, null, reporter);
  if (performance.now() - start > 3000) throw new Error("takes too long");
  for (const format of ["human", "short", "json"]) render(reporter.list, format, false);
  return [printScript(tree, full), reporter.errors];
}

/** Mutants of the seeds until the budget is spent; [runs, parsed]. Throws on a finding. */
export function fuzz(
  seeds: string[],
  seed: number,
  runs: number,
  seconds: number,
): [number, number] {
  const random = new Random(seed);
  const end = performance.now() + seconds * 1000;
  const pool = seeds.slice();
  let done = 0;
  let parsed = 0;
  while (done < runs && performance.now() < end) {
    const text = mutate(random.pick(pool), random);
    done++;
    try {
      if (!checkText(text)) continue;
    } catch (error) {
      throw new Error(`input ${JSON.stringify(text)}`, { cause: error });
    }
    parsed++;
    if (pool.length < 500 && text.length < 4000) pool.push(text);
  }
  return [done, parsed];
}

/** A short script with every construct. */
export const SEED_SCRIPT = `
global a, b = 1, c[100], d%, e%[10], f = "x" "y"; private global pg
@define foo(x, y) %( @x + @y %)
%( kernel_v >= "6.0" && arch == "x86*" %? global yes %: global no %)
function fn:long (a:string, b) { if (a == "x") return 1; else return b }
function fn2 (a):2 { return }
function fc:string (x) %{ STAP_RETVALUE; %}
%{ #include <x.h> %}
# a comment
probe {syscall.open, kernel.{function("a*@b.c:3"), trace("x")}}.return?, begin(-3),
  timer.s(3)!, process("a").*.foo*.b** if (a > 1) {
  foreach ([x+, y] in c[*, 3] limit 4 * 2) { delete c[x, *]; delete a } // end
  foreach (v = k in c-) { next }
  foreach (h in @hist_log(c[1])) print(@hist_log(a))
  x = a < b ? c : d; y = a . b + 1 == 3 & 2 | [1, *] in c && q in z /* here */
  x <<< -5; x = $foo->bar[x]->z$$ . $$vars$ . &$q->r . @cast(x, "t", "kernel")->a . fn(1)->x[2]
  try { a++ } catch (m) { --b }
  do { x++ } while (x < 3)
  while (1) break
  for (;;) {} for (i = 0; i < 3; i++) continue
  x = !a =~ "abc" "d" || ~b !~ "z"
  printf("%d %s\\n", 1, "a"); printdln(",", 1, 2); x = sprint(1); print_char(65)
  x = @avg(c[1, "2"]) + @hist_linear(x, 0, 10, 1)[3] + @variance(x, 3) + @kderef(8, 3) + %{ 3 %}
  %{ abc %}
  z = @const("X") + @enum("A") + @enumname(1, "x") + @var("a@b")[3]$ + @perf("x") + @foo(1, 2)
}
probe aa = bb = begin { x = 1 }, { y = 2 }
probe cc += begin {}
`;

if (import.meta.main) {
  const options = new Map<string, number>([["seed", 1], ["runs", 1e9], ["seconds", 20]]);
  const seeds = [SEED_SCRIPT];
  for (const word of Deno.args) {
    const option = /^--(\w+)=(\d+)$/.exec(word);
    if (option != null) options.set(option[1], Number(option[2]));
    else {
      const bytes = Array.from(Deno.readFileSync(word), (byte) => String.fromCharCode(byte));
      seeds.push(bytes.join(""));
    }
  }
  const seed = options.get("seed")!;
  const [runs, parsed] = fuzz(seeds, seed, options.get("runs")!, options.get("seconds")!);
  console.log(`seed ${seed}: ${runs} inputs, ${parsed} of them correct scripts, no finding`);
}
