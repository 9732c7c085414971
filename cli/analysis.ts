/**
 * Passes 1 and 2 for one command line: the front end with its sources, library, configuration and
 * oracle.
 */
import { createHash } from "node:crypto";
import { allFamilies } from "../compiler/probes/all.ts";
import {
  analyseStep,
  CheckRequest,
  type CheckResult,
  type Parsed,
  parseStep,
} from "../compiler/front/check.ts";
import { Analyser } from "../compiler/front/semantics/analyse.ts";
import { aliasLines, functionLines } from "../compiler/front/semantics/listing.ts";
import type { Program } from "../compiler/front/ir/ir.ts";
import type { Diagnostic } from "../compiler/front/source/diagnostics.ts";
import { type Source, SourceKind } from "../compiler/front/source/source.ts";
import type { ParseOptions } from "../compiler/front/syntax/options.ts";
import { parseScript } from "../compiler/front/syntax/parser.ts";
import type { Kernel } from "../loader/kernels.ts";
import type { Host } from "./host.ts";
import { LazyOracle } from "./lazy_oracle.ts";
import type { Settings } from "./options.ts";
import { parseOptionsOf } from "./parse_options.ts";
import { showsPoints } from "./point_texts.ts";
import { FolderLibrary, kernelConfig, scriptSources } from "./sources.ts";

export class Analysis {
  private parsed: Parsed | null = null;
  private reported = 0;

  private constructor(
    /** The user's scripts, the main one first. */
    readonly sources: Source[],
    private options: ParseOptions,
    private library: FolderLibrary,
    private oracle: LazyOracle,
    /** Events of the session are, or were, recorded: their points are those without debuginfo. */
    private recorded: boolean,
  ) {}

  /**
   * Reads what the passes need, the scripts too if they are not given; throws if a script cannot
   * be read.
   */
  static async open(
    settings: Settings,
    kernel: Kernel,
    host: Host,
    given: Source[] | null = null,
  ): Promise<Analysis> {
    const options = parseOptionsOf(settings, kernel);
    options.config = kernelConfig(kernel.build);
    const library = new FolderLibrary();
    for (const folder of settings.includes) await library.addFolder(folder);
    const sources = given ?? await scriptSources(settings, host);
    const oracle = new LazyOracle(
      kernel.release,
      settings.btf,
      settings.typesOnly || settings.btf != "",
    );
    const recorded = settings.record || settings.runtime != "kernel";
    return new Analysis(sources, options, library, oracle, recorded);
  }

  /** Pass 1. */
  parse(): void {
    const [main, ...extra] = this.sources;
    const request = new CheckRequest(
      main.name,
      main.text,
      this.options,
      this.library,
      this.oracle,
      allFamilies(),
    );
    const parsed = parseStep(request);
    const { session, result } = parsed;
    for (const source of extra) {
      const file = parseScript(source, this.options, session.macros, result.reporter);
      session.addFile(source, file);
      result.files.push(file);
      result.sources.push(source);
    }
    this.parsed = parsed;
  }

  /** Pass 2; null if there are errors. */
  analyse(): Program | null {
    const parsed = this.parsed!;
    if (!this.recorded && parsed.result.files.some(showsPoints)) this.oracle.listing = true;
    analyseStep(parsed);
    return this.result().program;
  }

  /** The points that match, one a line (-l); with their variables (-L). */
  points(withVariables: boolean): string[] {
    this.oracle.listing = true;
    return new Analyser(this.parsed!.session).list(withVariables);
  }

  /** The library's functions or aliases, one a line. */
  catalogue(what: "functions" | "aliases", all: boolean): string[] {
    const session = this.parsed!.session;
    return what == "functions" ? functionLines(session, all) : aliasLines(session, all);
  }

  /** Lets the errors of pass 3 count; gives what is new. */
  raiseLate(): Diagnostic[] {
    this.result().reporter.raiseLate();
    return this.takeDiagnostics();
  }

  /** Diagnostics since the last call. */
  takeDiagnostics(): Diagnostic[] {
    const list = this.result().reporter.list;
    const fresh = list.slice(this.reported);
    this.reported = list.length;
    return fresh;
  }

  /** Library scripts that were read. */
  libraryFiles(): number {
    return this.result().sources.filter((s) => s.kind == SourceKind.Library).length;
  }

  /** Why there is no type information of the kernel; "" if nobody missed it. */
  oracleProblem(): string {
    return this.oracle.problem;
  }

  private result(): CheckResult {
    return this.parsed!.result;
  }
}

/** The spellings of all probe points (--dump-probe-types). */
export function probeForms(): string[] {
  const forms: string[] = [];
  for (const family of allFamilies()) {
    for (const form of family.forms) {
      forms.push(form.pattern.replaceAll("(S)", "(string)").replaceAll("(N)", "(number)"));
    }
  }
  return forms.sort();
}

/** A module name that is the same for the same script and options. */
export function moduleName(sources: Source[], settings: Settings): string {
  const hash = createHash("sha256");
  for (const source of sources) hash.update(`${source.name}\0${source.text}\0`);
  hash.update(JSON.stringify([settings.args, settings.defines, settings.guru, settings.includes]));
  return `tapir_${hash.digest("hex").slice(0, 20)}`;
}
