/**
 * The commands. `main` takes the words of a command line and a host, prints through the host and
 * gives the exit status; it never exits itself, so that the corpus runner can call it many times.
 */
import type { ScriptOutput } from "./output.ts";
import type { Host } from "./host.ts";
import { helpText, parseOptions, type Settings, UsageError } from "./options.ts";
import { type LapClock, NoClock } from "./pass_text.ts";
import { plainReason } from "./reason.ts";
import { timingReport } from "./timing.ts";
import type { Passes } from "./passes.ts";
import type { SessionResult } from "../loader/types.ts";
import { kernel, matchRelease, runningRelease } from "../loader/kernels.ts";
import { chooseTarget, type Target, TargetError } from "./target.ts";

export const VERSION = "0.1.0";

/** Runs one command line; gives the exit status. */
export async function main(words: string[], host: Host): Promise<number> {
  try {
    switch (words[0]) {
      case "doctor":
        return (await import("./doctor.ts")).doctor(words.slice(1), host);
      case "setup":
        return await setupCommand(words.slice(1), host);
      case "check":
        return await (await import("./check_files.ts")).checkFiles(words.slice(1), host);
      case "format":
        return await (await import("./format_files.ts")).formatFiles(words.slice(1), host);
      case "merge":
        return (await import("./merge.ts")).merge(words.slice(1), host);
      case "run":
        return await (await import("./run_module.ts")).runModule(words.slice(1), host);
    }
    if (words[0] == "record") return await record(words.slice(1), host);
    return await script(parseOptions(words), host);
  } catch (error) {
    if (error instanceof UsageError) {
      host.error(`tapir: ${error.message}\ntry 'tapir --help'\n`);
      return 1;
    }
    // The reader of a pipeline has what it wanted (`| head`): an end without a word, as of SIGPIPE.
    if (error instanceof Deno.errors.BrokenPipe) return STATUS_OF_SIGPIPE;
    host.error(`ERROR: ${messageOf(error)}\n`);
    return 1;
  }
}

/** What a shell shows of a program that SIGPIPE ended. */
const STATUS_OF_SIGPIPE = 128 + 13;

/** Text of an error for the user; the stack only when asked for by TAPIR_DEBUG. */
export function messageOf(error: unknown): string {
  if (Deno.env.get("TAPIR_DEBUG") && error instanceof Error) return error.stack ?? error.message;
  return error instanceof Error ? plainReason(error) : String(error);
}

async function setupCommand(words: string[], host: Host): Promise<number> {
  const { setup, TEST_KERNELS } = await import("../loader/setup.ts");
  const wanted = words.length > 0 ? words : [TEST_KERNELS[TEST_KERNELS.length - 1]];
  const ready = await setup(wanted, (text) => host.error(`setup: ${text}\n`));
  for (const k of ready) host.print(`ready: Linux ${k.release}\n`);
  return 0;
}

async function script(settings: Settings, host: Host): Promise<number> {
  if (settings.help) {
    host.print(helpText());
    return 0;
  }
  if (settings.version) {
    host.print(`tapir ${VERSION} (deno ${Deno.version.deno})\n`);
    return 0;
  }
  if (settings.attach != "") return await attach(settings, host);
  const { Passes } = await import("./passes.ts");
  if (settings.dumpProbeTypes) return Passes.dumpProbeTypes(host);
  const clock: LapClock = settings.verbose > 0
    ? new (await import("./pass_lines.ts")).PassClock()
    : new NoClock();
  if (settings.dumpFunctions || settings.dumpProbeAliases) {
    const passes = new Passes(settings, sandboxTarget(settings).kernel, host, clock);
    return await passes.dumpLibrary(settings.dumpFunctions ? "functions" : "aliases");
  }
  const wasm = settings.runtime == "wasm";
  const target = wasm ? sandboxTarget(settings) : targetOf(settings, host);
  if (target == null) return 1;
  const output = wantsFile(settings) ? await openOutput(settings, host) : null;
  if (output === undefined) return 1;
  try {
    const passes = new Passes(settings, target.kernel, host, clock);
    if (wasm) return await runInSandbox(settings, passes, output, host, clock);
    const product = await passes.compile();
    if (product == null) return passes.failed ? 1 : 0;
    const built = await passes.build(product);
    if (built == null) return 1;
    if (settings.lastPass == 4) {
      host.print(built + "\n");
      return 0;
    }
    if (settings.verbose > 0) host.error("Pass 5: starting run.\n");
    const name = product.manifest.module;
    // A name that nobody asked for is the build's, which other sessions may be using.
    settings.ownName ||= settings.moduleName == "";
    if (settings.flight && settings.output != "") {
      return await (await import("./daemon.ts")).runInBackground(built, settings, host);
    }
    const { execute } = await import("./execute.ts");
    const result = await execute(built, name, target, settings, output, host);
    if (settings.verbose > 0) host.error(`Pass 5: run completed ${clock.lapTime()}\n`);
    return finish(result, settings, host);
  } finally {
    output?.close();
  }
}

