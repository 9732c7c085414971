/** Statements as WebAssembly. */
import binaryen from "binaryen";
import * as ir from "../../front/ir/ir.ts";
import type { Span } from "../../front/source/source.ts";
import { chargedSpan } from "../actions.ts";
import { Fault, STAT_FUNCTIONS } from "./abi.ts";
import { truthOf, valueOf } from "./expressions.ts";
import { type Ref, Unsupported, WasmModule } from "./wasm_module.ts";
import { deletion, evaluateKeys, statOperand, storeKeys } from "./variables.ts";

const { i32, i64, none } = binaryen;

/** A statement with what is charged before it. */
export function statement(g: WasmModule, stmt: ir.Stmt): Ref {
  const before = charge(g, g.plan?.before.get(stmt), stmt.span);
  const code = statementOf(g, stmt);
  const after = charge(g, g.plan?.after.get(stmt), chargedSpan(stmt));
  return before.length + after.length === 0 ? code : g.m.block(null, [...before, code, ...after]);
}

function statementOf(g: WasmModule, stmt: ir.Stmt): Ref {
  const m = g.m;
  switch (stmt.op) {
    case ir.Op.Block:
      return m.block(null, (stmt as ir.BlockStmt).body.map((inner) => statement(g, inner)));
    case ir.Op.Eval: {
      const code = discard(g, (stmt as ir.EvalStmt).expr);
      g.frame.endStatement();
      return code;
    }
    case ir.Op.If: {
      const branch = stmt as ir.IfStmt;
      const condition = truthOf(g, branch.condition);
      g.frame.endStatement();
      return m.block(null, [
        m.if(
          condition,
          statement(g, branch.whenTrue),
          branch.whenFalse ? statement(g, branch.whenFalse) : undefined,
        ),
      ]);
    }
    case ir.Op.Loop:
      return loopOf(g, stmt as ir.LoopStmt);
    case ir.Op.Foreach:
      return foreachOf(g, stmt as ir.ForeachStmt);
    case ir.Op.ForeachHist:
      return foreachHistOf(g, stmt as ir.ForeachHistStmt);
    case ir.Op.Break:
      return m.br(g.breaks[g.breaks.length - 1]);
    case ir.Op.Continue:
      return m.br(g.continues[g.continues.length - 1]);
    case ir.Op.Return:
      return returnOf(g, stmt as ir.ReturnStmt);
    case ir.Op.Next: {
      const code: Ref[] = [];
      if (g.current && g.current.nextOverload < 0) {
        return m.call("raise", [m.i32.const(Fault.Exhausted), g.place(stmt.span)], none);
      }
      if (g.current) code.push(m.global.set("next", m.i32.const(1)));
      code.push(...leave(g));
      return m.block(null, code);
    }
    case ir.Op.Delete: {
      const code = m.block(null, [
        deletion(g, (stmt as ir.DeleteStmt).target),
      ]);
      g.frame.endStatement();
      return code;
    }
    case ir.Op.Try:
      return tryOf(g, stmt as ir.TryStmt);
    default:
      throw new Unsupported(stmt.span, "embedded C cannot run on the WebAssembly engine");
  }
}

/** Charges actions, if any. */
export function charge(g: WasmModule, cost: number | undefined, span: Span): Ref[] {
  if (!g.settings.countActions || !cost) return [];
  return [g.m.call("charge", [g.long(BigInt(cost)), g.place(span)], none)];
}

function discard(g: WasmModule, expr: ir.Expr): Ref {
  const ref = valueOf(g, expr);
  return expr.type === ir.Ty.Void ? ref : g.m.drop(ref);
}

/** Leaves the function: gives the frame and all iterators back. */
export function leave(g: WasmModule, value?: Ref): Ref[] {
  const m = g.m;
  const code: Ref[] = [];
  if (g.iterators.length > 0) {
    code.push(m.call("iterEnd", [m.local.get(g.iterators[0], i32)], none));
  }
  // A function without a frame has fp 0; `sp` must then stay as it is.
  code.push(m.if(
    m.local.get(g.fp, i32),
    m.global.set("sp", m.local.get(g.fp, i32)),
  ));
  if (value === undefined && g.returns === ir.Ty.Long && g.current) {
    value = g.long(0n);
  }
  code.push(m.return(value));
  return code;
}

