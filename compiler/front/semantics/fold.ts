/**
 * Conditions whose truth is known before anything runs: @defined, @probewrite, numbers. Type
 * inference and lowering ask here, so that neither looks into a branch that cannot run.
 */
import * as ast from "../syntax/ast.ts";
import { i64Compare, i64FromDecimal } from "../portable/target.ts";
import { TreeWalker } from "../syntax/walk.ts";
import { Session } from "./session.ts";
import { Unit } from "./unit.ts";
import { isDefined } from "./target.ts";
import { writesVariable } from "./writes.ts";

/**
 * The truth as far as it follows from the target alone, from @defined and @probewrite: what is not
 * taken then is not looked at. Other constants are folded after types have been checked.
 */
export function knownTruth(session: Session, unit: Unit, e: ast.Expr): i32 {
  const asks = new AsksTarget();
  asks.expr(e);
  return asks.found ? staticTruth(session, unit, e) : -1;
}

class AsksTarget extends TreeWalker {
  found: bool = false;

  override onExpr(e: ast.Expr): bool {
    if (e.kind == ast.NodeKind.Defined || e.kind == ast.NodeKind.ProbeWrite) this.found = true;
    return !this.found;
  }
}

/** What `c ? a : b` is if `c` is a literal number, the expression itself otherwise. */
export function chosen(e: ast.Expr): ast.Expr {
  let at = e;
  while (at.kind == ast.NodeKind.Ternary) {
    const choice = at as ast.TernaryExpr;
    if (choice.condition.kind != ast.NodeKind.Number) break;
    at = (choice.condition as ast.NumberExpr).text == "0" ? choice.whenFalse : choice.whenTrue;
  }
  return at;
}

/** 1, 0, or -1 if it is not known. */
export function staticTruth(session: Session, unit: Unit, e: ast.Expr): i32 {
  if (e.kind == ast.NodeKind.Number) return (e as ast.NumberExpr).text == "0" ? 0 : 1;
  if (e.kind == ast.NodeKind.Defined) {
    session.relaxed = true;
    return isDefined(session, unit, (e as ast.DefinedExpr).operand) ? 1 : 0;
  }
  if (e.kind == ast.NodeKind.ProbeWrite) {
    return writesVariable(unit, (e as ast.ProbeWriteExpr).name) ? 1 : 0;
  }
  if (e.kind == ast.NodeKind.Unary) {
    const unary = e as ast.UnaryExpr;
    if (unary.op != "!") return -1;
    const inner: i32 = staticTruth(session, unit, unary.operand);
    return inner < 0 ? -1 : 1 - inner;
  }
  if (e.kind == ast.NodeKind.Logical) return logicalTruth(session, unit, e as ast.LogicalExpr);
  if (e.kind == ast.NodeKind.Compare) return compareTruth(e as ast.CompareExpr);
  return -1;
}

function logicalTruth(session: Session, unit: Unit, e: ast.LogicalExpr): i32 {
  const left: i32 = staticTruth(session, unit, e.left);
  const decides: i32 = e.op == "&&" ? 0 : 1;
  if (left == decides) return decides;
  const right: i32 = staticTruth(session, unit, e.right);
  if (left < 0) return -1;
  return right;
}

function compareTruth(e: ast.CompareExpr): i32 {
  if (e.left.kind != ast.NodeKind.Number || e.right.kind != ast.NodeKind.Number) return -1;
  const order: i32 = i64Compare(
    i64FromDecimal((e.left as ast.NumberExpr).text),
    i64FromDecimal((e.right as ast.NumberExpr).text),
  );
  let truth: bool = order != 0;
  if (e.op == "==") truth = order == 0;
  else if (e.op == "<") truth = order < 0;
  else if (e.op == "<=") truth = order <= 0;
  else if (e.op == ">") truth = order > 0;
  else if (e.op == ">=") truth = order >= 0;
  return truth ? 1 : 0;
}
