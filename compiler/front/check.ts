/**
 * Passes 1 and 2 as one call: script text to diagnostics and typed program. The command line and
 * the WebAssembly module both come in here.
 */
import { Program } from "./ir/ir.ts";
import { Library } from "./library/library.ts";
import { IndexedMacros } from "./library/macros.ts";
import { KernelOracle } from "./oracle/oracle.ts";
import { ProbeFamily } from "./probes/family.ts";
import { Analyser } from "./semantics/analyse.ts";
import { Session } from "./semantics/session.ts";
import { Reporter } from "./source/diagnostics.ts";
import { Source, SourceKind } from "./source/source.ts";
import { ScriptFile } from "./syntax/ast.ts";
import { ParseOptions } from "./syntax/options.ts";
import { parseScript, warnUnusedArgs } from "./syntax/parser.ts";

export class CheckRequest {
  /** Stop after parsing (`-p1`). */
  parseOnly: bool = false;

  constructor(
    /** As shown in messages: the file's name, or `<input>`. */
    public name: string,
    /** Bytes of the script. */
    public text: string,
    public options: ParseOptions,
    public library: Library,
    public oracle: KernelOracle,
    public families: ProbeFamily[],
  ) {}
}

export class CheckResult {
  /** The script's own file first, then the library files that it reached. */
  files: ScriptFile[] = [];
  sources: Source[] = [];
  /** null if there are errors (or only parsing was asked for). */
  program: Program | null = null;

  constructor(public reporter: Reporter) {}
}

/** Parses and analyses one script. */
export function check(request: CheckRequest): CheckResult {
  const parse = parseStep(request);
  const result = parse.result;
  if (!request.parseOnly && result.reporter.errors == 0) analyseStep(parse);
  result.reporter.raiseLate();
  if (result.reporter.errors > 0) result.program = null;
  return result;
}

/** The state between the two passes, for callers that time them apart. */
export class Parsed {
  constructor(public session: Session, public result: CheckResult) {}
}

/** Pass 1. */
export function parseStep(request: CheckRequest): Parsed {
  const reporter = new Reporter();
  const result = new CheckResult(reporter);
  const options = request.options;
  const macros = new IndexedMacros(request.library, options, reporter);
  const source = new Source(request.name, request.text, SourceKind.User, options.guru);
  const session = new Session(
    options,
    request.library,
    macros,
    request.oracle,
    request.families,
    reporter,
  );
  const file = parseScript(source, options, macros, reporter);
  session.addFile(source, file);
  result.files.push(file);
  result.sources.push(source);
  return new Parsed(session, result);
}

/** Pass 2; the result's program stays null if there are errors. Late errors are not raised yet. */
export function analyseStep(parsed: Parsed): void {
  const result = parsed.result;
  const session = parsed.session;
  result.program = new Analyser(session).run();
  if (session.reporter.errors > 0) result.program = null;
  for (let i: i32 = 1; i < session.files.length; i++) {
    result.files.push(session.files[i].file);
    result.sources.push(session.files[i].source);
  }
  if (session.reporter.errors == 0) warnUnusedArgs(session.options, session.reporter);
}
