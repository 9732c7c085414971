/**
 * Recorded events: one JSON object a line.
 *
 *   {"probe": "kernel.function(\"vfs_read\")", "time": 1700000000000000000,
 *    "task": {"pid": 1, "execname": "init"}, "args": [3, "0xffff8880"], "vars": {"count": 10},
 *    "strings": {"name": "x"}, "retval": 5, "memory": [{"address": "0x1000", "bytes": "68690a00"}]}
 *
 * A recording (`tapir record`) also has `row`, the number of the probe in its script, `target`, and
 * the task's `address`. Only `probe` is needed. `probe` is the point as the script writes it or as it resolved, with or
 * without what follows an `@` in its quotes; `args` are the function's or tracepoint's arguments in
 * order; an event that enters a function may carry `return`: "entry" to feed `@entry` only.
 */
import type { Hit, TaskView } from "../compiler/backend/wasm/host.ts";

export interface ReplayEvent {
  probe: string;
  /** Number of the probe in the recorded script; -1 if the event was not recorded. */
  row: number;
  /** It only enters a function whose return is probed. */
  entry: boolean;
  /** target() when it was recorded; null if that is not known. */
  target: number | null;
  time: bigint | null;
  task: TaskView;
  args: (bigint | string)[];
  vars: Map<string, bigint | string>;
  retval: bigint | undefined;
  memory: { address: bigint; bytes: Uint8Array }[];
}

/** A line that is no event, with its number. */
export class ReplayError extends Error {}

/** Reads a recording; the task of an event without one is `task`. */
export function parseReplay(text: string, task: TaskView): ReplayEvent[] {
  const events: ReplayEvent[] = [];
  text.split("\n").forEach((line, at) => {
    if (line.trim() === "") return;
    try {
      events.push(parseEvent(line, task));
    } catch (error) {
      throw new ReplayError(`line ${at + 1}: ${error instanceof Error ? error.message : error}`);
    }
  });
  return events;
}

function parseEvent(line: string, task: TaskView): ReplayEvent {
  // Integers beyond 2^53 must survive: quote them before JSON.parse sees them.
  const exact = line.replace(
    /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g,
    (token) => token.startsWith('"') ? token : `"${token}"`,
  );
  const raw = JSON.parse(exact) as Record<string, any>;
  if (typeof raw !== "object" || raw === null) throw new Error("not an object");
  if (typeof raw.probe !== "string") throw new Error('no "probe"');
  const vars = new Map<string, bigint | string>();
  for (const [name, value] of Object.entries(raw.vars ?? {})) vars.set(name, scalar(value));
  for (const [name, value] of Object.entries(raw.strings ?? {})) vars.set(name, String(value));
  return {
    probe: raw.probe,
    row: Number(raw.row ?? -1),
    entry: raw.return === "entry",
    target: raw.target === undefined ? null : Number(raw.target),
    time: raw.time === undefined ? null : integer(raw.time),
    task: parseTask(raw.task ?? {}, task),
    args: (raw.args ?? []).map(scalar),
    vars,
    retval: raw.retval === undefined ? undefined : integer(raw.retval),
    memory: (raw.memory ?? []).map((piece: Record<string, unknown>) => ({
      address: BigInt.asUintN(64, integer(piece.address)),
      bytes: hexBytes(String(piece.bytes)),
    })),
  };
}

/** What an event says of its task, and of `task` what it leaves out. */
function parseTask(raw: Record<string, unknown>, task: TaskView): TaskView {
  const view = { ...task, ...raw } as TaskView;
  if (raw.address !== undefined) view.address = integer(raw.address);
  return view;
}

function integer(value: unknown): bigint {
  if (typeof value === "number" && Number.isInteger(value)) return BigInt(value);
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "string" && /^(-?\d+|0[xX][0-9a-fA-F]+)$/.test(value)) {
    return BigInt.asIntN(64, BigInt(value));
  }
  throw new Error(`${JSON.stringify(value)} is not an integer`);
}

function scalar(value: unknown): bigint | string {
  return typeof value === "string" && !/^(-?\d+|0[xX][0-9a-fA-F]+)$/.test(value)
    ? value
    : integer(value);
}

function hexBytes(text: string): Uint8Array {
  if (!/^([0-9a-fA-F]{2})*$/.test(text)) throw new Error('"bytes" is not hexadecimal');
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = parseInt(text.slice(at * 2, at * 2 + 2), 16);
  }
  return bytes;
}

/** A probe point without the place that resolution added: `function("f@file.c:3")` is `f`. */
export function plainPoint(point: string): string {
  return point.replace(/@[^"]*"/g, '"').replaceAll(/\s+/g, "");
}

/** The context that an event gives to handlers. */
export class EventHit implements Hit {
  constructor(private readonly event: ReplayEvent) {}

  get task(): TaskView {
    return this.event.task;
  }

  get target(): number | null {
    return this.event.target;
  }

  get time(): bigint | null {
    return this.event.time;
  }

  long(name: string, number: number): bigint | undefined {
    if (name === "retval") return this.event.retval;
    const value = this.value(name, number);
    return typeof value === "bigint" ? value : undefined;
  }

  text(name: string, number: number): string | undefined {
    if (name === "ppfunc") return /"([^"@(]*)/.exec(this.event.probe)?.[1] ?? "";
    const value = this.value(name, number);
    return typeof value === "string" ? value : value?.toString();
  }

  private value(name: string, number: number): bigint | string | undefined {
    if (name === "arg" || name === "tparg") return this.event.args[number];
    return this.event.vars.get(name);
  }

  memory(address: bigint, size: number): Uint8Array | null {
    const from = BigInt.asUintN(64, address);
    for (const piece of this.event.memory) {
      const offset = from - piece.address;
      if (offset >= 0n && offset + BigInt(size) <= BigInt(piece.bytes.length)) {
        return piece.bytes.subarray(Number(offset), Number(offset) + size);
      }
    }
    return null;
  }
}
