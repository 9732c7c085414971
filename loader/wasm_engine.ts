/**
 * `--runtime=wasm`: a session of a program in this process, without any privilege.
 *
 * begin, end, error and timer probes run as on the kernel engine, in real time. Probes of other
 * families need a recording (replay.ts) that drives them; after its last event the session ends.
 */
import binaryenWabt from "wabt";
import * as ir from "../compiler/front/ir/ir.ts";
import { type Compiled, compileWasm, Unsupported } from "../compiler/backend/wasm/compile.ts";
import { sessionProgram } from "../compiler/backend/session_program.ts";
import {
  Host,
  SandboxError,
  type ScriptError,
  type TaskView,
} from "../compiler/backend/wasm/host.ts";
import { intrinsicOf } from "../compiler/backend/wasm/intrinsics.ts";
import type { Scalar } from "../compiler/backend/wasm/map.ts";
import { compileMatcher } from "../compiler/backend/wasm/regex.ts";
import { RegexError } from "../compiler/backend/regex/pattern.ts";
import { siteText } from "../compiler/backend/wasm/site.ts";
import { Command, Writer } from "./command.ts";
import { SpinWatch } from "./spin_watch.ts";
import { EventHit, parseReplay, plainPoint, type ReplayEvent } from "./replay.ts";
import type { SessionResult, SessionSink } from "./types.ts";

export interface WasmOptions {
  /** Limits by their -D names: MAXACTION, MAXSTRINGLEN, ...; unknown names are ignored. */
  defines?: Record<string, string>;
  /** -x */
  targetPid?: number;
  /** -c, run by `/bin/sh -c`; the session ends when it exits. */
  command?: string;
  /** -T */
  timeoutMs?: number;
  /** -G NAME=VALUE */
  globals?: [string, string][];
  /** -w */
  suppressWarnings?: boolean;
  suppressTimeLimits?: boolean;
  suppressHandlerErrors?: boolean;
  /** Text of a recording (--replay). */
  replay?: string;
  /** Loop rounds and calls of one handler; default 2^32. */
  fuel?: bigint;
  /** Bytes for strings, and for arrays; default 256 MiB. */
  maxMemory?: number;
  optimize?: boolean;
  /** Ends the session as Ctrl-C does. */
  signal?: AbortSignal;
}

/** Why a program cannot run on this engine; one per place. */
export interface WasmRefusal {
  span: ir.IrNode["span"];
  text: string;
}

const DEFAULT_FUEL = 1n << 32n;
const DEFAULT_MEMORY = 256 << 20;
/** Warnings that are remembered, so that they are printed once. */
const WARNINGS_KEPT = 1024;
/** Bytes of a warning or an error, its newline too: longer ones are cut, as SystemTap does. */
const MESSAGE_MAX = 384;
/** Longest time without listening to signals, and longest delay that timers catch up with. */
const HEAR_MS = 50;
const PATIENCE_MS = 1000;
const LOCAL_FAMILIES = ["begin", "end", "error", "never"];

/** What keeps a program from running on this engine; empty if nothing does. */
export function refusals(program: ir.Program, options: WasmOptions = {}): WasmRefusal[] {
  const list: WasmRefusal[] = [];
  for (const row of program.rows) {
    const local = LOCAL_FAMILIES.includes(row.family) || timerOf(row) !== null;
    if (!local && options.replay === undefined) {
      list.push({
        span: row.span,
        text: `the WebAssembly engine cannot arm ${row.point}: it runs without the kernel ` +
          "(give recorded events with --replay FILE, or leave out --runtime=wasm)",
      });
    }
  }
  const used = usedFunctions(program);
  program.funcs.forEach((func, index) => {
    if (func.body || !used.has(index) || intrinsicOf(func)) return;
    list.push({
      span: func.span,
      text: `the WebAssembly engine has no ${func.name.replace(/#\d+$/, "")}(): ` +
        "its body is embedded C",
    });
  });
  for (const regex of program.regexes) {
    try {
      compileMatcher(regex.pattern, program.needsCaptures);
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      list.push({ span: regex.span, text: `the pattern cannot be compiled: ${error.message}` });
    }
  }
  for (const block of program.embedded) {
    if (!block.library) {
      list.push({ span: block.span, text: "the WebAssembly engine cannot run embedded C" });
    }
  }
  return list;
}

