import { deepEqual } from "node:assert/strict";
import { diffLines } from "./diff.ts";

Deno.test("a changed line shows both forms between equal ones", () => {
  deepEqual(diffLines("a\nb\nc\n", "a\nx\nc\n"), [" a", "-b", "+x", " c"]);
});

Deno.test("a missing last newline is visible", () => {
  deepEqual(diffLines("a\n", "a"), ["-a", "+a\\ no newline"]);
});
