/**
 * `tapir format` on every script of the corpus, the examples and the library: formatting twice
 * changes nothing, and the formatted script means the same program.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { check, CheckRequest } from "../compiler/front/check.ts";
import { programText } from "../compiler/front/ir/print.ts";
import { MemoryLibrary } from "../compiler/front/library/library.ts";
import { FakeOracle } from "../compiler/front/oracle/fake.ts";
import { Reporter } from "../compiler/front/source/diagnostics.ts";
import { Source, SourceKind } from "../compiler/front/source/source.ts";
import { formatScript } from "../compiler/front/syntax/format.ts";
import { ParseOptions } from "../compiler/front/syntax/options.ts";
import { parseScript } from "../compiler/front/syntax/parser.ts";
import { printScript } from "../compiler/front/syntax/print.ts";
import { allFamilies } from "../compiler/probes/all.ts";
import { libraryFiles } from "../wasm/bundle.ts";

const ROOT = new URL("../", import.meta.url).pathname;

function scripts(folder: string): string[] {
  return (fs.readdirSync(path.join(ROOT, folder), { recursive: true }) as string[])
    .filter((name) => name.endsWith(".stp")).sort().map((name) => path.join(folder, name));
}

const library = new MemoryLibrary();
for (const [name, bytes] of libraryFiles()) {
  const text = fs.readFileSync(path.join(ROOT, "tapset", name), "latin1");
  assert.equal(text.length, bytes.length);
  if (name == "index.txt") library.addIndex(text);
  else library.addFile(name, text);
}

function options(): ParseOptions {
  const made = new ParseOptions();
  made.guru = true;
  made.args = ["3", "4", "five"];
  return made;
}

/** The program, or the codes of what is wrong with it for this small kernel. */
function meaning(name: string, text: string): string {
  const oracle = new FakeOracle();
  const request = new CheckRequest(name, text, options(), library, oracle, allFamilies());
  const { program, reporter } = check(request);
  if (program != null) return programText(program);
  return reporter.list.map((found) => `${found.message.name()} ${found.span?.text()}`).join("\n");
}

/** The tree as -p1 prints it. */
function tree(name: string, text: string): string {
  const source = new Source(name, text, SourceKind.Library, true);
  return printScript(parseScript(source, options(), null, new Reporter()), true);
}

function formatted(name: string, text: string): string {
  const once = formatScript(new Source(name, text, SourceKind.User, true));
  assert.equal(formatScript(new Source(name, once, SourceKind.User, true)), once, name);
  return once;
}

for (const folder of ["tests/corpus", "examples"]) {
  Deno.test(`formatted scripts of ${folder} mean the same`, () => {
    const names = scripts(folder);
    assert.ok(names.length > 5);
    for (const name of names) {
      const text = fs.readFileSync(path.join(ROOT, name), "latin1");
      assert.equal(meaning(name, formatted(name, text)), meaning(name, text), name);
    }
  });
}

Deno.test("formatted library files have the same tree", () => {
  for (const name of scripts("tapset")) {
    const text = fs.readFileSync(path.join(ROOT, name), "latin1");
    assert.equal(tree(name, formatted(name, text)), tree(name, text), name);
  }
});
