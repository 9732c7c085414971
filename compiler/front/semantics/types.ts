/**
 * Type inference to a fixed point: every use of a variable, parameter or function result may give
 * it its type; a second, different use is reported with both places. Also binds names: what is no
 * global is a local of its handler or function. Reaches the functions that handlers call.
 */
import * as ast from "../syntax/ast.ts";
import * as ir from "../ir/ir.ts";
import { lookup } from "../portable/target.ts";
import { Span } from "../source/source.ts";
import { chosen, knownTruth, staticTruth } from "./fold.ts";
import { TreeWalker } from "../syntax/walk.ts";
import { effectParts, findIdle } from "./idle.ts";
import { parseFormat } from "./format.ts";
import {
  ADDRESS_OPERAND,
  ARITY_MISMATCH,
  ARRAY_AS_VALUE,
  BAD_DELETE,
  FORMAT_FEW,
  FORMAT_MANY,
  HIST_PRINT,
  KEYS_TOO_MANY,
  LOCAL_ARRAY,
  LOCAL_STATS,
  NOT_ASSIGNABLE,
  REGEX_BAD,
  RETURN_VALUE,
  STAT_EXPECTED,
  STAT_VALUE,
  TYPE_CONFLICT,
  TYPE_MISMATCH,
  UNRESOLVED_TYPE,
  VALUE_OF_PROCEDURE,
} from "./messages.ts";
import { regexProblem } from "./regex_check.ts";
import { Session } from "./session.ts";
import { StatCollector } from "./stats.ts";
import {
  enumNamed,
  isPlace,
  isStringTarget,
  isTargetKind,
  isValueTarget,
  pathOf,
  scriptType,
  typeName,
} from "./target.ts";
import { typeText, Unit, Var, VarKind } from "./unit.ts";

const ROUNDS: i32 = 64;

/** The calls in an expression, from outside in. */
class CallsIn extends TreeWalker {
  found: ast.CallExpr[] = [];

  override onExpr(e: ast.Expr): bool {
    if (e.kind == ast.NodeKind.Call) this.found.push(e as ast.CallExpr);
    return e.kind != ast.NodeKind.Defined;
  }
}

/** The variable that a name means in a body. */
export function variable(session: Session, unit: Unit, e: ast.SymbolExpr): Var {
  const local = lookup(unit.locals, e.name);
  if (local != null && local.kind == VarKind.Param) return local;
  const global = session.global(e.name, e.span.source);
  if (global != null) return global;
  return local != null ? local : unit.addLocal(VarKind.Local, e.name, e.span);
}

export class Typer {
  private unit: Unit;
  private changed: bool = false;
  private last: bool = false;
  /** What made the next expression's type wanted, for messages. */
  private because: Span | null = null;
  private stats: StatCollector;

  constructor(private session: Session, private handlers: Unit[]) {
    this.unit = new Unit(new Span(session.files[0].source, 0, 0));
    this.stats = new StatCollector(session.reporter);
  }

  /** Runs rounds until nothing changes, then one that reports what stayed open. */
  run(): void {
    for (let round: i32 = 0; round < ROUNDS; round++) {
      this.changed = false;
      this.round();
      if (!this.changed) break;
    }
    if (this.session.reporter.errors > 0) return;
    this.last = true;
    this.round();
  }

  private round(): void {
    for (let i: i32 = 0; i < this.handlers.length; i++) this.body(this.handlers[i]);
    const functions = this.session.functions.list;
    for (let i: i32 = 0; i < functions.length; i++) {
      this.chain(functions[i]);
      this.body(functions[i]);
    }
  }

  private body(unit: Unit): void {
    this.unit = unit;
    findIdle(this.session, unit);
    for (let i: i32 = 0; i < unit.bodies.length; i++) this.stmt(unit.bodies[i]);
    if (this.last && !this.session.relaxed) this.leftover(unit);
  }

  /** What nothing but a dropped statement names has no type. */
  private leftover(unit: Unit): void {
    for (let i: i32 = 0; i < unit.leftover.length; i++) {
      const e = unit.leftover[i];
      const v = this.symbol(e);
      if (v.type == ir.Ty.Void) this.open(v.name, e.span);
    }
  }

