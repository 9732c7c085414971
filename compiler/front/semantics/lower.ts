/**
 * Lowering: a typed handler or function to IR. Types are final; branches that cannot run are left
 * out here as they were in inference.
 */
import * as ast from "../syntax/ast.ts";
import * as ir from "../ir/ir.ts";
import { CType } from "../oracle/ctype.ts";
import { SourceKind, Span } from "../source/source.ts";
import { chosen, staticTruth } from "./fold.ts";
import { effectParts, leaves } from "./idle.ts";
import { foldBinary, foldUnary } from "./arith.ts";
import {
  LOOP_OUTSIDE,
  MODIFIED_IN_FOREACH,
  NEED_GURU,
  UNREACHABLE,
  WILDCARD_KEY,
} from "./messages.ts";
import { PrintLowerer } from "./lower_print.ts";
import { TargetLowerer } from "./lower_target.ts";

import { Session } from "./session.ts";

import { isTargetKind, OperandLowerer } from "./target.ts";
import { scriptType } from "./target.ts";
import { isHist, variable } from "./types.ts";
import { tagsOf } from "./tags.ts";
import { Unit, Var, VarKind } from "./unit.ts";

export class Lowerer extends OperandLowerer {
  /** Inside @entry: `$x` is read at the entry itself. */
  atEntry: bool = false;
  private loops: i32 = 0;
  /** Arrays that an enclosing foreach goes over. */
  private iterated: i32[] = [];

  constructor(public session: Session, public program: ir.Program, public unit: Unit) {
    super();
  }

  /** All bodies of the unit as one statement. */
  body(): ir.Stmt {
    const bodies = this.unit.bodies;
    if (bodies.length == 1) return this.stmt(bodies[0]);
    const parts: ir.Stmt[] = [];
    for (let i: i32 = 0; i < bodies.length; i++) parts.push(this.stmt(bodies[i]));
    return new ir.BlockStmt(this.unit.span, parts);
  }

  // ----------------------------------------------------------------------------- statements

  stmt(s: ast.Stmt): ir.Stmt {
    if (this.unit.idle.has(s)) return new ir.BlockStmt(s.span, []);
    switch (s.kind) {
      case ast.NodeKind.ExprStmt:
        return this.effect((s as ast.ExprStmt).expr, s.span);
      case ast.NodeKind.Block:
        return this.block(s as ast.BlockStmt);
      case ast.NodeKind.If:
        return this.ifStmt(s as ast.IfStmt);
      case ast.NodeKind.While: {
        const loop = s as ast.WhileStmt;
        return new ir.LoopStmt(
          s.span,
          this.expr(loop.condition),
          null,
          this.loopBody(loop.body),
          false,
        );
      }
      case ast.NodeKind.DoWhile: {
        const loop = s as ast.DoWhileStmt;
        const body = this.loopBody(loop.body);
        return new ir.LoopStmt(s.span, this.expr(loop.condition), null, body, true);
      }
      case ast.NodeKind.For:
        return this.forStmt(s as ast.ForStmt);
      case ast.NodeKind.Foreach:
        return this.foreachStmt(s as ast.ForeachStmt);
      case ast.NodeKind.Break:
        if (!this.inLoop("break", s.span)) return new ir.BlockStmt(s.span, []);
        return new ir.BreakStmt(s.span);
      case ast.NodeKind.Continue:
        if (!this.inLoop("continue", s.span)) return new ir.BlockStmt(s.span, []);
        return new ir.ContinueStmt(s.span);
      case ast.NodeKind.Return: {
        const value = (s as ast.ReturnStmt).value;
        return new ir.ReturnStmt(s.span, value == null ? null : this.expr(value));
      }
      case ast.NodeKind.Next:
        return new ir.NextStmt(s.span);
      case ast.NodeKind.Delete:
        return this.deleteStmt(s as ast.DeleteStmt);
      case ast.NodeKind.Try:
        return this.tryStmt(s as ast.TryStmt);
      case ast.NodeKind.EmbeddedStmt: {
        const code = (s as ast.EmbeddedStmt).code;
        this.needGuru(s.span, "embedded code");
        return new ir.EmbeddedStmt(s.span, code, tagsOf(this.session, code, s.span.source));
      }
      default:
        return new ir.BlockStmt(s.span, []);
    }
  }

