import assert from "node:assert/strict";
import { compareVersions, globMatch, isGlob } from "./glob.ts";

Deno.test("shell patterns", () => {
  const rows: [string, string, boolean][] = [
    ["", "", true],
    ["*", "", true],
    ["a*c", "abbc", true],
    ["a*c", "abcd", false],
    ["*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaac", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["[a-c]x", "bx", true],
    ["[!a-c]x", "bx", false],
    ["[]]", "]", true],
    ["[a", "[a", true],
    ["\\*", "*", true],
    ["\\*", "x", false],
  ];
  for (const [pattern, text, expected] of rows) {
    assert.equal(globMatch(pattern, text), expected, `${pattern} ${text}`);
  }
  assert.ok(isGlob("a*") && !isGlob("a.b"));
});

Deno.test("version order", () => {
  const ascending = ["2.6.9", "2.6.32", "3.0", "3.10", "4.19.1", "6.1.0", "6.12", "6.12.1"];
  for (let i = 0; i < ascending.length; i++) {
    for (let j = 0; j < ascending.length; j++) {
      const order = compareVersions(ascending[i], ascending[j]);
      assert.equal(Math.sign(order), Math.sign(i - j), `${ascending[i]} ${ascending[j]}`);
    }
  }
  // The order the C library documents.
  const fractions = ["000", "00", "01", "010", "09", "0", "1", "9", "10"];
  for (let i = 1; i < fractions.length; i++) {
    assert.ok(compareVersions(fractions[i - 1], fractions[i]) < 0, fractions[i]);
  }
});
