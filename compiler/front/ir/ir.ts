/**
 * The intermediate representation: typed, resolved, engine-free.
 *
 * Statements and expressions stay a tree. Everything is numbered densely: globals, functions,
 * handlers, locals, strings; nodes refer to them by index. Map, aggregate, string and print
 * operations are nodes of their own, so that each engine picks its own best code. `verify.ts`
 * holds what must be true of a program; `print.ts` is the readable form (`-p2 -v`), `json.ts` the
 * versioned one (`--dump-ir`).
 *
 * Evaluation order is left to right; every value is a signed 64-bit integer (Ty.Long) or a byte
 * string shorter than MAXSTRINGLEN (Ty.String). Arithmetic wraps. Shift counts are modulo 64.
 * Division and remainder by zero raise the catchable run-time error "division by 0".
 */
import { Span } from "../source/source.ts";

/** Version of the JSON form; raise it when a field changes meaning. */
export const IR_VERSION: i32 = 1;

export enum Ty {
  /** No value (procedure), or a value nobody could type and nobody uses. */
  Void,
  Long,
  String,
  /** An aggregate (`<<<`). Only globals and map values have it. */
  Stats,
}

// ---------------------------------------------------------------------------- declarations

/** What the program extracts from an aggregate; decides what an engine must keep per value. */
export class StatNeeds {
  count: bool = false;
  sum: bool = false;
  min: bool = false;
  max: bool = false;
  avg: bool = false;
  variance: bool = false;
  /** Bit shift of @variance, 0..62. */
  varianceShift: i32 = 0;
  histLog: bool = false;
  histLinear: bool = false;
  /** Of @hist_linear, decimal text. */
  low: string = "0";
  high: string = "0";
  width: string = "0";
  /** Histogram slots: histLog 128; histLinear (high - low) / width + 1, plus under/overflow = 2. */
  buckets: i32 = 0;
}

/** How handlers use a global; decides locking. */
export class GlobalUse {
  /** Read by some handler. */
  read: bool = false;
  /** Written by some handler (other than only `++`, `+=`, `<<<` whose value is unused). */
  written: bool = false;
  /** Only ever added to by handlers that do not use the result (`++`, `+=`, `<<<`). */
  added: bool = false;
  /** Iterated with foreach somewhere. */
  iterated: bool = false;
  /** Elements or all of it deleted somewhere. */
  deleted: bool = false;
}

export class Global {
  /** Empty for scalars. Each is Long or String. */
  keys: Ty[] = [];
  /** `[N]`, or 0 for MAXMAPENTRIES. */
  size: i32 = 0;
  wraps: bool = false;
  /** Decimal text or bytes; meaningful only if hasInitial. */
  initial: string = "";
  hasInitial: bool = false;
  stat: StatNeeds | null = null;
  use: GlobalUse = new GlobalUse();
  /** Printed at the end of the session because nothing reads it. */
  autoDisplay: bool = false;

  constructor(
    /** As the script calls it; unique after resolution (private ones get a `file::` prefix). */
    public name: string,
    public type: Ty,
    public span: Span,
  ) {}

  isMap(): bool {
    return this.keys.length > 0;
  }
}

/** A local or parameter of one function or handler. Parameters come first. */
export class Local {
  constructor(public name: string, public type: Ty) {}
}

/** Tags found in an embedded C body (`/` `* pure *` `/` and kin). */
export class Tags {
  pure: bool = false;
  stable: bool = false;
  unprivileged: bool = false;
  myprocUnprivileged: bool = false;
  guru: bool = false;
  unmodifiedFnargs: bool = false;
  unmangled: bool = false;
  /** From `pragma:read:v`: indices of globals. */
  reads: i32[] = [];
  writes: i32[] = [];
  /** Other pragmas: "vma", "unwind", "symbols", "lines", "uprobes", "tagged_dfa". */
  pragmas: string[] = [];
}

export class Func {
  locals: Local[] = [];
  /** How many of `locals` are parameters. */
  params: i32 = 0;
  /** null for embedded C. */
  body: Stmt | null = null;
  /** Embedded C body; meaningful only if body is null. */
  code: string = "";
  tags: Tags = new Tags();
  /**
   * Engines other than C serve a library function with an embedded body by this name, from
   * `pragma:engine:NAME`; empty if none. The name and parameters mean the same in every engine.
   */
  engine: string = "";
  /** Run-time overload chain: the function tried when this one runs `next`; -1 for none. */
  nextOverload: i32 = -1;
  /** The one handler that calls it and whose saved entry it reads (EntryValue); -1 for none. */
  handler: i32 = -1;
  /** Calls itself, directly or not. */
  recursive: bool = false;
  /** A library function. */
  library: bool = false;

