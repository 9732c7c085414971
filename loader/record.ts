/**
 * Recording: the notes that a module built with TAPIR_RECORD sends (runtime-c/record.h) become the
 * lines that replay.ts reads.
 */

const HEAD = 216;
const ARGS = 112;
const TASK = 208;
const MOST_ARGS = 12;
const PIECE = 16;
const FLAG_ENTRY = 1;
const FLAG_RETVAL = 2;
const FLAG_CUT = 4;

const hex = (value: bigint) => `0x${value.toString(16)}`;

function bytesText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += (byte < 16 ? "0" : "") + byte.toString(16);
  return text;
}

/** A C string in a field of 16 bytes, each byte a character. */
function name(data: Uint8Array, at: number): string {
  const end = data.indexOf(0, at);
  const bytes = data.subarray(at, end < 0 || end > at + 16 ? at + 16 : end);
  return String.fromCharCode(...bytes);
}

/** Pieces of memory, each once. */
function pieces(data: Uint8Array, view: DataView): { address: string; bytes: string }[] {
  const found = new Map<string, { address: string; bytes: string }>();
  for (let at = HEAD; at + PIECE <= data.length;) {
    const address = hex(view.getBigUint64(at, true));
    const size = view.getUint32(at + 8, true);
    const bytes = bytesText(data.subarray(at + PIECE, at + PIECE + size));
    // The same place read twice: what came last is what a later look would find.
    found.set(`${address} ${size}`, { address, bytes });
    at += PIECE + ((size + 7) & ~7);
  }
  return [...found.values()];
}

/** The line of one note; `points` names the rows in order. */
export function eventLine(data: Uint8Array, points: string[]): string {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const row = view.getUint32(0, true);
  const flags = view.getUint32(4, true);
  const number = (index: number) => view.getInt32(32 + 4 * index, true);
  const count = Math.min(view.getUint32(72, true), MOST_ARGS);
  const args: string[] = [];
  for (let i = 0; i < count; i++) args.push(hex(view.getBigUint64(ARGS + 8 * i, true)));
  const event: Record<string, unknown> = {
    probe: points[row] ?? "",
    row,
    time: view.getBigInt64(8, true).toString(),
    task: {
      ...{ pid: number(0), tid: number(1), ppid: number(2), pgrp: number(3), sid: number(4) },
      ...{ uid: number(5) >>> 0, euid: number(6) >>> 0, gid: number(7) >>> 0 },
      ...{ egid: number(8) >>> 0, cpu: number(9), execname: name(data, 80) },
      pexecname: name(data, 96),
      address: hex(view.getBigUint64(TASK, true)),
    },
  };
  const target = view.getBigInt64(24, true);
  if (target != 0n) event.target = Number(target);
  if ((flags & FLAG_ENTRY) != 0) event.return = "entry";
  if (args.length > 0) event.args = args;
  if ((flags & FLAG_RETVAL) != 0) event.retval = view.getBigInt64(16, true).toString();
  const memory = pieces(data, view);
  if (memory.length > 0) event.memory = memory;
  if ((flags & FLAG_CUT) != 0) event.cut = true;
  return JSON.stringify(event);
}
