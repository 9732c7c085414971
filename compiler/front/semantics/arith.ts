/** Folding of arithmetic on literal numbers. Division by zero is left to the run time. */
import * as ir from "../ir/ir.ts";
import {
  i64Add,
  i64And,
  i64Div,
  i64FromDecimal,
  i64Mul,
  i64Not,
  i64Or,
  i64Rem,
  i64Shl,
  i64ShrS,
  i64ShrU,
  i64Sub,
  i64ToDecimal,
  i64Xor,
  Int64,
} from "../portable/target.ts";

export function foldUnary(e: ir.UnaryExpr): ir.Expr {
  if (e.operand.op != ir.Op.Long) return e;
  const value = i64FromDecimal((e.operand as ir.LongExpr).text);
  const result = e.sym == "-" ? i64Sub(i64FromDecimal("0"), value) : i64Not(value);
  return new ir.LongExpr(e.span, i64ToDecimal(result));
}

export function foldBinary(e: ir.BinaryExpr): ir.Expr {
  if (e.left.op != ir.Op.Long || e.right.op != ir.Op.Long) return e;
  const right = (e.right as ir.LongExpr).text;
  if ((e.sym == "/" || e.sym == "%") && right == "0") return e;
  // SystemTap shifts literals by no more than a number has bits, and else not at all.
  if (e.sym == "<<" || e.sym == ">>") {
    const count = i64FromDecimal(right);
    if (i64ToDecimal(i64And(count, i64FromDecimal("63"))) != right) return e.left;
  }
  const value = compute(
    e.sym,
    i64FromDecimal((e.left as ir.LongExpr).text),
    i64FromDecimal(right),
  );
  return new ir.LongExpr(e.span, i64ToDecimal(value));
}

function compute(sym: string, a: Int64, b: Int64): Int64 {
  if (sym == "+") return i64Add(a, b);
  if (sym == "-") return i64Sub(a, b);
  if (sym == "*") return i64Mul(a, b);
  if (sym == "/") return i64Div(a, b);
  if (sym == "%") return i64Rem(a, b);
  if (sym == "&") return i64And(a, b);
  if (sym == "|") return i64Or(a, b);
  if (sym == "^") return i64Xor(a, b);
  if (sym == "<<") return i64Shl(a, b);
  if (sym == ">>") return i64ShrS(a, b);
  return i64ShrU(a, b);
}
