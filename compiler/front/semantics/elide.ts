/**
 * Drops assignments to locals that nothing reads and statements without any effect, then the
 * locals that are left unused. An alias of the library may set twenty variables: a script pays for
 * those that it names.
 */
import * as ir from "../ir/ir.ts";
import { Walker } from "../ir/walk.ts";
import { Message, Reporter } from "../source/diagnostics.ts";
import { SourceKind, Span } from "../source/source.ts";
import { ELIDED_ASSIGNMENT, ELIDED_EXPRESSION } from "./messages.ts";

const ROUNDS: i32 = 20;

/** Has evaluating it an effect besides its value (faults do not count)? */
class Effects extends Walker {
  found: bool = false;

  /** `impure[f]`: the function has effects. */
  constructor(private impure: bool[], private program: ir.Program) {
    super();
  }

  override onExpr(e: ir.Expr, _used: bool): void {
    switch (e.op) {
      case ir.Op.Assign:
        if ((e as ir.AssignExpr).target.op != ir.Op.Local) this.found = true;
        break;
      case ir.Op.Crement:
        if ((e as ir.CrementExpr).target.op != ir.Op.Local) this.found = true;
        break;
      case ir.Op.StatAdd:
      case ir.Op.Store:
      case ir.Op.ContextStore:
        this.found = true;
        break;
      case ir.Op.Regex:
        if (this.program.needsCaptures) this.found = true;
        break;
      case ir.Op.EmbeddedExpr:
        if (!(e as ir.EmbeddedExpr).tags.pure) this.found = true;
        break;
      case ir.Op.Format:
        if (!(e as ir.FormatExpr).toString_) this.found = true;
        break;
      case ir.Op.Call:
        if (this.impure[(e as ir.CallExpr).func]) this.found = true;
        break;
      default:
        break;
    }
  }

  override onStmt(s: ir.Stmt): void {
    const op = s.op;
    if (op == ir.Op.Delete || op == ir.Op.EmbeddedStmt) this.found = true;
  }
}

/** Assignments inside an expression: it may not be dropped even if it changes only locals. */
class LocalWrites extends Walker {
  found: bool = false;

  override onExpr(e: ir.Expr, _used: bool): void {
    if (e.op == ir.Op.Assign || e.op == ir.Op.Crement) this.found = true;
  }
}

/** Locals that are read, and all that are named at all. To SystemTap `+=` and `++` read, too. */
class LocalUses extends Walker {
  reads: Set<i32> = new Set<i32>();
  named: Set<i32> = new Set<i32>();

  private target(e: ir.Expr, used: bool): void {
    if (e.op != ir.Op.Local) return;
    this.named.add((e as ir.LocalExpr).index);
    if (used) this.reads.add((e as ir.LocalExpr).index);
  }

  override onExpr(e: ir.Expr, used: bool): void {
    if (e.op == ir.Op.Local) this.target(e, true);
    else if (e.op == ir.Op.Assign) {
      const assign = e as ir.AssignExpr;
      this.target(assign.target, used || assign.sym != "=");
    } else if (e.op == ir.Op.Crement) this.target((e as ir.CrementExpr).target, true);
  }

  private mark(index: i32): void {
    if (index >= 0) this.named.add(index);
  }

  override onStmt(s: ir.Stmt): void {
    if (s.op == ir.Op.Foreach) {
      const loop = s as ir.ForeachStmt;
      for (let i: i32 = 0; i < loop.keyLocals.length; i++) this.mark(loop.keyLocals[i]);
      this.mark(loop.valueLocal);
    } else if (s.op == ir.Op.ForeachHist) {
      this.mark((s as ir.ForeachHistStmt).keyLocal);
      this.mark((s as ir.ForeachHistStmt).valueLocal);
    } else if (s.op == ir.Op.Try) this.mark((s as ir.TryStmt).catchLocal);
  }
}

/** Gives locals their new numbers; a node may hang in the tree twice. */
class Renumber extends Walker {
  private done: Set<ir.Expr> = new Set<ir.Expr>();

  constructor(private places: i32[]) {
    super();
  }

  private local(e: ir.Expr): void {
    if (e.op != ir.Op.Local || this.done.has(e)) return;
    this.done.add(e);
    const local = e as ir.LocalExpr;
    local.index = this.places[local.index];
  }

  override onExpr(e: ir.Expr, _used: bool): void {
    this.local(e);
    if (e.op == ir.Op.Assign) this.local((e as ir.AssignExpr).target);
    else if (e.op == ir.Op.Crement) this.local((e as ir.CrementExpr).target);
  }

  private moved(index: i32): i32 {
    return index < 0 ? index : this.places[index];
  }

  override onStmt(s: ir.Stmt): void {
    if (s.op == ir.Op.Foreach) {
      const loop = s as ir.ForeachStmt;
      for (let i: i32 = 0; i < loop.keyLocals.length; i++) {
        loop.keyLocals[i] = this.moved(loop.keyLocals[i]);
      }
      loop.valueLocal = this.moved(loop.valueLocal);
    } else if (s.op == ir.Op.ForeachHist) {
      const loop = s as ir.ForeachHistStmt;
      loop.keyLocal = this.moved(loop.keyLocal);
      loop.valueLocal = this.moved(loop.valueLocal);
    } else if (s.op == ir.Op.Try) {
      (s as ir.TryStmt).catchLocal = this.moved((s as ir.TryStmt).catchLocal);
    }
  }
}

export class Elider {
  private impure: bool[] = [];