  /** An expression whose value nobody uses. */
  private effect(e: ast.Expr, span: Span): ir.Stmt {
    const parts = effectParts(this.session, this.unit, e);
    if (parts.length == 1) return this.effectPart(parts[0], span);
    const body: ir.Stmt[] = [];
    for (let i: i32 = 0; i < parts.length; i++) body.push(this.effectPart(parts[i], span));
    return new ir.BlockStmt(span, body);
  }

  /** A choice becomes an if. */
  private effectPart(e: ast.Expr, span: Span): ir.Stmt {
    if (e.kind == ast.NodeKind.Logical) {
      const both = e as ast.LogicalExpr;
      const left = this.expr(both.left);
      const right = this.effect(both.right, span);
      const first: ir.Expr = both.op == "&&" ? left : new ir.NotExpr(left.span, left);
      return new ir.IfStmt(span, first, right, null);
    }
    if (e.kind != ast.NodeKind.Ternary) return new ir.EvalStmt(span, this.expr(e));
    const choice = e as ast.TernaryExpr;
    const truth: i32 = staticTruth(this.session, this.unit, choice.condition);
    if (truth == 1) return this.effect(choice.whenTrue, span);
    if (truth == 0) return this.effect(choice.whenFalse, span);
    const condition = this.expr(choice.condition);
    const whenTrue = this.effect(choice.whenTrue, span);
    return new ir.IfStmt(span, condition, whenTrue, this.effect(choice.whenFalse, span));
  }

  needGuru(span: Span, what: string): void {
    if (!span.source.guru && !this.session.options.guru) {
      this.session.reporter.report(NEED_GURU, span).arg(what);
    }
  }

  private inLoop(what: string, span: Span): bool {
    if (this.loops > 0) return true;
    this.session.reporter.reportLate(LOOP_OUTSIDE, span).arg(what);
    return false;
  }

  private block(s: ast.BlockStmt): ir.Stmt {
    const body: ir.Stmt[] = [];
    let over: bool = false;
    for (let i: i32 = 0; i < s.body.length; i++) {
      const part = s.body[i];
      if (part.kind == ast.NodeKind.Empty) continue;
      if (over && part.span.source.kind == SourceKind.User) {
        this.session.reporter.report(UNREACHABLE, part.span);
      }
      // What cannot run is looked at all the same: its mistakes are said.
      const lowered = this.stmt(part);
      if (!over) body.push(lowered);
      if (leaves(part)) over = true;
    }
    return new ir.BlockStmt(s.span, body);
  }

  private loopBody(s: ast.Stmt): ir.Stmt {
    this.loops++;
    const body = this.stmt(s);
    this.loops--;
    return body;
  }

  private ifStmt(s: ast.IfStmt): ir.Stmt {
    const truth: i32 = staticTruth(this.session, this.unit, s.condition);
    const whenFalse = s.whenFalse;
    if (truth == 1) return this.stmt(s.whenTrue);
    if (truth == 0) {
      return whenFalse == null ? new ir.BlockStmt(s.span, []) : this.stmt(whenFalse);
    }
    const condition = this.expr(s.condition);
    const whenTrue = this.stmt(s.whenTrue);
    return new ir.IfStmt(
      s.span,
      condition,
      whenTrue,
      whenFalse == null ? null : this.stmt(whenFalse),
    );
  }

  /** What is left of a step: nothing, its only part with an effect, or all of it. */
  private step(e: ast.Expr): ir.Expr | null {
    const parts = effectParts(this.session, this.unit, e);
    if (parts.length == 0) return null;
    return this.expr(parts.length == 1 ? parts[0] : e);
  }

  private forStmt(s: ast.ForStmt): ir.Stmt {
    const condition = s.condition;
    const step = s.step;
    const loop = new ir.LoopStmt(
      s.span,
      condition == null ? null : this.expr(condition),
      step == null ? null : this.step(step),
      this.loopBody(s.body),
      false,
    );
    const init = s.init;
    if (init == null) return loop;
    return new ir.BlockStmt(s.span, [this.effect(init, init.span), loop]);
  }

