/**
 * Counted loops: rounds that are paid for at once.
 *
 * Where the number of rounds is known before the first, `for (i = 0; i < n; i++)`, as many as the
 * actions left surely pay for run without a test of their own, and are charged when they are over
 * or left. When the actions are nearly used up the loop's plain form runs, which charges round by round:
 * the limit is met at the same statement. The loop is therefore in C twice, so only loops without
 * loops in them, and of moderate size, are treated so.
 */
import * as ir from "../../front/ir/ir.ts";
import { some, walk } from "../walk.ts";
import type { Body } from "./body.ts";
import { mostOf, neverNegative } from "./ranges.ts";

/** More nodes than this are not worth a second copy; fewer than the others are worth more copies. */
const LARGEST = 250, UNROLL_ONCE_LESS = 80, UNROLL_MOST = 40;

/** A loop whose rounds can be counted before the first. */
export interface CountedLoop {
  /** The local that counts. */
  local: number;
  /** Its bound, which no round changes. */
  bound: ir.Expr;
  /** The comparison holds at the bound too. */
  inclusive: boolean;
  /** What a round adds to the local; not 0. */
  step: bigint;
  stepExpr: ir.Expr;
  /** Statements of a round, without the step. */
  body: ir.Stmt[];
  /** Charged after them, beside what the plan says of each. */
  rest: number;
  /** The most that a round can be charged. */
  cost: number;
  /** Each whole round is charged so much, and no part of one is. */
  even: boolean;
  /** Copies of the body in a row. */
  unroll: number;
}

/** The loop as a counted one, or null. */
export function countedLoop(body: Body, n: ir.LoopStmt): CountedLoop | null {
  const c = n.condition;
  if (!body.plan || n.testLast || !c || c.op != ir.Op.CompareLong) return null;
  const { left, right, sym } = c as ir.CompareLongExpr;
  if (left.op != ir.Op.Local) return null;
  const local = (left as ir.LocalExpr).index;
  const parts = roundOf(n);
  const step = parts ? stepOf(parts.step, local) : 0n;
  if (!parts || step == 0n || (sym[0] != "<" && sym[0] != ">") || (sym[0] == "<") != step > 0n) {
    return null;
  }
  if (parts.body.some((s) => writesLocal(s, local) || !isStraight(body, s))) return null;
  if (!isUnchanged(body, right, parts.body)) return null;
  let size = 0;
  parts.body.forEach((s) => walk(s, () => size++));
  if (size > LARGEST) return null;
  return {
    local,
    bound: right,
    inclusive: sym.length > 1,
    step,
    stepExpr: parts.step,
    body: parts.body,
    rest: (n.step ? 0 : body.plan.after.get(n.body) ?? 0) + (body.plan.round.get(n) ?? 0),
    ...costOf(body, n),
    unroll: size > UNROLL_ONCE_LESS ? 1 : size > UNROLL_MOST ? 2 : 8,
  };
}

/** Statements of a round and its step: that of a for, or the last statement of a while. */
function roundOf(n: ir.LoopStmt): { body: ir.Stmt[]; step: ir.Expr } | null {
  if (n.step) return { body: [n.body], step: n.step };
  if (n.body.op != ir.Op.Block) return null;
  const list = (n.body as ir.BlockStmt).body, last = list.at(-1);
  if (last?.op != ir.Op.Eval || list.some((s) => some(s, (x) => x.op == ir.Op.Continue))) {
    return null;
  }
  return { body: list.slice(0, -1), step: (last as ir.EvalStmt).expr };
}

/** What the expression adds to the local and does beside nothing; 0 for others. */
function stepOf(e: ir.Expr, local: number): bigint {
  const isLocal = (x: ir.Expr) => x.op == ir.Op.Local && (x as ir.LocalExpr).index == local;
  const number = (x: ir.Expr, sym: string) => {
    const value = x.op == ir.Op.Long ? BigInt.asIntN(32, BigInt((x as ir.LongExpr).text)) : 0n;
    const same = x.op == ir.Op.Long && BigInt((x as ir.LongExpr).text) == value;
    return same && value > 0n ? (sym == "+" ? value : sym == "-" ? -value : 0n) : 0n;
  };
  if (e.op == ir.Op.Crement) {
    const n = e as ir.CrementExpr;
    return isLocal(n.target) ? BigInt(n.delta) : 0n;
  }
  if (e.op != ir.Op.Assign || !isLocal((e as ir.AssignExpr).target)) return 0n;
  const { sym, value } = e as ir.AssignExpr;
  if (sym != "=") return number(value, sym);
  if (value.op != ir.Op.Binary) return 0n;
  const n = value as ir.BinaryExpr;
  return isLocal(n.left) ? number(n.right, n.sym) : 0n;
}