function returnOf(g: WasmModule, stmt: ir.ReturnStmt): Ref {
  const m = g.m;
  const code: Ref[] = [];
  if (!stmt.value) {
    code.push(...leave(g));
  } else if (g.returns === ir.Ty.String) {
    code.push(
      m.call("copy", [m.local.get(g.resultAddress, i32), valueOf(g, stmt.value)], none),
    );
    code.push(...leave(g));
  } else if (g.returns === ir.Ty.Long) {
    const value = g.frame.scratch(i64);
    code.push(m.local.set(value, valueOf(g, stmt.value)));
    code.push(...leave(g, m.local.get(value, i64)));
  } else {
    code.push(discard(g, stmt.value), ...leave(g));
  }
  g.frame.endStatement();
  return m.block(null, code);
}

function loopOf(g: WasmModule, stmt: ir.LoopStmt): Ref {
  const m = g.m;
  const id = g.label++;
  const [top, next, end] = [`top${id}`, `next${id}`, `end${id}`];
  const test: Ref[] = [];
  if (stmt.condition) {
    test.push(m.br(end, m.i32.eqz(truthOf(g, stmt.condition))));
    g.frame.endStatement();
  }
  g.breaks.push(end);
  g.continues.push(next);
  const body = statement(g, stmt.body);
  g.breaks.pop();
  g.continues.pop();
  const step: Ref[] = [];
  if (stmt.step) {
    step.push(discard(g, stmt.step));
    g.frame.endStatement();
  }
  const round: Ref[] = [m.call("burn", [], none)];
  if (!stmt.testLast) round.push(...test);
  round.push(
    m.block(next, [body, ...charge(g, g.plan?.round.get(stmt), chargedSpan(stmt.body))]),
    ...step,
  );
  if (stmt.testLast) round.push(...test);
  round.push(m.br(top));
  return m.block(end, [m.loop(top, m.block(null, round))]);
}

function foreachOf(g: WasmModule, stmt: ir.ForeachStmt): Ref {
  const m = g.m;
  const id = g.label++;
  const [top, next, end] = [`top${id}`, `next${id}`, `end${id}`];
  const global = g.program.globals[stmt.map];
  const iterator = g.frame.keep(i32);
  const fn = Math.max(0, STAT_FUNCTIONS.indexOf(stmt.sortFunction));
  const code: Ref[] = [];
  let mask = -1;
  if (stmt.slice) {
    mask = 0;
    stmt.slice.forEach((key, at) => key && (mask |= 1 << at));
  }
  // The limit first: its evaluation may use the key buffer.
  const limit = g.frame.scratch(i64);
  const keys = stmt.slice ? evaluateKeys(g, stmt.slice, code, stmt.limit) : [];
  code.push(m.local.set(limit, stmt.limit ? valueOf(g, stmt.limit) : g.long(-1n)));
  code.push(...storeKeys(g, keys));
  code.push(m.local.set(
    iterator,
    m.call("iterBegin", [
      m.i32.const(stmt.map),
      m.i32.const(stmt.sortBy),
      m.i32.const(stmt.descending ? 1 : 0),
      m.i32.const(fn),
      m.i32.const(stmt.limit ? 1 : 0),
      m.local.get(limit, i64),
      m.i32.const(mask),
    ], i32),
  ));
  g.frame.endStatement();
  g.breaks.push(end);
  g.continues.push(next);
  g.iterators.push(iterator);
  const body = statement(g, stmt.body);
  g.iterators.pop();
  g.breaks.pop();
  g.continues.pop();
  const it = () => m.local.get(iterator, i32);
  const round: Ref[] = [
    m.br(end, m.i32.eqz(m.call("iterNext", [it()], i32))),
    m.call("burn", [], none),
  ];
  stmt.keyLocals.forEach((local, at) => {
    if (local < 0) return;
    if (global.keys[at] === ir.Ty.String) {
      round.push(m.call("iterKeyString", [
        it(),
        m.i32.const(at),
        g.at(g.frame.strings[local]),
      ], none));
    } else {
      round.push(m.local.set(
        g.frame.longs[local],
        m.call("iterKeyLong", [it(), m.i32.const(at)], i64),
      ));
    }
  });
  if (stmt.valueLocal >= 0) {
    if (global.type === ir.Ty.String) {
      round.push(m.call("iterValueString", [
        it(),
        g.at(g.frame.strings[stmt.valueLocal]),
      ], none));
    } else {
      round.push(m.local.set(
        g.frame.longs[stmt.valueLocal],
        m.call("iterValueLong", [it(), m.i32.const(fn)], i64),
      ));
    }
  }
  round.push(
    m.block(next, [body, ...charge(g, g.plan?.round.get(stmt), chargedSpan(stmt.body))]),
    m.br(top),
  );
  code.push(m.block(end, [m.loop(top, m.block(null, round))]));
  code.push(m.call("iterEnd", [it()], none));
  return m.block(null, code);
}

