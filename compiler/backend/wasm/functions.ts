/** Functions, handlers and arming conditions, each with its frame. */
import binaryen from "binaryen";
import * as ir from "../../front/ir/ir.ts";
import { Fault } from "./abi.ts";
import { valueOf } from "./expressions.ts";
import {
  conditionName,
  entryName,
  Frame,
  handlerName,
  intrinsicName,
  type Ref,
  WasmModule,
  wasmType,
} from "./wasm_module.ts";
import { charge, statement } from "./statements.ts";

const { i32, i64, none } = binaryen;

export function emitFunc(g: WasmModule, func: ir.Func, index: number): void {
  const m = g.m;
  const params = func.locals.slice(0, func.params).map((local) => wasmType(local.type));
  const result = func.type === ir.Ty.Long ? i64 : none;
  if (func.type === ir.Ty.String) params.push(i32);
  const given = params.slice();
  given.push(i32);
  if (!func.body) {
    return;
  }
  openFunction(g, params, func.locals, func.params);
  g.current = func;
  g.returns = func.type;
  g.resultAddress = params.length - 1;
  const start: Ref[] = [m.call("burn", [], none)];
  if (func.type === ir.Ty.String) {
    start.push(m.i32.store(0, 4, m.local.get(g.resultAddress, i32), m.i32.const(0)));
  }
  g.plan = g.actions.countsItself(index) ? g.actions.plan(func.body) : null;
  const body = m.block(null, [
    statement(g, func.body),
    ...charge(g, g.plan?.rest, func.span),
  ]);
  closeFunction(g, `func${index}`, func.locals, func.params, start, body, result);

  // call<index>(args, [result], span): counts the call, then tries the overloads in turn.
  const all = () => params.map((type, at) => m.local.get(at, type));
  const leave = () => m.global.set("depth", m.i32.sub(m.global.get("depth", i32), m.i32.const(1)));
  const span = () => m.local.get(params.length, i32);
  const code: Ref[] = [
    m.if(
      m.i32.ge_s(m.global.get("depth", i32), m.i32.const(g.maxNesting)),
      m.call("raise", [m.i32.const(Fault.MaxNesting), span()], none),
    ),
    m.i32.store(
      g.callStack,
      4,
      m.i32.shl(m.global.get("depth", i32), m.i32.const(2)),
      span(),
    ),
    m.global.set("depth", m.i32.add(m.global.get("depth", i32), m.i32.const(1))),
  ];
  const value = params.length + 1;
  for (let at = index; at >= 0; at = g.program.funcs[at].nextOverload) {
    const call = g.program.funcs[at].body
      ? m.call(`func${at}`, all(), result)
      : m.call(intrinsicName(at), [...all(), span()], result);
    code.push(result === none ? call : m.local.set(value, call));
    if (!g.usesNext[at]) break;
    code.push(m.if(
      m.i32.eqz(m.global.get("next", i32)),
      m.block(null, [leave(), m.return(result === none ? undefined : m.local.get(value, i64))]),
    ));
    code.push(m.global.set("next", m.i32.const(0)));
  }
  code.push(leave());
  if (result !== none) code.push(m.local.get(value, i64));
  m.addFunction(
    `call${index}`,
    binaryen.createType(given),
    result,
    result === none ? [] : [i64],
    m.block(null, code, result),
  );
}

export function emitHandler(g: WasmModule, handler: ir.Handler, index: number): void {
  openFunction(g, [], handler.locals, 0);
  g.current = null;
  g.returns = ir.Ty.Void;
  g.plan = handler.uncounted ? null : g.actions.plan(handler.body);
  const body = g.m.block(null, [
    statement(g, handler.body),
    ...charge(g, g.plan?.rest, handler.body.span),
  ]);
  g.plan = null;
  closeFunction(g, handlerName(index), handler.locals, 0, [], body, none);
  g.m.addFunctionExport(handlerName(index), handlerName(index));
  if (handler.entrySlots.length === 0) return;
  openFunction(g, [], handler.locals, 0);
  const code: Ref[] = handler.entrySlots.map((slot, at) =>
    g.m.call(
      slot.type === ir.Ty.String ? "saveEntryString" : "saveEntryLong",
      [g.m.i32.const(at), valueOf(g, slot.value)],
      none,
    )
  );
  closeFunction(g, entryName(index), handler.locals, 0, [], g.m.block(null, code), none);
  g.m.addFunctionExport(entryName(index), entryName(index));
}

export function emitCondition(g: WasmModule, row: ir.ProbeRow, index: number): void {
  if (!row.condition) return;
  openFunction(g, [], [], 0);
  const result = g.frame.keep(i64);
  const body = g.m.local.set(result, valueOf(g, row.condition));
  closeFunction(g, conditionName(index), [], 0, [], body, i64, g.m.local.get(result, i64));
  g.m.addFunctionExport(conditionName(index), conditionName(index));
}

function openFunction(
  g: WasmModule,
  params: number[],
  locals: ir.Local[],
  given: number,
): void {
  const longs: number[] = [];
  const strings: number[] = [];
  let bytes = 0;
  for (const local of locals) {
    strings.push(local.type === ir.Ty.String ? bytes : -1);
    if (local.type === ir.Ty.String) bytes += g.slot;
  }
  g.frame = new Frame(params, longs, strings, bytes, g.slot);
  locals.forEach((local, at) => {
    longs.push(local.type === ir.Ty.String ? -1 : at < given ? at : g.frame.keep(i64));
  });
  g.fp = g.frame.keep(i32);
  g.breaks = [];
  g.continues = [];
  g.iterators = [];
}

function closeFunction(
  g: WasmModule,
  name: string,
  locals: ir.Local[],
  given: number,
  start: Ref[],
  body: Ref,
  result: number,
  value?: Ref,
): void {
  const m = g.m;
  const size = g.frame.size;
  const sp = () => m.global.get("sp", i32);
  const code: Ref[] = [];
  if (size > 0) {
    code.push(m.local.set(g.fp, sp()));
    code.push(m.global.set("sp", m.i32.add(sp(), m.i32.const(size))));
    code.push(m.if(
      m.i32.gt_u(sp(), m.global.get("limitSp", i32)),
      m.global.set("limitSp", m.call("grow", [sp()], i32)),
    ));
  }
  locals.forEach((local, at) => {
    if (local.type !== ir.Ty.String) return;
    const slot = g.at(g.frame.strings[at]);
    code.push(
      at < given
        ? m.call("copy", [slot, m.local.get(at, i32)], none)
        : m.i32.store(0, 4, slot, m.i32.const(0)),
    );
  });
  code.push(...start);
  code.push(body);
  if (size > 0) code.push(m.global.set("sp", m.local.get(g.fp, i32)));
  if (result !== none) code.push(value ?? g.long(0n));
  m.addFunction(
    name,
    binaryen.createType(g.frame.params),
    result,
    g.frame.types,
    m.block(null, code, result),
  );
  // Handlers restore the frame pointer through `leave`, which needs the final frame size.
}