function writesLocal(s: ir.Stmt, local: number): boolean {
  return some(s, (n) => {
    if (n.op != ir.Op.Assign && n.op != ir.Op.Crement && n.op != ir.Op.Delete) return false;
    const target = (n as ir.AssignExpr | ir.CrementExpr | ir.DeleteStmt).target;
    return target.op == ir.Op.Local && (target as ir.LocalExpr).index == local;
  });
}

/** No loop, no catch, and no call of what charges by itself. */
function isStraight(body: Body, s: ir.Stmt): boolean {
  return !some(s, (n) => {
    switch (n.op) {
      case ir.Op.Loop:
      case ir.Op.Foreach:
      case ir.Op.ForeachHist:
      case ir.Op.Try:
        return true;
      case ir.Op.Call:
        return body.m.actions.charges((n as ir.CallExpr).func);
      default:
        return false;
    }
  });
}

/** The bound keeps its value while these run. */
function isUnchanged(body: Body, bound: ir.Expr, list: ir.Stmt[]): boolean {
  if (bound.op == ir.Op.Long) return true;
  if (bound.op == ir.Op.Local) {
    return !list.some((s) => writesLocal(s, (bound as ir.LocalExpr).index));
  }
  if (bound.op != ir.Op.Global) return false;
  const { index } = bound as ir.GlobalExpr;
  return !list.some((s) => body.m.analysis.writes(s, index));
}

function costOf(body: Body, n: ir.LoopStmt): { cost: number; even: boolean } {
  const plan = body.plan!, end = plan.after.get(n.body) ?? 0;
  let cost = plan.round.get(n) ?? 0;
  walk(n.body, (node) => {
    cost += (plan.before.get(node as ir.Stmt) ?? 0) + (plan.after.get(node as ir.Stmt) ?? 0);
  });
  return { cost, even: cost == end + (plan.round.get(n) ?? 0) };
}

/**
 * Writes the rounds that are paid for, where the condition has been found to hold; what follows
 * runs one round if none is. `emit` writes the body and the charges of a round.
 */
export function emitPaidRounds(
  body: Body,
  loop: CountedLoop,
  bound: string,
  emit: (next: string) => void,
): void {
  const w = body.w, at = body.local(loop.local);
  const from = body.temp("s64", at), end = body.temp("s64");
  const [low, high] = loop.step > 0n ? [at, bound] : [bound, at];
  const size = loop.step > 0n ? loop.step : -loop.step;
  const rounds =
    `tapir_rounds(c->actions, ${loop.cost}, ${low}, ${high}, ${size}, ${loop.inclusive})`;
  w.line(`${end} = ${at} + ${loop.step} * ${rounds};`);
  w.open(`if (likely(${end} != ${at})) {`);
  const spent = loop.even ? "" : body.temp("s32", "0");
  const sum = loop.even ? `(${at} - ${from}) / ${loop.step} * ${loop.cost}` : spent;
  const account = `c->actions -= ${sum};`;
  const paid = { spent, stop: body.label("stop"), out: body.label("leave") };
  const fail = body.label("fail"), next = body.label("next");
  body.fails.push(fail);
  body.paid = paid;
  const most = loop.step > 0n && body.root && neverNegative(body, body.root, loop.local)
    ? mostOf(body, loop.bound)
    : null;
  if (most != null) body.most.set(loop.local, most);
  if (loop.unroll > 1) w.line(`#pragma GCC unroll ${loop.unroll}`);
  w.open("do {");
  emit(next);
  w.close(`} while (${at} != ${end});`);
  body.most.delete(loop.local);
  body.paid = null;
  body.fails.pop();
  w.line(account);
  w.line("continue;");
  const leave = (label: string, how: () => string) => {
    if (!body.used.has(label)) return;
    w.label(label);
    w.line(account);
    w.line(how());
  };
  leave(paid.stop, () => "break;");
  leave(fail, () => body.goto(body.failLabel));
  leave(paid.out, () => body.goto("out"));
  w.close();
}
