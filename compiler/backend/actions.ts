/**
 * What a handler's run may cost: statements (MAXACTION) and calls in calls (MAXNESTING).
 *
 * A statement costs 1, each round of a loop 1 more, as in SystemTap; a block, a try and embedded code
 * cost nothing. Straight code is charged at once, before a branch or a jump or where it ends: the
 * plan says at which statements how much. A handler that cannot reach its limit is not charged.
 */
import * as ir from "../front/ir/ir.ts";
import { children, some, walk } from "./walk.ts";

/** The place of a charge for a statement: a block of one statement is that statement. */
export function chargedSpan(stmt: ir.Stmt): ir.Stmt["span"] {
  while (stmt.op === ir.Op.Block && (stmt as ir.BlockStmt).body.length === 1) {
    stmt = (stmt as ir.BlockStmt).body[0];
  }
  return stmt.span;
}

/** Charges of one handler or function. */
export class ActionPlan {
  /** Before a statement, and before its condition is evaluated. */
  readonly before = new Map<ir.Stmt, number>();
  /** Behind a statement. */
  readonly after = new Map<ir.Stmt, number>();
  /** At the end of each round of a loop. */
  readonly round = new Map<ir.Stmt, number>();
  /** Where the body ends; of a plain function, with its return. */
  rest = 0;

  /** All that one run can be charged, if it has no loop. */
  get total(): number {
    let sum = this.rest;
    for (const n of this.before.values()) sum += n;
    for (const n of this.after.values()) sum += n;
    for (const n of this.round.values()) sum += n;
    return sum;
  }

  /** One charge at the end is all. */
  get isPlain(): boolean {
    return this.before.size + this.after.size + this.round.size === 0;
  }
}

export class Actions {
  private readonly plans = new Map<ir.Stmt, ActionPlan>();

  constructor(private readonly program: ir.Program) {}

  /** The plan of a handler's or function's body. */
  plan(body: ir.Stmt): ActionPlan {
    let plan = this.plans.get(body);
    if (!plan) this.plans.set(body, plan = new Planner(this).run(body));
    return plan;
  }

  /** What a call adds to the statement that makes it; 0 where the function counts for itself. */
  callCost(index: number): number {
    const { body } = this.program.funcs[index];
    return body === null || this.countsItself(index) ? 0 : this.plan(body).rest;
  }

  /** The function charges its own plan. */
  countsItself(index: number): boolean {
    const func = this.program.funcs[index];
    if (func.body === null) return false;
    return func.recursive || func.nextOverload >= 0 || !this.plan(func.body).isPlain;
  }

  /** The function, or one that it calls, charges its own plan. */
  charges(index: number): boolean {
    const func = this.program.funcs[index];
    if (this.countsItself(index)) return true;
    return func.body !== null &&
      some(func.body, (n) => n.op === ir.Op.Call && this.charges((n as ir.CallExpr).func));
  }

  /** The most that a run can be charged; Infinity where there is a loop or recursion. */
  most(body: ir.Stmt): number {
    let sum = this.plan(body).total;
    walk(body, (node) => {
      if (isLoop(node)) sum = Infinity;
      if (node.op === ir.Op.Call) sum += this.mostOfCall((node as ir.CallExpr).func);
    });
    return sum;
  }

  private mostOfCall(index: number): number {
    const func = this.program.funcs[index];
    if (func.recursive) return Infinity;
    const next = func.nextOverload >= 0 ? this.mostOfCall(func.nextOverload) : 0;
    return next + (func.body ? this.most(func.body) : 0);
  }
}

/** Goes through a body in the order of its text. */
class Planner {
  private readonly plan = new ActionPlan();
  private pending = 0;
  /** Bodies of try that are being looked at. */
  private tries = 0;

  constructor(private readonly actions: Actions) {}

  run(body: ir.Stmt): ActionPlan {
    const list = body.op === ir.Op.Block ? (body as ir.BlockStmt).body : [body];
    const last = list.at(-1);
    for (const s of list) {
      if (s === last && s.op === ir.Op.Return && this.plan.isPlain) {
        this.pending += 1 + this.calls(s);
      } else this.visit(s);
    }
    this.plan.rest = this.pending;
    return this.plan;
  }