function foreachHistOf(g: WasmModule, stmt: ir.ForeachHistStmt): Ref {
  const m = g.m;
  const id = g.label++;
  const [top, next, end] = [`top${id}`, `next${id}`, `end${id}`];
  const held = g.frame.keep(i64);
  const last = g.frame.keep(i64);
  const index = g.frame.keep(i64);
  const code: Ref[] = [];
  const { map, keys } = statOperand(g, stmt.stat, code, stmt.limit);
  code.push(m.local.set(last, stmt.limit ? valueOf(g, stmt.limit) : g.long(-1n)));
  code.push(...storeKeys(g, keys));
  const log = m.i32.const(stmt.log ? 1 : 0);
  // Numbers of buckets alone are the same whatever was counted.
  if (stmt.valueLocal >= 0) {
    code.push(
      m.local.set(held, m.call("histHold", [m.i32.const(map), log, g.place(stmt.span)], i64)),
    );
  }
  const count = () => m.call("histBuckets", [m.i32.const(map), m.i32.const(stmt.log ? 1 : 0)], i64);
  if (stmt.limit) {
    code.push(m.if(
      m.i64.gt_s(m.local.get(last, i64), count()),
      m.local.set(last, count()),
    ));
  } else {
    code.push(m.local.set(last, count()));
  }
  code.push(m.local.set(index, g.long(0n)));
  g.frame.endStatement();
  g.breaks.push(end);
  g.continues.push(next);
  const body = statement(g, stmt.body);
  g.breaks.pop();
  g.continues.pop();
  const round: Ref[] = [
    m.br(end, m.i64.ge_s(m.local.get(index, i64), m.local.get(last, i64))),
    m.call("burn", [], none),
  ];
  if (stmt.keyLocal >= 0) {
    round.push(m.local.set(g.frame.longs[stmt.keyLocal], m.local.get(index, i64)));
  }
  if (stmt.valueLocal >= 0) {
    round.push(m.local.set(
      g.frame.longs[stmt.valueLocal],
      m.call("histBucket", [
        m.i32.sub(m.i32.const(-1), m.i32.wrap(m.local.get(held, i64))),
        m.i32.const(stmt.log ? 1 : 0),
        m.local.get(index, i64),
        g.place(stmt.span),
      ], i64),
    ));
  }
  round.push(
    m.block(next, [body, ...charge(g, g.plan?.round.get(stmt), chargedSpan(stmt.body))]),
    m.local.set(index, m.i64.add(m.local.get(index, i64), g.long(1n))),
    m.br(top),
  );
  code.push(m.block(end, [m.loop(top, m.block(null, round))]));
  return m.block(null, code);
}

function tryOf(g: WasmModule, stmt: ir.TryStmt): Ref {
  const m = g.m;
  const sp = g.frame.keep(i32);
  const depth = g.frame.keep(i32);
  const id = g.label++;
  const done = `done${id}`;
  const body = statement(g, stmt.body);
  const entry: Ref[] = [
    m.global.set("sp", m.local.get(sp, i32)),
    m.global.set("depth", m.local.get(depth, i32)),
    m.global.set("next", m.i32.const(0)),
  ];
  // Nothing is left for the handler of one who ran too long.
  if (g.settings.countActions) {
    entry.push(m.if(
      m.i64.le_s(m.global.get("actions", i64), g.long(0n)),
      m.call("raise", [m.i32.const(Fault.MaxAction), g.place(stmt.span)], none),
    ));
  }
  entry.push(m.call("caught", [
    stmt.catchLocal >= 0 ? g.at(g.frame.strings[stmt.catchLocal]) : m.i32.const(0),
  ], none));
  entry.push(statement(g, stmt.handler));
  return m.block(null, [
    m.local.set(sp, m.global.get("sp", i32)),
    m.local.set(depth, m.global.get("depth", i32)),
    m.block(done, [
      m.try(`try${id}`, m.block(null, [body, m.br(done)]), ["err"], [m.nop()], ""),
      ...entry,
    ]),
  ]);
}
