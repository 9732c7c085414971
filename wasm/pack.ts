/**
 * Packs the script library for the module: one LZ4 block, whose reader is a few lines of
 * WebAssembly (`entry.as.ts`).
 */

const HASH_BITS = 16;
/** Farthest back that a copy may reach. */
const WINDOW = 65535;
const LEAST = 4;
/** Candidates looked at per place: more makes a smaller block and takes longer. */
const TRIES = 64;

/** The bytes as an LZ4 block. */
export function packBlock(bytes: Uint8Array): Uint8Array {
  const out: number[] = [];
  const heads = new Int32Array(1 << HASH_BITS).fill(-1);
  const chain = new Int32Array(bytes.length);
  const insert = (at: number): void => {
    if (at + LEAST > bytes.length) return;
    const key = hash(bytes, at);
    chain[at] = heads[key];
    heads[key] = at;
  };
  let literal = 0;
  let at = 0;
  // The format wants the last five bytes as they are.
  while (at + LEAST + 5 <= bytes.length) {
    const [from, length] = longest(bytes, at, heads[hash(bytes, at)], chain);
    if (length < LEAST) {
      insert(at++);
      continue;
    }
    sequence(out, bytes.subarray(literal, at), at - from, length);
    for (const end = at + length; at < end; at++) insert(at);
    literal = at;
  }
  sequence(out, bytes.subarray(literal), 0, 0);
  return Uint8Array.from(out);
}

function hash(bytes: Uint8Array, at: number): number {
  const word = bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
  return Math.imul(word, 2654435761) >>> (32 - HASH_BITS);
}

function longest(
  bytes: Uint8Array,
  at: number,
  first: number,
  chain: Int32Array,
): [number, number] {
  let best = 0, from = 0;
  for (let tries = 0, i = first; i >= 0 && at - i <= WINDOW && tries < TRIES; tries++) {
    let length = 0;
    while (at + length < bytes.length - 5 && bytes[i + length] === bytes[at + length]) length++;
    if (length > best) [best, from] = [length, i];
    i = chain[i];
  }
  return [from, best];
}

/** Literals, then a copy of `length` bytes from `back` before; no copy if length is 0. */
function sequence(out: number[], literals: Uint8Array, back: number, length: number): void {
  const more = (value: number): void => {
    if (value < 15) return;
    let rest = value - 15;
    for (; rest >= 255; rest -= 255) out.push(255);
    out.push(rest);
  };
  const copied = length === 0 ? 0 : length - LEAST;
  out.push(Math.min(literals.length, 15) << 4 | Math.min(copied, 15));
  more(literals.length);
  for (const byte of literals) out.push(byte);
  if (length === 0) return;
  out.push(back & 255, back >> 8);
  more(copied);
}
