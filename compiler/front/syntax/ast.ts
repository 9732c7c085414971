/**
 * The syntax tree: what the script says, nothing resolved.
 *
 * One `kind` per class; passes switch on it and cast. Nodes are immutable after parsing except
 * where a field says otherwise. Broken input becomes BadExpr / BadStmt with a diagnostic, so a
 * tree always exists.
 */
import { Span } from "../source/source.ts";

export enum NodeKind {
  // expressions
  BadExpr,
  Number,
  String,
  /** A name: local, global, or (alone) a call without parentheses is not allowed. */
  Symbol,
  /** `name[keys]`, a null key is `*`. */
  Index,
  Call,
  Unary,
  /** `++x`, `x--`. */
  Crement,
  Binary,
  Logical,
  /** String concatenation, `a . b`, two operands; lowering merges chains. */
  Concat,
  Compare,
  Regex,
  In,
  Ternary,
  Assign,
  /** `$var`, `@var("x")`, `@cast(e, "t")`, `@entry`'s operand..., with its member path. */
  Target,
  Cast,
  AtVar,
  Defined,
  Entry,
  EnumConst,
  EnumName,
  Const,
  ProbeWrite,
  Perf,
  Register,
  Deref,
  /** `e->m[i]` on a script value whose type is tracked. */
  Autocast,
  AddressOf,
  /** `@count(x)`, `@hist_log(x)`, ... */
  Stat,
  /** `@hist_log(x)[i]`. */
  HistIndex,
  EmbeddedExpr,
  /** print, printf, sprint... by any accepted spelling. */
  Print,
  // statements
  BadStmt,
  Empty,
  ExprStmt,
  Block,
  If,
  While,
  DoWhile,
  For,
  Foreach,
  Break,
  Continue,
  Return,
  Next,
  Delete,
  Try,
  EmbeddedStmt,
}

export abstract class Node {
  constructor(public kind: NodeKind, public span: Span) {}
}

export abstract class Expr extends Node {}
export abstract class Stmt extends Node {}

// ---------------------------------------------------------------------------- expressions

export class BadExpr extends Expr {
  constructor(span: Span) {
    super(NodeKind.BadExpr, span);
  }
}

/** Canonical signed decimal text, already wrapped to 64 bits. */
export class NumberExpr extends Expr {
  constructor(span: Span, public text: string) {
    super(NodeKind.Number, span);
  }
}

/** The bytes after escapes and gluing. */
export class StringExpr extends Expr {
  constructor(span: Span, public value: string) {
    super(NodeKind.String, span);
  }
}

export class SymbolExpr extends Expr {
  constructor(span: Span, public name: string) {
    super(NodeKind.Symbol, span);
  }
}

/** `base[k1, k2]`; base is a symbol. A null key is the wildcard `*`. */
export class IndexExpr extends Expr {
  constructor(span: Span, public base: SymbolExpr, public keys: (Expr | null)[]) {
    super(NodeKind.Index, span);
  }
}

export class CallExpr extends Expr {
  constructor(span: Span, public name: string, public nameSpan: Span, public args: Expr[]) {
    super(NodeKind.Call, span);
  }
}

/** op: "-" "+" "!" "~" */
export class UnaryExpr extends Expr {
  constructor(span: Span, public op: string, public operand: Expr) {
    super(NodeKind.Unary, span);
  }
}

/** op: "++" "--" */
export class CrementExpr extends Expr {
  constructor(span: Span, public op: string, public prefix: bool, public operand: Expr) {
    super(NodeKind.Crement, span);
  }
}

/** op: + - * / % & | ^ << >> >>> */
export class BinaryExpr extends Expr {
  constructor(
    span: Span,
    public op: string,
    public opSpan: Span,
    public left: Expr,
    public right: Expr,
  ) {
    super(NodeKind.Binary, span);
  }
}

/** op: && || */
export class LogicalExpr extends Expr {
  constructor(span: Span, public op: string, public left: Expr, public right: Expr) {
    super(NodeKind.Logical, span);
  }
}

export class ConcatExpr extends Expr {
  constructor(span: Span, public opSpan: Span, public left: Expr, public right: Expr) {
    super(NodeKind.Concat, span);
  }
}