  constructor(
    /** Unique: overloads are `name`, `name#1`, ... */
    public name: string,
    public type: Ty,
    public span: Span,
  ) {}
}

/** One property of a probe row; which there are, the family's file in compiler/probes says. */
export class Prop {
  constructor(public name: string, public value: string) {}
}

/** One armed point. Rows whose resolved handlers are equal share the handler. */
export class ProbeRow {
  props: Prop[] = [];
  /** Condition to arm (`if (...)`): reads globals only; null for none. */
  condition: Expr | null = null;
  /** Globals that the condition reads. */
  conditionGlobals: i32[] = [];
  /** Per-row constants that the shared handler reads with RowConst. */
  constants: string[] = [];

  /** Runs in one go with the row before it, unless that was aborted; engines put such rows together. */
  joined: bool = false;

  constructor(
    /** Family name: "begin", "end", "error", "never", "timer", "function", "return", ... */
    public family: string,
    /** Full resolved text, what pp() gives: `kernel.function("vfs_read@fs/read_write.c:450")`. */
    public point: string,
    /** What pn() gives: the alias as the script named it, or the written point. */
    public name: string,
    /** Index into Program.handlers. */
    public handler: i32,
    /** Where the script names it. */
    public span: Span,
  ) {}

  /** Value of a property, or "" if absent. */
  prop(name: string): string {
    for (let i: i32 = 0; i < this.props.length; i++) {
      if (this.props[i].name == name) return this.props[i].value;
    }
    return "";
  }
}

/** A slot filled at function entry for a return probe (`@entry(e)`, `$x` in .return). */
export class EntrySlot {
  constructor(public type: Ty, public value: Expr) {}
}

export class Handler {
  locals: Local[] = [];
  /** Values that the matching entry saves; read with EntryValue. */
  entrySlots: EntrySlot[] = [];
  /** MAXACTION_INTERRUPTIBLE applies (begin, end, error). */
  interruptible: bool = false;
  /** Added by an engine, so not held to MAXACTION. */
  uncounted: bool = false;
  /** Globals read / written, by this handler and all that it calls, sorted. */
  reads: i32[] = [];
  writes: i32[] = [];

  constructor(public body: Stmt, public span: Span) {}
}

/** A regular expression used by the program, compiled by the engine. */
export class Regex {
  constructor(public pattern: string, public span: Span) {}
}

export class Program {
  version: i32 = IR_VERSION;
  globals: Global[] = [];
  funcs: Func[] = [];
  handlers: Handler[] = [];
  rows: ProbeRow[] = [];
  regexes: Regex[] = [];
  /** Top-level embedded C, in order. */
  embedded: EmbeddedBlock[] = [];
  /** Some `=~` feeds matched() / ngroups(). */
  needsCaptures: bool = false;
}

export class EmbeddedBlock {
  constructor(public code: string, public span: Span, public library: bool) {}
}

// ---------------------------------------------------------------------------- expressions

export enum Op {
  // expressions
  Long,
  Str,
  Local,
  Global,
  MapGet,
  MapHas,
  Unary,
  Binary,
  And,
  Or,
  Not,
  Cond,
  CompareLong,
  CompareStr,
  Concat,
  Regex,
  Assign,
  Crement,
  StatAdd,
  StatGet,
  HistBucket,
  Call,
  Format,
  Context,
  RowConst,
  EntryValue,
  Deref,
  Store,
  ContextStore,
  SymbolAddress,
  EmbeddedExpr,
  // statements
  Eval,
  Block,
  If,
  Loop,
  Foreach,
  ForeachHist,
  Break,
  Continue,
  Return,
  Next,
  Delete,
  Try,
  EmbeddedStmt,
}

export abstract class IrNode {
  constructor(public op: Op, public span: Span) {}
}

export abstract class Expr extends IrNode {
  constructor(op: Op, span: Span, public type: Ty) {
    super(op, span);
  }
}

export class LongExpr extends Expr {
  /** Canonical signed decimal text. */
  constructor(span: Span, public text: string) {
    super(Op.Long, span, Ty.Long);
  }
}

export class StrExpr extends Expr {
  constructor(span: Span, public value: string) {
    super(Op.Str, span, Ty.String);
  }
}

