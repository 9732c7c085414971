/**
 * Fuzzer of the whole front end: scripts from the grammar and mutants of real ones go through
 * lexer, parser and analysis of both builds, this process's and the WebAssembly module's. No input
 * may crash, trap or hang either, and both must say the same bytes.
 *
 *     deno run -A tools/fuzz_check.ts [--seed=N] [--runs=N] [--seconds=N]
 *
 * A failing input is written to tests/found, whose files are checked first in every run.
 */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { caseFiles } from "../tests/verdict/cases.ts";
import { build } from "../wasm/build.ts";
import { libraryFiles } from "../wasm/bundle.ts";
import { ROOT } from "../wasm/compiler.ts";
import { Checker } from "../wasm/host.ts";
import { FileRole, Session } from "../wasm/session.ts";
import { mutate, Random, SEED_SCRIPT } from "./fuzz_syntax.ts";
import { ScriptMaker } from "./script_grammar.ts";

const FOUND = `${ROOT}/tests/found`;
/** A check of a small script that takes longer than this hangs, even on a busy machine. */
const HANG_MS = 60000;
const OPTIONS = { args: ["one", "2"], kernelRelease: "6.1.0-1" };

const latin1 = (bytes: Uint8Array) => Array.from(bytes, (b) => String.fromCharCode(b)).join("");
const bytesOf = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

/** Both builds, ready for one script after the other. */
export class Builds {
  private constructor(private session: Session, private checker: Checker) {}

  static async open(): Promise<Builds> {
    const session = new Session();
    for (const [name, bytes] of libraryFiles()) {
      session.addFile(name, latin1(bytes), FileRole.Library);
    }
    session.setOptions(JSON.stringify(OPTIONS));
    return new Builds(session, await Checker.load(await build()));
  }

  /** Checks a script in both; throws on a finding. Gives the number of errors in the script. */
  compare(text: string): number {
    this.session.forgetScripts();
    this.session.addFile("fuzz.stp", text, FileRole.Script);
    const start = performance.now();
    const errors = this.session.check(true);
    if (performance.now() - start > HANG_MS) throw new Error("it takes too long");
    const native = new TextDecoder().decode(bytesOf(this.session.result));
    this.checker.reset();
    this.checker.addScript("fuzz.stp", bytesOf(text));
    this.checker.setOptions(OPTIONS);
    const inModule = this.checker.checkText(true);
    if (native != inModule) throw new Error(`the builds differ:\n${native}\n${inModule}`);
    return errors;
  }
}

/** Real scripts to mutate: the corpus, the examples and the scripts with verdicts. */
function seeds(): string[] {
  const found = [SEED_SCRIPT];
  for (const folder of ["tests/corpus", "examples"]) {
    // In order, so that a seed gives the same scripts on every machine.
    const names = (readdirSync(`${ROOT}/${folder}`, { recursive: true }) as string[]).sort();
    for (const name of names) {
      const path = `${ROOT}/${folder}/${name}`;
      if (name.endsWith(".stp") && statSync(path).size < 4000) {
        found.push(readFileSync(path, "latin1"));
      }
    }
  }
  for (const file of caseFiles()) found.push(...file.cases.map((item) => item.script));
  return found;
}

/** Inputs that were findings once. */
export function foundInputs(): string[] {
  if (!existsSync(FOUND)) return [];
  return readdirSync(FOUND).filter((name) => name.endsWith(".stp")).sort()
    .map((name) => readFileSync(`${FOUND}/${name}`, "latin1"));
}

/** A script that stays a script: some numbers, operators and names change places. */
function nudge(text: string, random: Random): string {
  let result = text;
  for (let i = 1 + random.below(3); i > 0; i--) {
    const [pattern, others] = random.pick(NUDGES);
    const places = [...result.matchAll(pattern)];
    if (places.length == 0) continue;
    const place = random.pick(places);
    const end = place.index + place[0].length;
    result = result.slice(0, place.index) + random.pick(others) + result.slice(end);
  }
  return result;
}

const NUDGES: [RegExp, string[]][] = [
  [/\b\d+\b/g, ["0", "1", "-1", "7", "9223372036854775807", "0x10", "64"]],
  [/ (?:[-+*\/%&|^]|<<|>>) /g, [" + ", " - ", " * ", " / ", " % ", " & ", " << ", " ^ "]],
  [/ (?:[=!]=|[<>]=?) /g, [" == ", " != ", " < ", " >= "]],
  [/ (?:[-+*\/]?=) /g, [" = ", " += ", " -= ", " *= "]],
  [/\b(?:begin|end|error|never)\b/g, ["begin", "end", "error", "timer.ms(5)"]],
  [/\b[a-z]\b/g, ["a", "b", "k", "x", "s"]],
  [/"[^"\n]*"/g, ['""', '"a"', '"%d\\n"', '"[a-z]*"']],
];

export interface Figures {
  generated: number;
  mutated: number;
  /** How many of them have no error. */
  correct: number;
}

/** A run ends when it has kept so many findings. */
const FINDINGS = 10;

/** Goes on until the budget is spent; throws what it found, after having kept the inputs. */
export async function fuzzCheck(seed: number, runs: number, seconds: number): Promise<Figures> {
  const builds = await Builds.open();
  const random = new Random(seed);
  const maker = new ScriptMaker(random);
  const pool = seeds();
  const figures: Figures = { generated: 0, mutated: 0, correct: 0 };
  const findings: Error[] = [];
  const once = (text: string) => {
    try {
      if (builds.compare(text) == 0) figures.correct++;
    } catch (error) {
      const path = `${FOUND}/seed${seed}_${figures.generated + figures.mutated}.stp`;
      writeFileSync(path, text, "latin1");
      findings.push(new Error(`finding, its input is in ${path}`, { cause: error }));
    }
  };
  for (const text of foundInputs()) once(text);
  const end = performance.now() + seconds * 1000;
  const goesOn = () => performance.now() < end && findings.length < FINDINGS;
  for (let done = 0; done < runs && goesOn(); done++) {
    if (done % 2 == 0) {
      figures.generated++;
      once(maker.script());
    } else {
      figures.mutated++;
      once(done % 4 == 1 ? nudge(random.pick(pool), random) : mutate(random.pick(pool), random));
    }
  }
  if (findings.length == 1) throw findings[0];
  if (findings.length > 1) throw new AggregateError(findings, `${findings.length} findings`);
  return figures;
}

if (import.meta.main) {
  const options = new Map<string, number>([["seed", 1], ["runs", 1e9], ["seconds", 120]]);
  for (const word of Deno.args) {
    const option = /^--(\w+)=(\d+)$/.exec(word);
    if (option == null) throw new Error(`unknown word ${word}`);
    options.set(option[1], Number(option[2]));
  }
  const seed = options.get("seed")!;
  const start = performance.now();
  const f = await fuzzCheck(seed, options.get("runs")!, options.get("seconds")!);
  const time = ((performance.now() - start) / 1000).toFixed(0);
  console.log(
    `seed ${seed}: ${f.generated} generated and ${f.mutated} mutated scripts in ${time} s, ` +
      `${f.correct} of them correct; both builds say the same of all, no finding`,
  );
}
