/**
 * Pass 1 for a run that ends with it (-p1). It loads the parser and nothing of the later passes, and
 * reads the library's index and the kernel's configuration only when a script looks into them.
 */
import { IndexedMacros } from "../compiler/front/library/macros.ts";
import { Reporter } from "../compiler/front/source/diagnostics.ts";
import { ParseOptions } from "../compiler/front/syntax/options.ts";
import { parseScript } from "../compiler/front/syntax/parser.ts";
import { type Macro, MacroLibrary } from "../compiler/front/syntax/preprocess.ts";
import { printScript } from "../compiler/front/syntax/print.ts";
import type { Kernel } from "../loader/kernels.ts";
import { parseOptionsOf } from "./parse_options.ts";
import type { Host } from "./host.ts";
import type { Settings } from "./options.ts";
import { FolderLibrary, kernelConfig, scriptSources } from "./sources.ts";

/** The library's macros; its index is read at the first question. */
class LazyMacros extends MacroLibrary {
  private macros: IndexedMacros | null = null;

  constructor(
    private options: ParseOptions,
    private reporter: Reporter,
    private library: FolderLibrary | null,
    private kernel: Kernel,
  ) {
    super();
  }

  find(name: string): Macro | null {
    if (this.macros == null) {
      this.options.config = kernelConfig(this.kernel.build);
      const library = this.library ?? new FolderLibrary();
      this.macros = new IndexedMacros(library, this.options, this.reporter);
    }
    return this.macros.find(name);
  }
}

export interface ParsePass {
  reporter: Reporter;
  /** The trees as text. */
  text: string;
}

/** Parses the scripts of a command line. */
export async function parsePass(
  settings: Settings,
  kernel: Kernel,
  host: Host,
): Promise<ParsePass> {
  const options = parseOptionsOf(settings, kernel);
  const reporter = new Reporter();
  let library: FolderLibrary | null = null;
  if (settings.includes.length > 0) {
    library = new FolderLibrary();
    for (const folder of settings.includes) await library.addFolder(folder);
  }
  const macros = new LazyMacros(options, reporter, library, kernel);
  const parts = ["# parse tree dump\n"];
  for (const source of await scriptSources(settings, host)) {
    if (source.text.includes("CONFIG_") && options.config.size == 0) {
      options.config = kernelConfig(kernel.build);
    }
    const file = parseScript(source, options, macros, reporter);
    if (reporter.errors == 0) parts.push(`# file ${source.name}\n${printScript(file, true)}\n`);
  }
  return { reporter, text: parts.join("") };
}