function usedFunctions(program: ir.Program): Set<number> {
  const used = new Set<number>();
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit);
    else if (node instanceof ir.IrNode || node instanceof ir.FormatPiece) {
      if (node instanceof ir.CallExpr) add(node.func);
      for (const [key, value] of Object.entries(node)) if (key !== "span") visit(value);
    }
  };
  const add = (index: number): void => {
    if (index < 0 || used.has(index)) return;
    used.add(index);
    visit(program.funcs[index].body);
    add(program.funcs[index].nextOverload);
  };
  for (const handler of program.handlers) {
    visit(handler.body);
    for (const slot of handler.entrySlots) visit(slot.value);
  }
  return used;
}

const number = (options: WasmOptions, name: string, otherwise: number): number => {
  const value = Number(options.defines?.[name] ?? otherwise);
  return Number.isFinite(value) ? value : otherwise;
};

/** Compiles for a session with these options. */
export function compileForSession(program: ir.Program, options: WasmOptions = {}): Compiled {
  return compileWasm(program, {
    maxStringLength: number(options, "MAXSTRINGLEN", 512),
    maxNesting: number(options, "MAXNESTING", 0),
    countActions: !options.suppressTimeLimits &&
      options.defines?.STAP_SUPPRESS_TIME_LIMITS_ENABLE === undefined,
    maxMemory: options.maxMemory ?? DEFAULT_MEMORY,
    optimize: options.optimize ?? false,
  });
}

/** The module's text form, validated on the way (--dump-wat). */
export async function wasmText(binary: Uint8Array): Promise<string> {
  const wabt = await (binaryenWabt as unknown as () => Promise<any>)();
  const module = wabt.readWasm(binary, {
    exceptions: true,
    bulk_memory: true,
    mutable_globals: true,
    sign_extension: true,
    readDebugNames: true,
  });
  try {
    module.validate();
    module.generateNames();
    module.applyNames();
    return module.toText({ foldExprs: false, inlineExport: false });
  } finally {
    module.destroy();
  }
}

/** Runs a program; refusals end it before it starts, with status 1. */
export async function runWasm(
  source: ir.Program,
  options: WasmOptions,
  sink: SessionSink,
): Promise<SessionResult> {
  const program = sessionProgram(source);
  const failed: SessionResult = { status: 1, summary: null };
  const complain = async (text: string) => await sink.stderr(encode(`ERROR: ${text}\n`));
  const refused = refusals(program, options);
  for (const refusal of refused) await complain(`${refusal.span.where()}: ${refusal.text}`);
  if (refused.length > 0) return failed;
  let compiled: Compiled;
  let events: ReplayEvent[] | null = null;
  try {
    compiled = compileForSession(program, options);
    if (options.replay !== undefined) events = parseReplay(options.replay, ownTask());
  } catch (error) {
    if (error instanceof Unsupported) await complain(`${error.span.where()}: ${error.message}`);
    else if (error instanceof Error) await complain(error.message);
    return failed;
  }
  return await new Session(program, compiled, options, sink).run(events);
}

enum State {
  Starting,
  Running,
  Stopping,
  Failed,
}

class Session {
  private state = State.Starting;
  private readonly host: Host;
  private readonly queue: { error: boolean; text: string }[] = [];
  private hit: EventHit | null = null;
  private events: ReplayEvent[] | null = null;
  private readonly watch = new SpinWatch();
  /** When -T is over, on the clock of performance.now(). */
  private deadline = Infinity;
  private errors = 0;
  private readonly warnings = new Set<string>();
  private reported = false;
  /** The error probes run. */
  private last = false;
  /** A probe of those that run now was ended by abort(). */
  private aborted = false;
  private wake: () => void = () => {};
  private readonly stopped: Promise<void>;
  private readonly task = ownTask();
  private readonly writer: Writer;
  private command: Command | null = null;
  private target: number;
  private readonly hits: number[];
  private produced = 0;
  /** Bytes in the queue. */
  private queued = 0;

