/**
 * What can be probed and called, as text: the points that a probe matches (-l, -L), the aliases and
 * the functions of the library (--dump-probe-aliases, --dump-functions).
 */
import * as ast from "../syntax/ast.ts";
import { CKind, CType } from "../oracle/ctype.ts";
import { KernelOracle, PlaceKind } from "../oracle/oracle.ts";
import { Expanded } from "./expand.ts";
import { Session } from "./session.ts";
import { tagsOf } from "./tags.ts";
import { Typer } from "./types.ts";
import { typeText, Unit, Var } from "./unit.ts";

/** A type as SystemTap writes it: `struct file*`, `char[16]`. */
export function ctypeText(type: CType): string {
  const target = type.target();
  const inner = target == null ? "void" : ctypeText(target);
  switch (type.kind) {
    case CKind.Pointer:
      if (target != null && target.kind == CKind.Function) return inner.replace(" (", " (*)(");
      return inner + "*";
    case CKind.Array:
      return inner + "[" + type.length().toString() + "]";
    case CKind.Function: {
      const params = type.params();
      const texts: string[] = [];
      for (let i: i32 = 0; i < params.length; i++) texts.push(ctypeText(params[i].type));
      return inner + " (" + texts.join(", ") + ")";
    }
    case CKind.Struct:
    case CKind.Forward:
      return "struct " + (type.name == "" ? "{...}" : type.name);
    case CKind.Union:
      return "union " + (type.name == "" ? "{...}" : type.name);
    case CKind.Enum:
      return "enum " + (type.name == "" ? "{...}" : type.name);
    default:
      return type.name == "" ? "void" : type.name;
  }
}

/** Points by name, each with the variables that all of its places have. */
export class PointList {
  private names: string[] = [];
  private variables: Map<string, string[]> = new Map<string, string[]>();

  constructor(private oracle: KernelOracle) {}

  add(place: Expanded, unit: Unit): void {
    const name = shownName(place);
    const here = variablesOf(place, unit, this.oracle);
    if (!this.variables.has(name)) {
      this.names.push(name);
      this.variables.set(name, here);
      return;
    }
    const before = this.variables.get(name) as string[];
    const common: string[] = [];
    for (let i: i32 = 0; i < before.length; i++) {
      if (here.includes(before[i])) common.push(before[i]);
    }
    this.variables.set(name, common);
  }

  /** A line each, sorted; with the variables if asked for. */
  lines(withVariables: bool): string[] {
    this.names.sort();
    const lines: string[] = [];
    for (let i: i32 = 0; i < this.names.length; i++) {
      let line = this.names[i];
      const variables = this.variables.get(this.names[i]) as string[];
      if (withVariables && variables.length > 0) line += " " + variables.join(" ");
      lines.push(line);
    }
    return lines;
  }
}

/** The alias where the script named one, else the resolved point. */
function shownName(place: Expanded): string {
  const point = place.match.point;
  return firstWord(place.name) == firstWord(point) ? point : place.name;
}

function firstWord(text: string): string {
  let end: i32 = 0;
  while (end < text.length && text.charAt(end) != "." && text.charAt(end) != "(") end++;
  return text.substring(0, end);
}

function variablesOf(place: Expanded, unit: Unit, oracle: KernelOracle): string[] {
  const list: string[] = [];
  for (let i: i32 = 0; i < unit.localList.length; i++) {
    const v = unit.localList[i];
    if (v.assigned && !v.name.startsWith("_")) list.push(v.name + ":" + typeText(v.type));
  }
  const match = place.match;
  const result = match.returnType;
  if (match.isReturn && result != null) list.push("$return:" + ctypeText(result));
  const variables = match.site == null ? match.variables : match.allVariables(oracle);
  for (let i: i32 = 0; i < variables.length; i++) {
    const v = variables[i];
    // Debuginfo also tells what cannot be had at this place.
    if (match.site != null && v.place.kind == PlaceKind.Unknown) continue;
    list.push("$" + v.name + ":" + ctypeText(v.type));
  }
  return list;
}

// --------------------------------------------------------------------------------- the library

/** All library files are read. */
function readLibrary(session: Session): void {
  const library = session.library;
  const names = library.functionNames();
  for (let i: i32 = 0; i < names.length; i++) {
    const files = library.functionFiles(names[i]);
    for (let k: i32 = 0; k < files.length; k++) session.libraryFile(files[k]);
  }
  const aliases = library.aliasFilesFor(["**"]);
  for (let i: i32 = 0; i < aliases.length; i++) session.libraryFile(aliases[i]);
}

/** `name = point, point` of every alias of the library; names with a leading `_` only if `all`. */
export function aliasLines(session: Session, all: bool): string[] {
  readLibrary(session);
  const lines: string[] = [];
  for (let i: i32 = 0; i < session.files.length; i++) {
    const aliases = session.files[i].file.aliases;
    for (let k: i32 = 0; k < aliases.length; k++) addAlias(aliases[k], all, lines);
  }
  lines.sort();
  return lines;
}

function addAlias(alias: ast.AliasDecl, all: bool, lines: string[]): void {
  const points: string[] = [];
  for (let i: i32 = 0; i < alias.points.length; i++) {
    const point = alias.points[i];
    points.push(point.text() + (point.sufficient ? "!" : (point.optional ? "?" : "")));
  }
  const sign = alias.prologue == null && alias.epilogue != null ? " += " : " = ";
  for (let i: i32 = 0; i < alias.names.length; i++) {
    const name = alias.names[i].text();
    if (name.startsWith("_") && !all) continue;
    lines.push(name + sign + points.join(", "));
  }
}

/**
 * `name:type (arg:type, ...)` of every public function of the library, then its rights as
 * comments; with `all` also names with a leading `_` and the other tags.
 */
export function functionLines(session: Session, all: bool): string[] {
  readLibrary(session);
  const units: Unit[] = [];
  for (let i: i32 = 0; i < session.files.length; i++) {
    if (!session.files[i].library) continue;
    const functions = session.files[i].file.functions;
    for (let k: i32 = 0; k < functions.length; k++) {
      const decl = functions[k];
      if (decl.isPrivate || (decl.name.startsWith("_") && !all)) continue;
      units.push(session.functions.shared(decl));
    }
  }
  new Typer(session, []).run();
  const lines: string[] = [];
  for (let i: i32 = 0; i < units.length; i++) {
    const line = functionLine(session, units[i], all);
    if (!lines.includes(line)) lines.push(line);
  }
  lines.sort();
  return lines;
}

function functionLine(session: Session, unit: Unit, all: bool): string {
  const decl = unit.decl as ast.FunctionDecl;
  const params: string[] = [];
  for (let i: i32 = 0; i < decl.params.length; i++) {
    params.push(decl.params[i].name + ":" + typeText(unit.localList[i].type));
  }
  const result = typeText((unit.result as Var).type);
  let line = decl.name + ":" + result + " (" + params.join(", ") + ")";
  if (decl.body != null) return line;
  const tags = tagsOf(session, decl.code, decl.span.source);
  if (tags.guru) line += " /* guru */";
  if (tags.unprivileged) line += " /* unprivileged */";
  if (tags.myprocUnprivileged) line += " /* myproc-unprivileged */";
  if (!all) return line;
  if (tags.pure) line += " /* pure */";
  if (tags.stable) line += " /* stable */";
  if (tags.unmodifiedFnargs) line += " /* unmodified-fnargs */";
  if (tags.unmangled) line += " /* unmangled */";
  return line;
}
