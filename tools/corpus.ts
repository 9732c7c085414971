/**
 * Runs a folder of scripts as real kernel modules in one throwaway machine:
 *
 *     deno task corpus DIR [--engine=kernel|wasm] [--release RELEASE] [--only NAME] [--update]
 *
 * NAME.stp is a test when NAME.expected is there (standard output, byte for byte). Beside them,
 * where present: NAME.opts (a line of options before the script), NAME.args (words after it),
 * NAME.exit (0 or 1, zero or not; 0 if absent), NAME.stderr (lines that must be among those
 * printed, scripts by their bare names). `{dir}` in them is the folder as seen where the script runs,
 * `{library}` its folder library as seen where the script is compiled (for -I). Executables of the
 * folder's programs/NAME.c are in the machine as /programs/NAME.
 */
import { resolve } from "node:path";
import { main } from "../cli/app.ts";
import type { Host } from "../cli/host.ts";
import type { Agent } from "../loader/agent/agent.ts";
import { bootableKernels, type Kernel, kernel, matchRelease } from "../loader/kernels.ts";
import { VmAgent } from "../loader/vm/machine.ts";
import type { SessionOptions, SessionResult, SessionSink } from "../loader/types.ts";
import { diffLines } from "./diff.ts";
import { buildPrograms, PROGRAMS } from "./programs.ts";
import { shellWords } from "./words.ts";

/** Where the folder is in the machine. */
const GUEST_FOLDER = "/corpus";
/** A session that takes longer is interrupted, and after a while its machine is given up. */
const SESSION_LIMIT_MS = 90_000;
const MERCY_MS = 20_000;

interface Case {
  name: string;
  words: string[];
  expected: string | null;
  exit: number;
  stderr: string[];
}

export interface CorpusResult {
  passed: number;
  failed: number;
}

/** One machine for all sessions; booted when first needed, and again if it dies. */
class SharedMachine {
  private booted: Promise<VmAgent> | null = null;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private kernel: Kernel, private folder: string) {}

  agent(): Promise<VmAgent> {
    this.booted ??= this.boot();
    return this.booted;
  }

  async put(hostPath: string, name: string): Promise<string> {
    return await (await this.agent()).put(hostPath, name);
  }

  run(options: SessionOptions, sink: SessionSink): Promise<SessionResult> {
    const next = this.turn.then(() => this.runNow(options, sink));
    this.turn = next.catch(() => {});
    return next;
  }

  async close(): Promise<void> {
    if (this.booted != null) await (await this.booted).close();
  }

  private async boot(): Promise<VmAgent> {
    const agent = await VmAgent.start(this.kernel);
    await agent.machine.agent.putTree(this.folder, GUEST_FOLDER);
    const programs = await buildPrograms(this.folder);
    if (programs != "") await agent.machine.agent.putTree(programs, PROGRAMS);
    return agent;
  }

  private async runNow(options: SessionOptions, sink: SessionSink): Promise<SessionResult> {
    const agent = await this.agent();
    const timers = [
      setTimeout(() => void agent.interrupt(), SESSION_LIMIT_MS),
      setTimeout(() => void agent.close(), SESSION_LIMIT_MS + MERCY_MS),
    ];
    try {
      // The machine may have been booted anew since the module was put there.
      if (!agentHas.get(agent)?.has(options.modulePath)) await this.putAgain(agent, options);
      if (!options.command?.startsWith(PROGRAMS)) return await agent.run(options, sink);
      await this.shell(agent, LIST);
      const result = await agent.run(options, sink);
      await this.shell(agent, REMOVE_LEFT);
      return result;
    } catch (error) {
      const alive = await Promise.race([
        agent.machine.agent.runShell("true", { stdout() {}, stderr() {} }).then(() => true),
        new Promise<boolean>((done) => setTimeout(() => done(false), 5000)),
      ]).catch(() => false);
      if (!alive) {
        this.booted = null;
        await agent.close().catch(() => {});
      }
      throw error;
    } finally {
      timers.forEach(clearTimeout);
    }
  }

  private async shell(agent: VmAgent, command: string): Promise<void> {
    const stderr = (bytes: Uint8Array) => console.error(new TextDecoder().decode(bytes));
    await agent.machine.agent.runShell(command, { stdout() {}, stderr });
  }

  private async putAgain(agent: VmAgent, options: SessionOptions): Promise<void> {
    const name = options.modulePath.slice(options.modulePath.lastIndexOf("/") + 1);
    const source = hostPaths.get(options.modulePath);
    if (source != null) await agent.put(source, name);
    const has = agentHas.get(agent) ?? new Set();
    agentHas.set(agent, has.add(options.modulePath));
  }
}