  /** Overloads of one chain have the same types. */
  private chain(unit: Unit): void {
    const next = unit.nextUnit;
    const decl = unit.decl;
    if (next == null || decl == null) return;
    for (let i: i32 = 0; i < decl.params.length; i++) {
      this.unify(unit.localList[i], next.localList[i]);
    }
    this.unify(unit.result as Var, next.result as Var);
  }

  private unify(a: Var, b: Var): void {
    if (a.type == ir.Ty.Void && b.type != ir.Ty.Void) this.want(a, b.type, a.span);
    else if (a.type != ir.Ty.Void) this.want(b, a.type, b.span);
  }

  // ------------------------------------------------------------------------------ variables

  /** Uses a variable as a value of a type (Void: any); gives its type so far. */
  private want(v: Var, type: ir.Ty, span: Span): ir.Ty {
    if (type == ir.Ty.Void || v.type == type) return v.type;
    if (v.type == ir.Ty.Void) {
      v.type = type;
      v.typedAt = span;
      this.changed = true;
      return type;
    }
    if (v.type == ir.Ty.Stats && type != ir.Ty.Stats) {
      this.session.reporter.report(STAT_VALUE, span).arg(v.name);
      return v.type;
    }
    const d = this.session.reporter.report(TYPE_CONFLICT, span);
    d.arg(v.name).arg(typeText(type)).arg(typeText(v.type));
    const first = v.typedAt;
    if (first != null) d.note(first, "it is " + typeText(v.type) + " because of this use");
    return v.type;
  }

  private arity(v: Var, count: i32, span: Span): bool {
    if (v.arity < 0) {
      v.arity = count;
      v.arityAt = span;
      for (let i: i32 = 0; i < count; i++) {
        v.keyTypes.push(ir.Ty.Void);
        v.keyAt.push(null);
      }
      this.changed = true;
      if (count > 9) this.session.reporter.reportLate(KEYS_TOO_MANY, span).arg(v.name);
      return true;
    }
    if (v.arity == count) return true;
    if (count > 0 && v.kind != VarKind.Global) {
      this.session.reporter.report(LOCAL_ARRAY, span).arg(v.name);
      return false;
    }
    const d = count == 0
      ? this.session.reporter.report(ARRAY_AS_VALUE, span).arg(v.name)
      : this.session.reporter.report(ARITY_MISMATCH, span).arg(v.name);
    if (count > 0) d.arg(count.toString()).arg(v.arity.toString());
    const first = v.arityAt;
    if (first != null) d.note(first, `it has ${v.arity.toString()} key(s) because of this use`);
    return false;
  }

  private key(v: Var, at: i32, e: ast.Expr): void {
    const found = this.exprBecause(e, v.keyTypes[at], v.keyAt[at]);
    if (v.keyTypes[at] != ir.Ty.Void || found == ir.Ty.Void) return;
    v.keyTypes[at] = found;
    v.keyAt[at] = e.span;
    this.changed = true;
  }

  private keys(v: Var, keys: (ast.Expr | null)[], span: Span): void {
    if (!this.arity(v, keys.length, span)) return;
    for (let i: i32 = 0; i < keys.length; i++) {
      const key = keys[i];
      if (key != null) this.key(v, i, key);
    }
  }

  private symbol(e: ast.SymbolExpr): Var {
    const v = variable(this.session, this.unit, e);
    v.used = true;
    return v;
  }

  // ----------------------------------------------------------------------------- statements

