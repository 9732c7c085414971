/**
 * Golden files of the analysis: tests/golden/ir/NAME.stp against a small fake kernel and an empty
 * library, its IR in NAME.ir and its diagnostics in NAME.errors. GOLDEN=1 renews them.
 */
import assert from "node:assert/strict";
import { check, CheckRequest } from "../compiler/front/check.ts";
import { programText } from "../compiler/front/ir/print.ts";
import { MemoryLibrary } from "../compiler/front/library/library.ts";
import { FakeOracle } from "../compiler/front/oracle/fake.ts";
import { render } from "../compiler/front/source/render.ts";
import { ParseOptions } from "../compiler/front/syntax/options.ts";
import { allFamilies } from "../compiler/probes/all.ts";

const FOLDER = new URL("./golden/ir/", import.meta.url);

/** What the analysis says about one script. */
function stages(name: string, text: string): Map<string, string> {
  const request = new CheckRequest(
    name + ".stp",
    text,
    new ParseOptions(),
    new MemoryLibrary(),
    new FakeOracle(),
    allFamilies(),
  );
  const result = check(request);
  return new Map([
    ["ir", result.program == null ? "" : programText(result.program)],
    ["errors", render(result.reporter.list, "human", false)],
  ]);
}

const names = Array.from(Deno.readDirSync(FOLDER)).map((entry) => entry.name)
  .filter((name) => name.endsWith(".stp")).map((name) => name.slice(0, -4)).sort();

for (const name of names) {
  Deno.test(`golden ir: ${name}`, () => {
    const text = Deno.readTextFileSync(new URL(name + ".stp", FOLDER));
    for (const [stage, found] of stages(name, text)) {
      const file = new URL(`${name}.${stage}`, FOLDER);
      if (Deno.env.get("GOLDEN") === "1") Deno.writeTextFileSync(file, found);
      assert.equal(found, Deno.readTextFileSync(file), `${name}.${stage}`);
    }
  });
}