  /**
   * The local that a loop or a catch fills. A global is given its value from one, by a statement
   * that is added to `copies`, which come before the body.
   */
  private filled(e: ast.SymbolExpr, copies: ir.Stmt[]): i32 {
    const v = this.var(e);
    if (v.kind != VarKind.Global) return v.index;
    const name = v.name + "$" + this.unit.localList.length.toString();
    const local = this.unit.addLocal(VarKind.Local, name, e.span);
    local.type = v.type;
    local.assigned = true;
    const value = new ir.LocalExpr(e.span, typeOr(v.type), local.index);
    const copy = new ir.AssignExpr(e.span, typeOr(v.type), "=", this.symbol(e), value);
    copies.push(new ir.EvalStmt(e.span, copy));
    return local.index;
  }

  private afterCopies(copies: ir.Stmt[], body: ir.Stmt): ir.Stmt {
    if (copies.length == 0) return body;
    copies.push(body);
    return new ir.BlockStmt(body.span, copies);
  }

  private foreachStmt(s: ast.ForeachStmt): ir.Stmt {
    const hist = s.hist;
    if (hist != null) return this.foreachHist(s, hist);
    const array = this.var(s.array as ast.SymbolExpr);
    this.iterated.push(array.index);
    const body = this.loopBody(s.body);
    const limit = s.limit;
    const most: ir.Expr | null = limit == null ? null : this.expr(limit);
    this.iterated.pop();
    const copies: ir.Stmt[] = [];
    const loop = new ir.ForeachStmt(s.span, array.index, body);
    for (let i: i32 = 0; i < s.keys.length; i++) {
      loop.keyLocals.push(this.filled(s.keys[i].name, copies));
      if (s.keys[i].sort != ast.Sort.None) {
        loop.sortBy = i + 1;
        loop.descending = s.keys[i].sort == ast.Sort.Descending;
      }
    }
    const valueSort = s.valueSort != ast.Sort.None ? s.valueSort : s.arraySort;
    if (valueSort != ast.Sort.None) {
      loop.sortBy = 0;
      loop.descending = valueSort == ast.Sort.Descending;
    }
    const value = s.value;
    if (value != null) loop.valueLocal = this.filled(value, copies);
    loop.body = this.afterCopies(copies, body);
    if (array.type == ir.Ty.Stats) {
      // SystemTap orders by @variance as it does by @count.
      const byCount: bool = s.sortFunction == "" || s.sortFunction == "variance";
      loop.sortFunction = byCount ? "count" : s.sortFunction;
    }
    const slice = s.slice;
    if (slice != null) loop.slice = this.keys(slice);
    loop.limit = most;
    return loop;
  }

  private foreachHist(s: ast.ForeachStmt, hist: ast.StatExpr): ir.Stmt {
    const copies: ir.Stmt[] = [];
    const key = this.filled(s.keys[0].name, copies);
    const stat = this.expr(hist.stat);
    const loop = new ir.ForeachHistStmt(
      s.span,
      hist.fn == "hist_log",
      stat,
      key,
      this.loopBody(s.body),
    );
    const value = s.value;
    if (value != null) loop.valueLocal = this.filled(value, copies);
    loop.body = this.afterCopies(copies, loop.body);
    const limit = s.limit;
    if (limit != null) loop.limit = this.expr(limit);
    return loop;
  }

  private changes(v: Var, span: Span): void {
    if (v.kind == VarKind.Global && this.iterated.includes(v.index)) {
      this.session.reporter.report(MODIFIED_IN_FOREACH, span).arg(v.name);
    }
  }

  /** A function called inside foreach may change the array no more than the loop itself. */
  private callChanges(e: ast.CallExpr): void {
    if (this.iterated.length == 0 || this.unit.library) return;
    const changed = this.session.functions.changedElements(e);
    for (let i: i32 = 0; i < changed.length; i++) this.changes(changed[i], e.span);
  }

  private deleteStmt(s: ast.DeleteStmt): ir.Stmt {
    const target = chosen(s.target);
    if (target.kind == ast.NodeKind.Index) {
      const index = target as ast.IndexExpr;
      const v = this.var(index.base);
      this.changes(v, s.span);
      const place = new ir.MapGetExpr(target.span, v.type, v.index, this.keys(index.keys));
      return new ir.DeleteStmt(s.span, place);
    }
    // A bucket: refused in pass 3.
    if (target.kind != ast.NodeKind.Symbol) return new ir.BlockStmt(s.span, []);
    const symbol = target as ast.SymbolExpr;
    const v = this.var(symbol);
    if (v.kind == VarKind.Global && v.arity > 0) {
      return new ir.DeleteStmt(s.span, new ir.MapGetExpr(target.span, v.type, v.index, []));
    }
    if (v.kind == VarKind.Global) {
      return new ir.DeleteStmt(s.span, new ir.GlobalExpr(target.span, v.type, v.index));
    }
    const zero: ir.Expr = v.type == ir.Ty.String
      ? new ir.StrExpr(s.span, "")
      : new ir.LongExpr(s.span, "0");
    const clear = new ir.AssignExpr(s.span, v.type, "=", this.expr(symbol), zero);
    return new ir.EvalStmt(s.span, clear);
  }

