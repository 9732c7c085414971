/** Macros of the library's `*.stpm` files, parsed when first called. */
import { lookup } from "../portable/target.ts";
import { Reporter } from "../source/diagnostics.ts";
import { Source, SourceKind } from "../source/source.ts";
import { ParseOptions } from "../syntax/options.ts";
import { Macro, MacroLibrary, parseMacroFile } from "../syntax/preprocess.ts";
import { Library } from "./library.ts";

export class IndexedMacros extends MacroLibrary {
  private known: Map<string, Macro> = new Map<string, Macro>();
  private read: Set<string> = new Set<string>();

  constructor(
    private library: Library,
    private options: ParseOptions,
    private reporter: Reporter,
  ) {
    super();
  }

  find(name: string): Macro | null {
    const macro = lookup(this.known, name);
    if (macro != null) return macro;
    const files = this.library.macroFiles(name);
    for (let i: i32 = 0; i < files.length; i++) this.readFile(files[i]);
    return lookup(this.known, name);
  }

  private readFile(file: string): void {
    if (this.read.has(file)) return;
    this.read.add(file);
    const text = this.library.text(file);
    if (text == null) return;
    const source = new Source(file, text, SourceKind.Library, true);
    const macros = parseMacroFile(source, this.options, this, this.reporter);
    for (let i: i32 = 0; i < macros.length; i++) this.known.set(macros[i].name, macros[i]);
  }
}
