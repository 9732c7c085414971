/** Every file of the script library is good syntax, and its public names are documented. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { IndexedMacros } from "../compiler/front/library/macros.ts";
import { HostLibrary } from "../compiler/library_host.ts";
import { Reporter } from "../compiler/front/source/diagnostics.ts";
import { Source, SourceKind } from "../compiler/front/source/source.ts";
import { ParseOptions } from "../compiler/front/syntax/options.ts";
import { parseScript } from "../compiler/front/syntax/parser.ts";
import { parseMacroFile } from "../compiler/front/syntax/preprocess.ts";
import { TAPSET } from "./tapset_index.ts";

for (const { name } of Deno.readDirSync(TAPSET)) {
  if (!/\.stpm?$/.test(name)) continue;
  Deno.test(`tapset/${name} parses and is documented`, () => {
    const text = Deno.readTextFileSync(join(TAPSET, name));
    const reporter = new Reporter();
    const options = new ParseOptions();
    options.guru = true;
    const source = new Source(name, text, SourceKind.Library, true);
    if (name.endsWith(".stpm")) parseMacroFile(source, options, null, reporter);
    else {
      const macros = new IndexedMacros(new HostLibrary(), options, reporter);
      parseScript(source, options, macros, reporter);
    }
    const problems = reporter.list.map((d) => `${d.span?.where() ?? name}: ${d.text()}`);
    assert.deepEqual(problems, []);
    for (const match of text.matchAll(/(^|\n)(\*\/\n)?function (\w+)/g)) {
      assert.ok(match[2] || text.slice(0, match.index).endsWith("*/"), `${match[3]}: no comment`);
    }
  });
}