  private tryStmt(s: ast.TryStmt): ir.Stmt {
    const name = s.catchName;
    const body = this.stmt(s.body);
    const copies: ir.Stmt[] = [];
    const local: i32 = name == null ? -1 : this.filled(name, copies);
    return new ir.TryStmt(s.span, body, local, this.afterCopies(copies, this.stmt(s.handler)));
  }

  // ---------------------------------------------------------------------------- expressions

  /** The variable of a name. */
  var(e: ast.SymbolExpr): Var {
    return variable(this.session, this.unit, e);
  }

  operand(e: ast.Expr): ir.Expr {
    return this.expr(e);
  }

  ctypeOf(e: ast.Expr): CType | null {
    return scriptType(this.session, this.unit, e);
  }

  private keys(keys: (ast.Expr | null)[]): Array<ir.Expr | null> {
    const out: (ir.Expr | null)[] = [];
    for (let i: i32 = 0; i < keys.length; i++) {
      const key = keys[i];
      out.push(key == null ? null : this.expr(key));
    }
    return out;
  }

  expr(e: ast.Expr): ir.Expr {
    if (this.unit.dead.has(e)) return this.expr((e as ast.AssignExpr).value);
    switch (e.kind) {
      case ast.NodeKind.Number:
        return new ir.LongExpr(e.span, (e as ast.NumberExpr).text);
      case ast.NodeKind.String:
        return new ir.StrExpr(e.span, (e as ast.StringExpr).value);
      case ast.NodeKind.Symbol:
        return this.symbol(e as ast.SymbolExpr);
      case ast.NodeKind.Index:
        return this.index(e as ast.IndexExpr);
      case ast.NodeKind.Call:
        return this.call(e as ast.CallExpr);
      case ast.NodeKind.Unary:
        return this.unary(e as ast.UnaryExpr);
      case ast.NodeKind.Crement:
        return this.crement(e as ast.CrementExpr);
      case ast.NodeKind.Binary: {
        const b = e as ast.BinaryExpr;
        return foldBinary(new ir.BinaryExpr(e.span, b.op, this.expr(b.left), this.expr(b.right)));
      }
      case ast.NodeKind.Logical:
        return this.logical(e as ast.LogicalExpr);
      case ast.NodeKind.Concat:
        return this.concat(e as ast.ConcatExpr);
      case ast.NodeKind.Compare:
        return this.compare(e as ast.CompareExpr);
      case ast.NodeKind.Regex:
        return this.regex(e as ast.RegexExpr);
      case ast.NodeKind.In: {
        const inside = e as ast.InExpr;
        if (inside.array.kind == ast.NodeKind.Stat) return this.inHistogram(inside);
        const array = this.var(inside.array as ast.SymbolExpr);
        return new ir.MapHasExpr(e.span, array.index, this.keys(inside.keys));
      }
      case ast.NodeKind.Ternary:
        return this.ternary(e as ast.TernaryExpr);
      case ast.NodeKind.Assign:
        return this.assign(e as ast.AssignExpr);
      case ast.NodeKind.Stat:
        return this.stat(e as ast.StatExpr);
      case ast.NodeKind.HistIndex: {
        const h = e as ast.HistIndexExpr;
        return this.bucket(e.span, h.hist, h.index);
      }
      case ast.NodeKind.Print:
        return new PrintLowerer(this).print(e as ast.PrintExpr);
      default:
        return this.special(e);
    }
  }

  private bucket(span: Span, hist: ast.StatExpr, index: ast.Expr): ir.Expr {
    const stat = this.expr(hist.stat);
    return new ir.HistBucketExpr(span, hist.fn == "hist_log", stat, this.expr(index));
  }

