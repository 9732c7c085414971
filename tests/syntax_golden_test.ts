/**
 * Golden files of the syntax stage: for each tests/golden/syntax/NAME.stp its tokens, its tree
 * (all parentheses), its diagnostics and its formatted text. GOLDEN=1 renews them.
 */
import assert from "node:assert/strict";
import { Reporter } from "../compiler/front/source/diagnostics.ts";
import { render } from "../compiler/front/source/render.ts";
import { Source, SourceKind } from "../compiler/front/source/source.ts";
import { formatScript } from "../compiler/front/syntax/format.ts";
import { ParseOptions } from "../compiler/front/syntax/options.ts";
import { parseScript } from "../compiler/front/syntax/parser.ts";
import { allTokens } from "../compiler/front/syntax/cursor.ts";
import { preprocess } from "../compiler/front/syntax/preprocess.ts";
import { printScript } from "../compiler/front/syntax/print.ts";
import { printTokens } from "../compiler/front/syntax/print_tokens.ts";
import { fuzz, SEED_SCRIPT } from "../tools/fuzz_syntax.ts";

const FOLDER = new URL("./golden/syntax/", import.meta.url);

function stages(name: string, text: string): Map<string, string> {
  const options = new ParseOptions();
  options.kernelRelease = "6.1.0-25-cloud-amd64";
  const source = new Source(name + ".stp", text, SourceKind.User, false);
  const reporter = new Reporter();
  const tree = parseScript(source, options, null, reporter);
  const tokens = preprocess(source, options, null, new Reporter(), []);
  return new Map([
    ["tokens", printTokens(allTokens(tokens))],
    ["tree", printScript(tree, true)],
    ["errors", render(reporter.list, "human", false)],
    ["formatted", formatScript(source)],
  ]);
}

function decode(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

const names = Array.from(Deno.readDirSync(FOLDER)).map((entry) => entry.name)
  .filter((name) => name.endsWith(".stp")).map((name) => name.slice(0, -4)).sort();

for (const name of names) {
  Deno.test(`golden syntax: ${name}`, () => {
    const text = decode(Deno.readFileSync(new URL(name + ".stp", FOLDER)));
    for (const [stage, found] of stages(name, text)) {
      const file = new URL(`${name}.${stage}`, FOLDER);
      if (Deno.env.get("GOLDEN") === "1") Deno.writeTextFileSync(file, found);
      assert.equal(found, Deno.readTextFileSync(file), `${name}.${stage}`);
    }
    const formatted = stages(name, text).get("formatted")!;
    assert.equal(stages(name, formatted).get("formatted"), formatted, "formatting twice");
    assert.equal(stages(name, formatted).get("tree"), stages(name, text).get("tree"));
  });
}

Deno.test("mutated scripts neither crash nor hang the parser, and print to themselves", () => {
  const seeds = names.map((name) => decode(Deno.readFileSync(new URL(name + ".stp", FOLDER))));
  const [runs, parsed] = fuzz([SEED_SCRIPT, ...seeds], 20261123, 4000, 20);
  assert.ok(runs > 500 && parsed > 0, `${runs} runs, ${parsed} parsed`);
});

Deno.test("parsing takes time linear in the length", () => {
  const body = 'probe timer.s(1) { x = a[1, 2] + f(3) . "x" /* c */ if (x) y++ }\n';
  stages("warm", body.repeat(2000));
  const seconds = (lines: number) => {
    const text = body.repeat(lines);
    const start = performance.now();
    const reporter = new Reporter();
    parseScript(
      new Source("long.stp", text, SourceKind.User, false),
      new ParseOptions(),
      null,
      reporter,
    );
    assert.equal(reporter.errors, 0);
    return (performance.now() - start) / 1000;
  };
  // A loose bound: quadratic behaviour would take minutes.
  assert.ok(seconds(20000) < 15);
});