export class LocalExpr extends Expr {
  constructor(span: Span, type: Ty, public index: i32) {
    super(Op.Local, span, type);
  }
}

/** A scalar global, or (type Stats) a scalar aggregate as operand of StatAdd / StatGet. */
export class GlobalExpr extends Expr {
  constructor(span: Span, type: Ty, public index: i32) {
    super(Op.Global, span, type);
  }
}

/** Map element; 0 / "" if absent, which does not create it. Type Stats only under Stat nodes. */
export class MapGetExpr extends Expr {
  constructor(span: Span, type: Ty, public map: i32, public keys: (Expr | null)[]) {
    super(Op.MapGet, span, type);
  }
}

/** 1 if the element exists. A null key is a wildcard. */
export class MapHasExpr extends Expr {
  constructor(span: Span, public map: i32, public keys: (Expr | null)[]) {
    super(Op.MapHas, span, Ty.Long);
  }
}

/** sym: "-" "~" */
export class UnaryExpr extends Expr {
  constructor(span: Span, public sym: string, public operand: Expr) {
    super(Op.Unary, span, Ty.Long);
  }
}

/** sym: + - * / % & | ^ << >> >>> */
export class BinaryExpr extends Expr {
  constructor(span: Span, public sym: string, public left: Expr, public right: Expr) {
    super(Op.Binary, span, Ty.Long);
  }
}

/** Short circuit; operands Long; gives 0 or 1. */
export class AndExpr extends Expr {
  constructor(span: Span, public left: Expr, public right: Expr) {
    super(Op.And, span, Ty.Long);
  }
}
export class OrExpr extends Expr {
  constructor(span: Span, public left: Expr, public right: Expr) {
    super(Op.Or, span, Ty.Long);
  }
}
export class NotExpr extends Expr {
  constructor(span: Span, public operand: Expr) {
    super(Op.Not, span, Ty.Long);
  }
}

export class CondExpr extends Expr {
  constructor(
    span: Span,
    type: Ty,
    public condition: Expr,
    public whenTrue: Expr,
    public whenFalse: Expr,
  ) {
    super(Op.Cond, span, type);
  }
}

/** sym: < <= > >= == != ; operands Long. */
export class CompareLongExpr extends Expr {
  constructor(span: Span, public sym: string, public left: Expr, public right: Expr) {
    super(Op.CompareLong, span, Ty.Long);
  }
}

/** Bytewise; operands String. */
export class CompareStrExpr extends Expr {
  constructor(span: Span, public sym: string, public left: Expr, public right: Expr) {
    super(Op.CompareStr, span, Ty.Long);
  }
}

/** Two or more String parts, joined and cut at MAXSTRINGLEN - 1. */
export class ConcatExpr extends Expr {
  constructor(span: Span, public parts: Expr[]) {
    super(Op.Concat, span, Ty.String);
  }
}

/** 1 if the text matches program.regexes[regex] anywhere (0 / 1 swapped when negated). */
export class RegexExpr extends Expr {
  constructor(span: Span, public negated: bool, public text: Expr, public regex: i32) {
    super(Op.Regex, span, Ty.Long);
  }
}

/**
 * target (Local, Global or MapGet) = value, or target = target sym value.
 * sym: "=" or one of + - * / % << >> & | ^ (Long) or "." (String). Gives the assigned value.
 */
export class AssignExpr extends Expr {
  constructor(span: Span, type: Ty, public sym: string, public target: Expr, public value: Expr) {
    super(Op.Assign, span, type);
  }
}

/** ++ / -- on Local, Global or MapGet; gives the new value if prefix, else the old one. */
export class CrementExpr extends Expr {
  constructor(span: Span, public delta: i32, public prefix: bool, public target: Expr) {
    super(Op.Crement, span, Ty.Long);
  }
}

/** stat <<< value; stat is a GlobalExpr or MapGetExpr of type Stats. Gives value. */
export class StatAddExpr extends Expr {
  constructor(span: Span, public stat: Expr, public value: Expr) {
    super(Op.StatAdd, span, Ty.Long);
  }
}

/**
 * fn: count sum min max avg variance. min, max, avg and variance of an empty aggregate raise
 * "empty aggregate"; count and sum give 0.
 */
export class StatGetExpr extends Expr {
  constructor(span: Span, public fn: string, public stat: Expr) {
    super(Op.StatGet, span, Ty.Long);
  }
}