  /** `i in @hist_log(s)`: is there anything in the bucket? */
  private inHistogram(e: ast.InExpr): ir.Expr {
    const key = e.keys[0];
    const zero = new ir.LongExpr(e.span, "0");
    if (key == null) return zero;
    const count = this.bucket(e.span, e.array as ast.StatExpr, key);
    return new ir.CompareLongExpr(e.span, "!=", count, zero);
  }

  private symbol(e: ast.SymbolExpr): ir.Expr {
    const v = this.var(e);
    if (v.kind == VarKind.Global) return new ir.GlobalExpr(e.span, typeOr(v.type), v.index);
    return new ir.LocalExpr(e.span, typeOr(v.type), v.index);
  }

  private index(e: ast.IndexExpr): ir.Expr {
    const v = this.var(e.base);
    for (let i: i32 = 0; i < e.keys.length; i++) {
      if (e.keys[i] == null) this.session.reporter.report(WILDCARD_KEY, e.span);
    }
    return new ir.MapGetExpr(e.span, typeOr(v.type), v.index, this.keys(e.keys));
  }

  private call(e: ast.CallExpr): ir.Expr {
    const args: ir.Expr[] = [];
    for (let i: i32 = 0; i < e.args.length; i++) args.push(this.expr(e.args[i]));
    const callee = this.session.functions.callee(e, this.unit);
    if (callee == null) return new ir.LongExpr(e.span, "0");
    this.callChanges(e);
    return new ir.CallExpr(e.span, (callee.result as Var).type, callee.index, args);
  }

  private unary(e: ast.UnaryExpr): ir.Expr {
    const operand = this.expr(e.operand);
    if (e.op == "+") return operand;
    if (e.op == "!") {
      const truth: i32 = staticTruth(this.session, this.unit, e);
      if (truth >= 0) return new ir.LongExpr(e.span, truth.toString());
      return new ir.NotExpr(e.span, operand);
    }
    return foldUnary(new ir.UnaryExpr(e.span, e.op, operand));
  }

  private crement(e: ast.CrementExpr): ir.Expr {
    const operand = chosen(e.operand);
    if (operand != e.operand) {
      return this.crement(new ast.CrementExpr(e.span, e.op, e.prefix, operand));
    }
    if (isTargetKind(e.operand.kind)) return new TargetLowerer(this).crement(e);
    if (!isStored(e.operand)) return this.unwritten(e.operand);
    this.changesTarget(e.operand);
    const delta: i32 = e.op == "++" ? 1 : -1;
    return new ir.CrementExpr(e.span, delta, e.prefix, this.expr(e.operand));
  }

  /** In place of a write that is refused in pass 3; what else is wrong with its operand is said. */
  private unwritten(operand: ast.Expr): ir.Expr {
    if (operand.kind != ast.NodeKind.Deref) this.expr(operand);
    return new ir.LongExpr(operand.span, "0");
  }

  private changesTarget(e: ast.Expr): void {
    if (e.kind == ast.NodeKind.Index) this.changes(this.var((e as ast.IndexExpr).base), e.span);
  }

  private logical(e: ast.LogicalExpr): ir.Expr {
    const truth: i32 = staticTruth(this.session, this.unit, e);
    if (truth >= 0) return new ir.LongExpr(e.span, truth.toString());
    const left: i32 = staticTruth(this.session, this.unit, e.left);
    if (left >= 0) {
      // the left side does not decide: the truth of the right side is the value
      const right = this.expr(e.right);
      return new ir.NotExpr(e.span, new ir.NotExpr(e.span, right));
    }
    if (e.op == "&&") return new ir.AndExpr(e.span, this.expr(e.left), this.expr(e.right));
    return new ir.OrExpr(e.span, this.expr(e.left), this.expr(e.right));
  }

  private concat(e: ast.ConcatExpr): ir.Expr {
    const parts: ir.Expr[] = [];
    this.concatParts(e, parts);
    return new ir.ConcatExpr(e.span, parts);
  }

  private concatParts(e: ast.Expr, parts: ir.Expr[]): void {
    if (e.kind != ast.NodeKind.Concat) {
      parts.push(this.expr(e));
      return;
    }
    this.concatParts((e as ast.ConcatExpr).left, parts);
    this.concatParts((e as ast.ConcatExpr).right, parts);
  }

