import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { JsonKind, JsonReader } from "./json_reader.ts";

const GOOD: [string, JsonKind][] = [
  ["null", JsonKind.Null],
  [" true ", JsonKind.Bool],
  ["-1.5e3", JsonKind.Number],
  ['"a"', JsonKind.Text],
  ["[1, [2], {}]", JsonKind.Array],
  ['{"a": {"b": []}}', JsonKind.Object],
];
for (const [text, kind] of GOOD) {
  Deno.test(`JsonReader reads ${text}`, () => {
    const reader = new JsonReader(text);
    assert.equal(reader.read().kind, kind);
    assert.equal(reader.error, "");
  });
}

for (const text of ["", "{", "[1,", '"a', '{"a" 1}', "{1:2}", "tru", '"\\x"', '"\\u12"', "1 2"]) {
  Deno.test(`JsonReader refuses ${text}`, () => {
    const reader = new JsonReader(text);
    reader.read();
    assert.match(reader.error, /^options: /);
  });
}

Deno.test("escapes become UTF-8 bytes", () => {
  const text = new JsonReader('"\\n\\u00e4\\u20ac\\ud83d\\ude00"').read().text;
  assert.deepEqual([...text].map((c) => c.charCodeAt(0)), [...Buffer.from("\nä€😀")]);
});

Deno.test("deep nesting is refused, not followed", () => {
  const reader = new JsonReader("[".repeat(100000));
  reader.read();
  assert.match(reader.error, /nested too deeply/);
});
