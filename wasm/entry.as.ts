/**
 * The WebAssembly module's exports, AssemblyScript only. Numbers and memory; no imports. README.md
 * in this folder is the contract. Texts are bytes in memory and byte strings inside.
 */
import { NAMES, PACKED, PACKED_BYTES, SIZES } from "../build/library_data";
import { FileRole, Session } from "./session";

const ABI_VERSION: i32 = 1;

/** Bytes that tapir_result points to; 0 for none. Lazy: abort() may come before anything else. */
// @ts-ignore: decorator
@lazy let result: usize = 0;
// @ts-ignore: decorator
@lazy let resultLength: i32 = 0;

/** The library's files one after the other, unpacked once. */
const library: usize = unpackLibrary();

let session: Session = fresh();

/** Bytes taken over since garbage was last collected. */
let taken: i32 = 0;

/** Garbage of files that replaced others is let grow to this many bytes. */
const GARBAGE: i32 = 4 << 20;

function fresh(): Session {
  const made = new Session();
  let at: usize = 0;
  for (let i = 0; i < NAMES.length; i++) {
    made.addFile(NAMES[i], bytesToText(library + at, SIZES[i]), FileRole.Library);
    at += <usize>SIZES[i];
  }
  return made;
}

/** Reads the LZ4 block that wasm/pack.ts made: literals, then copies of what was written before. */
function unpackLibrary(): usize {
  let size: i32 = 0;
  for (let i = 0; i < SIZES.length; i++) size += SIZES[i];
  const out = heap.alloc(<usize>size);
  let to = out;
  let at = changetype<usize>(PACKED);
  const end = at + <usize>PACKED_BYTES;
  while (at < end) {
    const token = load<u8>(at++);
    let literals: usize = token >> 4;
    if (literals == 15) {
      let more: usize = 255;
      while (more == 255) literals += more = load<u8>(at++);
    }
    memory.copy(to, at, literals);
    to += literals;
    at += literals;
    if (at >= end) break;
    let from = to - <usize>load<u16>(at);
    at += 2;
    let length: usize = (token & 15) + 4;
    if (length == 19) {
      let more: usize = 255;
      while (more == 255) length += more = load<u8>(at++);
    }
    // Byte by byte: a copy may reach into what it writes.
    for (const stop = to + length; to < stop; to++) store<u8>(to, load<u8>(from++));
  }
  return out;
}

function bytesToText(at: usize, length: i32): string {
  const text = changetype<string>(__new((<usize>length) << 1, idof<string>()));
  const to = changetype<usize>(text);
  for (let i: usize = 0; i < <usize>length; i++) store<u16>(to + (i << 1), load<u8>(at + i));
  return text;
}

/** Takes the host's buffer over: copies it out and frees it. */
function takeText(at: usize, length: i32): string {
  const text = bytesToText(at, length);
  if (at != 0) heap.free(at);
  taken += length;
  return text;
}

/**
 * Frees what nothing refers to. Only at the end of an export: what lies on the stack alone is not
 * seen by the collector.
 */
function tidy(): void {
  __collect();
  taken = 0;
}

function setResult(text: string): void {
  if (result != 0) heap.free(result);
  resultLength = text.length;
  result = heap.alloc(<usize>(resultLength > 0 ? resultLength : 1));
  for (let i = 0; i < resultLength; i++) store<u8>(result + i, text.charCodeAt(i));
}

function said(problem: string): i32 {
  setResult(problem);
  return problem.length == 0 ? 0 : 1;
}

/** Version of this interface. */
export function tapir_abi(): i32 {
  return ABI_VERSION;
}

/** A buffer of `size` bytes for the host to fill; the call that it is passed to frees it. */
export function tapir_alloc(size: i32): usize {
  return heap.alloc(<usize>(size > 0 ? size : 1));
}

/** Gives a file; the roles are those of FileRole in session.ts. */
export function tapir_add_file(
  name: usize,
  nameLength: i32,
  text: usize,
  textLength: i32,
  role: i32,
): void {
  session.addFile(takeText(name, nameLength), takeText(text, textLength), role);
  if (taken > GARBAGE) tidy();
}

/** Gives BTF: of the kernel (no name) or of a module. 0, or 1 with the reason as result. */
export function tapir_add_btf(name: usize, nameLength: i32, bytes: usize, length: i32): i32 {
  const module = takeText(name, nameLength);
  const data = new Uint8Array(length);
  memory.copy(data.dataStart, bytes, length);
  heap.free(bytes);
  const status = said(session.addBtf(module, data));
  tidy();
  return status;
}

/** Options as JSON. 0, or 1 with the reason as result. */
export function tapir_set_options(json: usize, length: i32): i32 {
  return said(session.setOptions(takeText(json, length)));
}

/** Checks all scripts given; the result is JSON. Gives the number of errors. */
export function tapir_check(withPrograms: i32): i32 {
  const errors = session.check(withPrograms != 0);
  setResult(session.result);
  session.result = "";
  tidy();
  return errors;
}

/** Number of warnings that the last check gave. */
export function tapir_warnings(): i32 {
  return session.warnings;
}

/** Whether the last check missed something that the host can give; the result names it. */
export function tapir_wanted(): i32 {
  setResult(session.wanted());
  return resultLength > 0 ? 1 : 0;
}

/** Forgets the scripts and keeps all else, for a host that checks again and again. */
export function tapir_forget_scripts(): void {
  setResult("");
  session.forgetScripts();
  tidy();
}

/** Where the last call's text lies, until the next call. */
export function tapir_result(): usize {
  return result;
}

export function tapir_result_length(): i32 {
  return resultLength;
}

/** Forgets all that was given and frees it; buffers and results are void afterwards. */
export function tapir_reset(): void {
  setResult("");
  session = fresh();
  tidy();
}

/** Called by the compiler's own checks: leaves the message as result, then traps. */
export function abort(message: string | null, file: string | null, line: i32, _column: i32): void {
  const what = message == null ? "no message" : message;
  const where = file == null ? "?" : file;
  setResult("internal error: " + what + " (" + where + ":" + line.toString() + ")");
  unreachable();
}
