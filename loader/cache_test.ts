import { equal, notEqual } from "node:assert/strict";
import { cacheKey } from "./cache.ts";

Deno.test("a key tells where one part ends and the next begins", () => {
  notEqual(cacheKey(["ab", "c"]), cacheKey(["a", "bc"]));
  equal(cacheKey(["ab", "c"]), cacheKey(["ab", "c"]));
});
