/** Assignments, keys of arrays and deletions as WebAssembly. */
import binaryen from "binaryen";
import * as ir from "../../front/ir/ir.ts";
import { KEY_BUFFER } from "./abi.ts";
import { binaryOf, concatOf, operatorSpan, readOf, stableOf, valueOf } from "./expressions.ts";
import { changes, globalName, type Ref, WasmModule, wasmType } from "./wasm_module.ts";

const { i32, i64, none } = binaryen;

export function deletion(g: WasmModule, target: ir.Expr): Ref {
  const m = g.m;
  if (target.op === ir.Op.Global) {
    const index = (target as ir.GlobalExpr).index;
    const global = g.program.globals[index];
    if (global.isMap() || global.type === ir.Ty.Stats) {
      return m.call("mapClear", [m.i32.const(index)], none);
    }
    if (global.type === ir.Ty.String) {
      return m.i32.store(0, 4, m.i32.const(g.stringGlobals[index]), m.i32.const(0));
    }
    return m.global.set(globalName(index), g.long(0n));
  }
  const get = target as ir.MapGetExpr;
  if (get.keys.length === 0) return m.call("mapClear", [m.i32.const(get.map)], none);
  const code: Ref[] = [];
  const keys = evaluateKeys(g, get.keys, code, null);
  code.push(...storeKeys(g, keys));
  let mask = 0;
  get.keys.forEach((key, at) => key && (mask |= 1 << at));
  code.push(m.call("mapDelete", [m.i32.const(get.map), m.i32.const(mask)], none));
  return m.block(null, code);
}

/** Evaluates keys into locals (`code`); null keys stay null. `later` is evaluated afterwards. */
export function evaluateKeys(
  g: WasmModule,
  keys: (ir.Expr | null)[],
  code: Ref[],
  later: ir.Expr | null,
): ({ local: number; type: number } | null)[] {
  return keys.map((key, at) => {
    if (!key) return null;
    const type = wasmType(key.type);
    const local = g.frame.scratch(type);
    const changed = changes(later) || keys.slice(at + 1).some((other) => changes(other));
    code.push(g.m.local.set(local, stableOf(g, key, changed)));
    return { local, type };
  });
}

export function storeKeys(g: WasmModule, keys: ({ local: number; type: number } | null)[]): Ref[] {
  const m = g.m;
  const code: Ref[] = [];
  keys.forEach((key, at) => {
    if (!key) return;
    const value = m.local.get(key.local, key.type);
    code.push(m.i64.store(
      KEY_BUFFER + at * 8,
      8,
      m.i32.const(0),
      key.type === i32 ? m.i64.extend_u(value) : value,
    ));
  });
  return code;
}

export function statOperand(g: WasmModule, stat: ir.Expr, code: Ref[], later: ir.Expr | null) {
  if (stat.op === ir.Op.Global) return { map: (stat as ir.GlobalExpr).index, keys: [] };
  const get = stat as ir.MapGetExpr;
  return { map: get.map, keys: evaluateKeys(g, get.keys, code, later) };
}

export function assign(g: WasmModule, expr: ir.AssignExpr): Ref {
  if (expr.target.op === ir.Op.MapGet) return assignElement(g, expr, expr.target as ir.MapGetExpr);
  return expr.type === ir.Ty.String ? assignText(g, expr) : assignNumber(g, expr);
}

/** The new value of a number; `old` is evaluated before the operand. */
function newNumber(g: WasmModule, expr: ir.AssignExpr, old: () => Ref): Ref {
  if (expr.sym === "=") return valueOf(g, expr.value);
  const site = operatorSpan(expr.span, `${expr.sym}=`, expr.target.span, expr.value.span);
  return binaryOf(g, expr.sym, old(), valueOf(g, expr.value), site);
}

function assignNumber(g: WasmModule, expr: ir.AssignExpr): Ref {
  const m = g.m;
  if (expr.target.op === ir.Op.Local) {
    const local = g.frame.longs[(expr.target as ir.LocalExpr).index];
    return m.local.tee(local, newNumber(g, expr, () => m.local.get(local, i64)), i64);
  }
  const name = globalName((expr.target as ir.GlobalExpr).index);
  const result = g.frame.scratch(i64);
  return m.block(null, [
    m.local.set(result, newNumber(g, expr, () => m.global.get(name, i64))),
    m.global.set(name, m.local.get(result, i64)),
    m.local.get(result, i64),
  ], i64);
}

function assignText(g: WasmModule, expr: ir.AssignExpr): Ref {
  const { m } = g;
  const target = expr.target;
  const address = () =>
    target.op === ir.Op.Local
      ? g.at(g.frame.strings[(target as ir.LocalExpr).index])
      : m.i32.const(g.stringGlobals[(target as ir.GlobalExpr).index]);
  const value = expr.sym === "=" ? valueOf(g, expr.value) : concatOf(g, [target, expr.value]);
  return m.block(null, [m.call("copy", [address(), value], none), address()], i32);
}

/** An array element of either type; the value of a string is an address. */
function assignElement(g: WasmModule, expr: ir.AssignExpr, get: ir.MapGetExpr): Ref {
  const m = g.m;
  const text = expr.type === ir.Ty.String;
  const type = wasmType(expr.type);
  const code: Ref[] = [];
  const keys = evaluateKeys(g, get.keys, code, expr.value);
  const result = g.frame.scratch(type);
  const value = () => m.local.get(result, type);
  if (expr.sym === "=") {
    code.push(m.local.set(result, valueOf(g, expr.value)));
  } else {
    code.push(...storeKeys(g, keys));
    code.push(m.local.set(result, readOf(g, [], expr.type, "mapGet", [m.i32.const(get.map)])));
    if (text) code.push(m.call("append", [value(), valueOf(g, expr.value)], none));
    else code.push(m.local.set(result, newNumber(g, expr, value)));
  }
  code.push(...storeKeys(g, keys));
  code.push(m.call(text ? "mapSetString" : "mapSetLong", [
    m.i32.const(get.map),
    value(),
    g.place(get.span),
  ], none));
  code.push(value());
  return m.block(null, code, type);
}

export function crement(g: WasmModule, expr: ir.CrementExpr): Ref {
  const m = g.m;
  const old = g.frame.scratch(i64);
  const oldValue = () => m.local.get(old, i64);
  const updated = () => m.i64.add(oldValue(), g.long(BigInt(expr.delta)));
  const code: Ref[] = [];
  const target = expr.target;
  if (target.op === ir.Op.Local) {
    const local = g.frame.longs[(target as ir.LocalExpr).index];
    code.push(m.local.set(old, m.local.get(local, i64)), m.local.set(local, updated()));
  } else if (target.op === ir.Op.Global) {
    const name = globalName((target as ir.GlobalExpr).index);
    code.push(m.local.set(old, m.global.get(name, i64)), m.global.set(name, updated()));
  } else {
    const get = target as ir.MapGetExpr;
    const keys = evaluateKeys(g, get.keys, code, null);
    code.push(...storeKeys(g, keys));
    code.push(m.local.set(old, m.call("mapGetLong", [m.i32.const(get.map)], i64)));
    code.push(m.call("mapSetLong", [
      m.i32.const(get.map),
      updated(),
      g.place(get.span),
    ], none));
  }
  code.push(expr.prefix ? updated() : oldValue());
  return m.block(null, code, i64);
}
