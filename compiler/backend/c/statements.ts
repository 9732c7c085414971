/** Statements as lines of C. */
import * as ir from "../../front/ir/ir.ts";
import { chargedSpan } from "../actions.ts";
import { bucketCount, histPointer } from "./aggregates.ts";
import { targetGlobal } from "./analysis.ts";
import { some } from "../walk.ts";
import { Body } from "./body.ts";
import { conditionOf, valueOf, valuesOf, writeString } from "./expressions.ts";
import { emitFormat } from "./format.ts";
import { countedLoop, emitPaidRounds } from "./rounds.ts";
import { assign, crement, heldKeys, keysMatch, placeOf, storeLong } from "./variables.ts";

/** A statement; scratch strings that it used are free after it. */
export function statement(body: Body, s: ir.Stmt | null): void {
  if (!s) return;
  const mark = body.scratch;
  if (s.op != ir.Op.Block && !body.plan?.before.get(s)) body.chargePutOff();
  body.charge(body.plan?.before.get(s), s.span);
  emitStatement(body, s);
  body.charge(body.plan?.after.get(s), chargedSpan(s));
  body.scratch = mark;
}

function emitBlock(body: Body, s: ir.BlockStmt): void {
  for (const x of s.body) {
    if (leavesAtOnce(body, x)) emitEarlyLeave(body, x as ir.IfStmt);
    else statement(body, x);
  }
  if (!body.plan?.after.has(s)) body.chargePutOff();
}

/** `if (...) return ...;` and its like, with a condition that neither fails nor shows. */
function leavesAtOnce(body: Body, s: ir.Stmt): boolean {
  if (s.op != ir.Op.If || !body.plan?.before.has(s) || body.plan.after.has(s)) return false;
  const { condition, whenTrue, whenFalse } = s as ir.IfStmt;
  const jump = onlyOf(whenTrue);
  return whenFalse == null && JUMPS.has(jump.op) && body.plan.before.has(jump) &&
    !some(condition, (n) => !QUIET.has(n.op) || /^[/%]$/.test((n as ir.BinaryExpr).sym ?? ""));
}

const JUMPS = new Set([ir.Op.Return, ir.Op.Break, ir.Op.Continue, ir.Op.Next]);
/** Expressions that cannot fail and change nothing. */
const QUIET = new Set([
  ...[ir.Op.Long, ir.Op.Str, ir.Op.Local, ir.Op.Global, ir.Op.Unary, ir.Op.Not, ir.Op.Binary],
  ...[ir.Op.CompareLong, ir.Op.CompareStr, ir.Op.And, ir.Op.Or, ir.Op.MapGet],
]);

/** The statement in blocks of one. */
function onlyOf(s: ir.Stmt): ir.Stmt {
  while (s.op == ir.Op.Block && (s as ir.BlockStmt).body.length == 1) {
    s = (s as ir.BlockStmt).body[0];
  }
  return s;
}

/** The way out and the way on are each charged once, for the if and for what comes there. */
function emitEarlyLeave(body: Body, s: ir.IfStmt): void {
  const putOff = [...body.putOff, { cost: body.plan!.before.get(s)!, span: s.span }];
  const w = body.w;
  w.open(`if (${unwrap(conditionOf(body, s.condition))}) {`);
  body.putOff = putOff;
  statement(body, onlyOf(s.whenTrue));
  w.close();
  body.putOff = putOff;
}

function emitStatement(body: Body, s: ir.Stmt): void {
  const w = body.w;
  switch (s.op) {
    case ir.Op.Eval:
      effect(body, (s as ir.EvalStmt).expr);
      return;
    case ir.Op.Block:
      emitBlock(body, s as ir.BlockStmt);
      return;
    case ir.Op.If: {
      const n = s as ir.IfStmt;
      w.open(`if (${unwrap(conditionOf(body, n.condition))}) {`);
      statement(body, n.whenTrue);
      if (n.whenFalse) {
        w.close("} else {");
        w.indent++;
        statement(body, n.whenFalse);
      }
      w.close();
      return;
    }
    case ir.Op.Loop:
      emitLoop(body, s as ir.LoopStmt);
      return;
    case ir.Op.Foreach:
      emitForeach(body, s as ir.ForeachStmt);
      return;
    case ir.Op.ForeachHist:
      emitForeachHist(body, s as ir.ForeachHistStmt);
      return;
    case ir.Op.Break:
      w.line(body.paid ? body.goto(body.paid.stop) : "break;");
      return;
    case ir.Op.Continue: {
      const next = body.nexts[body.nexts.length - 1] ?? "";
      w.line(next == "" ? "continue;" : body.goto(next));
      return;
    }
    case ir.Op.Return: {
      const value = (s as ir.ReturnStmt).value;
      if (value && body.func?.type == ir.Ty.String) writeString(body, value, "(*ret)");
      else if (value && body.func?.type == ir.Ty.Long) w.line(`ret = ${valueOf(body, value).c};`);
      else if (value) effect(body, value);
      w.line(body.goto(body.outLabel));
      return;
    }
    case ir.Op.Next:
      emitNext(body);
      return;
    case ir.Op.Delete:
      emitDelete(body, (s as ir.DeleteStmt).target);
      return;
    case ir.Op.Try:
      emitTry(body, s as ir.TryStmt);
      return;
    case ir.Op.EmbeddedStmt: {
      w.line(`${body.m.embeddedStmt(s as ir.EmbeddedStmt)}(c);`);
      body.checkError();
      return;
    }
  }
  throw new Error(`internal error: statement ${ir.Op[s.op]}`);
}

