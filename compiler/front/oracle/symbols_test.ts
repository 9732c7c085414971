import assert from "node:assert/strict";
import { KernelFunction } from "./oracle.ts";
import { SymbolList } from "./symbols.ts";

const NAMES = ["a", "a.cold", "a.isra.0", "ab", "b", "b.constprop.0", "b.constprop.1", "bb", "z"];

Deno.test("names are found in the list, others not", () => {
  const list = new SymbolList(NAMES.join("\n") + "\n");
  for (const name of NAMES) assert.ok(list.has(name), name);
  for (const name of ["", "\n", "0", "aa", "a.", "c", "zz", "a\nab"]) assert.ok(!list.has(name));
  assert.ok(!new SymbolList("").has("a"));
});

Deno.test("copies of a function are named, its cold part is none", () => {
  const list = new SymbolList(NAMES.join("\n") + "\n");
  assert.deepEqual(list.copies("a"), ["a.isra.0"]);
  assert.deepEqual(list.copies("b"), ["b.constprop.0", "b.constprop.1"]);
  assert.deepEqual(list.copies("z"), []);
});

Deno.test("functions that are not there are left out, except a module's", () => {
  const list = new SymbolList("a\n");
  const all = ["a", "b"].map((name) => new KernelFunction(name, "", "", 0, null));
  all.push(new KernelFunction("c", "ext4", "", 0, null));
  assert.deepEqual(list.present(all).map((f) => f.name), ["a", "c"]);
});

Deno.test("functions in any order are judged alike", () => {
  const list = new SymbolList(NAMES.join("\n") + "\n");
  const mixed = ["z", "0", "bb", "zz", "a", "aa", "ab", "z", "b", "b"];
  const all = mixed.map((name) => new KernelFunction(name, "", "", 0, null));
  assert.deepEqual(list.present(all).map((f) => f.name), mixed.filter((n) => list.has(n)));
  assert.deepEqual(new SymbolList("").present(all), []);
});

Deno.test("functions that are not static are told by their marks, which are no functions themselves", () => {
  const list = new SymbolList("+b\na\nb\n");
  assert.deepEqual(["a", "b", "c"].map((name) => list.exported(name)), [0, 1, 0]);
  assert.equal(new SymbolList("a\nb\n").exported("a"), -1);
  assert.ok(!list.has("+b"));
});

Deno.test("names that several functions have are counted", () => {
  const list = new SymbolList("a\na\na.isra.0\na.isra.0\nab\nb\n");
  assert.deepEqual(["a", "ab", "b", "c", ""].map((name) => list.times(name)), [2, 1, 1, 0, 0]);
  assert.deepEqual(list.copies("a"), ["a.isra.0"]);
});