/** op: < <= > >= == != */
export class CompareExpr extends Expr {
  constructor(
    span: Span,
    public op: string,
    public opSpan: Span,
    public left: Expr,
    public right: Expr,
  ) {
    super(NodeKind.Compare, span);
  }
}

/** `left =~ "re"`, `left !~ "re"`. */
export class RegexExpr extends Expr {
  constructor(
    span: Span,
    public negated: bool,
    public left: Expr,
    public pattern: StringExpr,
  ) {
    super(NodeKind.Regex, span);
  }
}

/** `[keys] in array`, a symbol or a histogram (StatExpr); a null key is `*`. */
export class InExpr extends Expr {
  constructor(span: Span, public keys: (Expr | null)[], public array: Expr) {
    super(NodeKind.In, span);
  }
}

export class TernaryExpr extends Expr {
  constructor(
    span: Span,
    public condition: Expr,
    public whenTrue: Expr,
    public whenFalse: Expr,
  ) {
    super(NodeKind.Ternary, span);
  }
}

/** op: = += -= *= /= %= <<= >>= &= ^= |= .= <<< (and >>>= is not in the grammar) */
export class AssignExpr extends Expr {
  constructor(
    span: Span,
    public op: string,
    public opSpan: Span,
    public target: Expr,
    public value: Expr,
  ) {
    super(NodeKind.Assign, span);
  }
}

/** One step of a member path: `->name`, `[index]`, or the final `$` / `$$` print suffix. */
export enum StepKind {
  Member,
  Index,
  Print,
  PrintDeep,
}

export class PathStep {
  constructor(
    public kind: StepKind,
    public span: Span,
    /** Member name; empty otherwise. */
    public name: string,
    /** Index expression; null otherwise. */
    public index: Expr | null,
  ) {}
}

/** `$name` with its path. `name` keeps the dollar: "$count", "$$vars", "$return". */
export class TargetExpr extends Expr {
  constructor(span: Span, public name: string, public path: PathStep[]) {
    super(NodeKind.Target, span);
  }
}

/** `@cast(operand, "type", "module")` with its path; module empty if not given. */
export class CastExpr extends Expr {
  constructor(
    span: Span,
    public operand: Expr,
    public type: string,
    public module: string,
    public path: PathStep[],
  ) {
    super(NodeKind.Cast, span);
  }
}

/** `@var("name@file", "module")` with its path. */
export class AtVarExpr extends Expr {
  constructor(
    span: Span,
    public name: string,
    public module: string,
    public path: PathStep[],
  ) {
    super(NodeKind.AtVar, span);
  }
}

/** `base->a[i]` where base is a script value with a tracked type. */
export class AutocastExpr extends Expr {
  constructor(span: Span, public base: Expr, public path: PathStep[]) {
    super(NodeKind.Autocast, span);
  }
}

/** `&$x->y`; operand is Target, Cast, AtVar or Autocast. */
export class AddressOfExpr extends Expr {
  constructor(span: Span, public operand: Expr) {
    super(NodeKind.AddressOf, span);
  }
}

export class DefinedExpr extends Expr {
  constructor(span: Span, public operand: Expr) {
    super(NodeKind.Defined, span);
  }
}

export class EntryExpr extends Expr {
  constructor(span: Span, public operand: Expr) {
    super(NodeKind.Entry, span);
  }
}

/** `@enum("NAME")`. */
export class EnumConstExpr extends Expr {
  constructor(span: Span, public name: string, public module: string) {
    super(NodeKind.EnumConst, span);
  }
}

/** `@enumname(e, "type", "module")`; type and module empty if not given. */
export class EnumNameExpr extends Expr {
  constructor(span: Span, public operand: Expr, public type: string, public module: string) {
    super(NodeKind.EnumName, span);
  }
}

/** `@const("C text")`. */
export class ConstExpr extends Expr {
  constructor(span: Span, public text: string) {
    super(NodeKind.Const, span);
  }
}

export class ProbeWriteExpr extends Expr {
  constructor(span: Span, public name: string) {
    super(NodeKind.ProbeWrite, span);
  }
}

export class PerfExpr extends Expr {
  constructor(span: Span, public counter: string) {
    super(NodeKind.Perf, span);
  }
}

/** `@kregister(N)` / `@uregister(N)`. */
export class RegisterExpr extends Expr {
  constructor(span: Span, public user: bool, public number: Expr) {
    super(NodeKind.Register, span);
  }
}