  private stmt(s: ast.Stmt): void {
    if (this.unit.idle.has(s)) return;
    switch (s.kind) {
      case ast.NodeKind.ExprStmt:
        this.effect((s as ast.ExprStmt).expr);
        break;
      case ast.NodeKind.Block: {
        const body = (s as ast.BlockStmt).body;
        for (let i: i32 = 0; i < body.length; i++) this.stmt(body[i]);
        break;
      }
      case ast.NodeKind.If:
        this.ifStmt(s as ast.IfStmt);
        break;
      case ast.NodeKind.While:
        this.expr((s as ast.WhileStmt).condition, ir.Ty.Long);
        this.stmt((s as ast.WhileStmt).body);
        break;
      case ast.NodeKind.DoWhile:
        this.stmt((s as ast.DoWhileStmt).body);
        this.expr((s as ast.DoWhileStmt).condition, ir.Ty.Long);
        break;
      case ast.NodeKind.For:
        this.forStmt(s as ast.ForStmt);
        break;
      case ast.NodeKind.Foreach:
        this.foreachStmt(s as ast.ForeachStmt);
        break;
      case ast.NodeKind.Return:
        this.returnStmt(s as ast.ReturnStmt);
        break;
      case ast.NodeKind.Delete:
        this.deleteStmt(s as ast.DeleteStmt);
        break;
      case ast.NodeKind.Try:
        this.tryStmt(s as ast.TryStmt);
        break;
      default:
        break;
    }
  }

  /** An expression whose value nobody uses: as lowering does, looks at the parts with effects. */
  private effect(e: ast.Expr): void {
    const parts = effectParts(this.session, this.unit, e);
    for (let i: i32 = 0; i < parts.length; i++) this.effectPart(parts[i]);
  }

  private effectPart(e: ast.Expr): void {
    if (e.kind == ast.NodeKind.Call) this.call(e as ast.CallExpr);
    else if (e.kind == ast.NodeKind.Print) this.print(e as ast.PrintExpr);
    else if (e.kind == ast.NodeKind.Ternary) this.choice(e as ast.TernaryExpr);
    else if (e.kind == ast.NodeKind.Logical) {
      this.expr((e as ast.LogicalExpr).left, ir.Ty.Long);
      this.effect((e as ast.LogicalExpr).right);
    } else this.expr(e, ir.Ty.Void);
  }

  /** `c ? print(1) : print(2)` as a statement. */
  private choice(e: ast.TernaryExpr): void {
    const truth: i32 = knownTruth(this.session, this.unit, e.condition);
    if (truth < 0) this.expr(e.condition, ir.Ty.Long);
    if (truth != 0) this.effect(e.whenTrue);
    if (truth != 1) this.effect(e.whenFalse);
  }

  private ifStmt(s: ast.IfStmt): void {
    const truth: i32 = knownTruth(this.session, this.unit, s.condition);
    if (truth < 0) this.expr(s.condition, ir.Ty.Long);
    if (truth != 0) this.stmt(s.whenTrue);
    const whenFalse = s.whenFalse;
    if (truth != 1 && whenFalse != null) this.stmt(whenFalse);
  }

  private forStmt(s: ast.ForStmt): void {
    const init = s.init;
    if (init != null) this.effect(init);
    const condition = s.condition;
    if (condition != null) this.expr(condition, ir.Ty.Long);
    const step = s.step;
    if (step != null) this.step(step);
    this.stmt(s.body);
  }

  /** A step stays an expression: of one with many parts all is lowered, so all calls are looked at. */
  private step(e: ast.Expr): void {
    this.effect(e);
    const parts = effectParts(this.session, this.unit, e);
    if (parts.length == 0) return;
    const calls = new CallsIn();
    calls.expr(parts.length == 1 ? parts[0] : e);
    for (let i: i32 = 0; i < calls.found.length; i++) this.call(calls.found[i]);
  }

  private foreachStmt(s: ast.ForeachStmt): void {
    const limit = s.limit;
    if (limit != null) this.expr(limit, ir.Ty.Long);
    const hist = s.hist;
    if (hist != null) this.foreachHist(s, hist);
    const array = s.array;
    if (array != null) this.foreachArray(s, array);
    this.stmt(s.body);
  }

  private loopVar(e: ast.SymbolExpr, type: ir.Ty): ir.Ty {
    const v = this.symbol(e);
    v.assigned = true;
    this.arity(v, 0, e.span);
    return this.want(v, type, e.span);
  }

