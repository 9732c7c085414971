/**
 * The names of a kernel's functions, from the table of symbols that every kernel carries in itself
 * (kallsyms). The names are stored compressed: each byte stands for one of 256 tokens.
 *
 * The order of the parts differs between versions, so they are found by what they contain:
 * `token_table` (256 texts) by the digits in it and by `token_index`, which follows it and tells
 * where each text begins; before them `markers`, the offset of every 256th name; before those the
 * names; before those their number. All of the markers must agree with the names.
 */

import { Buffer } from "node:buffer";

const TOKENS = 256;
/** Token 0x30 and the next nine stand for the digits themselves. */
const FIRST_DIGIT = 0x30;
const MARKER_STEP = 256;
/** Stands before the name of a function that other files can name: it is listed so, too. */
const GLOBAL_MARK = "+";
/** Names of the room that is left before functions. */
const PADDING = "__pfx_";
/** The names of no kernel take more than this. */
const REACH = 32 * 1024 * 1024;

/**
 * Names of the functions (symbol types t, T, w, W) in an uncompressed kernel image, sorted; a name
 * that several functions have is there as often, and with a mark for each that is not static.
 */
export function imageFunctions(image: Uint8Array): string[] {
  const bytes = Buffer.from(image.buffer, image.byteOffset, image.byteLength);
  const digits = Buffer.from("0\x001\x002\x003\x004\x005\x006\x007\x008\x009\x00", "latin1");
  for (let at = bytes.indexOf(digits); at >= 0; at = bytes.indexOf(digits, at + 1)) {
    const table = tokenTable(bytes, at);
    if (table === null) continue;
    const names = findNames(bytes, table.start);
    if (names !== null) return sorted(functionNames(bytes, names, table.tokens));
  }
  throw new Error("the kernel image has no table of symbols (CONFIG_KALLSYMS)");
}

/** The same of the kernel image's own functions, from the text of /proc/kallsyms. */
export function listedFunctions(text: string): string[] {
  const names: string[] = [];
  for (const line of text.split("\n")) {
    // ADDRESS TYPE NAME, then a tab and [MODULE] for what is not the image's.
    const type = line.indexOf(" ") + 1;
    if (type === 0 || line.charAt(type + 1) !== " " || line.includes("\t")) continue;
    if (!isFunction(line.charCodeAt(type))) continue;
    addFunction(names, line.charAt(type) + line.substring(type + 2));
  }
  return sorted(names);
}

interface TokenTable {
  start: number;
  tokens: string[];
}

/** The table whose token "0" lies at `digit`, if there is one. */
function tokenTable(bytes: Buffer, digit: number): TokenTable | null {
  let start = digit;
  for (let i = 0; i < FIRST_DIGIT; i++) {
    if (start < 2 || digit - start > 0x10000) return null;
    start = bytes.lastIndexOf(0, start - 2) + 1;
  }
  const firstEnd = bytes.indexOf(0, start);
  // What precedes the table need not end in a zero byte; the table itself is aligned.
  for (let from = start; from <= firstEnd; from++) {
    if (from !== start && from % 4 !== 0) continue;
    const tokens = tokensAt(bytes, from);
    if (tokens !== null) return { start: from, tokens };
  }
  return null;
}

/** The 256 texts at `start` if the index behind them agrees, else null. */
function tokensAt(bytes: Buffer, start: number): string[] | null {
  const tokens: string[] = [];
  const offsets: number[] = [];
  let at = start;
  for (let i = 0; i < TOKENS; i++) {
    const end = bytes.indexOf(0, at);
    if (end < 0 || end - start > 0xffff) return null;
    tokens.push(bytes.toString("latin1", at, end));
    offsets.push(at - start);
    at = end + 1;
  }
  for (let index = at; index < at + 16 && index + 2 * TOKENS <= bytes.length; index++) {
    if (offsets.every((offset, i) => bytes.readUInt16LE(index + 2 * i) === offset)) return tokens;
  }
  return null;
}

interface Names {
  start: number;
  count: number;
}

/** The nearest number before `tokens` that is followed by that many names and their markers. */
function findNames(bytes: Buffer, tokens: number): Names | null {
  const lowest = Math.max(0, tokens - REACH);
  for (let at = tokens - 8; at >= lowest; at -= 4) {
    const count = bytes.readUInt32LE(at);
    if (count <= MARKER_STEP || count > (tokens - at) / 2) continue;
    for (const start of [at + 4, at + 8]) {
      if (markersAgree(bytes, start, count, tokens)) return { start, count };
    }
  }
  return null;
}

function markersAgree(bytes: Buffer, start: number, count: number, end: number): boolean {
  const offsets: number[] = [];
  let at = start;
  for (let i = 0; i < count; i++) {
    if (i % MARKER_STEP === 0) offsets.push(at - start);
    const next = nameEnd(bytes, at, end);
    if (next < 0) return false;
    at = next;
  }
  for (let markers = at; markers < at + 8; markers++) {
    if (markers + 4 * offsets.length > end) return false;
    if (offsets.every((offset, i) => bytes.readUInt32LE(markers + 4 * i) === offset)) return true;
  }
  return false;
}

/** Where the name at `at` ends, or -1 if it is empty or reaches `end`. */
function nameEnd(bytes: Buffer, at: number, end: number): number {
  if (at + 2 > end) return -1;
  const next = nameStart(bytes, at) + nameLength(bytes, at);
  return nameLength(bytes, at) === 0 || next > end ? -1 : next;
}

/** Lengths over 127 take two bytes, the low seven bits first. */
function nameLength(bytes: Buffer, at: number): number {
  return bytes[at] < 0x80 ? bytes[at] : (bytes[at] & 0x7f) | (bytes[at + 1] << 7);
}

function nameStart(bytes: Buffer, at: number): number {
  return at + (bytes[at] < 0x80 ? 1 : 2);
}

function functionNames(bytes: Buffer, names: Names, tokens: string[]): string[] {
  const found: string[] = [];
  let at = names.start;
  for (let i = 0; i < names.count; i++) {
    const first = nameStart(bytes, at);
    const end = first + nameLength(bytes, at);
    // The first character of the text is the symbol's type.
    if (isFunction(tokens[bytes[first]].charCodeAt(0))) {
      let text = "";
      for (let n = first; n < end; n++) text += tokens[bytes[n]];
      addFunction(found, text);
    }
    at = end;
  }
  return found;
}

/** `text`: the type, then the name. */
function addFunction(names: string[], text: string): void {
  const name = text.substring(1);
  if (name.startsWith(PADDING)) return;
  names.push(name);
  if (text.charAt(0) === "T" || text.charAt(0) === "W") names.push(GLOBAL_MARK + name);
}

/** t, T, w or W. */
function isFunction(type: number): boolean {
  return type === 0x74 || type === 0x54 || type === 0x77 || type === 0x57;
}

/** By code, each once. */
function sorted(names: string[]): string[] {
  return names.sort();
}