/** @hist_log(s)[i] / @hist_linear(s,...)[i]; parameters are in the global's StatNeeds. */
export class HistBucketExpr extends Expr {
  constructor(span: Span, public log: bool, public stat: Expr, public index: Expr) {
    super(Op.HistBucket, span, Ty.Long);
  }
}

export class CallExpr extends Expr {
  constructor(span: Span, type: Ty, public func: i32, public args: Expr[]) {
    super(Op.Call, span, type);
  }
}

export enum PieceKind {
  /** Literal bytes. */
  Text,
  /** conversion d i u o x X p c b of a Long. */
  Long,
  /** conversion s of a String. */
  Str,
  /** conversion m M: memory at a Long address. */
  Memory,
  /** Histogram of an aggregate (print(@hist_log(x))). */
  Hist,
}

/** One piece of a format. Flags as in C. */
export class FormatPiece {
  zero: bool = false;
  plus: bool = false;
  space: bool = false;
  left: bool = false;
  alternate: bool = false;
  /** -1: none. Ignored if widthArg is set. */
  width: i32 = -1;
  precision: i32 = -1;
  /** `*`: value taken from an expression. */
  widthArg: Expr | null = null;
  precisionArg: Expr | null = null;
  /** d u o x X p c b s m M; meaningful for Long, Str, Memory. `i` becomes d. */
  conversion: string = "";
  value: Expr | null = null;
  /** Hist: base-2 logarithmic; else linear with the global's parameters. */
  log: bool = false;

  constructor(public kind: PieceKind, public text: string) {}
}

/**
 * All of print, printf, println, printd, sprint... by pieces. With `toString_` it is an
 * expression of type String (no Memory or Hist pieces); otherwise it prints and has type Void.
 */
export class FormatExpr extends Expr {
  constructor(span: Span, public toString_: bool, public pieces: FormatPiece[]) {
    super(Op.Format, span, toString_ ? Ty.String : Ty.Void);
  }
}

/**
 * A value that the probe's context gives, by name and number; the family's file documents which
 * it gives. Common names:
 *   "arg" n           n-th integer argument of the probed function, by the calling convention
 *   "retval"          integer return value
 *   "tparg" n         n-th tracepoint argument
 *   "pp", "pn"        String: the row's point / name
 *   "ppfunc"          String: the probed function
 *   "value"           String: the text that the hit brought
 *   "register" n      register at the probe point, by its DWARF number
 *   "counter" n       of the n-th row with a prop "counter": how many events this CPU had
 *   "uregister" n     the same of the user-space program that the current task came from
 * An "arg" wider or narrower than 64 bits is converted with `size` and `signed`.
 */
export class ContextExpr extends Expr {
  constructor(
    span: Span,
    type: Ty,
    public name: string,
    public number: i32,
    /** Bytes of the C value: 1, 2, 4, 8. */
    public size: i32,
    public signed: bool,
  ) {
    super(Op.Context, span, type);
  }
}

/** constants[index] of the row that fired. */
export class RowConstExpr extends Expr {
  constructor(span: Span, type: Ty, public index: i32) {
    super(Op.RowConst, span, type);
  }
}

/** entrySlots[slot], saved when the function was entered. */
export class EntryValueExpr extends Expr {
  constructor(span: Span, type: Ty, public slot: i32) {
    super(Op.EntryValue, span, type);
  }
}

/**
 * Reads memory; a fault raises "read fault". With bitSize > 0 the field is bitSize bits at
 * bitOffset (from the least significant bit of the `size` bytes read).
 * With `string` set: a NUL-terminated string of type String, cut at MAXSTRINGLEN - 1.
 */
export class DerefExpr extends Expr {
  bitOffset: i32 = 0;
  bitSize: i32 = 0;

  constructor(
    span: Span,
    type: Ty,
    public address: Expr,
    public size: i32,
    public signed: bool,
    public user: bool,
  ) {
    super(Op.Deref, span, type);
  }
}

/** Guru write to memory (sizes and bit-fields as in DerefExpr); gives the value. */
export class StoreExpr extends Expr {
  bitOffset: i32 = 0;
  bitSize: i32 = 0;

  constructor(
    span: Span,
    public address: Expr,
    public size: i32,
    public user: bool,
    public value: Expr,
  ) {
    super(Op.Store, span, Ty.Long);
  }
}

/**
 * Write to a value that the probe's context gives ("arg", "register", "tparg", as in ContextExpr),
 * cut to `size` bytes; gives the value. "value" (String) is the text that the hit hands back: set
 * with number 0, appended to with 1.
 */
