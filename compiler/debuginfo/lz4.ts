/**
 * LZ4 in the old frame format that kernel images use (lz4 -l): a magic number, then blocks of at
 * most 8 MB, each after its packed size, up to the end of the input.
 */

const MAGIC = 0x184c2102;
const BLOCK = 8 * 1024 * 1024;

/** The unpacked bytes; throws on damaged input and on more than `largest` bytes of output. */
export function unpackLz4(bytes: Uint8Array, largest: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint32(0, true) !== MAGIC) throw new Error("lz4: not its format");
  const blocks: Uint8Array[] = [];
  let total = 0;
  let at = 4;
  while (at + 4 <= bytes.length) {
    const size = view.getUint32(at, true);
    at += 4;
    if (size === MAGIC) continue; // files joined
    if (size === 0 || size > bytes.length - at) throw new Error("lz4: truncated block");
    const block = unpackBlock(bytes.subarray(at, at + size));
    at += size;
    total += block.length;
    if (total > largest) throw new Error("lz4: unpacks to too much");
    blocks.push(block);
  }
  const all = new Uint8Array(total);
  let filled = 0;
  for (const block of blocks) {
    all.set(block, filled);
    filled += block.length;
  }
  return all;
}

/** One block: sequences of literals and of copies from what was written before. */
function unpackBlock(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(BLOCK);
  let at = 0;
  let to = 0;
  const length = (start: number): number => {
    let value = start;
    if (start !== 15) return value;
    let more = 255;
    while (more === 255) {
      if (at >= bytes.length) throw new Error("lz4: truncated length");
      more = bytes[at++];
      value += more;
    }
    return value;
  };
  while (at < bytes.length) {
    const token = bytes[at++];
    const literals = length(token >> 4);
    if (literals > bytes.length - at || literals > BLOCK - to) {
      throw new Error("lz4: damaged block");
    }
    out.set(bytes.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    if (at === bytes.length) break; // the last sequence has no copy
    if (bytes.length - at < 2) throw new Error("lz4: damaged block");
    const back = bytes[at] | (bytes[at + 1] << 8);
    at += 2;
    const copied = length(token & 15) + 4;
    if (back === 0 || back > to || copied > BLOCK - to) throw new Error("lz4: damaged block");
    if (back >= copied) out.copyWithin(to, to - back, to - back + copied);
    else for (let i = 0; i < copied; i++) out[to + i] = out[to + i - back];
    to += copied;
  }
  return out.subarray(0, to);
}