  private flush(where: Map<ir.Stmt, number>, stmt: ir.Stmt): void {
    if (this.pending === 0) return;
    where.set(stmt, this.pending);
    this.pending = 0;
  }

  private visit(stmt: ir.Stmt): void {
    const { before, after } = this.plan;
    switch (stmt.op) {
      case ir.Op.Block:
        (stmt as ir.BlockStmt).body.forEach((s) => this.visit(s));
        this.flush(after, stmt);
        return;
      case ir.Op.If: {
        const n = stmt as ir.IfStmt;
        this.pending += 1 + this.calls(n.condition);
        this.flush(before, stmt);
        this.part(n.whenTrue);
        if (n.whenFalse) this.part(n.whenFalse);
        return;
      }
      case ir.Op.Loop: {
        const n = stmt as ir.LoopStmt;
        this.loop(stmt, n.body, this.calls(n.condition) + this.calls(n.step), 0);
        if (n.step) this.pending = 1;
        return;
      }
      case ir.Op.Foreach: {
        const n = stmt as ir.ForeachStmt;
        const once = [n.limit, ...(n.slice ?? [])].reduce((sum, e) => sum + this.calls(e), 0);
        this.loop(stmt, n.body, 0, once);
        return;
      }
      case ir.Op.ForeachHist: {
        const n = stmt as ir.ForeachHistStmt;
        this.loop(stmt, n.body, 0, this.calls(n.limit) + this.calls(n.stat));
        return;
      }
      case ir.Op.Try:
        this.flush(before, stmt);
        this.tries++;
        this.part((stmt as ir.TryStmt).body);
        this.tries--;
        this.part((stmt as ir.TryStmt).handler);
        return;
      case ir.Op.Break:
      case ir.Op.Continue:
      case ir.Op.Return:
      case ir.Op.Next:
        // What follows is not reached from here.
        this.pending += 1 + this.calls(stmt);
        this.flush(before, stmt);
        return;
      default:
        this.pending += 1 + this.calls(stmt);
        // A call may fail, and what comes after it here be left out: it is paid for before.
        if (this.tries > 0 && some(stmt, (n) => n.op === ir.Op.Call)) this.flush(before, stmt);
    }
  }

  /** A part that may be left out: charged by itself. */
  private part(stmt: ir.Stmt): void {
    this.visit(stmt);
    this.flush(this.plan.after, stmt);
  }

  private loop(stmt: ir.Stmt, body: ir.Stmt, round: number, once: number): void {
    this.pending += 1 + once;
    this.flush(this.plan.before, stmt);
    this.pending = 1 + round;
    this.visit(body);
    this.flush(this.plan.round, stmt);
  }

  private calls(node: ir.IrNode | null): number {
    if (node === null) return 0;
    let sum = node.op === ir.Op.Call ? this.actions.callCost((node as ir.CallExpr).func) : 0;
    for (const child of children(node as ir.Expr)) sum += this.calls(child);
    return sum;
  }
}

function isLoop(node: ir.IrNode): boolean {
  return node.op === ir.Op.Loop || node.op === ir.Op.Foreach || node.op === ir.Op.ForeachHist;
}

/** MAXNESTING where nobody sets it: the longest chain of calls, and room for recursion. */
export function defaultNesting(program: ir.Program): number {
  const depths: number[] = [];
  const depthOf = (index: number): number => {
    if (depths[index] !== undefined) return depths[index];
    depths[index] = 0; // a recursive step counts once
    const func = program.funcs[index];
    let deepest = func.nextOverload >= 0 ? depthOf(func.nextOverload) : 0;
    walk(func.body, (node) => {
      if (node.op === ir.Op.Call) deepest = Math.max(deepest, depthOf((node as ir.CallExpr).func));
    });
    return depths[index] = deepest + 1;
  };
  const depth = Math.max(0, ...program.funcs.map((_, index) => depthOf(index)));
  return depth + 1 + (program.funcs.some((func) => func.recursive) ? 11 : 0);
}