  constructor(
    private readonly program: ir.Program,
    compiled: Compiled,
    private readonly options: WasmOptions,
    sink: SessionSink,
  ) {
    this.writer = new Writer(sink);
    this.target = options.targetPid ?? 0;
    this.hits = program.rows.map(() => 0);
    this.stopped = new Promise((resolve) => this.wake = resolve);
    const maxAction = number(options, "MAXACTION", 1000);
    this.host = new Host(program, compiled, {
      maxStringLength: number(options, "MAXSTRINGLEN", 512),
      maxMapEntries: number(options, "MAXMAPENTRIES", 2048),
      maxActionInterruptible: number(options, "MAXACTION_INTERRUPTIBLE", maxAction * 10),
      histElision: number(options, "HIST_ELISION", 2),
      histWidth: number(options, "HIST_WIDTH", 50),
      fuel: options.fuel ?? DEFAULT_FUEL,
      maxMemory: options.maxMemory ?? DEFAULT_MEMORY,
    }, {
      stdout: (text) => this.put(false, text),
      warn: (text) => this.warn(text),
      stop: () => this.stop(State.Stopping),
      abort: () => {
        this.aborted = true;
        this.stop(State.Stopping);
      },
      interrupted: () => this.interrupted(),
      now: () =>
        this.hit?.time ?? BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6)),
      monotonic: () => this.hit?.time ?? BigInt(Math.round(performance.now() * 1e6)),
      hit: () => this.hit,
      task: () => this.hit?.task ?? this.task,
      target: () => this.hit?.target ?? this.target,
    });
  }

  async run(events: ReplayEvent[] | null): Promise<SessionResult> {
    this.events = events;
    try {
      await this.host.start();
      this.setGlobals();
      await this.live(events);
    } catch (error) {
      if (!(error instanceof SandboxError)) {
        this.command?.kill();
        this.watch.stop();
        throw error;
      }
      this.put(true, `ERROR: ${error.message}\n`);
      this.reported = true;
      this.state = State.Failed;
    }
    this.watch.stop();
    this.command?.kill();
    if (this.errors > 0 && !this.options.suppressWarnings) {
      this.put(true, `WARNING: Number of errors: ${this.errors}, skipped probes: 0\n`);
    }
    await this.drain();
    return {
      status: this.reported ? 1 : 0,
      summary: {
        errors: this.errors,
        skipped: 0,
        produced: this.produced,
        delivered: this.produced,
        lost: 0,
        probes: this.program.rows.map((row, at) => ({
          point: row.point,
          hits: this.hits[at],
          handled: this.hits[at],
          missed: {},
        })),
      },
    };
  }

  private setGlobals(): void {
    for (const [name, value] of this.options.globals ?? []) {
      const index = this.program.globals.findIndex((global) => global.name === name);
      const global = this.program.globals[index];
      if (!global || global.isMap() || global.type === ir.Ty.Stats) {
        throw new SandboxError(`-G ${name}: no such scalar global`);
      }
      this.host.setGlobal(index, value);
    }
  }

  private async live(events: ReplayEvent[] | null): Promise<void> {
    if (this.options.command !== undefined) {
      this.command = new Command(this.options.command, this.writer, true);
      this.target = this.command.pid;
    }
    if (this.options.timeoutMs !== undefined) {
      this.deadline = performance.now() + this.options.timeoutMs;
    }
    await this.runAll("begin", State.Starting);
    if (this.state === State.Starting) this.state = State.Running;
    const stop = () => this.stop(State.Stopping);
    this.options.signal?.addEventListener("abort", stop);
    if (this.options.signal?.aborted) stop();
    const timers: ReturnType<typeof setTimeout>[] = [];
    if (this.options.timeoutMs !== undefined) timers.push(setTimeout(stop, this.options.timeoutMs));
    let ended = Promise.resolve();
    try {
      if (this.state === State.Running) {
        if (this.command) ended = this.follow(this.command);
        if (events) await this.replay(events);
        else await this.timers();
      }
    } finally {
      for (const timer of timers) clearTimeout(timer);
      this.options.signal?.removeEventListener("abort", stop);
    }
    this.command?.kill();
    await ended;
    await this.runAll("end", State.Stopping);
    await this.runAll("error", State.Failed);
  }

  /** Rows of a family in their order while the state lasts. */
  private async runAll(family: string, during: State): Promise<void> {
    const rows = this.program.rows.map((row, at) => ({ at, order: orderOf(row), row }))
      .filter(({ row }) => row.family === family);
    rows.sort((a, b) => a.order < b.order ? -1 : a.order > b.order ? 1 : a.at - b.at);
    this.last = family === "error";
    this.aborted = false;
    // Of probes that run in one go only the last error counts.
    let held: { error: ScriptError; at: number } | null = null;
    for (const [place, { at, row }] of rows.entries()) {
      if (this.state !== during && (!row.joined || this.aborted)) break;
      const event = this.events?.find((e) => e.row === at && e.probe === family);
      this.hit = event === undefined ? null : new EventHit(event);
      const error = this.handle(at);
      this.hit = null;
      if (error) held = { error, at };
      if (held && !rows[place + 1]?.row.joined) {
        this.report(held.error, held.at);
        held = null;
      }
      await this.drain();
    }
  }

  /** -T is over or Ctrl-C was pressed while a handler runs, which then ends. */
  private interrupted(): boolean {
    const over = this.state < State.Stopping && performance.now() > this.deadline;
    if (!over && !this.watch.interrupted()) return false;
    this.stop(State.Stopping);
    return true;
  }

  private handle(row: number, entry: Scalar[] = []): ScriptError | null {
    this.watch.begin();
    this.hits[row]++;
    return this.host.fire(row, entry);
  }

  private fire(row: number, entry: Scalar[] = []): void {
    const error = this.handle(row, entry);
    if (error) this.report(error, row);
  }

  private report(error: ScriptError, row: number): void {
    this.errors++;
    if (this.options.suppressHandlerErrors) return;
    const near = error.span ? ` near ${siteText(error.span)}` : "";
    const chain = error.chain.map((span) => ` (called from ${siteText(span)})`).join("");
    const line = `ERROR: ${error.text}${near}${chain} in probe ${this.program.rows[row].point}`;
    this.put(true, line.slice(0, MESSAGE_MAX - 1) + "\n");
    this.reported = true;
    if (this.errors > number(this.options, "MAXERRORS", 0)) {
      this.stop(State.Failed);
    }
  }

  private stop(state: State): void {
    // What ends a session that failed already: nothing, but exit() in one of its error probes.
    if (this.state === State.Failed && !this.last) return;
    if (this.state === State.Stopping && state !== State.Failed) return;
    this.state = state;
    this.wake();
  }

  private warn(message: string): void {
    const text = message.slice(0, MESSAGE_MAX - 1 - "WARNING: ".length);
    if (this.options.suppressWarnings || this.warnings.has(text)) return;
    if (this.warnings.size < WARNINGS_KEPT) this.warnings.add(text);
    this.put(true, `WARNING: ${text}${text.endsWith("\n") ? "" : "\n"}`);
  }

  private put(error: boolean, text: string): void {
    const last = this.queue[this.queue.length - 1];
    if (last && last.error === error) last.text += text;
    else if (text !== "") this.queue.push({ error, text });
    if (!error) this.produced += text.length;
    this.queued += text.length;
    if (this.queued > (this.options.maxMemory ?? DEFAULT_MEMORY)) {
      throw new SandboxError("the sandbox's memory limit is used up by output of one handler");
    }
  }

  private async drain(): Promise<void> {
    this.queued = 0;
    for (const { error, text } of this.queue.splice(0)) {
      await this.writer.write(error, encode(text));
    }
    if (this.writer.error !== null) throw this.writer.error;
  }

  /** Lets the command run; the session ends with it. */
  private async follow(command: Command): Promise<void> {
    const complaint = command.complaint(await command.go());
    if (complaint !== "") {
      this.put(true, complaint);
      this.reported = true;
    }
    this.stop(State.Stopping);
  }

  /** Timer probes in real time until the session stops. */
  private async timers(): Promise<void> {
    const start = performance.now();
    const due = this.program.rows.flatMap((row, at) => {
      const timer = timerOf(row);
      return timer ? [{ at, timer, next: start + delay(timer) }] : [];
    });
    let heard = performance.now();
    while (this.state === State.Running) {
      await this.drain();
      if (due.length === 0) {
        await this.hold(null);
        continue;
      }
      due.sort((a, b) => a.next - b.next);
      const wait = due[0].next - performance.now();
      // Signals and the command are heard while the engine waits, or catches up for long.
      if (wait > 0.5 || performance.now() - heard > HEAR_MS) {
        await this.hold(Math.max(0, wait));
        heard = performance.now();
        continue;
      }
      const first = due[0];
      this.fire(first.at);
      // What was late is caught up with, in the order of time, but not endlessly.
      first.next += delay(first.timer);
      const now = performance.now();
      if (now - first.next > PATIENCE_MS) first.next = now + delay(first.timer);
    }
    await this.drain();
  }

  private async hold(milliseconds: number | null): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const waits = [this.stopped];
    // An interval keeps the process alive while nothing is due.
    if (milliseconds === null) timer = setInterval(() => {}, 1 << 30);
    else waits.push(new Promise((resolve) => timer = setTimeout(resolve, milliseconds)));
    await Promise.race(waits);
    if (milliseconds === null) clearInterval(timer);
    else clearTimeout(timer);
  }

  private async replay(events: ReplayEvent[]): Promise<void> {
    const rows = this.rowsByPoint();
    const pending = new Map<string, Scalar[][]>();
    const lowest = lowestRows(events);
    for (const event of events) {
      if (this.state !== State.Running) return;
      if (LOCAL_FAMILIES.includes(event.probe)) continue;
      if (event.row >= 0) {
        const own = this.program.rows[event.row]?.point === event.probe;
        // Another script's recording: a hit that met several of its probes is one hit.
        if (!own && event.row !== lowest.get(event.probe)) continue;
        const at = own ? [event.row] : rows.get(event.probe) ?? [];
        this.recorded(event, at, pending);
        await this.drain();
        continue;
      }
      const point = plainPoint(event.probe);
      const found = rows.get(event.probe) ?? rows.get(point) ?? [];
      this.hit = new EventHit(event);
      for (const at of this.returnRows(point)) {
        const { slots, error } = this.host.saveEntry(at);
        if (error) this.report(error, at);
        const key = `${at}:${event.task.tid}`;
        pending.set(key, [...pending.get(key) ?? [], slots]);
      }
      for (const at of found) {
        if (this.state !== State.Running) break;
        this.fire(at, pending.get(`${at}:${event.task.tid}`)?.pop() ?? []);
      }
      this.hit = null;
      await this.drain();
    }
    this.stop(State.Stopping);
  }

  /** A recorded hit of these rows. */
  private recorded(event: ReplayEvent, rows: number[], pending: Map<string, Scalar[][]>): void {
    this.hit = new EventHit(event);
    for (const at of rows) {
      if (this.state !== State.Running) break;
      const key = `${at}:${event.task.tid}`;
      if (!event.entry) {
        this.fire(at, pending.get(key)?.pop() ?? []);
        continue;
      }
      const { slots, error } = this.host.saveEntry(at);
      if (error) this.report(error, at);
      const saved = pending.get(key);
      if (saved === undefined) pending.set(key, [slots]);
      else saved.push(slots);
    }
    this.hit = null;
  }

  /**
   * Rows by what an event may call them: the resolved point, or the name that the script uses. A
   * name that stands for several points (a system call's, one for each way to call it) is one
   * event, so only the first row of each place in the script answers to it.
   */
  private rowsByPoint(): Map<string, number[]> {
    const rows = new Map<string, number[]>();
    const named = new Set<string>();
    const put = (key: string, row: number) => {
      const list = rows.get(key);
      if (!list) rows.set(key, [row]);
      else if (!list.includes(row)) list.push(row);
    };
    this.program.rows.forEach((row, at) => {
      put(row.point, at);
      put(plainPoint(row.point), at);
      const name = plainPoint(row.name);
      const place = `${name} ${row.span.where()}`;
      if (named.has(place)) return;
      named.add(place);
      put(row.name, at);
      put(name, at);
    });
    return rows;
  }

  /** Return probes of the function whose entry an event is. */
  private returnRows(point: string): number[] {
    const list: number[] = [];
    this.program.rows.forEach((row, at) => {
      if (plainPoint(row.point).startsWith(`${point.replace(/\.call$/, "")}.return`)) {
        if (this.program.handlers[row.handler].entrySlots.length > 0) list.push(at);
      }
    });
    return list;
  }
}

