import { deepEqual } from "node:assert/strict";
import { shellWords } from "./words.ts";

const CASES: [string, string[]][] = [
  ["", []],
  ["-v  -g\n", ["-v", "-g"]],
  ["-c 'echo \"a b\"'", ["-c", 'echo "a b"']],
  [`-e "x \\"y\\" \\n" ''`, ["-e", 'x "y" \\n', ""]],
  ["a\\ b c", ["a b", "c"]],
];

for (const [line, expected] of CASES) {
  Deno.test(`words of ${JSON.stringify(line)}`, () => deepEqual(shellWords(line), expected));
}
