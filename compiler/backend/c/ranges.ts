/**
 * What is known of the size of a number: that it is not negative, and at most so much. Division by a
 * constant is then a short multiplication; the C compiler does not find this for 64 bits.
 */
import * as ir from "../../front/ir/ir.ts";
import { some } from "../walk.ts";
import type { Body } from "./body.ts";
import { cLong } from "./text.ts";

/** Steps this small do not take a counter past 2^63 in the time that any machine stands. */
const SMALL_STEP = 1024n;

/** The number is from 0 to this; null if that is not known. */
export function mostOf(body: Body, e: ir.Expr): bigint | null {
  if (e.op == ir.Op.Long) {
    const value = constant(e)!;
    return value >= 0n ? value : null;
  }
  if (e.op == ir.Op.Local) return body.most.get((e as ir.LocalExpr).index) ?? null;
  if (e.op != ir.Op.Binary) return null;
  const n = e as ir.BinaryExpr, left = mostOf(body, n.left), right = constant(n.right);
  switch (n.sym) {
    case "&": {
      const other = mostOf(body, n.right);
      return left == null ? other : other == null || left < other ? left : other;
    }
    case "/":
      return left == null || right == null || right <= 0n ? null : left / right;
    case "%":
      if (left == null || right == null || right <= 0n) return null;
      return left < right ? left : right - 1n;
    case ">>":
      return left == null || right == null ? null : left >> (right & 63n);
    default:
      return null;
  }
}

/** C text of a quotient or remainder of what is known to be at most `most`; null if none is short. */
export function shortDivision(text: string, most: bigint, sym: string, by: ir.Expr): string | null {
  const divisor = constant(by);
  if (divisor == null || divisor <= 0n) return null;
  const bits = most.toString(2).length;
  for (let shift = bits; shift < 63; shift++) {
    const factor = ((1n << BigInt(shift)) + divisor - 1n) / divisor;
    if (factor >= 1n << 31n || factor * most >= 1n << 63n) return null;
    // What the factor is too large by, times the number, stays below one part of the divisor.
    if (factor * divisor - (1n << BigInt(shift)) > 1n << BigInt(shift - bits)) continue;
    const list = `${text}, ${factor}, ${shift}`;
    if (sym == "/") return `tapir_short_div(${list})`;
    return `tapir_short_mod(${list}, ${cLong(divisor.toString())})`;
  }
  return null;
}

function constant(e: ir.Expr): bigint | null {
  return e.op == ir.Op.Long ? BigInt.asIntN(64, BigInt((e as ir.LongExpr).text)) : null;
}

/** The local only ever gets constants from 0 on, and counts up. */
export function neverNegative(body: Body, root: ir.Stmt, local: number): boolean {
  if (local < body.params) return false;
  return !some(root, (n) => {
    switch (n.op) {
      case ir.Op.Assign: {
        const { target, sym, value } = n as ir.AssignExpr;
        if (target.op != ir.Op.Local || (target as ir.LocalExpr).index != local) return false;
        const number = constant(value) ?? -1n;
        return number < 0n || !(sym == "=" || (sym == "+" && number <= SMALL_STEP));
      }
      case ir.Op.Crement: {
        const { target, delta } = n as ir.CrementExpr;
        return target.op == ir.Op.Local && (target as ir.LocalExpr).index == local && delta < 0;
      }
      case ir.Op.Foreach: {
        const { keyLocals, valueLocal } = n as ir.ForeachStmt;
        return valueLocal == local || keyLocals.includes(local);
      }
      case ir.Op.ForeachHist: {
        const { keyLocal, valueLocal } = n as ir.ForeachHistStmt;
        return keyLocal == local || valueLocal == local;
      }
      default:
        return false;
    }
  });
}
