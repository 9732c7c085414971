/** What the script extracts from each aggregate: fills StatNeeds. */
import * as ast from "../syntax/ast.ts";
import { StatNeeds } from "../ir/ir.ts";
import {
  i64Add,
  i64Compare,
  i64Div,
  i64FromDecimal,
  i64FromI32,
  i64Sub,
  i64ToI32,
} from "../portable/target.ts";
import { Reporter } from "../source/diagnostics.ts";
import { HIST_PARAMS, HIST_TWICE, VARIANCE_SHIFT } from "./messages.ts";
import { Var } from "./unit.ts";

const LOG_BUCKETS: i32 = 128;
const MOST_BUCKETS: i32 = 126;

/** The needs of a global, made when first asked for. */
export function needsOf(v: Var): StatNeeds {
  const known = v.needs;
  if (known != null) return known;
  const fresh = new StatNeeds();
  v.needs = fresh;
  return fresh;
}

export class StatCollector {
  constructor(private reporter: Reporter) {}

  /** `@fn(v, args)`. */
  extract(v: Var, e: ast.StatExpr): void {
    const needs = needsOf(v);
    if (e.fn == "hist_log") this.log(v, needs, e);
    else if (e.fn == "hist_linear") this.linear(v, needs, e);
    else if (e.fn == "variance") this.variance(v, needs, e);
    else note(needs, e.fn);
  }

  /** foreach sorted by an extraction. */
  foreachSort(v: Var, fn: string): void {
    note(needsOf(v), fn);
  }

  private variance(v: Var, needs: StatNeeds, e: ast.StatExpr): void {
    let shift: i32 = 0;
    if (e.args.length > 0) {
      const text = numberText(e.args[0]);
      shift = text == "" ? -1 : i64ToI32(i64FromDecimal(text), -1);
    }
    if (shift < 0 || shift > 62 || (needs.variance && needs.varianceShift != shift)) {
      this.reporter.report(VARIANCE_SHIFT, e.span).arg(v.name);
      return;
    }
    needs.varianceShift = shift;
    note(needs, "variance");
  }

  private log(v: Var, needs: StatNeeds, e: ast.StatExpr): void {
    if (needs.histLinear) {
      this.reporter.report(HIST_TWICE, e.span).arg(v.name);
      return;
    }
    needs.histLog = true;
    needs.buckets = LOG_BUCKETS;
  }

  private linear(v: Var, needs: StatNeeds, e: ast.StatExpr): void {
    const texts: string[] = [];
    for (let i: i32 = 0; i < e.args.length; i++) texts.push(numberText(e.args[i]));
    if (texts.length != 3 || texts.includes("")) {
      this.reporter.report(HIST_PARAMS, e.span).arg("low, high and width must be literal numbers");
      return;
    }
    const buckets: i32 = linearBuckets(texts[0], texts[1], texts[2]);
    if (buckets <= 0) {
      const text = buckets == 0
        ? "the width must be positive and high not below low"
        : "too many buckets (at most 126)";
      this.reporter.reportLate(HIST_PARAMS, e.span).arg(text);
      return;
    }
    const same: bool = needs.low == texts[0] && needs.high == texts[1] && needs.width == texts[2];
    if (needs.histLog || (needs.histLinear && !same)) {
      this.reporter.report(HIST_TWICE, e.span).arg(v.name);
      return;
    }
    needs.histLinear = true;
    needs.low = texts[0];
    needs.high = texts[1];
    needs.width = texts[2];
    needs.buckets = buckets + 2;
  }
}

/** Buckets without the two outliers; 0 for bad parameters, -1 for too many. */
function linearBuckets(low: string, high: string, width: string): i32 {
  const step = i64FromDecimal(width);
  const range = i64Sub(i64FromDecimal(high), i64FromDecimal(low));
  if (i64Compare(step, i64FromI32(1)) < 0 || i64Compare(range, i64FromI32(0)) < 0) return 0;
  const count: i32 = i64ToI32(i64Add(i64Div(range, step), i64FromI32(1)), -1);
  return count > MOST_BUCKETS ? -1 : count;
}

/** Text of a literal number, with its sign; "" if it is none. */
function numberText(e: ast.Expr): string {
  if (e.kind == ast.NodeKind.Number) return (e as ast.NumberExpr).text;
  if (e.kind == ast.NodeKind.Unary && (e as ast.UnaryExpr).op == "-") {
    const inner = numberText((e as ast.UnaryExpr).operand);
    return inner == "" || inner.startsWith("-") ? "" : "-" + inner;
  }
  return "";
}

function note(needs: StatNeeds, fn: string): void {
  if (fn == "count") needs.count = true;
  else if (fn == "sum") needs.sum = true;
  else if (fn == "min") needs.min = true;
  else if (fn == "max") needs.max = true;
  else if (fn == "avg") needs.avg = true;
  else if (fn == "variance") needs.variance = true;
}
