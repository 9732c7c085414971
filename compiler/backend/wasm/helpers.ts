/** What generated code calls: the imports that host.ts serves, and helper functions. */
import binaryen from "binaryen";
import * as ir from "../../front/ir/ir.ts";
import { Fault, Limit } from "./abi.ts";
import { intrinsicName, type Ref, WasmModule, wasmType } from "./wasm_module.ts";

const { i32, i64, none } = binaryen;

export function emitImports(g: WasmModule): void {
  const add = (name: string, params: number[], result: number) =>
    g.m.addFunctionImport(name, "env", name, binaryen.createType(params), result);
  g.m.addTagImport("err", "env", "err", none, none);
  add("raise", [i32, i32], none);
  add("limit", [i32], none);
  add("grow", [i32], i32);
  add("mapGetLong", [i32], i64);
  add("mapGetString", [i32, i32], none);
  add("mapSetLong", [i32, i64, i32], none);
  add("mapSetString", [i32, i32, i32], none);
  add("mapHas", [i32, i32], i64);
  add("mapDelete", [i32, i32], none);
  add("mapClear", [i32], none);
  add("statAdd", [i32, i64, i32], none);
  add("statGet", [i32, i32, i32], i64);
  add("histBucket", [i32, i32, i64, i32], i64);
  add("histBuckets", [i32, i32], i64);
  add("histHold", [i32, i32, i32], i64);
  add("iterBegin", [i32, i32, i32, i32, i32, i64, i32], i32);
  add("iterNext", [i32], i32);
  add("iterKeyLong", [i32, i32], i64);
  add("iterKeyString", [i32, i32, i32], none);
  add("iterValueLong", [i32, i32], i64);
  add("iterValueString", [i32, i32], none);
  add("iterEnd", [i32], none);
  add("compareStrings", [i32, i32], i32);
  add("regex", [i32, i32], i64);
  add("print", [i32, i32], none);
  add("format", [i32, i32, i32], none);
  add("contextLong", [i32, i32], i64);
  add("contextString", [i32, i32, i32], none);
  add("constantLong", [i32], i64);
  add("constantString", [i32, i32], none);
  add("entryLong", [i32], i64);
  add("entryString", [i32, i32], none);
  add("saveEntryLong", [i32, i64], none);
  add("saveEntryString", [i32, i32], none);
  add("readMemory", [i64, i32, i32, i32, i32, i32, i32], i64);
  add("readString", [i64, i32, i32, i32], none);
  add("writeMemory", [i64, i32, i32, i32, i32, i64, i32], none);
  add("caught", [i32], none);
  g.program.funcs.forEach((func, index) => {
    if (func.body) return;
    const params = func.locals.slice(0, func.params).map((local) => wasmType(local.type));
    params.push(i32);
    if (func.type === ir.Ty.String) params.push(i32);
    add(intrinsicName(index), params, func.type === ir.Ty.Long ? i64 : none);
  });
}

export function emitHelpers(g: WasmModule): void {
  const m = g.m;
  for (
    const [name, type, initial] of [["sp", i32, 0], ["depth", i32, 0], [
      "limitSp",
      i32,
      0,
    ]] as const
  ) {
    m.addGlobal(name, type, true, m.i32.const(initial));
    m.addGlobalExport(name, name);
  }
  m.addGlobal("next", i32, true, m.i32.const(0));
  m.addGlobal("actions", i64, true, g.long(0n));
  m.addGlobalExport("actions", "actions");
  m.addGlobal("fuel", i64, true, g.long(0n));
  m.addGlobalExport("fuel", "fuel");

  const get = m.local.get;
  // charge(cost, span): takes actions.
  m.addFunction(
    "charge",
    binaryen.createType([i64, i32]),
    none,
    [],
    m.block(null, [
      m.global.set("actions", m.i64.sub(m.global.get("actions", i64), get(0, i64))),
      m.if(
        m.i64.le_s(m.global.get("actions", i64), g.long(0n)),
        m.call("raise", [m.i32.const(Fault.MaxAction), get(1, i32)], none),
      ),
    ]),
  );
  // burn(): takes one unit of fuel.
  m.addFunction(
    "burn",
    none,
    none,
    [],
    m.block(null, [
      m.global.set("fuel", m.i64.sub(m.global.get("fuel", i64), g.long(1n))),
      m.if(
        m.i64.lt_s(m.global.get("fuel", i64), g.long(0n)),
        m.call("limit", [m.i32.const(Limit.Fuel)], none),
      ),
    ]),
  );
  // copy(to, from): copies a string.
  m.addFunction(
    "copy",
    binaryen.createType([i32, i32]),
    none,
    [],
    m.memory.copy(
      get(0, i32),
      get(1, i32),
      m.i32.add(m.i32.load(0, 4, get(1, i32)), m.i32.const(4)),
    ),
  );
  // append(to, from): appends as much as fits.
  const room = m.i32.sub(
    m.i32.const(g.settings.maxStringLength - 1),
    m.i32.load(0, 4, get(0, i32)),
  );
  m.addFunction(
    "append",
    binaryen.createType([i32, i32]),
    none,
    [i32],
    m.block(null, [
      m.local.set(2, m.i32.load(0, 4, get(1, i32))),
      m.if(m.i32.gt_u(get(2, i32), room), m.local.set(2, m.copyExpression(room))),
      m.memory.copy(
        m.i32.add(m.i32.add(get(0, i32), m.i32.const(4)), m.i32.load(0, 4, get(0, i32))),
        m.i32.add(get(1, i32), m.i32.const(4)),
        get(2, i32),
      ),
      m.i32.store(0, 4, get(0, i32), m.i32.add(m.i32.load(0, 4, get(0, i32)), get(2, i32))),
    ]),
  );
  emitDivision(g, "divide", (a, b) => m.i64.div_s(a, b), (a) => m.i64.sub(g.long(0n), a));
  emitDivision(g, "remainder", (a, b) => m.i64.rem_s(a, b), () => g.long(0n));
}

/** name(a, b, span): an operation that traps in WebAssembly for divisors 0 and -1. */
function emitDivision(
  g: WasmModule,
  name: string,
  operate: (a: Ref, b: Ref) => Ref,
  byMinusOne: (a: Ref) => Ref,
): void {
  const m = g.m;
  const a = () => m.local.get(0, i64);
  const b = () => m.local.get(1, i64);
  m.addFunction(
    name,
    binaryen.createType([i64, i64, i32]),
    i64,
    [],
    m.block(null, [
      m.if(
        m.i64.eqz(b()),
        m.call("raise", [m.i32.const(Fault.DivisionByZero), m.local.get(2, i32)], none),
      ),
      m.if(m.i64.eq(b(), g.long(-1n)), m.return(byMinusOne(a()))),
      operate(a(), b()),
    ], i64),
  );
}
