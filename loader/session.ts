/**
 * One session of a module on this machine: load, run, read, stop, remove. Whatever happens, the
 * module is removed at the end, unless it is a flight recorder.
 */
import { readFileSync } from "node:fs";
import { Command, Writer } from "./command.ts";
import { Device, RUNNING } from "./device.ts";
import { checkFlight, flightPoints, forgetFlight, rememberFlight } from "./flight.ts";
import { LoadError, loadModule, removeLeftovers, removeModule } from "./module_load.ts";
import { eventLine } from "./record.ts";
import { readManifest } from "./module_file.ts";
import { Output } from "./session_output.ts";
import * as sys from "./sys.ts";
import type { Manifest, SessionOptions, SessionResult, SessionSink } from "./types.ts";

/** What ring_kb of runtime-c/transport.h is without -s, in MiB. */
const BUFFER_MB = 4;
const CHUNK = 256 * 1024;
/** A reader that finds more than this in a millisecond, or four, looks again soon. */
const HURRY = 64 * 1024;
const delay = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));

/** Opens the module's device, also where nobody makes its node in /dev. */
async function openDevice(name: string, attach: boolean): Promise<Device> {
  for (let attempt = 0;; attempt++) {
    try {
      return Device.open(`/dev/${name}`, attach);
    } catch (error) {
      if (!(error instanceof sys.SysError) || error.code != "ENOENT" || attempt == 50) throw error;
    }
    if (attempt == 25) {
      const [major, minor] = readFileSync(`/sys/class/misc/${name}/dev`, "utf8").split(":");
      sys.mknod(`/dev/${name}`, Number(major), Number(minor));
    }
    await delay(4);
  }
}

/**
 * Many functions: their addresses come from kallsyms, which is one pass instead of one search each.
 * Variables too, which the kernel's search for functions would not find.
 */
function resolveSymbols(device: Device): void {
  const ENTRY = 7;
  const RETURN = 9;
  const DATA = 12;
  const wanted = new Map<string, number[]>();
  let searches = 0;
  const rows = device.symbols();
  for (const row of rows) {
    if (row.family != ENTRY && row.family != RETURN && row.family != DATA) continue;
    // Names in a module are for the kernel to find: the module may go and come to another place.
    if (row.address != 0n || row.symbol == "" || row.module != "") continue;
    searches++;
    const list = wanted.get(row.symbol);
    if (list == null) wanted.set(row.symbol, [row.index]);
    else list.push(row.index);
  }
  if (searches < 16 && !rows.some((row) => row.family == DATA && row.symbol != "")) return;
  const addresses = new BigUint64Array(rows.length);
  for (const line of readFileSync("/proc/kallsyms", "latin1").split("\n")) {
    const code = "tTwW".includes(line.charAt(17));
    const tab = line.indexOf("\t", 19);
    const list = wanted.get(tab < 0 ? line.slice(19) : line.slice(19, tab));
    if (list == null) continue;
    const module = tab < 0 ? "" : line.slice(tab + 2, -1);
    for (const index of list) {
      if (rows[index].family == DATA ? code || module != "" : !code) continue;
      if (addresses[index] == 0n) addresses[index] = BigInt("0x" + line.slice(0, 16));
    }
  }
  device.setAddresses(addresses);
}

/** The addresses of kernel symbols, as a parameter of the module. */
export function symbolParameter(wanted: { name: string; module: string }[]): string {
  if (wanted.length == 0) return "";
  const addresses = wanted.map(() => "");
  for (const line of readFileSync("/proc/kallsyms", "latin1").split("\n")) {
    const tab = line.indexOf("\t", 19);
    const name = tab < 0 ? line.slice(19) : line.slice(19, tab);
    const module = tab < 0 ? "" : line.slice(tab + 2, -1);
    const index = wanted.findIndex((w) => w.name == name && w.module == module);
    // The per-CPU area begins at 0, so a small address is one too.
    if (index >= 0 && addresses[index] == "") addresses[index] = "0x" + line.slice(0, 16);
  }
  const missing = wanted.filter((_, i) => addresses[i] == "");
  if (missing.length > 0) {
    const names = missing.map((w) => (w.module == "" ? "" : w.module + ":") + w.name);
    throw new LoadError(`the running kernel has no symbol ${names.join(", ")}`);
  }
  return ` symbols=${addresses.join(",")}`;
}

