import assert from "node:assert/strict";
import { compileDfa, runDfa } from "./dfa.ts";
import { GroupMatcher } from "./match.ts";
import { RegexError } from "./pattern.ts";

/** pattern, text, groups of the match or null. */
const CASES: [string, string, string[] | null][] = [
  ["", "", [""]],
  ["abc", "xxabcxx", ["abc"]],
  ["abc", "xxabxcx", null],
  ["^abc", "abcd", ["abc"]],
  ["^abc", "xabc", null],
  ["abc$", "xabc", ["abc"]],
  ["abc$", "abcx", null],
  ["^$", "", [""]],
  ["^$", "x", null],
  ["$^", "", [""]],
  ["$^", "x", null],
  ["a|ab", "xab", ["ab"]],
  ["(a|ab)(c|bcd)", "abcd", ["abcd", "a", "bcd"]],
  ["a*", "aaa", ["aaa"]],
  ["a+b?", "xaab", ["aab"]],
  ["a{2}", "aaa", ["aa"]],
  ["a{2}", "a", null],
  ["^a{2,3}$", "aaaa", null],
  ["^a{2,}$", "aaaa", ["aaaa"]],
  ["^(ab){0,2}$", "abab", ["abab", "ab"]],
  ["[a-c]+", "xxabcd", ["abc"]],
  ["[^a-c]", "abc", null],
  ["[]x]", "]", ["]"]],
  ["[a-]", "-", ["-"]],
  ["[[:digit:][:upper:]]+", "ab1Zc", ["1Z"]],
  ["[[:space:]]", "a\tb", ["\t"]],
  ["a.c", "a\nc", ["a\nc"]],
  ["a\\.c", "abc", null],
  ["\\x41\\102", "AB", ["AB"]],
  ["\\xff", "\xff", ["\xff"]],
  ["(?:ab)+(c)", "ababc", ["ababc", "c"]],
  ["(x)|(y)", "y", ["y", "", "y"]],
  ["/([^/]+)/([^/]*)$", "/usr/lib/x.so", ["/lib/x.so", "lib", "x.so"]],
  ["(a*)(a*)", "aa", ["aa", "aa", ""]],
  ["x$|y", "xy", ["y"]],
  ["(a|b)*c", "abac", ["abac", "a"]],
  ["(a*)*", "b", ["", ""]],
];

Deno.test("patterns match with and without groups", () => {
  for (const [pattern, text, expected] of CASES) {
    const name = `${JSON.stringify(text)} =~ ${JSON.stringify(pattern)}`;
    assert.deepEqual(new GroupMatcher(pattern).match(text), expected, name);
    assert.equal(runDfa(compileDfa(pattern), text), expected !== null, name);
  }
});

Deno.test("faulty patterns say what and where", () => {
  const faults: [string, string, number][] = [
    ["a(b", "unbalanced (", 1],
    ["ab)", "unbalanced )", 2],
    ["[ab", "unclosed [", 0],
    ["[[:nope:]]", "unknown class [:nope:]", 1],
    ["[z-a]", "the range is inverted", 1],
    ["^*", "an anchor cannot be repeated", 1],
    ["*a", "* has nothing to repeat", 0],
    ["a{12345}", "repeat counts must be below 12345", 1],
    ["a{3,2}", "repeat counts are in the wrong order", 1],
    ["a\\", "a backslash at the end", 1],
  ];
  for (const [pattern, message, at] of faults) {
    assert.throws(
      () => compileDfa(pattern),
      (error) => error instanceof RegexError && error.message === message && error.at === at,
      pattern,
    );
  }
});

Deno.test("both machines agree on every short text", () => {
  const patterns = ["a|b*$", "^(a|b)?a", "(ab|a)(bab|b)$", "a{1,2}b{2}", "(^a|b)$"];
  for (const pattern of patterns) {
    const dfa = compileDfa(pattern);
    const groups = new GroupMatcher(pattern);
    for (let number = 1; number < 256; number++) {
      const text = number.toString(2).slice(1).replaceAll("0", "a").replaceAll("1", "b");
      assert.equal(runDfa(dfa, text), groups.match(text) !== null, `${pattern} on ${text}`);
      assert.equal(runDfa(dfa, text), new RegExp(pattern).test(text), `${pattern} on ${text}`);
    }
  }
});