/** An expression whose value nobody uses. */
function effect(body: Body, e: ir.Expr): void {
  if (e.op == ir.Op.Assign) assign(body, e as ir.AssignExpr, false);
  else if (e.op == ir.Op.Crement) crement(body, e as ir.CrementExpr, false);
  else if (e.op == ir.Op.Format) emitFormat(body, e as ir.FormatExpr, null);
  else {
    const v = valueOf(body, e);
    if (v.live && !/^[A-Za-z_>.\[\]0-9-]+$/.test(v.c)) body.w.line(`(void)${v.c};`);
  }
}

function emitNext(body: Body): void {
  const f = body.func;
  if (!f) {
    body.w.line(body.goto(body.outLabel));
    return;
  }
  if (f.nextOverload < 0) {
    body.w.line(`tapir_raise(c, "all functions exhausted", NULL);`);
    body.w.line(body.goto(body.failLabel));
    return;
  }
  const args = body.m.takesRoom(f.nextOverload) ? ["c", "below"] : ["c"];
  for (let i = 0; i < f.params; i++) args.push(body.local(i));
  if (f.type == ir.Ty.String) args.push("ret");
  const call = `${body.m.funcName(f.nextOverload)}(${args.join(", ")});`;
  body.w.line(f.type == ir.Ty.Long ? `ret = ${call}` : call);
  body.w.line(body.goto(body.outLabel));
}

function emitLoop(body: Body, n: ir.LoopStmt): void {
  const w = body.w;
  const test = (e: ir.Expr) => {
    w.line(`if (!${conditionOf(body, e)})`);
    w.line("\tbreak;");
  };
  const next = n.step || n.testLast ? body.label("next") : "";
  const round = (
    list: ir.Stmt[],
    charge: number | undefined,
    next: string,
    step: ir.Expr | null,
  ) => {
    body.nexts.push(next);
    for (const s of list) statement(body, s);
    body.charge(charge, n.body.span);
    if (body.used.has(next)) {
      w.label(next);
      w.line(";");
    }
    const mark = body.scratch;
    if (step) effect(body, step);
    body.scratch = mark;
    body.nexts.pop();
  };
  const counted = countedLoop(body, n);
  w.open("for (;;) {");
  if (n.condition && !n.testLast) test(n.condition);
  if (counted) {
    const bound = valueOf(body, counted.bound).c;
    const paid = (next: string) => round(counted.body, counted.rest, next, counted.stepExpr);
    emitPaidRounds(body, counted, bound, paid);
  }
  round([n.body], body.plan?.round.get(n), next, n.step);
  if (n.condition && n.testLast) test(n.condition);
  w.close();
}

function emitForeach(body: Body, n: ir.ForeachStmt): void {
  const w = body.w, g = body.m.program.globals[n.map], m = body.m.globals.names[n.map];
  const left = n.limit ? body.temp("s64", valueOf(body, n.limit).c) : "";
  const slice = n.slice ? heldKeys(body, n.slice) : [];
  const at = body.temp("u32");
  const e = body.temp(`struct map_${m}_entry *`);
  if (n.sortBy >= 0) {
    const order = body.m.globals.order(n.map, n.sortBy, n.descending, n.sortFunction);
    w.line(`tapir_map_sort(&map_${m}, ${order}, ${left || "0"});`);
  }
  const more = left ? `${at} && ${left} > 0` : at;
  w.open(`for (${at} = map_${m}.oldest; ${more}; ${at} = ${e}->head.newer) {`);
  w.line(`${e} = map_${m}_at(${at});`);
  // SystemTap's limit counts elements outside of the slice too.
  if (left) w.line(`${left}--;`);
  const match = n.slice ? keysMatch(body, n.map, n.slice, slice, e) : "";
  if (match) {
    w.line(`if (!(${match}))`);
    w.line("\tcontinue;");
  }
  n.keyLocals.forEach((l, k) => {
    if (l < 0) return;
    if (g.keys[k] == ir.Ty.String) {
      w.line(`tapir_str_copy(${body.local(l)}, ${e}->k${k + 1}, MAXSTRINGLEN);`);
    } else w.line(`${body.local(l)} = ${e}->k${k + 1};`);
  });
  if (n.valueLocal >= 0) {
    const v = body.local(n.valueLocal);
    if (g.type == ir.Ty.String) w.line(`tapir_str_copy(${v}, ${e}->value, MAXSTRINGLEN);`);
    else if (g.type == ir.Ty.Stats) {
      const fn = n.sortFunction || "count";
      w.line(`${v} = ${body.m.globals.statValue(g, fn, `&${e}->value.s`)};`);
    } else w.line(`${v} = ${e}->value;`);
  }
  body.nexts.push("");
  statement(body, n.body);
  body.charge(body.plan?.round.get(n), chargedSpan(n.body));
  body.nexts.pop();
  w.close();
}

