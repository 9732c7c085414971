import { equal } from "node:assert/strict";
import { backportsOf, mirrorOf } from "./setup.ts";

Deno.test("backports come from the stanza that has the distribution itself", () => {
  const text = "Types: deb\nURIs: http://m/sec\nSuites: bookworm-security\nComponents: main\n\n" +
    "Types: deb\nURIs: http://m/debian\nSuites: bookworm bookworm-updates\nComponents: main\n";
  equal(
    backportsOf(text, "bookworm", true),
    "Types: deb\nURIs: http://m/debian\nSuites: bookworm-backports\nComponents: main\n",
  );
});

Deno.test("backports come from the old one-line form too, with its options", () => {
  const text = "# x\ndeb [signed-by=/k] http://m/debian bookworm main contrib\n";
  equal(
    backportsOf(text, "bookworm", false),
    "deb [signed-by=/k] http://m/debian bookworm-backports main\n",
  );
});

Deno.test("no source of the distribution gives no backports", () => {
  equal(backportsOf("deb http://m/x other main\n", "bookworm", false), "");
});

Deno.test("the mirror is the one that the distribution itself comes from", () => {
  const text = "Types: deb\nURIs: http://m/sec\nSuites: bookworm-security\nComponents: main\n\n" +
    "Types: deb\nURIs: http://m/debian\nSuites: bookworm bookworm-updates\nComponents: main\n";
  equal(mirrorOf(text, "bookworm", true), "http://m/debian");
  equal(mirrorOf("deb [arch=amd64] http://m/d bookworm main\n", "bookworm", false), "http://m/d");
  equal(mirrorOf("deb http://m/x other main\n", "bookworm", false), "");
});