/** `@kderef(size, addr)` / `@uderef(size, addr)`. */
export class DerefExpr extends Expr {
  constructor(span: Span, public user: bool, public size: Expr, public address: Expr) {
    super(NodeKind.Deref, span);
  }
}

/** fn: count sum min max avg variance hist_linear hist_log; args after the aggregate. */
export class StatExpr extends Expr {
  constructor(span: Span, public fn: string, public stat: Expr, public args: Expr[]) {
    super(NodeKind.Stat, span);
  }
}

export class HistIndexExpr extends Expr {
  constructor(span: Span, public hist: StatExpr, public index: Expr) {
    super(NodeKind.HistIndex, span);
  }
}

/** `%{ C %}` as an expression; text without the braces. */
export class EmbeddedExpr extends Expr {
  constructor(span: Span, public code: string) {
    super(NodeKind.EmbeddedExpr, span);
  }
}

/**
 * print family: print println printd printdln printf print_char and the s... forms.
 * `format` is the literal of printf/sprintf, `delimiter` of the d forms, else null.
 */
export class PrintExpr extends Expr {
  constructor(
    span: Span,
    /** As written. */
    public name: string,
    /** Gives a string instead of printing. */
    public toString_: bool,
    public newline: bool,
    public isChar: bool,
    public format: StringExpr | null,
    public delimiter: StringExpr | null,
    public args: Expr[],
  ) {
    super(NodeKind.Print, span);
  }
}

// ----------------------------------------------------------------------------- statements

export class BadStmt extends Stmt {
  constructor(span: Span) {
    super(NodeKind.BadStmt, span);
  }
}

export class EmptyStmt extends Stmt {
  constructor(span: Span) {
    super(NodeKind.Empty, span);
  }
}

export class ExprStmt extends Stmt {
  constructor(span: Span, public expr: Expr) {
    super(NodeKind.ExprStmt, span);
  }
}

export class BlockStmt extends Stmt {
  constructor(span: Span, public body: Stmt[]) {
    super(NodeKind.Block, span);
  }
}

export class IfStmt extends Stmt {
  constructor(
    span: Span,
    public condition: Expr,
    public whenTrue: Stmt,
    public whenFalse: Stmt | null,
  ) {
    super(NodeKind.If, span);
  }
}

export class WhileStmt extends Stmt {
  constructor(span: Span, public condition: Expr, public body: Stmt) {
    super(NodeKind.While, span);
  }
}

export class DoWhileStmt extends Stmt {
  constructor(span: Span, public body: Stmt, public condition: Expr) {
    super(NodeKind.DoWhile, span);
  }
}

export class ForStmt extends Stmt {
  constructor(
    span: Span,
    public init: Expr | null,
    public condition: Expr | null,
    public step: Expr | null,
    public body: Stmt,
  ) {
    super(NodeKind.For, span);
  }
}

export enum Sort {
  None,
  Ascending,
  Descending,
}

export class ForeachKey {
  constructor(public name: SymbolExpr, public sort: Sort) {}
}

/**
 * `foreach (value = [k1, k2+] in array[slice] @sum- limit e) body`.
 * Exactly one of `array` and `hist` is set. At most one sort marker in all.
 */
export class ForeachStmt extends Stmt {
  constructor(
    span: Span,
    public value: SymbolExpr | null,
    /** Marker on the value name (same meaning as one on the array). */
    public valueSort: Sort,
    public keys: ForeachKey[],
    public array: SymbolExpr | null,
    public hist: StatExpr | null,
    /** null: no slice. A null element is `*`. */
    public slice: (Expr | null)[] | null,
    public arraySort: Sort,
    /** count sum min max avg variance, or empty. */
    public sortFunction: string,
    public limit: Expr | null,
    public body: Stmt,
  ) {
    super(NodeKind.Foreach, span);
  }
}

export class BreakStmt extends Stmt {
  constructor(span: Span) {
    super(NodeKind.Break, span);
  }
}
export class ContinueStmt extends Stmt {
  constructor(span: Span) {
    super(NodeKind.Continue, span);
  }
}
export class NextStmt extends Stmt {
  constructor(span: Span) {
    super(NodeKind.Next, span);
  }
}

export class ReturnStmt extends Stmt {
  constructor(span: Span, public value: Expr | null) {
    super(NodeKind.Return, span);
  }
}

