/**
 * What the passes share about variables and bodies: Var (a global, local, parameter or result,
 * whose type is found by inference) and Unit (a handler or a function).
 */
import * as ast from "../syntax/ast.ts";
import * as ir from "../ir/ir.ts";
import { CType } from "../oracle/ctype.ts";
import { PointMatch } from "../probes/family.ts";
import { Span } from "../source/source.ts";
import { ContextNeed } from "./context.ts";

export enum VarKind {
  Global,
  Local,
  Param,
  Result,
}

export class Var {
  type: ir.Ty = ir.Ty.Void;
  /** Where the type comes from. */
  typedAt: Span | null = null;
  /** Number of keys; -1 while unknown. */
  arity: i32 = -1;
  arityAt: Span | null = null;
  keyTypes: ir.Ty[] = [];
  keyAt: (Span | null)[] = [];
  decl: ast.GlobalDecl | null = null;
  library: bool = false;
  /** Local: in Unit.locals; global: in Program.globals once lowering reaches it, else -1. */
  index: i32 = -1;
  assigned: bool = false;
  used: bool = false;
  needs: ir.StatNeeds | null = null;
  /** C type behind the value, if it is known and the same wherever it is set (`p = $file`). */
  ctype: CType | null = null;
  /** Set with values of several C types. */
  ctypeMixed: bool = false;

  constructor(public kind: VarKind, public name: string, public span: Span) {}
}

/** A handler, or a function. */
export class Unit {
  locals: Map<string, Var> = new Map<string, Var>();
  /** In order; parameters first. */
  localList: Var[] = [];
  /** Bodies that run one after the other: prologues, the probe's, epilogues. */
  bodies: ast.BlockStmt[] = [];

  // of a function
  decl: ast.FunctionDecl | null = null;
  name: string = "";
  /** The first call. */
  calledAt: Span | null = null;
  result: Var | null = null;
  index: i32 = -1;
  /** Next in the run-time overload chain. */
  nextUnit: Unit | null = null;
  library: bool = false;
  need: ContextNeed = ContextNeed.None;

  // what does nothing, by idle.ts
  idleFound: bool = false;
  idle: Set<ast.Stmt> = new Set<ast.Stmt>();
  /** Assignments to locals that nothing reads: only their value counts. */
  dead: Set<ast.Expr> = new Set<ast.Expr>();
  /** Variables in idle statements with a condition or a loop, of the user's files. */
  leftover: ast.SymbolExpr[] = [];
  /** Names of the locals that are read. */
  reads: Set<string> = new Set<string>();
  /** The handler that an instance belongs to; null for handlers and for shared functions. */
  root: Unit | null = null;

  // of a handler, or of a function's instance for it
  point: PointMatch | null = null;
  entrySlots: ir.EntrySlot[] = [];
  entryKeys: string[] = [];
  /** Number of the handler among all. */
  number: i32 = -1;

  constructor(public span: Span) {}

  /** The handler itself, or that of an instance; a shared function stands for itself. */
  rootUnit(): Unit {
    const root = this.root;
    return root == null ? this : root;
  }

  /** Module that the probe is in; "" for the kernel image. */
  module(): string {
    const point = this.rootUnit().point;
    return point == null ? "" : moduleOf(point);
  }

  addLocal(kind: VarKind, name: string, span: Span): Var {
    const v = new Var(kind, name, span);
    v.index = this.localList.length;
    v.arity = 0;
    this.locals.set(name, v);
    this.localList.push(v);
    return v;
  }
}

/** Module that a point is in; "" for the kernel image. */
export function moduleOf(point: PointMatch): string {
  for (let i: i32 = 0; i < point.props.length; i++) {
    if (point.props[i].name == "module") return point.props[i].value;
  }
  return "";
}

export function typeText(type: ir.Ty): string {
  if (type == ir.Ty.Long) return "long";
  if (type == ir.Ty.String) return "string";
  if (type == ir.Ty.Stats) return "stats";
  return "unknown";
}
