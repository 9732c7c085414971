import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as zlib from "node:zlib";
import { BtfOracle } from "../front/btf/oracle.ts";
import { openBtf } from "../front/btf/reader.ts";
import { compressionOf, decompress } from "./decompress.ts";
import { readSections, sectionData } from "./elf.ts";
import { bzImagePayload, imageBtf, kernelBtf } from "./kernel_image.ts";
import { unpackLz4 } from "./lz4.ts";

/** An ELF file with one section. */
function elf(name: string, data: Uint8Array): Uint8Array {
  const names = new TextEncoder().encode(`\0${name}\0.shstrtab\0`);
  const table = 64 + data.length + names.length;
  const file = new Uint8Array(table + 3 * 64);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setBigUint64(0x28, BigInt(table), true);
  view.setUint16(0x3a, 64, true);
  view.setUint16(0x3c, 3, true);
  view.setUint16(0x3e, 2, true);
  file.set(data, 64);
  file.set(names, 64 + data.length);
  const entry = (index: number, nameAt: number, at: number, size: number) => {
    const base = table + index * 64;
    view.setUint32(base, nameAt, true);
    view.setUint32(base + 4, 1, true);
    view.setBigUint64(base + 0x18, BigInt(at), true);
    view.setBigUint64(base + 0x20, BigInt(size), true);
  };
  entry(1, 1, 64, data.length);
  entry(2, name.length + 2, 64 + data.length, names.length);
  return file;
}

const DATA = new TextEncoder().encode("types types types types and more types");

Deno.test("sectionData finds a section by name", () => {
  const file = elf(".BTF", DATA);
  assert.deepEqual(sectionData(file, ".BTF"), DATA);
  assert.equal(sectionData(file, ".debug_info"), null);
});

Deno.test("a damaged ELF file is refused, never read out of bounds", () => {
  const file = elf(".BTF", DATA);
  for (let end = 0; end < file.length; end++) {
    assert.throws(() => readSections(file.slice(0, end)), /ELF/);
  }
  for (let at = 0; at < file.length; at++) {
    const copy = file.slice();
    copy[at] ^= 0xff;
    try {
      readSections(copy);
    } catch (error) {
      assert.match((error as Error).message, /ELF/);
    }
  }
});

Deno.test("the payload of a boot image is found through its setup header", () => {
  const packed = zlib.gzipSync(elf(".BTF", DATA));
  const file = new Uint8Array(5 * 512 + 32 + packed.length);
  const view = new DataView(file.buffer);
  file.set(new TextEncoder().encode("HdrS"), 0x202);
  view.setUint16(0x206, 0x20f, true);
  file[0x1f1] = 4;
  view.setUint32(0x248, 32, true);
  view.setUint32(0x24c, packed.length, true);
  file.set(packed, 5 * 512 + 32);
  assert.deepEqual(bzImagePayload(file), new Uint8Array(packed));
  const path = fs.mkdtempSync(os.tmpdir() + "/image-") + "/vmlinuz";
  fs.writeFileSync(path, file);
  assert.deepEqual(new Uint8Array(imageBtf(path)), DATA);
  fs.rmSync(path);
  assert.throws(() => bzImagePayload(file.slice(0, file.length - 1)), /truncated/);
});

Deno.test("lz4 blocks unpack, damaged ones are refused", () => {
  // "abcabcabcabcX": three literals, a copy of nine from three back, one literal.
  const block = [0x35, 0x61, 0x62, 0x63, 3, 0, 0x10, 0x58];
  const file = Uint8Array.from([2, 0x21, 0x4c, 0x18, block.length, 0, 0, 0, ...block]);
  assert.equal(compressionOf(file), "lz4");
  assert.equal(new TextDecoder().decode(unpackLz4(file, 1000)), "abcabcabcabcX");
  assert.throws(() => unpackLz4(file, 5), /too much/);
  assert.throws(() => unpackLz4(file.slice(0, -1), 1000), /truncated/);
  const far = file.slice();
  far[12] = 9;
  assert.throws(() => unpackLz4(far, 1000), /damaged/);
});

for (const format of ["gzip", "xz", "zstd", "lzma"]) {
  const words = format === "lzma" ? ["--format=lzma", "-c"] : ["-c"];
  const program = format === "lzma" ? "xz" : format;
  const missing = spawnSync(program, ["--version"]).error !== undefined;
  Deno.test({
    name: `decompress undoes ${format}` + (missing ? ` (skipped: no program ${program})` : ""),
    ignore: missing,
    fn() {
      const folder = fs.mkdtempSync(os.tmpdir() + "/unpack-");
      const plain = new Uint8Array(300000).map((_, i) => (i * i) >> 7);
      fs.writeFileSync(folder + "/plain", plain);
      const packed = spawnSync(program, [...words, folder + "/plain"], { maxBuffer: 1 << 24 });
      fs.rmSync(folder, { recursive: true });
      const bytes = new Uint8Array(packed.stdout);
      assert.equal(compressionOf(bytes), format);
      assert.deepEqual(new Uint8Array(decompress(bytes)), plain);
      // A cut stream is refused or gives what it held; the section reader then refuses that.
      let got = new Uint8Array(0);
      try {
        got = new Uint8Array(decompress(bytes.slice(0, 200)));
      } catch {
        return;
      }
      assert.ok(got.length < plain.length);
    },
  });
}

Deno.test("plain bytes are left as they are", () => {
  assert.equal(decompress(DATA), DATA);
});

Deno.test("a release must be one", () => {
  assert.throws(() => kernelBtf("../../etc"), /no kernel release/);
  assert.throws(() => kernelBtf("0.0.1-none"), /no image of it was found/);
});

const present = fs.existsSync("/boot") ? fs.readdirSync("/boot") : [];
const releases = present.filter((n) => n.startsWith("vmlinuz-")).map((n) => n.slice(8));
if (fs.existsSync("/sys/kernel/btf/vmlinux")) releases.push(os.release());

Deno.test({
  name: "kernels of this machine: vfs_read, task_struct and sched_switch are known" +
    (releases.length === 0 ? " (skipped: no kernel image with BTF here)" : ""),
  ignore: releases.length === 0,
  fn() {
    for (const release of releases) {
      const image = kernelBtf(release);
      const data = openBtf(image.bytes, null);
      assert.equal(data.error, "", image.source);
      const oracle = new BtfOracle(data, release);
      const read = oracle.functions("vfs_read", "")[0];
      assert.deepEqual(read.type!.params().map((p) => p.name), ["file", "buf", "count", "pos"]);
      const task = oracle.typeByName("struct task_struct", "")!;
      const comm = task.members().find((m) => m.name === "comm")!;
      assert.equal(comm.type.length(), 16);
      assert.ok(comm.type.target()!.isChar());
      const args = oracle.tracepoints("", "sched_switch")[0].args.map((a) => a.name);
      assert.ok(args.includes("prev") && args.includes("next"), args.join());
      assert.ok(oracle.functions("vfs_*", "").length > 20);
    }
  },
});
