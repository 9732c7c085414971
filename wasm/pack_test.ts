import assert from "node:assert/strict";
import { unpackLz4 } from "../compiler/debuginfo/lz4.ts";
import { libraryFiles } from "./bundle.ts";
import { packBlock } from "./pack.ts";

/** Reads a block with the reader of kernel images, which wants a frame around it. */
function unpack(block: Uint8Array): Uint8Array {
  const frame = new Uint8Array(block.length + 8);
  const view = new DataView(frame.buffer);
  view.setUint32(0, 0x184c2102, true);
  view.setUint32(4, block.length, true);
  frame.set(block, 8);
  return unpackLz4(frame, 1 << 24);
}

const bytes = (text: string) => new TextEncoder().encode(text);
const CASES: [string, Uint8Array][] = [
  ["one byte", bytes("a")],
  ["no repetition", bytes("abcdefghijklmnopqrstuvwxyz")],
  ["one letter", bytes("a".repeat(1000))],
  ["literals and copies of any length", bytes("0123456789abcdefghij".repeat(40) + "xyz")],
  ["a distance beyond the window", bytes("begin" + "-".repeat(70_000) + "begin")],
  ["all bytes", Uint8Array.from({ length: 5000 }, (_, i) => i * i >> 3 & 255)],
];

for (const [name, content] of CASES) {
  Deno.test(`packed and unpacked: ${name}`, () => {
    assert.deepEqual(unpack(packBlock(content)), content);
  });
}

Deno.test("the library packs to a quarter and comes back", () => {
  const all = Uint8Array.from(libraryFiles().flatMap(([, content]) => [...content]));
  const block = packBlock(all);
  assert.deepEqual(unpack(block), all);
  assert.ok(block.length * 4 < all.length, `${block.length} of ${all.length}`);
});
