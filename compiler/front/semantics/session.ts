/**
 * The files of one analysis and the look-ups over them: globals, functions and aliases of the
 * user's files and of the library, whose files are parsed when a name first reaches them.
 */
import * as ast from "../syntax/ast.ts";
import { Library } from "../library/library.ts";
import { KernelOracle } from "../oracle/oracle.ts";
import { ProbeFamily } from "../probes/family.ts";
import { lookup } from "../portable/target.ts";
import { Reporter } from "../source/diagnostics.ts";
import { Source, SourceKind, Span } from "../source/source.ts";
import { MacroLibrary } from "../syntax/preprocess.ts";
import { ParseOptions } from "../syntax/options.ts";
import { parseScript } from "../syntax/parser.ts";
import {
  FUNCTION_ARITY,
  FUNCTION_TWICE,
  FUNCTION_UNKNOWN,
  GLOBAL_TWICE,
  INITIAL_ARRAY,
  LIBRARY_UNREADABLE,
} from "./messages.ts";
import { Unit, Var, VarKind } from "./unit.ts";
import { didYouMean } from "../source/similar.ts";
import * as ir from "../ir/ir.ts";

/** One parsed file with its globals. */
export class FileUnit {
  globals: Map<string, Var> = new Map<string, Var>();
  globalList: Var[] = [];

  constructor(public source: Source, public file: ast.ScriptFile) {}

  get library(): bool {
    return this.source.kind == SourceKind.Library;
  }
}

export class Session {
  files: FileUnit[] = [];
  private libraryFiles: Map<string, FileUnit> = new Map<string, FileUnit>();
  private bySource: Map<Source, FileUnit> = new Map<Source, FileUnit>();
  private units: Map<ast.FunctionDecl, Unit> = new Map<ast.FunctionDecl, Unit>();
  private callees: Map<string, Unit> = new Map<string, Unit>();
  /** Functions in the order in which they are first called. */
  functions: Unit[] = [];

  constructor(
    public options: ParseOptions,
    public library: Library,
    public macros: MacroLibrary | null,
    public oracle: KernelOracle,
    public families: ProbeFamily[],
    public reporter: Reporter,
  ) {}

  addFile(source: Source, file: ast.ScriptFile): FileUnit {
    const unit = new FileUnit(source, file);
    this.files.push(unit);
    this.bySource.set(source, unit);
    for (let i: i32 = 0; i < file.globals.length; i++) this.addGlobal(unit, file.globals[i]);
    return unit;
  }

