/**
 * The files of one analysis and the look-ups over them: globals of the user's files and of the
 * library, whose files are parsed when a name first reaches them. Functions are in calls.ts.
 */
import * as ast from "../syntax/ast.ts";
import { Library } from "../library/library.ts";
import { KernelOracle } from "../oracle/oracle.ts";
import { ProbeFamily } from "../probes/family.ts";
import { lookup } from "../portable/target.ts";
import { Reporter } from "../source/diagnostics.ts";
import { Source, SourceKind } from "../source/source.ts";
import { MacroLibrary } from "../syntax/preprocess.ts";
import { ParseOptions } from "../syntax/options.ts";
import { parseScript } from "../syntax/parser.ts";
import { INITIAL_ARRAY, LIBRARY_UNREADABLE } from "./messages.ts";
import { Functions } from "./calls.ts";
import { Counters } from "./counters.ts";
import { Var, VarKind } from "./unit.ts";
import * as ir from "../ir/ir.ts";

/** One parsed file with its globals. */
export class FileUnit {
  globals: Map<string, Var> = new Map<string, Var>();
  globalList: Var[] = [];

  constructor(public source: Source, public file: ast.ScriptFile) {}

  private byName: Map<string, ast.FunctionDecl[]> = new Map<string, ast.FunctionDecl[]>();

  /** The functions of this name, in order. */
  functionsNamed(name: string): ast.FunctionDecl[] {
    if (this.byName.size == 0) this.indexFunctions();
    const found = lookup(this.byName, name);
    return found == null ? [] : found;
  }

  private indexFunctions(): void {
    const functions = this.file.functions;
    for (let i: i32 = 0; i < functions.length; i++) {
      const known = lookup(this.byName, functions[i].name);
      if (known != null) known.push(functions[i]);
      else this.byName.set(functions[i].name, [functions[i]]);
    }
  }

  get library(): bool {
    return this.source.kind == SourceKind.Library;
  }
}

export class Session {
  files: FileUnit[] = [];
  functions: Functions = new Functions();
  counters: Counters;
  private libraryFiles: Map<string, FileUnit> = new Map<string, FileUnit>();
  /** Library files that were asked for in vain. */
  unreadable: Set<string> = new Set<string>();
  bySource: Map<Source, FileUnit> = new Map<Source, FileUnit>();
  /** Something was dropped after which SystemTap looks anew for variables without use. */
  relaxed: bool = false;

  constructor(
    public options: ParseOptions,
    public library: Library,
    public macros: MacroLibrary | null,
    public oracle: KernelOracle,
    public families: ProbeFamily[],
    public reporter: Reporter,
  ) {
    this.counters = new Counters(reporter);
    this.functions.owner = this;
  }

  addFile(source: Source, file: ast.ScriptFile): FileUnit {
    const unit = new FileUnit(source, file);
    this.files.push(unit);
    this.bySource.set(source, unit);
    for (let i: i32 = 0; i < file.globals.length; i++) this.addGlobal(unit, file.globals[i]);
    return unit;
  }

  private addGlobal(unit: FileUnit, decl: ast.GlobalDecl): void {
    // The parser refuses a second declaration in one file; several files of the user share one.
    if (unit.globals.has(decl.name)) return;
    let shared: Var | null = null;
    if (!unit.library && !decl.isPrivate) shared = this.globalOfUsers(decl.name);
    if (shared != null) {
      unit.globals.set(decl.name, shared);
      return;
    }
    const v = new Var(VarKind.Global, decl.name, decl.span);
    v.decl = decl;
    v.library = unit.library;
    const initial = decl.initial;
    if (initial != null) {
      v.type = initial.kind == ast.NodeKind.Number ? ir.Ty.Long : ir.Ty.String;
      v.typedAt = initial.span;
      v.arity = 0;
      v.arityAt = decl.span;
      v.assigned = true;
      if (decl.size > 0) this.reporter.report(INITIAL_ARRAY, decl.span).arg(decl.name);
    }
    unit.globals.set(decl.name, v);
    unit.globalList.push(v);
  }

  /** Does the script look at what a regular expression captured? By its text, to be safe. */
  usesCaptures(): bool {
    for (let i: i32 = 0; i < this.files.length; i++) {
      const text = this.files[i].source.text;
      if (!this.files[i].library && (text.includes("matched") || text.includes("ngroups"))) {
        return true;
      }
    }
    return false;
  }

  /** A library file, parsed when first asked for. */
  libraryFile(name: string): FileUnit | null {
    const known = lookup(this.libraryFiles, name);
    if (known != null) return known;
    const text = this.library.text(name);
    if (text == null) {
      if (this.unreadable.has(name)) return null;
      this.unreadable.add(name);
      this.reporter.report(LIBRARY_UNREADABLE, null).arg(name);
      return null;
    }
    const source = new Source(name, text, SourceKind.Library, true);
    const file = parseScript(source, this.options, this.macros, this.reporter);
    const unit = this.addFile(source, file);
    this.libraryFiles.set(name, unit);
    return unit;
  }

  /** The global that a name means in a source: of its file, of the user's, of the library. */
  global(name: string, source: Source): Var | null {
    const own = lookup(this.bySource, source);
    if (own != null) {
      const v = lookup(own.globals, name);
      if (v != null) return v;
    }
    if (source.kind == SourceKind.User) {
      const v = this.globalOfUsers(name);
      if (v != null) return v;
    }
    const files = this.library.globalFiles(name);
    for (let i: i32 = 0; i < files.length; i++) {
      const file = this.libraryFile(files[i]);
      if (file == null) continue;
      const v = lookup(file.globals, name);
      if (v != null && !(v.decl as ast.GlobalDecl).isPrivate) return v;
    }
    return null;
  }

  private globalOfUsers(name: string): Var | null {
    for (let i: i32 = 0; i < this.files.length; i++) {
      if (this.files[i].library) continue;
      const v = lookup(this.files[i].globals, name);
      if (v != null && !(v.decl as ast.GlobalDecl).isPrivate) return v;
    }
    return null;
  }
}