/** Runs a script and records its events, into the file of -o or on standard output. */
async function record(words: string[], host: Host): Promise<number> {
  const settings = parseOptions(words);
  if (settings.runtime != "kernel" || settings.flight || settings.bulk || settings.rotateMb > 0) {
    throw new UsageError("record takes neither --runtime=wasm nor -F, -b or -S");
  }
  settings.record = true;
  settings.defines.push("TAPIR_RECORD");
  return await script(settings, host);
}

/** -A: reads a flight recorder and ends it; SIGQUIT leaves it running. */
async function attach(settings: Settings, host: Host): Promise<number> {
  const output = settings.output != "" ? await openOutput(settings, host) : null;
  if (output === undefined) return 1;
  try {
    const { attachTo } = await import("./execute.ts");
    return finish(await attachTo(settings.attach, settings, output, host), settings, host);
  } finally {
    output?.close();
  }
}

/** The WebAssembly engine needs no kernel; one that is there gives types. */
function sandboxTarget(settings: Settings): Target {
  const release = settings.release != "" ? matchRelease(settings.release) : "";
  return { kernel: kernel(release != "" ? release : runningRelease()), machine: false, note: "" };
}

async function runInSandbox(
  settings: Settings,
  passes: Passes,
  output: ScriptOutput | null,
  host: Host,
  clock: LapClock,
): Promise<number> {
  const program = await passes.analyse();
  if (program == null) return passes.failed ? 1 : 0;
  const { printWasmText, executeWasm } = await import("./run_wasm.ts");
  if (settings.dumpWat || settings.lastPass < 5) {
    await printWasmText(program, settings, host);
    return 0;
  }
  if (settings.verbose > 0) host.error("Pass 5: starting run.\n");
  const result = await executeWasm(program, settings, output, host);
  if (settings.verbose > 0) host.error(`Pass 5: run completed ${clock.lapTime()}\n`);
  return finish(result, settings, host);
}

/** What is said of a session at its end; gives the exit status. */
export function finish(result: SessionResult, settings: Settings, host: Host): number {
  if (result.running != null) {
    host.error(
      `Disconnecting from tapir module.\nTo reconnect, type "tapir -A ${result.running}"\n`,
    );
  }
  if (settings.timing && result.summary != null) host.error(timingReport(result.summary.probes));
  if (settings.summary == "json") host.error(JSON.stringify(result) + "\n");
  if (result.status != 0) host.error("Pass 5: run failed.\n");
  return result.status == 0 ? 0 : 1;
}

/** The target, or null after having said why there is none. */
export function targetOf(settings: Settings, host: Host, built = false): Target | null {
  try {
    const target = chooseTarget(settings, built);
    if (settings.lastPass == 5) host.error(target.note);
    return target;
  } catch (error) {
    if (!(error instanceof TargetError)) throw error;
    host.error(`ERROR: ${error.message}\n`);
    return null;
  }
}

const MEGABYTE = 1 << 20;
/** Files of bulk mode without -o. */
const BULK_NAME = "stpd_cpu";

/** The output goes to files that this process writes. */
export function wantsFile(settings: Settings): boolean {
  return settings.lastPass == 5 && !settings.flight && (settings.output != "" || settings.bulk);
}

/** The files of -o and -b; undefined after having said why it cannot be written. */
export async function openOutput(
  settings: Settings,
  host: Host,
): Promise<ScriptOutput | undefined> {
  try {
    const { ScriptOutput } = await import("./output.ts");
    const rotation = settings.rotateMb > 0
      ? { size: settings.rotateMb * MEGABYTE, keep: settings.keepFiles }
      : null;
    return new ScriptOutput(settings.output || BULK_NAME, rotation, settings.bulk);
  } catch (error) {
    host.error(`ERROR: ${plainReason(error)}\n`);
    return undefined;
  }
}