/** What is in /tmp before a program runs there. */
const LIST = "ls -A /tmp > /run/before";
/** Removes what it left, where the next one begins; modules may have come meanwhile. */
const REMOVE_LEFT = 'cd /tmp; for f in *; do case "$f" in *.ko) continue; esac; ' +
  'grep -qxF -- "$f" /run/before || rm -rf -- "$f"; done';

/** Module paths that each machine has, and where they came from. */
const agentHas = new WeakMap<VmAgent, Set<string>>();
const hostPaths = new Map<string, string>();

/** The loss account of a session does not add up: what is wrong, as lines. */
export function accountComplaints(result: SessionResult): string[] {
  const summary = result.summary;
  if (summary == null) return [];
  const lines: string[] = [];
  const { produced, delivered, lost } = summary;
  if (produced != delivered + lost) {
    lines.push(`output: ${produced} produced, but ${delivered} delivered and ${lost} lost`);
  }
  for (const probe of summary.probes) {
    const missed = Object.values(probe.missed).reduce((a, b) => a + b, 0);
    if (probe.hits != probe.handled + missed) {
      lines.push(`${probe.point}: ${probe.hits} hits, ${probe.handled} handled, ${missed} missed`);
    }
  }
  return lines;
}

/** A host that keeps what a command prints. */
class CaptureHost implements Host {
  color = false;
  out: Uint8Array[] = [];
  err: Uint8Array[] = [];
  /** Loss accounts that do not add up. */
  wrong: string[] = [];

  constructor(private shared: SharedMachine) {}

  stdout(bytes: Uint8Array): void {
    this.out.push(bytes.slice());
  }

  stderr(bytes: Uint8Array): void {
    this.err.push(bytes.slice());
  }

  print(text: string): void {
    this.out.push(new TextEncoder().encode(text));
  }

  error(text: string): void {
    this.err.push(new TextEncoder().encode(text));
  }

  machine(_kernel: Kernel): Promise<Agent> {
    const shared = this.shared;
    const id = serial++;
    return Promise.resolve({
      put(hostPath, name) {
        const path = `/tmp/${id}-${name}`;
        hostPaths.set(path, hostPath);
        return Promise.resolve(path);
      },
      run: async (options, sink) => {
        const result = await shared.run(options, sink);
        this.wrong.push(...accountComplaints(result));
        return result;
      },
      interrupt: async () => await (await shared.agent()).interrupt(),
      kernelLog: async () => await (await shared.agent()).kernelLog(),
      close: () => Promise.resolve(),
    });
  }

  release(_agent: Agent): Promise<void> {
    return Promise.resolve();
  }

  standardInput(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array());
  }

  onInterrupt(_callback: () => void): () => void {
    return () => {};
  }
}

let serial = 1;

function latin1(parts: Uint8Array[]): string {
  return parts.map((part) => new TextDecoder("latin1").decode(part)).join("");
}

async function readOr(path: string): Promise<string | null> {
  const bytes = await Deno.readFile(path).catch(() => null);
  return bytes == null ? null : new TextDecoder("latin1").decode(bytes);
}

async function readCases(folder: string, seenAs: string, only: string): Promise<Case[]> {
  const cases: Case[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.isFile || !entry.name.endsWith(".stp")) continue;
    const name = entry.name.slice(0, -".stp".length);
    if (only != "" && name != only) continue;
    const part = (kind: string) => readOr(`${folder}/${name}.${kind}`);
    const fill = (text: string | null) =>
      (text ?? "").replaceAll("{dir}", seenAs).replaceAll("{library}", `${folder}/library`);
    const [expected, opts, args, exit, stderr] = await Promise.all(
      [part("expected"), part("opts"), part("args"), part("exit"), part("stderr")],
    );
    if (expected == null && exit == null && stderr == null && only == "") continue;
    cases.push({
      name,
      words: [...shellWords(fill(opts)), `${folder}/${name}.stp`, ...shellWords(fill(args))],
      expected: expected == null ? null : fill(expected),
      exit: exit == null ? 0 : Number(exit.trim()) != 0 ? 1 : 0,
      stderr: fill(stderr).split("\n").filter((line) => line != ""),
    });
  }
  return cases.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** What is wrong with a run, as lines; empty if nothing is. */
