import assert from "node:assert/strict";
import { type Directive, formatLong, formatMemory, formatString } from "./format.ts";

/** A directive from its text: flags, width, precision, conversion. */
function directive(text: string): Directive {
  const [, flags, width, precision, conversion] = /^%([0+ #-]*)(\d*)(?:\.(\d+))?(\w)$/.exec(text)!;
  return {
    zero: flags.includes("0"),
    plus: flags.includes("+"),
    space: flags.includes(" "),
    left: flags.includes("-"),
    alternate: flags.includes("#"),
    width: width === "" ? -1 : Number(width),
    precision: precision === undefined ? -1 : Number(precision),
    conversion,
  };
}

Deno.test("integers", () => {
  const cases: [string, bigint, string][] = [
    ["%d", -5n, "-5"],
    ["%5d", 42n, "   42"],
    ["%-5d", 42n, "42   "],
    ["%05d", -42n, "-0042"],
    ["%+d", 42n, "+42"],
    ["% d", 42n, " 42"],
    ["%.4d", 42n, "0042"],
    ["%8.4d", -42n, "   -0042"],
    ["%d", -(1n << 63n), "-9223372036854775808"],
    ["%u", -1n, "18446744073709551615"],
    ["%x", -1n, "ffffffffffffffff"],
    ["%#x", 255n, "0xff"],
    ["%#X", 255n, "0XFF"],
    ["%#010x", 255n, "0x000000ff"],
    ["%o", 8n, "10"],
    ["%#o", 8n, "010"],
    ["%p", 4096n, "0x1000"],
    ["%c", 65n, "A"],
    ["%3c", 65n, "  A"],
    ["%#c", 10n, "\\n"],
    ["%#c", 1n, "\\001"],
    ["%1b", 0x4142n, "B"],
    ["%2b", 0x4142n, "BA"],
    ["%b", 0x41n, "A\0\0\0\0\0\0\0"],
  ];
  for (const [text, value, expected] of cases) {
    assert.equal(formatLong(value, directive(text)), expected, `${text} of ${value}`);
  }
});

Deno.test("strings and memory", () => {
  const cases: [string, string, string][] = [
    ["%s", "abc", "abc"],
    ["%5s", "abc", "  abc"],
    ["%-5s", "abc", "abc  "],
    ["%.2s", "abc", "ab"],
    ["%#s", 'a"\n\xff', 'a"\n\xff'],
  ];
  for (const [text, value, expected] of cases) {
    assert.equal(formatString(value, directive(text)), expected, text);
  }
  const bytes = new Uint8Array([1, 0xab]);
  assert.equal(formatMemory(bytes, directive("%M")), "01ab");
  assert.equal(formatMemory(bytes, directive("%4m")), "  \x01\xab");
});
