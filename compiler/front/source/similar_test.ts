import assert from "node:assert/strict";
import { didYouMean, editDistance, nearest } from "./similar.ts";

Deno.test("nearest names", () => {
  const names = ["execname", "pid", "printf", "println", "task_execname", "tid", "uid"];
  assert.deepEqual(nearest("exename", names), ["execname"]);
  assert.deepEqual(nearest("prinft", names), ["printf"]);
  assert.deepEqual(nearest("pdi", names), ["pid"]);
  assert.deepEqual(nearest("EXECNAME", names), ["execname"]);
  assert.deepEqual(nearest("gid", names), ["pid", "tid", "uid"]);
  assert.deepEqual(nearest("quite_different", names), []);
  assert.deepEqual(nearest("pid", ["pid"]), []);
});

Deno.test("the hint", () => {
  assert.equal(didYouMean("gid", ["pid", "uid"]), "did you mean 'pid' or 'uid'?");
  assert.equal(didYouMean("zzz", ["pid"]), "");
});

Deno.test("edit distance counts a swap once and stops at the limit", () => {
  assert.equal(editDistance("abcd", "abdc", 4), 1);
  assert.equal(editDistance("kitten", "sitting", 4), 3);
  assert.ok(editDistance("aaaaaaaa", "bbbbbbbb", 2) > 2);
});
