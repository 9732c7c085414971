import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as fs from "node:fs";
import process from "node:process";
import { imageFunctions, listedFunctions } from "./kallsyms.ts";
import { kernelFunctions } from "./kernel_image.ts";

const COUNT = 600;

/** Every character stands for itself, 0x80 for "func_", and nothing else is used. */
function tokens(): string[] {
  const all: string[] = [];
  for (let i = 0; i < 256; i++) all.push(i >= 0x21 && i < 0x7f ? String.fromCharCode(i) : "");
  all[0x80] = "func_";
  return all;
}

function padded(parts: Buffer[]): Buffer {
  const all: Buffer[] = [];
  for (const part of parts) all.push(part, Buffer.alloc((8 - part.length % 8) % 8));
  return Buffer.concat(all);
}

/** The tables of an image with the functions func_0 and so on and a name of 200 letters. */
function image(wide: boolean, between: Buffer): Buffer {
  const names: Buffer[] = [];
  const markers: number[] = [];
  let length = 0;
  for (let i = 0; i < COUNT; i++) {
    if (i % 256 === 0) markers.push(length);
    let name = Buffer.concat([Buffer.from([0x54, 0x80]), Buffer.from(`${i}`)]);
    if (i === 1) name = Buffer.from("dsome_data");
    if (i === 2) name = Buffer.from("t__pfx_func_0");
    if (i === 3) name = Buffer.from("W" + "x".repeat(200));
    const head = name.length < 128 ? [name.length] : [name.length & 0x7f | 0x80, name.length >> 7];
    names.push(Buffer.from(head), name);
    length += head.length + name.length;
  }
  const number = Buffer.alloc(wide ? 8 : 4);
  number.writeUInt32LE(COUNT);
  const marks = Buffer.alloc(markers.length * 4);
  markers.forEach((marker, i) => marks.writeUInt32LE(marker, i * 4));
  const texts = tokens().map((text) => Buffer.from(text + "\0", "latin1"));
  const index = Buffer.alloc(512);
  let at = 0;
  texts.forEach((text, i) => {
    index.writeUInt16LE(at, i * 2);
    at += text.length;
  });
  const junk = Buffer.alloc(64, 0xee);
  return padded([junk, number, Buffer.concat(names), marks, between, Buffer.concat(texts), index]);
}

function expected(): string[] {
  const names = ["x".repeat(200)];
  for (let i = 0; i < COUNT; i++) if (i < 1 || i > 3) names.push(`func_${i}`);
  names.push(...names.map((name) => "+" + name));
  return names.sort();
}

Deno.test("function names are read from the tables, whatever lies between them", () => {
  assert.deepEqual(imageFunctions(image(false, Buffer.alloc(0))), expected());
  assert.deepEqual(imageFunctions(image(true, Buffer.alloc(0))), expected());
  assert.deepEqual(imageFunctions(image(true, Buffer.alloc(COUNT * 3, 7))), expected());
});

Deno.test("a cut or damaged image is refused, never read out of bounds", () => {
  const whole = image(false, Buffer.alloc(0));
  const table = whole.indexOf("0\x001\x002\x00");
  for (let end = 0; end < whole.length; end += end < table - 200 ? 97 : 1) {
    if (end >= whole.length - 7) continue;
    assert.throws(() => imageFunctions(whole.subarray(0, end)), /no table of symbols/);
  }
  for (let start = 68; start < whole.length; start += 97) {
    assert.throws(() => imageFunctions(whole.subarray(start)), /no table of symbols/);
  }
  for (let at = 0; at < whole.length; at += 5) {
    const copy = Buffer.from(whole);
    copy[at] ^= 0xff;
    try {
      imageFunctions(copy);
    } catch (error) {
      assert.match((error as Error).message, /no table of symbols/);
    }
  }
});

Deno.test("a list of symbols is read without data, modules and padding", () => {
  const text =
    "0 T vfs_read\n0 t b.isra.0\n0 t b.isra.0\n0 d table\n0 t ext4_x\t[ext4]\n0 T __pfx_b\nbad\n\n";
  assert.deepEqual(listedFunctions(text), ["+vfs_read", "b.isra.0", "b.isra.0", "vfs_read"]);
});

const cache = (process.env.HOME ?? "") + "/.cache/tapir/kernels";
const images: { release: string; root: string }[] = [];
for (const root of ["/", ...(fs.existsSync(cache) ? fs.readdirSync(cache) : [])]) {
  const folder = root === "/" ? root : `${cache}/${root}`;
  if (!fs.existsSync(`${folder}/boot`)) continue;
  for (const name of fs.readdirSync(`${folder}/boot`)) {
    if (name.startsWith("vmlinuz-")) images.push({ release: name.slice(8), root: folder });
  }
}

Deno.test({
  name: "kernels of this machine: functions without types are listed" +
    (images.length === 0 ? " (skipped: no kernel image here)" : ""),
  ignore: images.length === 0,
  fn() {
    for (const { release, root } of images) {
      const names = kernelFunctions(release, [root]).split("\n");
      assert.ok(names.length > 30000, `${release}: ${names.length}`);
      assert.ok(names.includes("__x64_sys_getppid"), release);
      assert.ok(names.includes("vfs_read"), release);
      assert.ok(names.includes("+vfs_read"), release);
      assert.ok(names.includes("do_sys_openat2") && !names.includes("+do_sys_openat2"), release);
    }
  },
});
