import assert from "node:assert/strict";
import { join } from "node:path";
import { buildIndex, indexFile, TAPSET } from "./tapset_index.ts";

Deno.test("the committed index of the script library is current", () => {
  assert.equal(
    Deno.readTextFileSync(join(TAPSET, "index.txt")),
    buildIndex(TAPSET),
    "run: deno run -A tools/tapset_index.ts",
  );
});

Deno.test("functions, aliases, macros and globals are listed, private names are not", () => {
  const text = [
    "global a, b = 1 // global c",
    "private global d",
    "function f:long(x) { return x } private function g() { }",
    "@define m(x) %( @x %)",
    'probe p.one = p.two = kernel.function("x") ? { s = "probe q = r" }',
    "probe t += timer.s(1) { }",
    "probe begin { }",
  ].join("\n");
  assert.deepEqual(indexFile("x.stp", text), [
    "f f x.stp",
    "m m x.stp",
    "g a x.stp",
    "g b x.stp",
    "a p.one x.stp",
    "a p.two x.stp",
    "a t x.stp",
  ]);
});