  private foreachHist(s: ast.ForeachStmt, hist: ast.StatExpr): void {
    this.stat(hist);
    for (let i: i32 = 0; i < s.keys.length; i++) this.loopVar(s.keys[i].name, ir.Ty.Long);
    const value = s.value;
    if (value != null) this.loopVar(value, ir.Ty.Long);
  }

  private foreachArray(s: ast.ForeachStmt, array: ast.SymbolExpr): void {
    const v = this.symbol(array);
    if (v.kind != VarKind.Global) {
      this.session.reporter.report(LOCAL_ARRAY, array.span).arg(v.name);
      return;
    }
    if (!this.arity(v, s.keys.length, array.span)) return;
    const slice = s.slice;
    if (slice != null) this.keys(v, slice, array.span);
    for (let i: i32 = 0; i < s.keys.length; i++) {
      const found = this.loopVar(s.keys[i].name, v.keyTypes[i]);
      if (v.keyTypes[i] == ir.Ty.Void && found != ir.Ty.Void) {
        v.keyTypes[i] = found;
        v.keyAt[i] = s.keys[i].name.span;
        this.changed = true;
      }
    }
    if (s.sortFunction != "") {
      if (this.want(v, ir.Ty.Stats, array.span) != ir.Ty.Stats) return;
      this.stats.foreachSort(v, s.sortFunction);
    }
    if (v.type == ir.Ty.Stats) {
      const sorted = s.sortFunction == "" ? "count" : s.sortFunction;
      this.stats.foreachSort(v, sorted);
    }
    const value = s.value;
    if (value == null) return;
    if (v.type == ir.Ty.Stats) {
      this.session.reporter.report(STAT_VALUE, value.span).arg(v.name);
      return;
    }
    this.loopVar(value, v.type);
  }

  private returnStmt(s: ast.ReturnStmt): void {
    const result = this.unit.result;
    // The parser refuses a return outside a function.
    if (result == null) return;
    const value = s.value;
    if (value == null) {
      if (this.last && result.type != ir.Ty.Void) {
        this.session.reporter.report(RETURN_VALUE, s.span).arg(typeText(result.type));
      }
      return;
    }
    const found = this.exprBecause(value, result.type, result.typedAt);
    if (found != ir.Ty.Void) this.want(result, found, value.span);
    this.trackType(result, value);
  }

  private deleteStmt(s: ast.DeleteStmt): void {
    const target = chosen(s.target);
    if (target.kind == ast.NodeKind.Symbol) {
      const v = this.symbol(target as ast.SymbolExpr);
      if (this.last && v.kind != VarKind.Global && v.type == ir.Ty.Void) {
        this.open(v.name, target.span);
      }
      return;
    }
    if (target.kind == ast.NodeKind.HistIndex) {
      this.session.reporter.reportLate(BAD_DELETE, target.span);
      this.expr(target, ir.Ty.Void);
      return;
    }
    if (target.kind != ast.NodeKind.Index) {
      this.session.reporter.report(BAD_DELETE, target.span);
      return;
    }
    const index = target as ast.IndexExpr;
    this.keys(this.symbol(index.base), index.keys, index.span);
  }

  private tryStmt(s: ast.TryStmt): void {
    this.stmt(s.body);
    const name = s.catchName;
    if (name != null) this.loopVar(name, ir.Ty.String);
    this.stmt(s.handler);
  }

  // ---------------------------------------------------------------------------- expressions

  /** Types an expression whose wanted type comes from another place. */
  private exprBecause(e: ast.Expr, want: ir.Ty, because: Span | null): ir.Ty {
    this.because = because;
    const found = this.expr(e, want);
    this.because = null;
    return found;
  }

