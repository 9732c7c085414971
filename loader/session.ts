/**
 * One session of a module on this machine: load, run, read, stop, remove. Whatever happens, the
 * module is removed at the end.
 */
import { readFileSync } from "node:fs";
import { Command, Writer } from "./command.ts";
import { Device, RecordKind, RUNNING } from "./device.ts";
import { LoadError, loadModule, removeLeftovers, removeModule } from "./module_load.ts";
import { readManifest } from "./module_file.ts";
import * as sys from "./sys.ts";
import type {
  Manifest,
  SessionOptions,
  SessionResult,
  SessionSink,
  SessionSummary,
} from "./types.ts";

const CHUNK = 256 * 1024;
const encode = (text: string) => new TextEncoder().encode(text);
const delay = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));

/** Opens the module's device, also where nobody makes its node in /dev. */
async function openDevice(name: string): Promise<Device> {
  for (let attempt = 0;; attempt++) {
    try {
      return Device.open(`/dev/${name}`);
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

/** Many rows: their addresses come from kallsyms, which is one pass instead of one search each. */
function resolveSymbols(device: Device): void {
  const ENTRY = 7;
  const RETURN = 9;
  const wanted = new Map<string, number[]>();
  const rows = device.symbols();
  for (const row of rows) {
    if ((row.family != ENTRY && row.family != RETURN) || row.address != 0n) continue;
    if (row.symbol == "") continue;
    const key = row.symbol;
    const list = wanted.get(key);
    if (list == null) wanted.set(key, [row.index]);
    else list.push(row.index);
  }
  if (wanted.size < 16) return;
  const addresses = new BigUint64Array(rows.length);
  for (const line of readFileSync("/proc/kallsyms", "latin1").split("\n")) {
    const kind = line.charAt(17);
    if (kind != "t" && kind != "T" && kind != "w" && kind != "W") continue;
    const tab = line.indexOf("\t", 19);
    const list = wanted.get(tab < 0 ? line.slice(19) : line.slice(19, tab));
    if (list == null) continue;
    const module = tab < 0 ? "" : line.slice(tab + 2, -1);
    for (const index of list) {
      if (rows[index].module != "" && rows[index].module != module) continue;
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

/** Collects records into chunks and writes them. */
class Output {
  private chunk = new Uint8Array(CHUNK + 65536);
  private length = 0;
  private stderr = false;
  private full: { stderr: boolean; bytes: Uint8Array }[] = [];
  failed = false;

  constructor(private writer: Writer, private suppressWarnings: boolean) {}

  take = (kind: RecordKind, data: Uint8Array, from: number, to: number): void => {
    if (kind == RecordKind.Control || (kind == RecordKind.Warn && this.suppressWarnings)) return;
    if (kind == RecordKind.Error) this.failed = true;
    const stderr = kind != RecordKind.Out;
    if (stderr != this.stderr || this.length + (to - from) > this.chunk.length) this.cut(stderr);
    if (to - from > 48) this.chunk.set(data.subarray(from, to), this.length);
    else {
      const chunk = this.chunk;
      for (let i = from, at = this.length; i < to;) chunk[at++] = data[i++];
    }
    this.length += to - from;
  };

  private cut(stderr: boolean): void {
    if (this.length > 0) {
      this.full.push({ stderr: this.stderr, bytes: this.chunk.slice(0, this.length) });
    }
    this.length = 0;
    this.stderr = stderr;
  }

  /** Writes what was taken. */
  async flush(): Promise<void> {
    this.cut(this.stderr);
    const full = this.full;
    this.full = [];
    for (const { stderr, bytes } of full) await this.writer.write(stderr, bytes);
  }

  say(text: string): Promise<void> {
    return this.writer.write(true, encode(text));
  }
}

/** Resolves when somebody asks for the end; twice asked means at once. */
class StopRequest {
  requested = false;
  urgent = false;
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

/** Reads until the session is over. */
async function readAll(
  device: Device,
  output: Output,
  writer: Writer,
  stop: StopRequest,
  afterStart: (state: number) => void,
): Promise<void> {
  let started = false;
  let stopping: Promise<unknown> | null = null;
  let stopped = false;
  let abandoned = false;
  let polling: Promise<number> | null = null;
  let wake = stop.promise;
  device.start().then((state) => {
    started = true;
    afterStart(state);
    if (state != RUNNING) stop.ask();
  });
  for (;;) {
    const over = stopped;
    const taken = device.drain(output.take, CHUNK);
    if (taken > 0) await output.flush();
    if (over && taken == 0) break;
    if (writer.error != null) {
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
      await delay(started ? 4 : 1);
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
}

/** Loads and runs a module, and removes it. Never throws for what the user can mend. */
export async function runSession(
  options: SessionOptions,
  sink: SessionSink,
): Promise<SessionResult> {
  const writer = new Writer(sink);
  const output = new Output(writer, options.suppressWarnings ?? false);
  const stop = new StopRequest();
  const signals: Deno.Signal[] = ["SIGINT", "SIGTERM", "SIGHUP"];
  let device: Device | null = null;
  let command: Command | null = null;
  let loaded = "";
  let status = 0;
  let summary: SessionSummary | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  for (const signal of signals) Deno.addSignalListener(signal, stop.signal);
  try {
    removeLeftovers();
    const manifest = readManifest(readFileSync(options.modulePath));
    const kilobytes = options.bufferMb == null ? "" : ` ring_kb=${options.bufferMb * 1024}`;
    const name = { built: options.moduleName, own: options.ownName ?? false };
    const symbols = symbolParameter(manifest?.symbols ?? []);
    loaded = loadModule(options.modulePath, name, `tapir_owner=${Deno.pid}${kilobytes}${symbols}`);
    device = await openDevice(loaded);
    setGlobals(device, manifest, options.globals ?? []);
    if (options.command != null) {
      command = new Command(options.command, writer, options.inheritInput ?? false);
      device.setTarget(command.pid);
    } else if (options.targetPid != null) device.setTarget(options.targetPid);
    resolveSymbols(device);
    const child = command;
    const commandDone: Promise<void>[] = [];
    await readAll(device, output, writer, stop, (state) => {
      if (state != RUNNING) return;
      if (options.timeoutMs != null) timer = setTimeout(stop.ask, options.timeoutMs);
      if (child == null) return;
      commandDone.push(
        child.go().then(async (ending) => {
          const complaint = child.complaint(ending);
          if (complaint != "") {
            status = 1;
            await output.say(complaint);
          }
          stop.ask();
        }),
      );
    });
    command?.kill();
    await Promise.all(commandDone);
    summary = device.summary(manifest?.probes.map((p) => p.point) ?? []);
    if (summary.lost > 0) {
      await output.say(`WARNING: ${summary.lost} records of output were lost, try a larger -s\n`);
    }
    if (summary.errors > 0 || output.failed) status = 1;
    if ((summary.errors > 0 || summary.skipped > 0) && !options.suppressWarnings) {
      await output.say(
        `WARNING: Number of errors: ${summary.errors}, skipped probes: ${summary.skipped}\n`,
      );
    }
    if (writer.error != null) status = 1;
  } catch (error) {
    status = 1;
    await output.say(`ERROR: ${(error as Error).message}\n`);
  } finally {
    clearTimeout(timer);
    command?.kill();
    device?.close();
    if (loaded != "") {
      try {
        await removeModule(loaded);
      } catch (error) {
        status = 1;
        await output.say(
          `ERROR: the module ${loaded} cannot be removed: ${(error as Error).message}\n`,
        );
      }
    }
    for (const signal of signals) Deno.removeSignalListener(signal, stop.signal);
  }
  return { status, summary };
}