  private addGlobal(unit: FileUnit, decl: ast.GlobalDecl): void {
    const before = lookup(unit.globals, decl.name);
    if (before != null) {
      this.reporter.report(GLOBAL_TWICE, decl.span).arg(decl.name)
        .note(before.span, "first declared here");
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

  /** A library file, parsed when first asked for. */
  libraryFile(name: string): FileUnit | null {
    const known = lookup(this.libraryFiles, name);
    if (known != null) return known;
    const text = this.library.text(name);
    if (text == null) {
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

  /** The function that a call means; reports if there is none. */
  callee(call: ast.CallExpr): Unit | null {
    const key = `${call.span.source.name}:${call.name}/${call.args.length.toString()}`;
    const known = lookup(this.callees, key);
    if (known != null) return known;
    const found = this.findCallee(call);
    if (found != null) {
      this.callees.set(key, found);
      if (found.calledAt == null || call.span.source.kind == SourceKind.User) {
        found.calledAt = call.nameSpan;
      }
    }
    return found;
  }

  private findCallee(call: ast.CallExpr): Unit | null {
    const source = call.span.source;
    let all: ast.FunctionDecl[] = [];
    if (source.kind == SourceKind.User) all = this.userFunctions(call.name, source);
    let fitting = withParams(all, call.args.length);
    if (fitting.length == 0) {
      const more = this.libraryFunctions(call.name, source);
      for (let i: i32 = 0; i < more.length; i++) all.push(more[i]);
      fitting = withParams(all, call.args.length);
    }
    if (fitting.length > 0) return this.chain(fitting);
    if (all.length > 0) {
      const d = this.reporter.report(FUNCTION_ARITY, call.nameSpan);
      d.arg(call.name).arg(call.args.length.toString());
      for (let i: i32 = 0; i < all.length; i++) {
        d.note(all[i].nameSpan, `takes ${all[i].params.length.toString()} argument(s)`);
      }
      return null;
    }
    const d = this.reporter.report(FUNCTION_UNKNOWN, call.nameSpan).arg(call.name);
    const hint = didYouMean(call.name, this.functionNames());
    if (hint != "") d.hint(hint);
    return null;
  }

  private functionNames(): string[] {
    const names = this.library.functionNames().slice(0);
    for (let i: i32 = 0; i < this.files.length; i++) {
      const functions = this.files[i].file.functions;
      for (let k: i32 = 0; k < functions.length; k++) names.push(functions[k].name);
    }
    return names;
  }

  private userFunctions(name: string, source: Source): ast.FunctionDecl[] {
    const found: ast.FunctionDecl[] = [];
    for (let i: i32 = 0; i < this.files.length; i++) {
      if (!this.files[i].library) collectFunctions(this.files[i], name, source, found);
    }
    return found;
  }

  private libraryFunctions(name: string, source: Source): ast.FunctionDecl[] {
    const found: ast.FunctionDecl[] = [];
    const own = lookup(this.bySource, source);
    if (own != null && own.library) collectFunctions(own, name, source, found);
    const files = this.library.functionFiles(name);
    for (let i: i32 = 0; i < files.length; i++) {
      const file = this.libraryFile(files[i]);
      if (file != null && file != own) collectFunctions(file, name, source, found);
    }
    return found;
  }

  /** Units of overloads with one number of parameters, linked in the order in which they run. */
  private chain(decls: ast.FunctionDecl[]): Unit {
    const sorted = decls.slice(0);
    sorted.sort(byPriority);
    const first = this.functionUnit(sorted[0]);
    let last = first;
    for (let i: i32 = 1; i < sorted.length; i++) {
      const decl = sorted[i];
      if (priorityOf(decl) == priorityOf(sorted[i - 1]) && samePlace(decl, sorted[i - 1])) {
        this.reporter.report(FUNCTION_TWICE, decl.nameSpan).arg(decl.name)
          .note(sorted[i - 1].nameSpan, "first defined here")
          .hint("give them priorities, as in function f(a):1");
      }
      const unit = this.functionUnit(decl);
      last.nextUnit = unit;
      last = unit;
    }
    return first;
  }

  private functionUnit(decl: ast.FunctionDecl): Unit {
    const known = lookup(this.units, decl);
    if (known != null) return known;
    const unit = new Unit(decl.span);
    unit.decl = decl;
    unit.library = decl.span.source.kind == SourceKind.Library;
    for (let i: i32 = 0; i < decl.params.length; i++) {
      const param = decl.params[i];
      const v = unit.addLocal(VarKind.Param, param.name, param.span);
      v.assigned = true;
      declareType(v, param.type, param.span);
    }
    const result = new Var(VarKind.Result, decl.name, decl.nameSpan);
    result.arity = 0;
    declareType(result, decl.returnType, decl.nameSpan);
    unit.result = result;
    unit.name = this.uniqueName(decl.name);
    const body = decl.body;
    if (body != null) unit.bodies.push(body);
    this.units.set(decl, unit);
    unit.index = this.functions.length;
    this.functions.push(unit);
    return unit;
  }

  private uniqueName(name: string): string {
    let count: i32 = 0;
    for (let i: i32 = 0; i < this.functions.length; i++) {
      const decl = this.functions[i].decl;
      if (decl != null && decl.name == name) count++;
    }
    return count == 0 ? name : name + "#" + count.toString();
  }

  /** Was a function of the script called by anything that runs? */
  isReached(decl: ast.FunctionDecl): bool {
    return lookup(this.units, decl) != null;
  }
}

function declareType(v: Var, type: ast.TypeName, span: Span): void {
  if (type == ast.TypeName.None) return;
  v.type = type == ast.TypeName.Long ? ir.Ty.Long : ir.Ty.String;
  v.typedAt = span;
}

function collectFunctions(
  file: FileUnit,
  name: string,
  source: Source,
  found: ast.FunctionDecl[],
): void {
  const functions = file.file.functions;
  for (let i: i32 = 0; i < functions.length; i++) {
    const decl = functions[i];
    if (decl.name == name && (!decl.isPrivate || file.source == source)) found.push(decl);
  }
}

function withParams(decls: ast.FunctionDecl[], count: i32): ast.FunctionDecl[] {
  const fitting: ast.FunctionDecl[] = [];
  for (let i: i32 = 0; i < decls.length; i++) {
    if (decls[i].params.length == count) fitting.push(decls[i]);
  }
  return fitting;
}

function priorityOf(decl: ast.FunctionDecl): i32 {
  if (decl.priority >= 0) return decl.priority;
  return decl.span.source.kind == SourceKind.User ? 0 : 1;
}

function samePlace(a: ast.FunctionDecl, b: ast.FunctionDecl): bool {
  return a.span.source == b.span.source && a.priority < 0 && b.priority < 0 &&
    a.body != null && b.body != null && a.isPrivate == b.isPrivate &&
    !usesNext(b);
}

function usesNext(decl: ast.FunctionDecl): bool {
  return decl.span.text().includes("next");
}

/** By priority, then by place, so that the order is total. */
function byPriority(a: ast.FunctionDecl, b: ast.FunctionDecl): i32 {
  const order: i32 = priorityOf(a) - priorityOf(b);
  if (order != 0) return order;
  return a.span.start - b.span.start;
}