  /** Types an expression that should be `want` (Void: anything); gives its type so far. */
  private expr(e: ast.Expr, want: ir.Ty): ir.Ty {
    const because = this.because;
    this.because = null;
    switch (e.kind) {
      case ast.NodeKind.Symbol:
        return this.symbolExpr(e as ast.SymbolExpr, want);
      case ast.NodeKind.Index: {
        const index = e as ast.IndexExpr;
        const v = this.symbol(index.base);
        this.keys(v, index.keys, index.span);
        return this.want(v, want, e.span);
      }
      case ast.NodeKind.Call:
        return this.callExpr(e as ast.CallExpr, want);
      case ast.NodeKind.Ternary:
        return this.ternary(e as ast.TernaryExpr, want);
      case ast.NodeKind.Assign:
        return this.have(e, this.assign(e as ast.AssignExpr, want), want, because);
      case ast.NodeKind.BadExpr:
        return want;
      default:
        return this.have(e, this.plain(e), want, because);
    }
  }

  /** Checks a type that does not depend on what is wanted. */
  private have(e: ast.Expr, found: ir.Ty, want: ir.Ty, because: Span | null): ir.Ty {
    if (want == ir.Ty.Void || found == ir.Ty.Void || found == want) return found;
    const d = this.session.reporter.report(TYPE_MISMATCH, e.span);
    d.arg(typeText(want)).arg(typeText(found));
    if (because != null) d.note(because, "the type was fixed here as " + typeText(want));
    return found;
  }

  /** Where the type of an operand was fixed: its variable's first use, or the operand itself. */
  private origin(e: ast.Expr): Span | null {
    let v: Var | null = null;
    if (e.kind == ast.NodeKind.Symbol) v = this.symbol(e as ast.SymbolExpr);
    else if (e.kind == ast.NodeKind.Index) v = this.symbol((e as ast.IndexExpr).base);
    return v == null ? e.span : v.typedAt;
  }

  private symbolExpr(e: ast.SymbolExpr, want: ir.Ty): ir.Ty {
    const v = this.symbol(e);
    this.arity(v, 0, e.span);
    if (want == ir.Ty.Stats && v.kind != VarKind.Global) {
      this.session.reporter.report(LOCAL_STATS, e.span).arg(v.name);
    }
    const type = this.want(v, want, e.span);
    if (this.last && type == ir.Ty.Void && want != ir.Ty.Void) this.open(v.name, e.span);
    return type;
  }

  private open(name: string, span: Span): void {
    this.session.reporter.report(UNRESOLVED_TYPE, span).arg(name);
  }

  /** Expressions whose type their form tells. */
  private plain(e: ast.Expr): ir.Ty {
    switch (e.kind) {
      case ast.NodeKind.String:
        return ir.Ty.String;
      case ast.NodeKind.EnumName:
        return this.enumName(e as ast.EnumNameExpr);
      case ast.NodeKind.Unary:
        this.expr((e as ast.UnaryExpr).operand, ir.Ty.Long);
        return ir.Ty.Long;
      case ast.NodeKind.Crement:
        return this.crement(e as ast.CrementExpr);
      case ast.NodeKind.Binary:
        this.expr((e as ast.BinaryExpr).left, ir.Ty.Long);
        this.expr((e as ast.BinaryExpr).right, ir.Ty.Long);
        return ir.Ty.Long;
      case ast.NodeKind.Logical:
        return this.logical(e as ast.LogicalExpr);
      case ast.NodeKind.Concat:
        this.expr((e as ast.ConcatExpr).left, ir.Ty.String);
        this.expr((e as ast.ConcatExpr).right, ir.Ty.String);
        return ir.Ty.String;
      case ast.NodeKind.Compare:
        return this.compare(e as ast.CompareExpr);
      case ast.NodeKind.Regex:
        return this.regex(e as ast.RegexExpr);
      case ast.NodeKind.In: {
        const inside = e as ast.InExpr;
        if (inside.array.kind == ast.NodeKind.Stat) this.inHistogram(inside);
        else this.keys(this.symbol(inside.array as ast.SymbolExpr), inside.keys, inside.span);
        return ir.Ty.Long;
      }
      case ast.NodeKind.Print:
        if (!(e as ast.PrintExpr).toString_) {
          this.session.reporter.reportLate(VALUE_OF_PROCEDURE, e.span)
            .arg((e as ast.PrintExpr).name);
          this.print(e as ast.PrintExpr);
          return ir.Ty.Long;
        }
        return this.print(e as ast.PrintExpr);
      case ast.NodeKind.Stat:
        return this.stat(e as ast.StatExpr);
      case ast.NodeKind.HistIndex:
        this.stat((e as ast.HistIndexExpr).hist);
        this.expr((e as ast.HistIndexExpr).index, ir.Ty.Long);
        return ir.Ty.Long;
      case ast.NodeKind.Defined:
        this.session.relaxed = true;
        return ir.Ty.Long;
      case ast.NodeKind.Entry:
        return this.expr((e as ast.EntryExpr).operand, ir.Ty.Void);
      case ast.NodeKind.AddressOf:
        return this.addressOf((e as ast.AddressOfExpr).operand);
      case ast.NodeKind.Deref:
        this.expr((e as ast.DerefExpr).size, ir.Ty.Long);
        this.expr((e as ast.DerefExpr).address, ir.Ty.Long);
        return ir.Ty.Long;
      case ast.NodeKind.EmbeddedExpr:
        return (e as ast.EmbeddedExpr).code.includes("/* string */") ? ir.Ty.String : ir.Ty.Long;
      default:
        return isTargetKind(e.kind) ? this.target(e) : ir.Ty.Long;
    }
  }

