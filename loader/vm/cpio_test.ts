import { deepEqual, equal } from "node:assert/strict";
import { CpioWriter } from "./cpio.ts";

/** Names and modes in an archive, by the format's own rules. */
function entries(bytes: Uint8Array): [string, string][] {
  const found: [string, string][] = [];
  for (let at = 0; at < bytes.length;) {
    const text = new TextDecoder().decode(bytes.subarray(at, at + 110));
    equal(text.slice(0, 6), "070701");
    const field = (i: number) => parseInt(text.slice(6 + 8 * i, 14 + 8 * i), 16);
    const nameSize = field(11), size = field(6);
    const name = new TextDecoder().decode(bytes.subarray(at + 110, at + 110 + nameSize - 1));
    found.push([name, field(1).toString(8)]);
    at += (110 + nameSize + 3) & ~3;
    at += (size + 3) & ~3;
  }
  return found;
}

Deno.test("folders come before what is in them, and once", () => {
  const cpio = new CpioWriter();
  cpio.file("/a/b/c.txt", new TextEncoder().encode("12345"));
  cpio.file("a/b/d.txt", new Uint8Array(), 0o755);
  cpio.link("bin/sh", "/bin/busybox");
  const parts = cpio.finish();
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  deepEqual(entries(whole), [
    ["a", "40755"],
    ["a/b", "40755"],
    ["a/b/c.txt", "100644"],
    ["a/b/d.txt", "100755"],
    ["bin", "40755"],
    ["bin/sh", "120777"],
    ["TRAILER!!!", "0"],
  ]);
});
