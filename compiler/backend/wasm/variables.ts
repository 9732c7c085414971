/** Assignments, keys of arrays and deletions as WebAssembly. */
import binaryen from "binaryen";
import * as ir from "../../front/ir/ir.ts";
import { KEY_BUFFER } from "./abi.ts";
import { binaryOf, concatOf, operatorSpan, stableOf, valueOf } from "./expressions.ts";
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
  return expr.type === ir.Ty.String ? assignString(g, expr) : assignLong(g, expr);
}

function assignLong(g: WasmModule, expr: ir.AssignExpr): Ref {
  const m = g.m;
  const sym = expr.sym === "=" ? "" : expr.sym;
  const target = expr.target;
  const site = operatorSpan(expr.span, `${sym}=`, target.span, expr.value.span);
  const combine = (old: () => Ref, value: Ref) =>
    sym === "" ? value : binaryOf(g, sym, old(), value, site);
  if (target.op === ir.Op.Local) {
    const local = g.frame.longs[(target as ir.LocalExpr).index];
    return m.local.tee(
      local,
      combine(() => m.local.get(local, i64), valueOf(g, expr.value)),
      i64,
    );
  }
  const result = g.frame.scratch(i64);
  if (target.op === ir.Op.Global) {
    const name = globalName((target as ir.GlobalExpr).index);
    return m.block(null, [
      m.local.set(result, combine(() => m.global.get(name, i64), valueOf(g, expr.value))),
      m.global.set(name, m.local.get(result, i64)),
      m.local.get(result, i64),
    ], i64);
  }
  const get = target as ir.MapGetExpr;
  const code: Ref[] = [];
  const keys = evaluateKeys(g, get.keys, code, expr.value);
  if (sym === "") {
    code.push(m.local.set(result, valueOf(g, expr.value)));
  } else {
    const old = g.frame.scratch(i64);
    code.push(...storeKeys(g, keys));
    code.push(m.local.set(old, m.call("mapGetLong", [m.i32.const(get.map)], i64)));
    code.push(
      m.local.set(result, combine(() => m.local.get(old, i64), valueOf(g, expr.value))),
    );
  }
  code.push(...storeKeys(g, keys));
  code.push(m.call("mapSetLong", [
    m.i32.const(get.map),
    m.local.get(result, i64),
    g.place(get.span),
  ], none));
  code.push(m.local.get(result, i64));
  return m.block(null, code, i64);
}

function assignString(g: WasmModule, expr: ir.AssignExpr): Ref {
  const m = g.m;
  const target = expr.target;
  const value = () => expr.sym === "=" ? valueOf(g, expr.value) : concatOf(g, [target, expr.value]);
  if (target.op === ir.Op.Local || target.op === ir.Op.Global) {
    const address = () =>
      target.op === ir.Op.Local
        ? g.at(g.frame.strings[(target as ir.LocalExpr).index])
        : m.i32.const(g.stringGlobals[(target as ir.GlobalExpr).index]);
    return m.block(null, [m.call("copy", [address(), value()], none), address()], i32);
  }
  const get = target as ir.MapGetExpr;
  const result = g.frame.scratch(i32);
  const code: Ref[] = [];
  const keys = evaluateKeys(g, get.keys, code, expr.value);
  if (expr.sym === "=") {
    code.push(m.local.set(result, valueOf(g, expr.value)));
  } else {
    const temp = g.frame.temp();
    code.push(...storeKeys(g, keys));
    code.push(m.call("mapGetString", [m.i32.const(get.map), g.at(temp)], none));
    code.push(m.call("append", [g.at(temp), valueOf(g, expr.value)], none));
    code.push(m.local.set(result, g.at(temp)));
  }
  code.push(...storeKeys(g, keys));
  code.push(m.call("mapSetString", [
    m.i32.const(get.map),
    m.local.get(result, i32),
    g.place(get.span),
  ], none));
  code.push(m.local.get(result, i32));
  return m.block(null, code, i32);
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