  private inHistogram(e: ast.InExpr): void {
    this.stat(e.array as ast.StatExpr);
    const first = e.keys[0];
    if (first != null) this.expr(first, ir.Ty.Long);
    if (e.keys.length == 1 && first != null) return;
    const name = e.array.span.text();
    this.session.reporter.report(ARITY_MISMATCH, e.span).arg(name)
      .arg(e.keys.length.toString()).arg("1");
  }

  private enumName(e: ast.EnumNameExpr): ir.Ty {
    this.expr(e.operand, ir.Ty.Long);
    const type = enumNamed(this.session, this.unit, e);
    if (type != null) this.session.functions.enumName(type, e.span);
    return ir.Ty.String;
  }

  private regex(e: ast.RegexExpr): ir.Ty {
    this.expr(e.left, ir.Ty.String);
    const problem = regexProblem(e.pattern.value);
    if (problem != "") this.session.reporter.report(REGEX_BAD, e.pattern.span).arg(problem);
    return ir.Ty.Long;
  }

  private addressOf(operand: ast.Expr): ir.Ty {
    const kind = operand.kind;
    if (isTargetKind(kind)) this.target(operand);
    else {
      this.session.reporter.report(ADDRESS_OPERAND, operand.span)
        .hint("'&' gives the address of what a target variable, @cast or @var names");
    }
    return ir.Ty.Long;
  }

  private target(e: ast.Expr): ir.Ty {
    const path = pathOf(e);
    for (let i: i32 = 0; i < path.length; i++) {
      const index = path[i].index;
      if (index != null) this.expr(index, ir.Ty.Long);
    }
    if (e.kind == ast.NodeKind.Cast) this.expr((e as ast.CastExpr).operand, ir.Ty.Long);
    if (e.kind == ast.NodeKind.Autocast) this.expr((e as ast.AutocastExpr).base, ir.Ty.Long);
    return isStringTarget(e) || isValueTarget(this.unit, e) ? ir.Ty.String : ir.Ty.Long;
  }

  private logical(e: ast.LogicalExpr): ir.Ty {
    const truth: i32 = knownTruth(this.session, this.unit, e.left);
    if (truth < 0) this.expr(e.left, ir.Ty.Long);
    const decided: bool = e.op == "&&" ? truth == 0 : truth == 1;
    if (!decided) this.expr(e.right, ir.Ty.Long);
    return ir.Ty.Long;
  }

  private ternary(e: ast.TernaryExpr, want: ir.Ty): ir.Ty {
    const truth: i32 = e.condition.kind == ast.NodeKind.Number
      ? staticTruth(this.session, this.unit, e.condition)
      : knownTruth(this.session, this.unit, e.condition);
    if (truth == 1) return this.expr(e.whenTrue, want);
    if (truth == 0) return this.expr(e.whenFalse, want);
    this.expr(e.condition, ir.Ty.Long);
    return this.pair(e.whenTrue, e.whenFalse, want);
  }