/** Resolves when somebody asks for the end; twice asked means at once. */
class StopRequest {
  requested = false;
  urgent = false;
  left = false;
  private resolve: () => void = () => {};
  promise: Promise<void> = new Promise((done) => this.resolve = done);

  ask = (): void => {
    this.requested = true;
    this.resolve();
  };
  signal = (): void => {
    if (this.requested) this.urgent = true;
    this.ask();
  };
  /** The reader goes and the module stays (SIGQUIT). */
  leave = (): void => {
    this.left = true;
    this.resolve();
  };
}

function setGlobals(device: Device, manifest: Manifest | null, globals: [string, string][]): void {
  for (const [name, value] of globals) {
    const index = manifest?.globals.findIndex((g) => g.name == name) ?? -1;
    if (index < 0) throw new LoadError(`-G ${name}: the script has no scalar global of this name`);
    try {
      device.setGlobal(index, value);
    } catch (error) {
      throw new LoadError(`-G ${name}=${value}: not a value for it (${(error as Error).message})`);
    }
  }
}

/** One session from its loading to its end, or to the moment when it is left alone. */
class Session {
  readonly stop = new StopRequest();
  private readonly writer: Writer;
  private readonly output: Output;
  private device: Device | null = null;
  private command: Command | null = null;
  /** Name of the module while it is this session's to remove. */
  private loaded = "";
  private failed = false;
  /** Probe points of the rows, in order. */
  private points: string[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private commandDone: Promise<void> = Promise.resolve();

  constructor(private options: SessionOptions, sink: SessionSink) {
    this.writer = new Writer(sink);
    this.output = new Output(
      this.writer,
      options.suppressWarnings ?? false,
      (note) => eventLine(note, this.points),
      options.bulk ?? false,
    );
  }

  async run(): Promise<SessionResult> {
    try {
      return this.options.attach != null ? await this.attach() : await this.start();
    } catch (error) {
      this.failed = true;
      await this.output.say(`ERROR: ${(error as Error).message}\n`);
      return { status: 1, summary: null };
    }
  }

  /** Whatever happened: nothing stays that nobody asked to stay. */
  async clear(): Promise<boolean> {
    clearTimeout(this.timer);
    this.command?.kill();
    this.device?.close();
    if (this.loaded == "") return true;
    try {
      await removeModule(this.loaded);
      forgetFlight(this.loaded);
      return true;
    } catch (error) {
      const why = (error as Error).message;
      await this.output.say(`ERROR: the module ${this.loaded} cannot be removed: ${why}\n`);
      return false;
    }
  }

  private async start(): Promise<SessionResult> {
    const { options } = this;
    removeLeftovers();
    const manifest = readManifest(readFileSync(options.modulePath));
    const parameters = [`tapir_owner=${options.flight ? 0 : Deno.pid}`];
    if (options.bufferMb != null) parameters.push(`ring_kb=${options.bufferMb * 1024}`);
    if (options.flight) parameters.push("flight=1");
    const symbols = symbolParameter(manifest?.symbols ?? []);
    if (symbols != "") parameters.push(symbols.trim());
    const name = { built: options.moduleName, own: options.ownName ?? false };
    this.loaded = loadModule(options.modulePath, name, parameters.join(" "));
    const device = this.device = await openDevice(this.loaded, false);
    setGlobals(device, manifest, options.globals ?? []);
    if (options.command != null) {
      this.command = new Command(options.command, this.writer, options.inheritInput ?? false);
      device.setTarget(this.command.pid);
    } else if (options.targetPid != null) device.setTarget(options.targetPid);
    resolveSymbols(device);
    this.points = manifest?.probes.map((p) => p.point) ?? [];
    if (options.flight) return await this.takeOff(device);
    await this.readAll(device, device.start());
    return await this.finish(device);
  }

  /** Flight recorder: starts the module and leaves it alone. */
  private async takeOff(device: Device): Promise<SessionResult> {
    const state = await device.start();
    const name = this.loaded;
    device.close();
    this.device = null;
    if (state == RUNNING) {
      rememberFlight(name, this.points);
      this.loaded = "";
      return { status: 0, summary: null, running: name };
    }
    // Its begin probes ended it: what they printed is there to be read.
    this.device = await openDevice(name, true);
    await this.readAll(this.device, null);
    return await this.finish(this.device);
  }

  /** Reads a flight recorder that runs, and ends it unless it is left with SIGQUIT. */
  private async attach(): Promise<SessionResult> {
    const name = this.options.attach!;
    checkFlight(name);
    this.points = flightPoints(name);
    const device = this.device = await openDevice(name, true);
    if (this.options.timeoutMs != null) {
      this.timer = setTimeout(this.stop.ask, this.options.timeoutMs);
    }
    await this.readAll(device, null);
    if (this.stop.left) return { status: 0, summary: null, running: name };
    this.loaded = name;
    return await this.finish(device);
  }

  /** Reads until the session is over, or left. `starting` gives the state after the begin probes. */
  private async readAll(device: Device, starting: Promise<number> | null): Promise<void> {
    const { output, stop } = this;
    let started = starting == null;
    let stopping: Promise<unknown> | null = null;
    let stopped = false;
    let abandoned = false;
    let polling: Promise<number> | null = null;
    let wake = stop.promise;
    starting?.then((state) => {
      started = true;
      if (state != RUNNING) stop.ask();
      else this.afterStart();
    });
    for (;;) {
      const over = stopped || stop.left;
      const taken = device.drain(output.take, CHUNK);
      if (taken > 0) {
        await output.flush();
        device.release();
      }
      if (over && (taken == 0 || stop.left)) break;
      if (this.writer.error != null) {
        stop.urgent = true;
        stop.ask();
      }
      if (stop.urgent && !abandoned) {
        abandoned = true;
        await device.abandon();
      }
      // Stop waits for a start that is under way, and makes it end after the current handler.
      if (stop.requested && stopping == null) {
        wake = new Promise(() => {});
        stopping = device.stop().then(() => stopped = true);
      }
      if (taken >= CHUNK / 2 || stopped) continue;
      if (taken > 0) {
        // Begin probes can fill a ring in a few milliseconds.
        await delay(started || taken < HURRY ? 4 : 1);
        continue;
      }
      const events = stopping == null ? sys.POLLIN | sys.POLLPRI : sys.POLLIN;
      polling ??= device.poll(events, 50).then((happened) => {
        polling = null;
        if ((happened & sys.POLLPRI) != 0) stop.ask();
        return happened;
      });
      await Promise.race([polling, wake, ...(stopping == null ? [] : [stopping])]);
    }
    await polling;
    await output.flush();
  }

  /** Everything is armed: the command may run, and time begins to count. */
  private afterStart(): void {
    const { options, command } = this;
    if (options.timeoutMs != null) this.timer = setTimeout(this.stop.ask, options.timeoutMs);
    if (command == null) return;
    this.commandDone = command.go().then(async (ending) => {
      // One that the session itself ended has done nothing wrong.
      const complaint = this.stop.requested ? "" : command.complaint(ending);
      if (complaint != "") {
        this.failed = true;
        await this.output.say(complaint);
      }
      this.stop.ask();
    });
  }

  /** The closing account. */
  private async finish(device: Device): Promise<SessionResult> {
    const { options, output } = this;
    this.command?.kill();
    await this.commandDone;
    const summary = device.summary(this.points);
    // What a flight recorder overwrites is meant to go.
    if (summary.lost > 0 && options.attach == null && !options.suppressWarnings) {
      await output.say(
        `WARNING: There were ${summary.lost} transport failures. ` +
          `Try tapir -s to increase the buffer size from ${options.bufferMb ?? BUFFER_MB}.\n`,
      );
    }
    if ((summary.errors > 0 || summary.skipped > 0) && !options.suppressWarnings) {
      await output.say(
        `WARNING: Number of errors: ${summary.errors}, skipped probes: ${summary.skipped}\n`,
      );
    }
    // Errors that nobody was told of (--suppress-handler-errors) are none.
    const good = !output.failed && !this.failed && this.writer.error == null;
    return { status: good ? 0 : 1, summary };
  }
}

/** Loads and runs a module, and removes it. Never throws for what the user can mend. */
export async function runSession(
  options: SessionOptions,
  sink: SessionSink,
): Promise<SessionResult> {
  const session = new Session(options, sink);
  const signals: [Deno.Signal, () => void][] = [
    ["SIGINT", session.stop.signal],
    ["SIGTERM", session.stop.signal],
    ["SIGHUP", session.stop.signal],
  ];
  if (options.attach != null) signals.push(["SIGQUIT", session.stop.leave]);
  for (const [signal, take] of signals) Deno.addSignalListener(signal, take);
  try {
    const result = await session.run();
    return await session.clear() ? result : { ...result, status: 1 };
  } finally {
    for (const [signal, take] of signals) Deno.removeSignalListener(signal, take);
  }
}
