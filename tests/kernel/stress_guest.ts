/**
 * The inside of the stress test: loads and unloads modules again and again in a machine under load,
 * and ends their sessions at random moments in every way there is. Prints one JSON object.
 *
 *     deno run -A stress_guest.ts PLAN.json          all cycles
 *     deno run -A stress_guest.ts PLAN.json one N    one session of module N, to be killed
 */
import { runSession } from "../../loader/session.ts";
import type { SessionOptions, SessionResult } from "../../loader/types.ts";

/** How a module's session must go. */
export type Expectation = "runs" | "ends itself" | "fails" | "may fail" | "floods" | "no memory";

export interface Plan {
  seed: number;
  /** Load and unload cycles in this process. */
  cycles: number;
  /** Loaders that are killed. */
  kills: number;
  modules: { path: string; name: string; expect: Expectation }[];
}

export interface Report {
  cycles: number;
  kills: number;
  /** Times that two sessions ran at once. */
  pairs: number;
  interrupts: number;
  lost: number;
  /** What went wrong. */
  wrong: string[];
}

/** xorshift32: the same seed gives the same test. */
class Dice {
  constructor(private state: number) {}
  below(limit: number): number {
    let x = this.state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.state = x >>> 0;
    return this.state % limit;
  }
}

const plan: Plan = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
const dice = new Dice(plan.seed);
const report: Report = { cycles: 0, kills: 0, pairs: 0, interrupts: 0, lost: 0, wrong: [] };

interface Outcome {
  result: SessionResult;
  lines: number;
  stderr: string;
}

async function session(index: number, timeoutMs: number): Promise<Outcome> {
  const module = plan.modules[index];
  const options: SessionOptions = {
    modulePath: module.path,
    moduleName: module.name,
    ownName: true,
    bufferMb: 1,
    timeoutMs,
  };
  let lines = 0, stderr = "";
  // A slow reader for what floods.
  const slow = module.expect == "floods" && dice.below(2) == 0;
  const result = await runSession(options, {
    stdout: async (bytes) => {
      for (const byte of bytes) if (byte == 10) lines++;
      if (slow) await new Promise((done) => setTimeout(done, 20));
    },
    stderr: (bytes) => void (stderr += new TextDecoder().decode(bytes)),
  });
  return { result, lines, stderr };
}

function check(index: number, { result, lines, stderr }: Outcome, interrupted: boolean): void {
  const { expect, name } = plan.modules[index];
  const complain = (text: string): void =>
    void report.wrong.push(
      `cycle ${report.cycles}, ${name} (${expect}): ${text}: ${stderr.slice(0, 300)}`,
    );
  const { summary } = result;
  if (expect == "no memory") {
    if (result.status != 1 || !stderr.includes("ENOMEM")) complain("loaded beyond the memory");
    return;
  }
  if (summary == null) return complain("no account");
  // One that is ended early may not come as far as its error.
  const free = expect == "may fail" || (expect == "fails" && interrupted);
  if (!free && (result.status != 0) != (expect == "fails")) complain(`status ${result.status}`);
  if (summary.produced != summary.delivered + summary.lost) {
    complain(`produced ${summary.produced}, delivered ${summary.delivered}, lost ${summary.lost}`);
  }
  for (const probe of summary.probes) {
    const missed = Object.values(probe.missed).reduce((a, b) => a + b, 0);
    if (probe.hits != probe.handled + missed) complain(`${probe.point} does not add up`);
  }
  if (expect == "floods") {
    report.lost += summary.lost;
    // One line for each hit; what is lost, is lost line by line.
    const { handled } = summary.probes[0];
    if (lines + summary.lost != handled) {
      complain(`${handled} lines printed, ${lines} read, ${summary.lost} lost`);
    }
  }
}

async function cycle(): Promise<void> {
  const first = dice.below(plan.modules.length);
  const timeout = 1 + dice.below(60);
  const interrupted = dice.below(4) == 0;
  if (!interrupted) return await sessions(first, timeout, false);
  report.interrupts++;
  const timer = setTimeout(() => Deno.kill(Deno.pid, "SIGINT"), dice.below(150));
  await sessions(first, timeout, true);
  clearTimeout(timer);
}

/** One session, or two at once. */
async function sessions(first: number, timeout: number, interrupted: boolean): Promise<void> {
  if (dice.below(4) > 0) return check(first, await session(first, timeout), interrupted);
  const second = dice.below(plan.modules.length);
  report.pairs++;
  const both = await Promise.all([session(first, timeout), session(second, 1 + dice.below(60))]);
  check(first, both[0], interrupted);
  check(second, both[1], interrupted);
}

/** A loader in a process of its own, killed at some moment of its life. */
async function kill(): Promise<void> {
  const index = dice.below(plan.modules.length);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "-q", "--no-lock", "--no-config", "--no-check", "--no-remote", "--no-npm"],
      ...[new URL(import.meta.url).pathname, Deno.args[0], "one", String(index)],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  // The first byte says that it is about to load.
  const reader = child.stdout.getReader();
  await reader.read();
  await new Promise((done) => setTimeout(done, dice.below(400)));
  try {
    child.kill("SIGKILL");
  } catch {
    // It ended before.
  }
  await child.status;
  await reader.cancel();
}

/** Modules of ours that are loaded and in use by nobody are removed by the next session. */
function loadedModules(): string[] {
  return Deno.readTextFileSync("/proc/modules").split("\n").map((line) => line.split(" ")[0])
    .filter((name) => name.startsWith("tapir_"));
}

async function main(): Promise<void> {
  // Sessions listen themselves; one that comes too late must not end this process.
  Deno.addSignalListener("SIGINT", () => {});
  while (report.cycles < plan.cycles) {
    const started = performance.now();
    await cycle();
    report.cycles++;
    console.error(`cycle ${report.cycles}: ${(performance.now() - started).toFixed(0)} ms`);
  }
  for (; report.kills < plan.kills; report.kills++) await kill();
  const last = plan.modules.findIndex((module) => module.expect == "runs");
  check(last, await session(last, 10), false);
  const left = loadedModules();
  if (left.length > 0) report.wrong.push(`left in the kernel: ${left.join(" ")}`);
  console.log(JSON.stringify(report));
  Deno.exit(0);
}

if (Deno.args[1] == "one") {
  console.log("loading");
  await session(Number(Deno.args[2]), 2000);
} else {
  await main();
}