/** target: Symbol (array, scalar) or Index (element, slice). */
export class DeleteStmt extends Stmt {
  constructor(span: Span, public target: Expr) {
    super(NodeKind.Delete, span);
  }
}

export class TryStmt extends Stmt {
  constructor(
    span: Span,
    public body: Stmt,
    public catchName: SymbolExpr | null,
    public handler: Stmt,
  ) {
    super(NodeKind.Try, span);
  }
}

/** `%{ C %}` as a statement. */
export class EmbeddedStmt extends Stmt {
  constructor(span: Span, public code: string) {
    super(NodeKind.EmbeddedStmt, span);
  }
}

// --------------------------------------------------------------------------- declarations

/** A type as written: `:long`, `:string`, or none. */
export enum TypeName {
  None,
  Long,
  String,
}

export class GlobalDecl {
  constructor(
    public span: Span,
    public name: string,
    public isPrivate: bool,
    /** `[N]`; 0 if not given. */
    public size: i32,
    public wraps: bool,
    /** A NumberExpr or StringExpr literal, or null. */
    public initial: Expr | null,
  ) {}
}

export class Param {
  constructor(public span: Span, public name: string, public type: TypeName) {}
}

export class FunctionDecl {
  constructor(
    public span: Span,
    public nameSpan: Span,
    public name: string,
    public isPrivate: bool,
    public returnType: TypeName,
    public params: Param[],
    /** `:N` after the parameters; -1 if not given. */
    public priority: i32,
    /** The body; null if `code` is set. */
    public body: BlockStmt | null,
    /** Embedded C body without its braces; meaningful only if `body` is null. */
    public code: string,
    /** Text of the comment block right above it (documentation), or empty. */
    public doc: string,
  ) {}
}

/** One component of a probe point: `function("vfs_*")`, `s(3)`, `return`. */
export class PointPart {
  constructor(
    public span: Span,
    /** May hold `*`, `?`, `[...]`, `**`; braces have been expanded by the parser. */
    public name: string,
    /** Literal argument: NumberExpr, StringExpr, or null. */
    public arg: Expr | null,
  ) {}
}

export class ProbePoint {
  constructor(
    public span: Span,
    public parts: PointPart[],
    /** Trailing `?`. */
    public optional: bool,
    /** Trailing `!` (implies optional). */
    public sufficient: bool,
    /** `if (expr)`, or null. */
    public condition: Expr | null,
  ) {}

  /** Its text: `kernel.function("vfs_read").return`, without `?`, `!` and condition. */
  text(): string {
    const parts: string[] = [];
    for (let i: i32 = 0; i < this.parts.length; i++) {
      const part = this.parts[i];
      const arg = part.arg;
      if (arg == null) parts.push(part.name);
      else if (arg.kind == NodeKind.Number) {
        parts.push(part.name + "(" + (arg as NumberExpr).text + ")");
      } else parts.push(part.name + '("' + (arg as StringExpr).value + '")');
    }
    return parts.join(".");
  }
}

export class ProbeDecl {
  constructor(
    public span: Span,
    public points: ProbePoint[],
    public body: BlockStmt,
  ) {}
}

/** `probe a = b = p1, p2 {...} {...}`, `probe a += p {...}`. */
export class AliasDecl {
  constructor(
    public span: Span,
    /** The alias names, each a probe point without suffixes. */
    public names: ProbePoint[],
    public points: ProbePoint[],
    /** Runs before the user's body; null for `+=`. */
    public prologue: BlockStmt | null,
    /** Runs after the user's body; null unless `+=` or a second body was given. */
    public epilogue: BlockStmt | null,
    public doc: string,
  ) {}
}

/** Top-level `%{ C %}`. */
export class EmbeddedDecl {
  constructor(public span: Span, public code: string) {}
}

/** One parsed file. */
export class ScriptFile {
  globals: GlobalDecl[] = [];
  functions: FunctionDecl[] = [];
  probes: ProbeDecl[] = [];
  aliases: AliasDecl[] = [];
  embedded: EmbeddedDecl[] = [];
  /**
   * All declarations in source order, for the printer: what[i] is one of
   * g f p a e (the list) and index[i] the place in that list.
   */
  orderWhat: string[] = [];
  orderIndex: i32[] = [];

  constructor(public span: Span) {}
}
