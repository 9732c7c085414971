import assert from "node:assert/strict";
import { errnoName } from "./errno.ts";
import type { Host } from "./host.ts";
import { INTRINSICS, parseLong } from "./intrinsics.ts";
import { calendarTime } from "./calendar.ts";
import { quoteMemory, quoteText } from "./quote.ts";

Deno.test("text functions", () => {
  const call = (name: string, ...args: (bigint | string)[]) =>
    INTRINSICS[name](null as unknown as Host, args, null!);
  assert.equal(call("substr", "hello", 1n, 3n), "ell");
  assert.equal(call("substr", "hello", 3n, 99n), "lo");
  assert.equal(call("substr", "hello", 5n, 1n), "");
  assert.equal(call("substr", "hello", -1n, 2n), "");
  assert.equal(call("stringat", "\xff", 0n), 255n);
  assert.equal(call("strpos", "hello", "lo"), 3n);
  assert.equal(call("isinstr", "hello", "x"), 0n);
  assert.equal(call("str_replace", "a-b-c", "-", "+"), "a+b+c");
  assert.equal(call("str_replace", "abc", "", "+"), "abc");
  assert.equal(call("__tokenize_span", "  a", " ", 1n), 2n);
  assert.equal(call("__tokenize_span", "ab,c", ",", 0n), 2n);
});

Deno.test("numbers from texts", () => {
  const cases: [string, number, bigint][] = [
    ["42abc", 10, 42n],
    ["-42", 10, -42n],
    [" 42", 10, 0n],
    ["+42", 10, 0n],
    ["-0x10", 16, -16n],
    ["0x1f", 0, 31n],
    ["0x1f", 16, 31n],
    ["017", 0, 15n],
    ["z", 36, 0n],
    ["", 10, 0n],
    ["9", 8, 0n],
    ["18446744073709551616", 10, 0n],
    ["15", 37, 42n],
  ];
  for (const [text, base, expected] of cases) {
    assert.equal(parseLong(text, base), expected, `${text} in base ${base}`);
  }
});

Deno.test("quoted texts fit their room", () => {
  assert.equal(quoteText('a"b\n', 64, true), '"a\\"b\\n"');
  assert.equal(quoteText("abcdefgh", 10, true), '"abcd"...');
  assert.equal(quoteText("abcdefgh", 10, false), "abcdefgh");
  assert.equal(quoteText("abcdefgh", 6, false), "abcde");
  assert.equal(quoteText("\xc3\xa9\xff", 20, false), "\\u00E9\\377");
  assert.equal(quoteText("xyz", 4, true), '""...');
});

Deno.test("quoted memory is looked at in blocks, as far as it fits", () => {
  const quote = (text: string, count: bigint, room: bigint) =>
    quoteMemory(
      (offset, size) => {
        const end = Number(offset) + size;
        if (end > text.length) return null;
        return Uint8Array.from(text.slice(Number(offset), end), (byte) => byte.charCodeAt(0));
      },
      count,
      512,
      room,
    );
  assert.equal(quote('a"b\n\0', 5n, 0n), '"a\\"b\\n\\0"');
  assert.equal(quote("abc", 4n, 0n), null);
  assert.equal(quote("", 0n, 20n), '""');
  assert.equal(quote("abcdefghijklmnop", 16n, 20n), '"abcdefghijklmn"...');
  assert.equal(quote("a".repeat(32), 1000n, 20n), `"${"a".repeat(14)}"...`);
  assert.equal(quote("a".repeat(32), 1000n, 0n), null);
  assert.equal(quote("abc", 3n, 6n), '""...');
  assert.equal(quote("abc", 3n, 5n), "");
});

Deno.test("times of the calendar", () => {
  const cases: [bigint, string][] = [
    [0n, "Thu Jan  1 00:00:00 1970"],
    [741476948n, "Wed Jun 30 21:49:08 1993"],
    [-1n, "Wed Dec 31 23:59:59 1969"],
    [951782400n, "Tue Feb 29 00:00:00 2000"],
    [-62167219200n, "Sat Jan  1 00:00:00 0"],
    [67768036191676799n, "Wed Dec 31 23:59:59 2147485547"],
    [67768036191676800n, "far far in the future..."],
    [-67768040609740801n, "a long, long time ago..."],
  ];
  for (const [seconds, text] of cases) assert.equal(calendarTime(seconds), text);
});

Deno.test("names of errors", () => {
  assert.equal(errnoName(2n), "ENOENT");
  assert.equal(errnoName(-131n), "ENOTRECOVERABLE");
  assert.equal(errnoName(41n), "");
  assert.equal(errnoName(0n), "");
});