  constructor(private program: ir.Program, private reporter: Reporter) {
    const funcs = program.funcs;
    for (let i: i32 = 0; i < funcs.length; i++) {
      this.impure.push(funcs[i].body == null && !funcs[i].tags.pure);
    }
    this.spread();
    for (let i: i32 = 0; i < funcs.length; i++) this.ofFunction(funcs[i]);
  }

  /** A function is impure if its body is. */
  private spread(): void {
    const funcs = this.program.funcs;
    let changed: bool = true;
    while (changed) {
      changed = false;
      for (let i: i32 = 0; i < funcs.length; i++) {
        const body = funcs[i].body;
        if (this.impure[i] || body == null) continue;
        const effects = new Effects(this.impure, this.program);
        effects.stmt(body);
        if (!effects.found) continue;
        this.impure[i] = true;
        changed = true;
      }
    }
  }

  private ofFunction(f: ir.Func): void {
    const body = f.body;
    if (body == null) return;
    this.sweep(body);
    f.locals = this.prune(body, f.locals, f.params);
  }

  /** Cleans a handler. */
  ofHandler(h: ir.Handler): void {
    this.sweep(h.body);
    h.locals = this.prune(h.body, h.locals, 0);
  }

  private sweep(body: ir.Stmt): void {
    for (let round: i32 = 0; round < ROUNDS; round++) {
      const uses = new LocalUses();
      uses.stmt(body);
      if (!this.clean(body, uses.reads)) return;
    }
  }

  /** Removes what is dead in the blocks of a statement; true if anything went. */
  private clean(s: ir.Stmt, reads: Set<i32>): bool {
    switch (s.op) {
      case ir.Op.Block:
        return this.cleanBlock(s as ir.BlockStmt, reads);
      case ir.Op.If: {
        const whenFalse = (s as ir.IfStmt).whenFalse;
        const first: bool = this.clean((s as ir.IfStmt).whenTrue, reads);
        return whenFalse != null && this.clean(whenFalse, reads) || first;
      }
      case ir.Op.Loop:
        return this.clean((s as ir.LoopStmt).body, reads);
      case ir.Op.Foreach:
        return this.clean((s as ir.ForeachStmt).body, reads);
      case ir.Op.ForeachHist:
        return this.clean((s as ir.ForeachHistStmt).body, reads);
      case ir.Op.Try: {
        const first: bool = this.clean((s as ir.TryStmt).body, reads);
        return this.clean((s as ir.TryStmt).handler, reads) || first;
      }
      default:
        return false;
    }
  }

  private cleanBlock(block: ir.BlockStmt, reads: Set<i32>): bool {
    const kept: ir.Stmt[] = [];
    let changed: bool = false;
    for (let i: i32 = 0; i < block.body.length; i++) {
      const s = block.body[i];
      if (this.isDead(s, reads)) changed = true;
      else {
        if (this.clean(s, reads)) changed = true;
        kept.push(s);
      }
    }
    if (changed) block.body = kept;
    return changed;
  }

  private isDead(s: ir.Stmt, reads: Set<i32>): bool {
    if (s.op == ir.Op.Block) return isEmpty(s);
    if (s.op == ir.Op.If) return this.isDeadIf(s as ir.IfStmt);
    if (s.op == ir.Op.Try) return isEmpty((s as ir.TryStmt).body);
    if (s.op != ir.Op.Eval) return false;
    const e = (s as ir.EvalStmt).expr;
    if (e.op != ir.Op.Assign) {
      const idle: bool = this.isIdle(e);
      if (idle) this.warn(ELIDED_EXPRESSION, e.span, "");
      return idle;
    }
    const assign = e as ir.AssignExpr;
    if (!isUnread(assign.target, reads) || !this.isIdle(assign.value)) return false;
    this.warn(ELIDED_ASSIGNMENT, e.span, assign.target.span.text());
    return true;
  }

  private isDeadIf(s: ir.IfStmt): bool {
    const whenFalse = s.whenFalse;
    if (!isEmpty(s.whenTrue) || (whenFalse != null && !isEmpty(whenFalse))) return false;
    return this.isIdle(s.condition);
  }

  private warn(message: Message, span: Span, name: string): void {
    // What the analysis added (a loop's parts, say) has no text of its own.
    if (span.source.kind == SourceKind.User) this.reporter.report(message, span).arg(name);
  }

  /** Nothing happens but a value. */
  private isIdle(e: ir.Expr): bool {
    const effects = new Effects(this.impure, this.program);
    effects.expr(e, true);
    const writes = new LocalWrites();
    writes.expr(e, true);
    return !effects.found && !writes.found;
  }

  private prune(body: ir.Stmt, locals: ir.Local[], params: i32): ir.Local[] {
    const uses = new LocalUses();
    uses.stmt(body);
    const kept: ir.Local[] = [];
    const places: i32[] = [];
    for (let i: i32 = 0; i < locals.length; i++) {
      const stays: bool = i < params || uses.named.has(i);
      places.push(stays ? kept.length : -1);
      if (stays) kept.push(locals[i]);
    }
    if (kept.length == locals.length) return locals;
    new Renumber(places).stmt(body);
    return kept;
  }
}

function isEmpty(s: ir.Stmt): bool {
  if (s.op != ir.Op.Block) return false;
  const body = (s as ir.BlockStmt).body;
  for (let i: i32 = 0; i < body.length; i++) if (!isEmpty(body[i])) return false;
  return true;
}

function isUnread(target: ir.Expr, reads: Set<i32>): bool {
  return target.op == ir.Op.Local && !reads.has((target as ir.LocalExpr).index);
}
