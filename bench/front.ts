/**
 * What the front end costs: the start of `-p1` beside SystemTap's, long scripts by length, and a
 * check in the WebAssembly module beside the same check in this process.
 *
 *     deno run -A bench/front.ts [--stap="COMMAND"]
 */
import process from "node:process";
import { analyseStep, CheckRequest, parseStep } from "../compiler/front/check.ts";
import { NoOracle } from "../compiler/front/oracle/none.ts";
import { ParseOptions } from "../compiler/front/syntax/options.ts";
import { HostLibrary } from "../compiler/library_host.ts";
import { allFamilies } from "../compiler/probes/all.ts";
import { projectRoot } from "../loader/root.ts";
import { build } from "../wasm/build.ts";
import { Checker } from "../wasm/host.ts";
import { cpuSeconds } from "./measure.ts";

const HELLO = 'probe begin { println("hello") exit() }';

/** A script of about so many lines: functions, maps, aggregates, prints. */
function script(lines: number): string {
  const out: string[] = ["global reads, writes, names[1000]"];
  for (let n = 0; out.length < lines; n++) {
    out.push(`# handler ${n}`);
    out.push(`function f${n}:long (a:long, b:string) {`);
    out.push(`  if (a > ${n} && b != "none") return a * 2 + strlen(b)`);
    out.push(
      `  x = a << 3 | 0x${n.toString(16)}; println(x . "text ${n}")`.replace("x .", "sprint(x) ."),
    );
    out.push("  return x", "}");
    out.push(`probe timer.ms(${n % 1000 + 1}) {`);
    out.push("  names[execname(), pid()]++");
    out.push(`  reads <<< f${n}(${n}, "abc"); writes <<< gettimeofday_us()`);
    out.push('  foreach ([name, p-] in names limit 10) printf("%s %5d\\n", name, names[name, p])');
    out.push('  try { print(@count(reads), @avg(writes)) } catch (e) { println("error: " . e) }');
    out.push("}");
  }
  return out.join("\n") + "\n";
}

/** Milliseconds of processor time of this process so far. */
function cpu(): number {
  const usage = process.cpuUsage();
  return (usage.user + usage.system) / 1000;
}

/** Processor time of one call, the least of several. */
function cost(times: number, work: () => void): number {
  let best = Infinity;
  for (let i = 0; i < times; i++) {
    const start = cpu();
    work();
    best = Math.min(best, cpu() - start);
  }
  return best;
}

const library = new HostLibrary();

function native(text: string, both: boolean): void {
  const options = new ParseOptions();
  const oracle = new NoOracle();
  const request = new CheckRequest("bench.stp", text, options, library, oracle, allFamilies());
  const parsed = parseStep(request);
  if (both) analyseStep(parsed);
  const { reporter } = parsed.result;
  if (reporter.errors > 0) throw new Error(reporter.list.map((d) => d.text()).join("\n"));
}

async function start(stap: string[]): Promise<void> {
  const main = `${projectRoot()}/cli/main.ts`;
  const command = [Deno.execPath(), "run", "-A", main, "-p1", "-e", HELLO];
  await cpuSeconds(command);
  const own = await cpuSeconds(command, { times: 5 });
  console.log(
    `-p1 of one line: ${(own * 1000).toFixed(0)} ms of processor time, Deno's start included`,
  );
  if (stap.length == 0) return;
  const peer = await cpuSeconds([...stap, "-p1", "-e", HELLO], { times: 5 });
  console.log(`  stap: ${(peer * 1000).toFixed(0)} ms; ratio ${(own / peer).toFixed(2)}`);
}

function lengths(): void {
  native(script(1000), true);
  for (const lines of [1000, 10000, 100000]) {
    const text = script(lines);
    const times = lines > 10000 ? 1 : 3;
    const parse = cost(times, () => native(text, false));
    const both = cost(times, () => native(text, true));
    const each = (ms: number) => `${ms.toFixed(0)} ms, ${(ms * 1000 / lines).toFixed(1)} us a line`;
    console.log(`${lines} lines: parse ${each(parse)}; parse and analyse ${each(both)}`);
  }
}

async function sandbox(): Promise<void> {
  const checker = await Checker.load(await build());
  const text = script(100);
  const bytes = new TextEncoder().encode(text);
  const inModule = () => {
    checker.reset();
    checker.addScript("bench.stp", bytes);
    if (checker.check().errors > 0) throw new Error("the script has errors");
  };
  for (let i = 0; i < 30; i++) {
    native(text, true);
    inModule();
  }
  const here = cost(30, () => native(text, true));
  const there = cost(30, inModule);
  const ratio = (there / here).toFixed(1);
  console.log(
    `100 lines: ${here.toFixed(1)} ms here, ${there.toFixed(1)} ms in the module; ratio ${ratio}`,
  );
}

const given = Deno.args.find((word) => word.startsWith("--stap="))?.slice(7).split(" ");
await start(given ?? []);
lengths();
await sandbox();