function complaints(test: Case, out: string, err: string, status: number): string[] {
  const lines: string[] = [];
  if (test.expected != null && out != test.expected) lines.push(...diffLines(test.expected, out));
  if ((status != 0 ? 1 : 0) != test.exit) lines.push(`exit status ${status}, not ${test.exit}`);
  const printed = new Set(err.split("\n"));
  for (const line of test.stderr) {
    if (!printed.has(line)) lines.push(`not on standard error: ${line}`);
  }
  if (lines.length > 0 && err != "") {
    lines.push(
      "standard error was:",
      ...err.trimEnd().split("\n").slice(0, 40).map((l) => "  " + l),
    );
  }
  return lines;
}

export interface CorpusOptions {
  /** Run in this process on the WebAssembly engine; the release only gives types. */
  wasm?: boolean;
  /** Name of the one test to run. */
  only?: string;
  /** Write what is printed as what is expected. */
  update?: boolean;
  say?: (line: string) => void;
}

/** Runs all tests of a folder on one kernel; prints as it goes. */
export async function runCorpus(
  folder: string,
  release: string,
  options: CorpusOptions = {},
): Promise<CorpusResult> {
  const say = options.say ?? console.log;
  const target = kernel(release);
  const seenAs = options.wasm ? folder : GUEST_FOLDER;
  const cases = await readCases(folder, seenAs, options.only ?? "");
  const types = release == "" ? [] : [`-r${release}`];
  const where = options.wasm ? ["--runtime=wasm", ...types] : [`--remote=vm:${release}`];
  const shared = new SharedMachine(target, folder);
  const result: CorpusResult = { passed: 0, failed: 0 };
  let next = 0;
  const worker = async () => {
    while (next < cases.length) {
      const test = cases[next++];
      const host = new CaptureHost(shared);
      const started = performance.now();
      const status = await main([...where, ...test.words], host).catch((error) => {
        host.error(`${error}\n`);
        return 1;
      });
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      // Messages name scripts as the command line did: here by their bare names.
      const out = latin1(host.out), err = latin1(host.err).replaceAll(`${folder}/`, "");
      if (options.update) {
        // The bytes themselves: "latin1" is windows-1252 to a decoder, which does not go back.
        const bytes = new Uint8Array(await new Blob(host.out as BlobPart[]).arrayBuffer());
        await Deno.writeFile(`${folder}/${test.name}.expected`, bytes);
      }
      const wrong = options.update ? [] : complaints(test, out, err, status);
      wrong.push(...host.wrong);
      if (wrong.length == 0) {
        result.passed++;
        say(`ok      ${test.name} (${seconds} s)`);
      } else {
        result.failed++;
        say([`FAILED  ${test.name} (${seconds} s)`, ...wrong.map((l) => "    " + l)].join("\n"));
      }
    }
  };
  // One of the three runs its session; the other two compile meanwhile.
  try {
    await Promise.all([worker(), worker(), worker()]);
  } finally {
    await shared.close().catch(() => {});
  }
  return result;
}

if (import.meta.main) {
  let folder = "", release = "", only = "", engine = "kernel", update = false;
  const words = [...Deno.args];
  while (words.length > 0) {
    const [word, inline] = splitOption(words.shift()!);
    const value = () => inline ?? words.shift() ?? "";
    if (word == "--release" || word == "-r") release = value();
    else if (word == "--engine") engine = value();
    else if (word == "--only") only = value();
    else if (word == "--update") update = true;
    else folder = word;
  }
  if (folder == "" || engine != "kernel" && engine != "wasm") {
    console.error(
      "usage: deno task corpus DIR [--engine=kernel|wasm] [--release RELEASE] [--only NAME]",
    );
    Deno.exit(1);
  }
  const chosen = release != "" ? matchRelease(release) : bootableKernels()[0]?.release ?? "";
  if (chosen == "" && engine == "kernel") {
    console.error(`no kernel ${release} to boot; what to do: deno task tapir setup ${release}`);
    Deno.exit(1);
  }
  const result = await runCorpus(resolve(folder), chosen, {
    wasm: engine == "wasm",
    only,
    update,
  });
  console.log(`${result.passed} passed, ${result.failed} failed`);
  Deno.exit(result.failed == 0 ? 0 : 1);
}

function splitOption(word: string): [string, string | null] {
  const equals = word.startsWith("--") ? word.indexOf("=") : -1;
  return equals < 0 ? [word, null] : [word.slice(0, equals), word.slice(equals + 1)];
}
