/** Conditions of probe points: expressions over globals only. */
import * as ast from "../syntax/ast.ts";
import * as ir from "../ir/ir.ts";
import { Walker } from "../ir/walk.ts";
import { CONDITION_CALL, CONDITION_LOCAL } from "./messages.ts";
import { Lowerer } from "./lower.ts";
import { Session } from "./session.ts";
import { Typer } from "./types.ts";
import { Unit } from "./unit.ts";
import { Reporter } from "../source/diagnostics.ts";

export class Conditions {
  constructor(private session: Session) {}

  /** Types the conditions and marks their globals as used. */
  useGlobals(conditions: ast.Expr[]): void {
    for (let i: i32 = 0; i < conditions.length; i++) {
      const unit = unitOf(conditions[i]);
      new Typer(this.session, [unit]).run();
    }
  }

  /** All of them, and-ed; null for none. */
  lower(program: ir.Program, conditions: ast.Expr[]): ir.Expr | null {
    let all: ir.Expr | null = null;
    for (let i: i32 = 0; i < conditions.length; i++) {
      const one = this.lowerOne(program, conditions[i]);
      const before: ir.Expr | null = all;
      all = before == null ? one : new ir.AndExpr(one.span, before, one);
    }
    return all;
  }

  private lowerOne(program: ir.Program, condition: ast.Expr): ir.Expr {
    const unit = unitOf(condition);
    const expr = new Lowerer(this.session, program, unit).expr(condition);
    new ConditionCheck(this.session.reporter, unit).expr(expr, true);
    return expr;
  }
}

/** A body that only tests the condition. */
function unitOf(condition: ast.Expr): Unit {
  const unit = new Unit(condition.span);
  unit.idleFound = true; // the condition counts, though nothing follows it
  const empty = new ast.EmptyStmt(condition.span);
  const test = new ast.IfStmt(condition.span, condition, empty, null);
  unit.bodies.push(new ast.BlockStmt(condition.span, [test]));
  return unit;
}

class ConditionCheck extends Walker {
  constructor(private reporter: Reporter, private unit: Unit) {
    super();
  }

  override onExpr(e: ir.Expr, _used: bool): void {
    if (e.op == ir.Op.Call) this.reporter.report(CONDITION_CALL, e.span);
    if (e.op != ir.Op.Local) return;
    const name = this.unit.localList[(e as ir.LocalExpr).index].name;
    this.reporter.report(CONDITION_LOCAL, e.span).arg(name);
  }
}