export class ContextStoreExpr extends Expr {
  constructor(
    span: Span,
    public name: string,
    public number: i32,
    public size: i32,
    public value: Expr,
  ) {
    super(Op.ContextStore, span, name == "value" ? Ty.String : Ty.Long);
  }
}

/**
 * Address on the running kernel: `offset` bytes after a symbol of the image (module "") or of a
 * module, which the loader looks up. With perCpu, this processor's copy.
 */
export class SymbolAddressExpr extends Expr {
  constructor(
    span: Span,
    public symbol: string,
    public module: string,
    public offset: i32,
    public perCpu: bool,
  ) {
    super(Op.SymbolAddress, span, Ty.Long);
  }
}

export class EmbeddedExpr extends Expr {
  constructor(span: Span, type: Ty, public code: string, public tags: Tags) {
    super(Op.EmbeddedExpr, span, type);
  }
}

// ------------------------------------------------------------------------------ statements

export abstract class Stmt extends IrNode {}

export class EvalStmt extends Stmt {
  constructor(span: Span, public expr: Expr) {
    super(Op.Eval, span);
  }
}

export class BlockStmt extends Stmt {
  constructor(span: Span, public body: Stmt[]) {
    super(Op.Block, span);
  }
}

export class IfStmt extends Stmt {
  constructor(
    span: Span,
    public condition: Expr,
    public whenTrue: Stmt,
    public whenFalse: Stmt | null,
  ) {
    super(Op.If, span);
  }
}

/**
 * while, do-while and for: `condition` before each round (after the first round if `testLast`),
 * `step` after each round and on continue; either may be null.
 */
export class LoopStmt extends Stmt {
  constructor(
    span: Span,
    public condition: Expr | null,
    public step: Expr | null,
    public body: Stmt,
    public testLast: bool,
  ) {
    super(Op.Loop, span);
  }
}

/** Sort of a foreach: by key number 1..9, by value (0), or none (-1). */
export class ForeachStmt extends Stmt {
  /** Local that receives each key; -1 to drop. */
  keyLocals: i32[] = [];
  /** Local that receives the value (not for Stats maps unless sortFunction names it); -1 none. */
  valueLocal: i32 = -1;
  /** null: no slice; else one per key, null element = any. */
  slice: (Expr | null)[] | null = null;
  sortBy: i32 = -1;
  descending: bool = false;
  /** For Stats maps: count sum min max avg variance; also what the value local receives. */
  sortFunction: string = "";
  limit: Expr | null = null;

  constructor(span: Span, public map: i32, public body: Stmt) {
    super(Op.Foreach, span);
  }
}

/** foreach (b in @hist_log(x)): b runs over the bucket indices 0..buckets-1. */
export class ForeachHistStmt extends Stmt {
  limit: Expr | null = null;
  /** Local that receives the bucket's count; -1 none. */
  valueLocal: i32 = -1;
  constructor(
    span: Span,
    public log: bool,
    public stat: Expr,
    public keyLocal: i32,
    public body: Stmt,
  ) {
    super(Op.ForeachHist, span);
  }
}

export class BreakStmt extends Stmt {
  constructor(span: Span) {
    super(Op.Break, span);
  }
}
export class ContinueStmt extends Stmt {
  constructor(span: Span) {
    super(Op.Continue, span);
  }
}
export class ReturnStmt extends Stmt {
  constructor(span: Span, public value: Expr | null) {
    super(Op.Return, span);
  }
}
/** Leaves the handler; in a function goes on with the next overload. */
export class NextStmt extends Stmt {
  constructor(span: Span) {
    super(Op.Next, span);
  }
}

/**
 * target: GlobalExpr (scalar: to 0 / "" / empty) or MapGetExpr (element; with null keys a slice;
 * with no keys at all, the whole map).
 */
export class DeleteStmt extends Stmt {
  constructor(span: Span, public target: Expr) {
    super(Op.Delete, span);
  }
}

/** catchLocal (-1: none) receives the bare message. */
export class TryStmt extends Stmt {
  constructor(span: Span, public body: Stmt, public catchLocal: i32, public handler: Stmt) {
    super(Op.Try, span);
  }
}

export class EmbeddedStmt extends Stmt {
  constructor(span: Span, public code: string, public tags: Tags) {
    super(Op.EmbeddedStmt, span);
  }
}
