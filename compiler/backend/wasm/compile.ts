/**
 * IR to one WebAssembly module, through binaryen.
 *
 * The module holds control flow, integers and string storage; maps, aggregates, formats and
 * library functions are imports that host.ts serves (see abi.ts for the conventions).
 *
 * Strings live in frames on a stack in linear memory: each string local and each string temporary
 * has a slot of its own in its function's frame, so no string operation allocates. A value that a
 * later operand could overwrite is copied first.
 */
import binaryen from "binaryen";
import * as ir from "../../front/ir/ir.ts";
import type { Span } from "../../front/source/source.ts";
import { emitCondition, emitFunc, emitHandler } from "./functions.ts";
import { emitHelpers, emitImports } from "./helpers.ts";
import { type CompileSettings, globalName, WasmModule } from "./wasm_module.ts";

export {
  type CompileSettings,
  conditionName,
  entryName,
  globalName,
  handlerName,
  intrinsicName,
  Unsupported,
} from "./wasm_module.ts";

const { i32, i64 } = binaryen;

/** A module and what its host must know to serve it. */
export interface Compiled {
  binary: Uint8Array;
  /** Places by the number that generated code passes to the host. */
  spans: Span[];
  /** Format expressions by number. */
  formats: ir.FormatExpr[];
  /** Context expressions by number. */
  contexts: ir.ContextExpr[];
  /** Addresses of scalar string globals, by global; 0 for others. */
  stringGlobals: number[];
  /** Where the call chain is recorded: one span number per active call. */
  callStack: number;
}

const FEATURES = binaryen.Features.MVP | binaryen.Features.MutableGlobals |
  binaryen.Features.BulkMemory | binaryen.Features.BulkMemoryOpt | binaryen.Features.SignExt |
  binaryen.Features.ExceptionHandling;

/** Translates a program; throws Unsupported for what only the kernel engine can run. */
export function compileWasm(program: ir.Program, settings: CompileSettings): Compiled {
  return run(new WasmModule(program, settings));
}

function run(g: WasmModule): Compiled {
  const m = g.m;
  m.setFeatures(FEATURES);
  // Loads and stores name the memory that exists when they are made; layout() sizes it.
  m.setMemory(1, 1);
  emitImports(g);
  g.program.globals.forEach((global, index) => emitGlobal(g, global, index));
  emitHelpers(g);
  g.program.funcs.forEach((func, index) => emitFunc(g, func, index));
  g.program.handlers.forEach((handler, index) => emitHandler(g, handler, index));
  g.program.rows.forEach((row, index) => emitCondition(g, row, index));
  layout(g);
  if (!m.validate()) throw new Error("internal error: the generated module is not valid");
  if (g.settings.optimize) {
    binaryen.setOptimizeLevel(1);
    binaryen.setShrinkLevel(0);
    m.optimize();
  }
  const binary = m.emitBinary();
  m.dispose();
  return {
    binary,
    spans: g.spans,
    formats: g.formats,
    contexts: g.contexts,
    stringGlobals: g.stringGlobals,
    callStack: g.callStack,
  };
}

function emitGlobal(g: WasmModule, global: ir.Global, index: number): void {
  g.stringGlobals.push(0);
  if (global.isMap() || global.type === ir.Ty.Stats) return;
  if (global.type === ir.Ty.String) {
    const address = g.reserve(g.slot);
    g.stringGlobals[index] = address;
    if (global.hasInitial) {
      g.data.push({ offset: address, bytes: g.encode(global.initial) });
    }
    return;
  }
  const initial = global.hasInitial ? BigInt(global.initial) : 0n;
  g.m.addGlobal(globalName(index), i64, true, g.long(initial));
  g.m.addGlobalExport(globalName(index), globalName(index));
}

function layout(g: WasmModule): void {
  const base = (g.top + 15) & ~15;
  const pages = Math.max(2, Math.ceil((base + 64 * 1024) / 65536));
  const maximum = Math.max(pages, Math.floor(g.settings.maxMemory / 65536));
  g.m.setMemory(
    pages,
    maximum,
    "memory",
    g.data.map(({ offset, bytes }) => ({ offset: g.m.i32.const(offset), data: bytes })),
  );
  g.m.addGlobal("base", i32, false, g.m.i32.const(base));
  g.m.addGlobalExport("base", "base");
}