  /** Two expressions of one type. */
  private pair(a: ast.Expr, b: ast.Expr, want: ir.Ty): ir.Ty {
    const first = this.expr(a, want);
    const second = first == ir.Ty.Void
      ? this.expr(b, want)
      : this.exprBecause(b, first, this.origin(a));
    if (first == ir.Ty.Void && second != ir.Ty.Void) return this.expr(a, second);
    return first;
  }

  private compare(e: ast.CompareExpr): ir.Ty {
    const found = this.pair(e.left, e.right, ir.Ty.Void);
    if (this.last && found == ir.Ty.Void) this.open(e.left.span.text(), e.left.span);
    return ir.Ty.Long;
  }

  private crement(e: ast.CrementExpr): ir.Ty {
    const operand = chosen(e.operand);
    const kind = operand.kind;
    if (isPlace(operand)) this.markAssigned(operand);
    // SystemTap looks at the operand when it writes the code.
    else this.session.reporter.reportLate(NOT_ASSIGNABLE, operand.span);
    this.expr(operand, kind == ast.NodeKind.Print ? ir.Ty.Void : ir.Ty.Long);
    if (kind == ast.NodeKind.Deref) {
      this.session.reporter.reportLate(NOT_ASSIGNABLE, operand.span);
    }
    return ir.Ty.Long;
  }

  private markAssigned(e: ast.Expr): void {
    if (e.kind == ast.NodeKind.Symbol) this.symbol(e as ast.SymbolExpr).assigned = true;
    else if (e.kind == ast.NodeKind.Index) {
      this.symbol((e as ast.IndexExpr).base).assigned = true;
    } else if (e.kind == ast.NodeKind.Register) {
      this.session.reporter.reportLate(NOT_ASSIGNABLE, e.span);
    } else if (!isPlace(e)) this.session.reporter.report(NOT_ASSIGNABLE, e.span);
  }

  private assign(e: ast.AssignExpr, want: ir.Ty): ir.Ty {
    if (this.unit.dead.has(e)) return this.expr(e.value, e.op == "<<<" ? ir.Ty.Long : want);
    const target = chosen(e.target);
    if (target.kind == ast.NodeKind.Deref && e.op != "=") {
      this.session.reporter.reportLate(NOT_ASSIGNABLE, target.span);
    }
    this.markAssigned(target);
    if (e.op == "<<<") {
      this.expr(target, ir.Ty.Stats);
      this.expr(e.value, ir.Ty.Long);
      return ir.Ty.Long;
    }
    if (e.op == "=") {
      if (target.kind == ast.NodeKind.Symbol) {
        this.trackType(this.symbol(target as ast.SymbolExpr), e.value);
      } else if (target.kind == ast.NodeKind.Index) {
        this.trackType(this.symbol((target as ast.IndexExpr).base), e.value);
      }
      const found = this.pair(target, e.value, want);
      if (found == ir.Ty.Stats) {
        this.session.reporter.report(STAT_VALUE, e.value.span).arg(e.value.span.text());
      } else if (this.last && found == ir.Ty.Void) this.open(e.value.span.text(), e.value.span);
      return found;
    }
    const type = e.op == ".=" ? ir.Ty.String : ir.Ty.Long;
    this.expr(target, type);
    this.expr(e.value, type);
    return type;
  }

  /** `p = $file`: p->member then works, also through globals and function results. */
  private trackType(v: Var, value: ast.Expr): void {
    if (v.ctypeMixed) return;
    const found = scriptType(this.session, this.unit, value);
    if (found == null) return;
    const before = v.ctype;
    if (before != null && typeName(before) == typeName(found)) return;
    v.ctypeMixed = before != null;
    v.ctype = before == null ? found : null;
    this.changed = true;
  }

