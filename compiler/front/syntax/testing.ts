/** Helpers of the syntax tests. Not portable, not shipped. */
import { Reporter } from "../source/diagnostics.ts";
import { Source, SourceKind } from "../source/source.ts";
import { ScriptFile } from "./ast.ts";
import { ParseOptions } from "./options.ts";
import { parseScript } from "./parser.ts";
import { Macro, MacroLibrary } from "./preprocess.ts";

export class Parsed {
  constructor(public tree: ScriptFile, public reporter: Reporter, public options: ParseOptions) {}

  /** `E0301@1:5` for each diagnostic. */
  codes(): string[] {
    return this.reporter.list.map((d) =>
      d.message.name() + (d.span == null ? "" : `@${d.span.line}:${d.span.column}`)
    );
  }
}

/** A target to preprocess for. */
export function testOptions(): ParseOptions {
  const options = new ParseOptions();
  options.kernelRelease = "6.1.0-25-cloud-amd64";
  options.config.set("CONFIG_SMP", "y");
  options.config.set("CONFIG_HZ", "250");
  options.config.set("CONFIG_NR_CPUS", "512");
  return options;
}

export function parse(
  text: string,
  change: (options: ParseOptions) => void = () => {},
  guru = false,
  macros: MacroLibrary | null = null,
): Parsed {
  const options = testOptions();
  options.guru = guru;
  change(options);
  const reporter = new Reporter();
  const source = new Source("t.stp", text, SourceKind.User, guru);
  return new Parsed(parseScript(source, options, macros, reporter), reporter, options);
}

/** A macro library made of a list. */
export class ListedMacros extends MacroLibrary {
  constructor(private macros: Macro[]) {
    super();
  }

  override find(name: string): Macro | null {
    return this.macros.find((macro) => macro.name === name) ?? null;
  }
}