function emitForeachHist(body: Body, n: ir.ForeachHistStmt): void {
  const w = body.w, count = bucketCount(body, n.stat, n.log);
  // Numbers of buckets alone are the same whatever was counted.
  const p = n.valueLocal < 0 ? "" : histPointer(body, n.stat, n.log, body.site(n.span));
  const left = n.limit ? body.temp("s64", valueOf(body, n.limit).c) : "";
  const at = body.temp("int");
  w.open(`for (${at} = 0; ${at} < ${count}${left ? ` && ${left}-- > 0` : ""}; ${at}++) {`);
  if (n.keyLocal >= 0) w.line(`${body.local(n.keyLocal)} = ${at};`);
  if (n.valueLocal >= 0) w.line(`${body.local(n.valueLocal)} = ${p}[${at}];`);
  body.nexts.push("");
  statement(body, n.body);
  body.charge(body.plan?.round.get(n), chargedSpan(n.body));
  body.nexts.pop();
  w.close();
}

function emitDelete(body: Body, target: ir.Expr): void {
  const w = body.w;
  if (target.op == ir.Op.Local) {
    const place = placeOf(body, target);
    w.line(target.type == ir.Ty.String ? `${place}[0] = 0;` : `${place} = 0;`);
    return;
  }
  const i = targetGlobal(target), g = body.m.program.globals[i];
  const name = body.m.globals.names[i];
  if (!g.isMap()) {
    if (g.type == ir.Ty.Stats) w.line(`g_${name}_clear();`);
    else if (g.type == ir.Ty.String) w.line(`g_${name}[0] = 0;`);
    else storeLong(body, target, "0");
    return;
  }
  const keys = target.op == ir.Op.MapGet ? (target as ir.MapGetExpr).keys : [];
  if (keys.every((k) => k == null)) {
    w.line(`tapir_map_clear(&map_${name});`);
  } else if (keys.some((k) => k == null)) {
    const held = heldKeys(body, keys);
    const at = body.temp("u32"), next = body.temp("u32");
    const match = keysMatch(body, i, keys, held, `map_${name}_at(${at})`);
    w.open(`for (${at} = map_${name}.oldest; ${at}; ${at} = ${next}) {`);
    w.line(`${next} = map_${name}_at(${at})->head.newer;`);
    w.line(`if (${match})`);
    w.line(`\ttapir_map_remove(&map_${name}, ${at});`);
    w.close();
  } else w.line(`map_${name}_delete(${valuesOf(body, keys).join(", ")});`);
}

function emitTry(body: Body, n: ir.TryStmt): void {
  const w = body.w, caught = body.label("caught");
  body.fails.push(caught);
  w.open("{");
  statement(body, n.body);
  w.close();
  body.fails.pop();
  if (!body.used.has(caught)) return; // nothing in it can fail
  w.open("if (0) {");
  w.label(caught);
  // Nothing is left for the handler of one who ran too long.
  w.line("if (unlikely(c->actions <= 0 || c->error == tapir_aborted))");
  w.line("\t" + body.goto(body.failLabel));
  if (n.catchLocal >= 0) {
    w.line(`tapir_str_copy(${body.local(n.catchLocal)}, c->error, MAXSTRINGLEN);`);
  }
  w.line("c->error = NULL;");
  statement(body, n.handler);
  w.close();
}

/** Without the parentheses that enclose all of it. */
function unwrap(c: string): string {
  if (!c.startsWith("(") || !c.endsWith(")")) return c;
  let depth = 0;
  for (let i = 0; i < c.length; i++) {
    if (c[i] == '"' || c[i] == "'") return c;
    if (c[i] == "(") depth++;
    else if (c[i] == ")" && --depth == 0 && i < c.length - 1) return c;
  }
  return c.substring(1, c.length - 1);
}