/** The first row of each point in a recording. */
function lowestRows(events: ReplayEvent[]): Map<string, number> {
  const lowest = new Map<string, number>();
  for (const { probe, row } of events) {
    if (row >= 0 && row < (lowest.get(probe) ?? Infinity)) lowest.set(probe, row);
  }
  return lowest;
}

interface Timer {
  milliseconds: number;
  random: number;
}

/** Length of a tick, as on kernels built with HZ=250. */
const JIFFY_MS = 4;

/** Interval of a timer probe; null if this engine has no such timer. */
export function timerOf(row: ir.ProbeRow): Timer | null {
  if (row.family !== "timer") return null;
  const kind = row.prop("kind");
  if (kind !== "interval" && kind !== "jiffies") return null;
  const unit = kind === "jiffies" ? JIFFY_MS : 1e-6;
  return {
    milliseconds: Number(row.prop("period")) * unit,
    random: Number(row.prop("randomize")) * unit,
  };
}

function delay(timer: Timer): number {
  return Math.max(0.1, timer.milliseconds + (Math.random() * 2 - 1) * timer.random);
}

/** N of begin(N), end(N), error(N). */
function orderOf(row: ir.ProbeRow): bigint {
  return BigInt(row.prop("order") || "0");
}

function ownTask(): TaskView {
  const uid = Deno.uid() ?? 0;
  const gid = Deno.gid() ?? 0;
  return {
    pid: Deno.pid,
    tid: Deno.pid,
    ppid: Deno.ppid,
    pgrp: Deno.pid,
    sid: Deno.pid,
    uid,
    euid: uid,
    gid,
    egid: gid,
    cpu: 0,
    execname: "tapir",
    pexecname: "",
  };
}

function encode(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
