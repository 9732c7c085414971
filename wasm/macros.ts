/** Macros of the script library, from the files that its index names; read when first used. */
import { lookup } from "../compiler/front/portable/target.ts";
import { Reporter } from "../compiler/front/source/diagnostics.ts";
import { Source, SourceKind } from "../compiler/front/source/source.ts";
import { ParseOptions } from "../compiler/front/syntax/options.ts";
import { Macro, MacroLibrary, parseMacroFile } from "../compiler/front/syntax/preprocess.ts";

export class LibraryMacros extends MacroLibrary {
  private known: Map<string, Macro> = new Map<string, Macro>();
  private read: Set<string> = new Set<string>();

  constructor(
    private files: Map<string, string>,
    private options: ParseOptions,
    private reporter: Reporter,
  ) {
    super();
  }

  find(name: string): Macro | null {
    const index = lookup<string, string>(this.files, "index.txt");
    if (index == null) return null;
    const lines = index.split("\n");
    for (let i: i32 = 0; i < lines.length; i++) {
      const words = lines[i].split(" ");
      if (words.length == 3 && words[0] == "m" && words[1] == name) this.readFile(words[2]);
    }
    return lookup<string, Macro>(this.known, name);
  }

  private readFile(file: string): void {
    if (this.read.has(file)) return;
    this.read.add(file);
    const text = lookup<string, string>(this.files, file);
    if (text == null) return;
    const source = new Source(file, text, SourceKind.Library, true);
    const macros = parseMacroFile(source, this.options, this, this.reporter);
    for (let i: i32 = 0; i < macros.length; i++) this.known.set(macros[i].name, macros[i]);
  }
}