  private compare(e: ast.CompareExpr): ir.Expr {
    const left = this.expr(e.left);
    const right = this.expr(e.right);
    if (left.type == ir.Ty.String) return new ir.CompareStrExpr(e.span, e.op, left, right);
    return new ir.CompareLongExpr(e.span, e.op, left, right);
  }

  private regex(e: ast.RegexExpr): ir.Expr {
    const text = this.expr(e.left);
    const regexes = this.program.regexes;
    let at: i32 = -1;
    for (let i: i32 = 0; i < regexes.length; i++) {
      if (regexes[i].pattern == e.pattern.value) at = i;
    }
    if (at < 0) {
      at = regexes.length;
      regexes.push(new ir.Regex(e.pattern.value, e.pattern.span));
    }
    return new ir.RegexExpr(e.span, e.negated, text, at);
  }

  private ternary(e: ast.TernaryExpr): ir.Expr {
    const truth: i32 = staticTruth(this.session, this.unit, e.condition);
    if (truth == 1) return this.expr(e.whenTrue);
    if (truth == 0) return this.expr(e.whenFalse);
    const condition = this.expr(e.condition);
    const whenTrue = this.expr(e.whenTrue);
    return new ir.CondExpr(e.span, whenTrue.type, condition, whenTrue, this.expr(e.whenFalse));
  }

  private assign(e: ast.AssignExpr): ir.Expr {
    const place = chosen(e.target);
    if (place != e.target) {
      return this.assign(new ast.AssignExpr(e.span, e.op, e.opSpan, place, e.value));
    }
    if (isTargetKind(e.target.kind)) return new TargetLowerer(this).store(e);
    if (e.target.kind == ast.NodeKind.Deref && e.op == "=") {
      return new TargetLowerer(this).storeAt(e);
    }
    if (!isStored(e.target)) return this.unwritten(e.value);
    this.changesTarget(e.target);
    const target = this.expr(e.target);
    const value = this.expr(e.value);
    if (e.op == "<<<") return new ir.StatAddExpr(e.span, target, value);
    const sym = e.op == "=" ? "=" : e.op.substring(0, e.op.length - 1);
    return new ir.AssignExpr(e.span, target.type, sym, target, value);
  }

  private stat(e: ast.StatExpr): ir.Expr {
    return new ir.StatGetExpr(e.span, e.fn, this.expr(e.stat));
  }

  // -------------------------------------------------------------------------------- operators

  private special(e: ast.Expr): ir.Expr {
    switch (e.kind) {
      case ast.NodeKind.Defined:
      case ast.NodeKind.ProbeWrite: {
        const truth: i32 = staticTruth(this.session, this.unit, e);
        return new ir.LongExpr(e.span, truth == 1 ? "1" : "0");
      }
      case ast.NodeKind.EmbeddedExpr: {
        this.needGuru(e.span, "embedded code");
        const code = (e as ast.EmbeddedExpr).code;
        const type = code.includes("/* string */") ? ir.Ty.String : ir.Ty.Long;
        return new ir.EmbeddedExpr(e.span, type, code, tagsOf(this.session, code, e.span.source));
      }
      case ast.NodeKind.Const: {
        this.needGuru(e.span, "@const");
        const code = "((int64_t)(" + (e as ast.ConstExpr).text + "))";
        return new ir.EmbeddedExpr(e.span, ir.Ty.Long, code, new ir.Tags());
      }
      case ast.NodeKind.BadExpr:
        return new ir.LongExpr(e.span, "0");
      default:
        return new TargetLowerer(this).expr(e);
    }
  }

  /** An argument of print: a histogram piece, or null. */
  histogram(e: ast.Expr): ir.FormatPiece | null {
    if (!isHist(e)) return null;
    const stat = e as ast.StatExpr;
    const piece = new ir.FormatPiece(ir.PieceKind.Hist, "");
    piece.log = stat.fn == "hist_log";
    piece.value = this.expr(stat.stat);
    return piece;
  }
}

/** A variable or an element: what the script itself has. */
function isStored(e: ast.Expr): bool {
  return e.kind == ast.NodeKind.Symbol || e.kind == ast.NodeKind.Index;
}

/** A value that nothing typed is a number. */
function typeOr(type: ir.Ty): ir.Ty {
  return type == ir.Ty.Void ? ir.Ty.Long : type;
}