  private call(e: ast.CallExpr): Unit | null {
    const callee = this.session.functions.callee(e, this.unit);
    if (callee == null) {
      for (let i: i32 = 0; i < e.args.length; i++) this.expr(e.args[i], ir.Ty.Void);
      return null;
    }
    for (let i: i32 = 0; i < e.args.length; i++) {
      const param = callee.localList[i];
      const found = this.exprBecause(e.args[i], param.type, param.typedAt);
      if (param.type == ir.Ty.Void && found != ir.Ty.Void) {
        this.want(param, found, e.args[i].span);
      } else if (this.last && found == ir.Ty.Void) {
        this.open(e.args[i].span.text(), e.args[i].span);
      }
    }
    return callee;
  }

  private callExpr(e: ast.CallExpr, want: ir.Ty): ir.Ty {
    const callee = this.call(e);
    if (callee == null) return want;
    const result = callee.result as Var;
    const type = this.want(result, want, e.span);
    if (this.last && type == ir.Ty.Void) {
      this.session.reporter.report(VALUE_OF_PROCEDURE, e.span).arg(e.name);
    }
    return type;
  }

  private stat(e: ast.StatExpr): ir.Ty {
    let v: Var | null = null;
    if (e.stat.kind == ast.NodeKind.Symbol) v = this.symbol(e.stat as ast.SymbolExpr);
    else if (e.stat.kind == ast.NodeKind.Index) v = this.symbol((e.stat as ast.IndexExpr).base);
    if (v == null || v.kind != VarKind.Global) {
      // the value of foreach over aggregates
      this.session.reporter.report(STAT_EXPECTED, e.stat.span).arg(e.stat.span.text());
      return ir.Ty.Long;
    }
    this.expr(e.stat, ir.Ty.Stats);
    this.stats.extract(v, e);
    return ir.Ty.Long;
  }

  // -------------------------------------------------------------------------------- printing

  private print(e: ast.PrintExpr): ir.Ty {
    const format = e.format;
    if (format != null) this.formatArgs(e, format);
    else this.printArgs(e);
    return e.toString_ ? ir.Ty.String : ir.Ty.Void;
  }

  private printArgs(e: ast.PrintExpr): void {
    for (let i: i32 = 0; i < e.args.length; i++) {
      const arg = e.args[i];
      if (isHist(arg)) {
        this.stat(arg as ast.StatExpr);
        if (e.toString_) this.session.reporter.reportLate(HIST_PRINT, arg.span);
        continue;
      }
      const type = this.expr(arg, ir.Ty.Void);
      if (e.isChar && type == ir.Ty.String) {
        this.session.reporter.reportLate(TYPE_MISMATCH, arg.span).arg("long").arg("string");
      }
      if (type == ir.Ty.Stats) {
        this.session.reporter.reportLate(STAT_VALUE, arg.span).arg(arg.span.text());
      }
      if (this.last && type == ir.Ty.Void && arg.kind != ast.NodeKind.Call) {
        this.open(arg.span.text(), arg.span);
      }
    }
  }

  private formatArgs(e: ast.PrintExpr, format: ast.StringExpr): void {
    const parsed = parseFormat(format.value);
    const reporter = this.session.reporter;
    const wanted: i32 = parsed.args();
    if (wanted != e.args.length) {
      reporter.report(wanted > e.args.length ? FORMAT_FEW : FORMAT_MANY, e.span)
        .arg(wanted.toString()).arg(e.args.length.toString());
      return;
    }
    let at: i32 = 0;
    for (let i: i32 = 0; i < parsed.pieces.length; i++) {
      const piece = parsed.pieces[i];
      if (piece.starWidth) this.expr(e.args[at++], ir.Ty.Long);
      if (piece.starPrecision) this.expr(e.args[at++], ir.Ty.Long);
      if (piece.piece.kind == ir.PieceKind.Text) continue;
      const type = piece.piece.kind == ir.PieceKind.Str ? ir.Ty.String : ir.Ty.Long;
      this.expr(e.args[at++], type);
    }
  }
}

export function isHist(e: ast.Expr): bool {
  return e.kind == ast.NodeKind.Stat && (e as ast.StatExpr).fn.startsWith("hist");
}
