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
import { Span } from "../../front/source/source.ts";
import { Actions } from "./actions.ts";
import { walk } from "../walk.ts";
import { ARGUMENT_BUFFER, Fault, KEY_BUFFER, Limit, STAT_FUNCTIONS } from "./abi.ts";

type Ref = number;
const { i32, i64, none } = binaryen;

/** What shapes the generated code. */
export interface CompileSettings {
  maxStringLength: number;
  /** 0: deepest call chain and a margin. */
  maxNesting: number;
  /** False: statements are not counted (--suppress-time-limits). */
  countActions: boolean;
  /** Bytes of linear memory that the sandbox may use. */
  maxMemory: number;
  /** Run binaryen's optimiser. */
  optimize: boolean;
}

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

/** Name of the exported function of a handler. */
export const handlerName = (index: number): string => `handler${index}`;
/** Name of the exported function that evaluates a row's arming condition. */
export const conditionName = (row: number): string => `condition${row}`;
/** Name of the exported function that fills a handler's entry slots. */
export const entryName = (handler: number): string => `entry${handler}`;
/** Name of the import that serves a library function with an embedded body. */
export const intrinsicName = (func: number): string => `intrinsic${func}`;
/** Name of an exported scalar global. */
export const globalName = (index: number): string => `global${index}`;

/** Longest chain of calls below any handler; a recursive step counts once. */
export function deepestChain(program: ir.Program): { depth: number; recursive: boolean } {
  const memo: number[] = [];
  const busy: boolean[] = [];
  let recursive = false;
  const depthOf = (index: number): number => {
    if (memo[index] !== undefined) return memo[index];
    if (busy[index]) {
      recursive = true;
      return 0;
    }
    busy[index] = true;
    let deepest = 0;
    const func = program.funcs[index];
    if (func.body) {
      forEachCall(func.body, (called) => deepest = Math.max(deepest, depthOf(called)));
    }
    if (func.nextOverload >= 0) deepest = Math.max(deepest, depthOf(func.nextOverload) - 1);
    busy[index] = false;
    return memo[index] = deepest + 1;
  };
  let depth = 0;
  for (const handler of program.handlers) {
    forEachCall(handler.body, (called) => depth = Math.max(depth, depthOf(called)));
  }
  return { depth, recursive };
}

function forEachCall(node: ir.IrNode, visit: (func: number) => void): void {
  walk(node, (inner) => {
    if (inner.op === ir.Op.Call) visit((inner as ir.CallExpr).func);
  });
}

/** True if evaluating the expression can change a variable. */
function changes(expr: ir.Expr | null): boolean {
  let found = false;
  walk(expr, (node) => {
    const op = node.op;
    found ||= op === ir.Op.Assign || op === ir.Op.Crement || op === ir.Op.Call ||
      op === ir.Op.StatAdd || op === ir.Op.EmbeddedExpr;
  });
  return found;
}

export function compileWasm(program: ir.Program, settings: CompileSettings): Compiled {
  return new Compiler(program, settings).run();
}

/** Local variables and frame of the function being generated. */
class Frame {
  readonly types: number[] = [];
  private readonly free = new Map<number, number[]>();
  private taken: [number, number][] = [];
  private temps = 0;
  maxTemps = 0;

  constructor(
    readonly params: number[],
    /** Wasm local of each IR local (integers). */
    readonly longs: number[],
    /** Frame offset of each IR local (strings). */
    readonly strings: number[],
    readonly stringBytes: number,
    readonly slot: number,
  ) {}

  /** A wasm local for the rest of the function. */
  keep(type: number): number {
    this.types.push(type);
    return this.params.length + this.types.length - 1;
  }

  /** A wasm local until the end of the statement. */
  scratch(type: number): number {
    const index = this.free.get(type)?.pop() ?? this.keep(type);
    this.taken.push([type, index]);
    return index;
  }

  /** Frame offset of a string temporary, until the end of the statement. */
  temp(): number {
    const offset = this.stringBytes + this.temps++ * this.slot;
    this.maxTemps = Math.max(this.maxTemps, this.temps);
    return offset;
  }

  endStatement(): void {
    for (const [type, index] of this.taken) {
      const list = this.free.get(type);
      if (list) list.push(index);
      else this.free.set(type, [index]);
    }
    this.taken = [];
    this.temps = 0;
  }

  get size(): number {
    return this.stringBytes + this.maxTemps * this.slot;
  }
}

class Compiler {
  private readonly m = new binaryen.Module();
  private readonly spans: Span[] = [];
  private readonly spanNumbers = new Map<string, number>();
  private readonly formats: ir.FormatExpr[] = [];
  private readonly contexts: ir.ContextExpr[] = [];
  private readonly stringGlobals: number[] = [];
  private readonly strings = new Map<string, number>();
  private readonly data: { offset: number; bytes: Uint8Array }[] = [];
  private readonly slot: number;
  private readonly maxNesting: number;
  private readonly callStack: number;
  private top: number;
  private readonly actions: Actions;
  /** Functions whose body contains `next`. */
  private readonly usesNext: boolean[] = [];

  // State of the function being generated.
  private frame!: Frame;
  private fp = 0;
  private resultAddress = 0;
  private returns: ir.Ty = ir.Ty.Void;
  /** Null in a handler. */
  private current: ir.Func | null = null;
  private label = 0;
  private breaks: string[] = [];
  private continues: string[] = [];
  private iterators: number[] = [];

  constructor(private readonly program: ir.Program, private readonly settings: CompileSettings) {
    this.slot = (4 + settings.maxStringLength + 7) & ~7;
    this.actions = new Actions(program);
    const chain = deepestChain(program);
    this.maxNesting = settings.maxNesting > 0
      ? settings.maxNesting
      : chain.depth + 1 + (chain.recursive ? 10 : 0);
    let args = 1;
    const count = (node: ir.IrNode) => {
      if (node.op === ir.Op.Format) {
        args = Math.max(args, (node as ir.FormatExpr).pieces.length * 3);
      }
    };
    for (const handler of program.handlers) walk(handler.body, count);
    for (const func of program.funcs) walk(func.body, count);
    this.callStack = ARGUMENT_BUFFER + args * 8;
    this.top = (this.callStack + (this.maxNesting + 2) * 4 + 15) & ~15;
    for (const func of program.funcs) {
      let found = false;
      walk(func.body, (node) => found ||= node.op === ir.Op.Next);
      this.usesNext.push(found);
    }
  }

  run(): Compiled {
    const m = this.m;
    m.setFeatures(FEATURES);
    // Loads and stores name the memory that exists when they are made; layout() sizes it.
    m.setMemory(1, 1);
    this.imports();
    this.program.globals.forEach((global, index) => this.global(global, index));
    this.helpers();
    this.program.funcs.forEach((func, index) => this.func(func, index));
    this.program.handlers.forEach((handler, index) => this.handler(handler, index));
    this.program.rows.forEach((row, index) => this.condition(row, index));
    this.layout();
    if (!m.validate()) throw new Error("internal error: the generated module is not valid");
    if (this.settings.optimize) {
      binaryen.setOptimizeLevel(1);
      binaryen.setShrinkLevel(0);
      m.optimize();
    }
    const binary = m.emitBinary();
    m.dispose();
    return {
      binary,
      spans: this.spans,
      formats: this.formats,
      contexts: this.contexts,
      stringGlobals: this.stringGlobals,
      callStack: this.callStack,
    };
  }

  // ------------------------------------------------------------------------------ the module

  private imports(): void {
    const add = (name: string, params: number[], result: number) =>
      this.m.addFunctionImport(name, "env", name, binaryen.createType(params), result);
    this.m.addTagImport("err", "env", "err", none, none);
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
    this.program.funcs.forEach((func, index) => {
      if (func.body) return;
      const params = func.locals.slice(0, func.params).map((local) => wasmType(local.type));
      params.push(i32);
      if (func.type === ir.Ty.String) params.push(i32);
      add(intrinsicName(index), params, func.type === ir.Ty.Long ? i64 : none);
    });
  }

  private global(global: ir.Global, index: number): void {
    this.stringGlobals.push(0);
    if (global.isMap() || global.type === ir.Ty.Stats) return;
    if (global.type === ir.Ty.String) {
      const address = this.reserve(this.slot);
      this.stringGlobals[index] = address;
      if (global.hasInitial) {
        this.data.push({ offset: address, bytes: this.encode(global.initial) });
      }
      return;
    }
    const initial = global.hasInitial ? BigInt(global.initial) : 0n;
    this.m.addGlobal(globalName(index), i64, true, this.long(initial));
    this.m.addGlobalExport(globalName(index), globalName(index));
  }

  private helpers(): void {
    const m = this.m;
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
    m.addGlobal("actions", i64, true, this.long(0n));
    m.addGlobalExport("actions", "actions");
    m.addGlobal("fuel", i64, true, this.long(0n));
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
          m.i64.lt_s(m.global.get("actions", i64), this.long(0n)),
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
        m.global.set("fuel", m.i64.sub(m.global.get("fuel", i64), this.long(1n))),
        m.if(
          m.i64.lt_s(m.global.get("fuel", i64), this.long(0n)),
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
      m.i32.const(this.settings.maxStringLength - 1),
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
    this.division("divide", (a, b) => m.i64.div_s(a, b), (a) => m.i64.sub(this.long(0n), a));
    this.division("remainder", (a, b) => m.i64.rem_s(a, b), () => this.long(0n));
  }

  /** name(a, b, span): an operation that traps in WebAssembly for divisors 0 and -1. */
  private division(
    name: string,
    operate: (a: Ref, b: Ref) => Ref,
    byMinusOne: (a: Ref) => Ref,
  ): void {
    const m = this.m;
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
        m.if(m.i64.eq(b(), this.long(-1n)), m.return(byMinusOne(a()))),
        operate(a(), b()),
      ], i64),
    );
  }

  private layout(): void {
    const base = (this.top + 15) & ~15;
    const pages = Math.max(2, Math.ceil((base + 64 * 1024) / 65536));
    const maximum = Math.max(pages, Math.floor(this.settings.maxMemory / 65536));
    this.m.setMemory(
      pages,
      maximum,
      "memory",
      this.data.map(({ offset, bytes }) => ({ offset: this.m.i32.const(offset), data: bytes })),
    );
    this.m.addGlobal("base", i32, false, this.m.i32.const(base));
    this.m.addGlobalExport("base", "base");
  }

  // --------------------------------------------------------------------- functions and handlers

  private func(func: ir.Func, index: number): void {
    const m = this.m;
    const params = func.locals.slice(0, func.params).map((local) => wasmType(local.type));
    const result = func.type === ir.Ty.Long ? i64 : none;
    if (func.type === ir.Ty.String) params.push(i32);
    const given = params.slice();
    given.push(i32);
    if (!func.body) {
      return;
    }
    this.open(params, func.locals, func.params);
    this.current = func;
    this.returns = func.type;
    this.resultAddress = params.length - 1;
    const start: Ref[] = [m.call("burn", [], none)];
    if (this.actions.isRecursive(index)) start.push(this.charge(func.body, func.span));
    if (func.type === ir.Ty.String) {
      start.push(m.i32.store(0, 4, m.local.get(this.resultAddress, i32), m.i32.const(0)));
    }
    const body = this.stmt(func.body);
    this.close(`func${index}`, func.locals, func.params, start, body, result);

    // call<index>(args, [result], span): counts the call, then tries the overloads in turn.
    const all = () => params.map((type, at) => m.local.get(at, type));
    const leave = () =>
      m.global.set("depth", m.i32.sub(m.global.get("depth", i32), m.i32.const(1)));
    const span = () => m.local.get(params.length, i32);
    const code: Ref[] = [
      m.if(
        m.i32.ge_s(m.global.get("depth", i32), m.i32.const(this.maxNesting)),
        m.call("raise", [m.i32.const(Fault.MaxNesting), this.place(func.span)], none),
      ),
      m.i32.store(
        this.callStack,
        4,
        m.i32.shl(m.global.get("depth", i32), m.i32.const(2)),
        span(),
      ),
      m.global.set("depth", m.i32.add(m.global.get("depth", i32), m.i32.const(1))),
    ];
    const value = params.length + 1;
    for (let at = index; at >= 0; at = this.program.funcs[at].nextOverload) {
      const call = this.program.funcs[at].body
        ? m.call(`func${at}`, all(), result)
        : m.call(intrinsicName(at), [...all(), span()], result);
      code.push(result === none ? call : m.local.set(value, call));
      if (!this.usesNext[at]) break;
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

  private handler(handler: ir.Handler, index: number): void {
    this.open([], handler.locals, 0);
    this.current = null;
    this.returns = ir.Ty.Void;
    const body = this.stmt(handler.body);
    this.close(handlerName(index), handler.locals, 0, [], body, none);
    this.m.addFunctionExport(handlerName(index), handlerName(index));
    if (handler.entrySlots.length === 0) return;
    this.open([], handler.locals, 0);
    const code: Ref[] = handler.entrySlots.map((slot, at) =>
      this.m.call(
        slot.type === ir.Ty.String ? "saveEntryString" : "saveEntryLong",
        [this.m.i32.const(at), this.expr(slot.value)],
        none,
      )
    );
    this.close(entryName(index), handler.locals, 0, [], this.m.block(null, code), none);
    this.m.addFunctionExport(entryName(index), entryName(index));
  }

  private condition(row: ir.ProbeRow, index: number): void {
    if (!row.condition) return;
    this.open([], [], 0);
    const result = this.frame.keep(i64);
    const body = this.m.local.set(result, this.expr(row.condition));
    this.close(
      conditionName(index),
      [],
      0,
      [],
      body,
      i64,
      this.m.local.get(result, i64),
    );
    this.m.addFunctionExport(conditionName(index), conditionName(index));
  }

  private open(params: number[], locals: ir.Local[], given: number): void {
    const longs: number[] = [];
    const strings: number[] = [];
    let bytes = 0;
    for (const local of locals) {
      strings.push(local.type === ir.Ty.String ? bytes : -1);
      if (local.type === ir.Ty.String) bytes += this.slot;
    }
    this.frame = new Frame(params, longs, strings, bytes, this.slot);
    locals.forEach((local, at) => {
      longs.push(local.type === ir.Ty.String ? -1 : at < given ? at : this.frame.keep(i64));
    });
    this.fp = this.frame.keep(i32);
    this.breaks = [];
    this.continues = [];
    this.iterators = [];
  }

  private close(
    name: string,
    locals: ir.Local[],
    given: number,
    start: Ref[],
    body: Ref,
    result: number,
    value?: Ref,
  ): void {
    const m = this.m;
    const size = this.frame.size;
    const sp = () => m.global.get("sp", i32);
    const code: Ref[] = [];
    if (size > 0) {
      code.push(m.local.set(this.fp, sp()));
      code.push(m.global.set("sp", m.i32.add(sp(), m.i32.const(size))));
      code.push(m.if(
        m.i32.gt_u(sp(), m.global.get("limitSp", i32)),
        m.global.set("limitSp", m.call("grow", [sp()], i32)),
      ));
    }
    locals.forEach((local, at) => {
      if (local.type !== ir.Ty.String) return;
      const slot = this.at(this.frame.strings[at]);
      code.push(
        at < given
          ? m.call("copy", [slot, m.local.get(at, i32)], none)
          : m.i32.store(0, 4, slot, m.i32.const(0)),
      );
    });
    code.push(...start);
    code.push(body);
    if (size > 0) code.push(m.global.set("sp", m.local.get(this.fp, i32)));
    if (result !== none) code.push(value ?? this.long(0n));
    m.addFunction(
      name,
      binaryen.createType(this.frame.params),
      result,
      this.frame.types,
      m.block(null, code, result),
    );
    // Handlers restore the frame pointer through `leave`, which needs the final frame size.
  }

  // ------------------------------------------------------------------------------- statements

  private stmt(stmt: ir.Stmt): Ref {
    const ref = this.statement(stmt);
    return ref;
  }

  private statement(stmt: ir.Stmt): Ref {
    const m = this.m;
    switch (stmt.op) {
      case ir.Op.Block:
        return m.block(null, (stmt as ir.BlockStmt).body.map((inner) => this.stmt(inner)));
      case ir.Op.Eval: {
        const code = this.discard((stmt as ir.EvalStmt).expr);
        this.frame.endStatement();
        return code;
      }
      case ir.Op.If: {
        const branch = stmt as ir.IfStmt;
        const condition = this.condition32(branch.condition);
        this.frame.endStatement();
        return m.block(null, [
          m.if(
            condition,
            this.stmt(branch.whenTrue),
            branch.whenFalse ? this.stmt(branch.whenFalse) : undefined,
          ),
        ]);
      }
      case ir.Op.Loop:
        return this.loop(stmt as ir.LoopStmt);
      case ir.Op.Foreach:
        return this.foreach(stmt as ir.ForeachStmt);
      case ir.Op.ForeachHist:
        return this.foreachHist(stmt as ir.ForeachHistStmt);
      case ir.Op.Break:
        return m.br(this.breaks[this.breaks.length - 1]);
      case ir.Op.Continue:
        return m.br(this.continues[this.continues.length - 1]);
      case ir.Op.Return:
        return this.returnStmt(stmt as ir.ReturnStmt);
      case ir.Op.Next: {
        const code: Ref[] = [];
        if (this.current && this.current.nextOverload < 0) {
          return m.call("raise", [m.i32.const(Fault.Exhausted), this.place(stmt.span)], none);
        }
        if (this.current) code.push(m.global.set("next", m.i32.const(1)));
        code.push(...this.leave());
        return m.block(null, code);
      }
      case ir.Op.Delete: {
        const code = m.block(null, [
          this.deletion((stmt as ir.DeleteStmt).target),
        ]);
        this.frame.endStatement();
        return code;
      }
      case ir.Op.Try:
        return this.tryStmt(stmt as ir.TryStmt);
      default:
        throw new Unsupported(stmt.span, "embedded C cannot run on the WebAssembly engine");
    }
  }

  /** Charges actions for a round of a loop or a call. */
  private charge(node: ir.IrNode, span: Span): Ref {
    if (!this.settings.countActions) return this.m.nop();
    const cost = this.long(BigInt(this.actions.cost(node)));
    return this.m.call("charge", [cost, this.place(span)], none);
  }

  private discard(expr: ir.Expr): Ref {
    const ref = this.expr(expr);
    return expr.type === ir.Ty.Void ? ref : this.m.drop(ref);
  }

  /** Leaves the function: gives the frame and all iterators back. */
  private leave(value?: Ref): Ref[] {
    const m = this.m;
    const code: Ref[] = [];
    if (this.iterators.length > 0) {
      code.push(m.call("iterEnd", [m.local.get(this.iterators[0], i32)], none));
    }
    // A function without a frame has fp 0; `sp` must then stay as it is.
    code.push(m.if(
      m.local.get(this.fp, i32),
      m.global.set("sp", m.local.get(this.fp, i32)),
    ));
    if (value === undefined && this.returns === ir.Ty.Long && this.current) {
      value = this.long(0n);
    }
    code.push(m.return(value));
    return code;
  }

  private returnStmt(stmt: ir.ReturnStmt): Ref {
    const m = this.m;
    const code: Ref[] = [];
    if (!stmt.value) {
      code.push(...this.leave());
    } else if (this.returns === ir.Ty.String) {
      code.push(
        m.call("copy", [m.local.get(this.resultAddress, i32), this.expr(stmt.value)], none),
      );
      code.push(...this.leave());
    } else if (this.returns === ir.Ty.Long) {
      const value = this.frame.scratch(i64);
      code.push(m.local.set(value, this.expr(stmt.value)));
      code.push(...this.leave(m.local.get(value, i64)));
    } else {
      code.push(this.discard(stmt.value), ...this.leave());
    }
    this.frame.endStatement();
    return m.block(null, code);
  }

  private loop(stmt: ir.LoopStmt): Ref {
    const m = this.m;
    const id = this.label++;
    const [top, next, end] = [`top${id}`, `next${id}`, `end${id}`];
    const test: Ref[] = [];
    if (stmt.condition) {
      test.push(m.br(end, m.i32.eqz(this.condition32(stmt.condition))));
      this.frame.endStatement();
    }
    this.breaks.push(end);
    this.continues.push(next);
    const body = this.stmt(stmt.body);
    this.breaks.pop();
    this.continues.pop();
    const step: Ref[] = [];
    if (stmt.step) {
      step.push(this.discard(stmt.step));
      this.frame.endStatement();
    }
    const round: Ref[] = [m.call("burn", [], none)];
    if (!stmt.testLast) round.push(...test);
    round.push(this.charge(stmt.body, stmt.span));
    round.push(m.block(next, [body]), ...step);
    if (stmt.testLast) round.push(...test);
    round.push(m.br(top));
    return m.block(end, [m.loop(top, m.block(null, round))]);
  }

  private foreach(stmt: ir.ForeachStmt): Ref {
    const m = this.m;
    const id = this.label++;
    const [top, next, end] = [`top${id}`, `next${id}`, `end${id}`];
    const global = this.program.globals[stmt.map];
    const iterator = this.frame.keep(i32);
    const fn = Math.max(0, STAT_FUNCTIONS.indexOf(stmt.sortFunction));
    const code: Ref[] = [];
    let mask = -1;
    if (stmt.slice) {
      mask = 0;
      stmt.slice.forEach((key, at) => key && (mask |= 1 << at));
    }
    // The limit first: its evaluation may use the key buffer.
    const limit = this.frame.scratch(i64);
    const keys = stmt.slice ? this.keys(stmt.slice, code, stmt.limit) : [];
    code.push(m.local.set(limit, stmt.limit ? this.expr(stmt.limit) : this.long(-1n)));
    code.push(...this.storeKeys(keys));
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
    this.frame.endStatement();
    this.breaks.push(end);
    this.continues.push(next);
    this.iterators.push(iterator);
    const body = this.stmt(stmt.body);
    this.iterators.pop();
    this.breaks.pop();
    this.continues.pop();
    const it = () => m.local.get(iterator, i32);
    const round: Ref[] = [
      m.br(end, m.i32.eqz(m.call("iterNext", [it()], i32))),
      m.call("burn", [], none),
      this.charge(stmt.body, stmt.span),
    ];
    stmt.keyLocals.forEach((local, at) => {
      if (local < 0) return;
      if (global.keys[at] === ir.Ty.String) {
        round.push(m.call("iterKeyString", [
          it(),
          m.i32.const(at),
          this.at(this.frame.strings[local]),
        ], none));
      } else {
        round.push(m.local.set(
          this.frame.longs[local],
          m.call("iterKeyLong", [it(), m.i32.const(at)], i64),
        ));
      }
    });
    if (stmt.valueLocal >= 0) {
      if (global.type === ir.Ty.String) {
        round.push(m.call("iterValueString", [
          it(),
          this.at(this.frame.strings[stmt.valueLocal]),
        ], none));
      } else {
        round.push(m.local.set(
          this.frame.longs[stmt.valueLocal],
          m.call("iterValueLong", [it(), m.i32.const(fn)], i64),
        ));
      }
    }
    round.push(m.block(next, [body]), m.br(top));
    code.push(m.block(end, [m.loop(top, m.block(null, round))]));
    code.push(m.call("iterEnd", [it()], none));
    return m.block(null, code);
  }

  private foreachHist(stmt: ir.ForeachHistStmt): Ref {
    const m = this.m;
    const id = this.label++;
    const [top, next, end] = [`top${id}`, `next${id}`, `end${id}`];
    const held = this.frame.keep(i64);
    const last = this.frame.keep(i64);
    const index = this.frame.keep(i64);
    const code: Ref[] = [];
    const { map, keys } = this.statOperand(stmt.stat, code, stmt.limit);
    code.push(m.local.set(last, stmt.limit ? this.expr(stmt.limit) : this.long(-1n)));
    code.push(...this.storeKeys(keys));
    const log = m.i32.const(stmt.log ? 1 : 0);
    code.push(
      m.local.set(held, m.call("histHold", [m.i32.const(map), log, this.place(stmt.span)], i64)),
    );
    const count = () =>
      m.call("histBuckets", [m.i32.const(map), m.i32.const(stmt.log ? 1 : 0)], i64);
    if (stmt.limit) {
      code.push(m.if(
        m.i64.gt_s(m.local.get(last, i64), count()),
        m.local.set(last, count()),
      ));
    } else {
      code.push(m.local.set(last, count()));
    }
    code.push(m.local.set(index, this.long(0n)));
    this.frame.endStatement();
    this.breaks.push(end);
    this.continues.push(next);
    const body = this.stmt(stmt.body);
    this.breaks.pop();
    this.continues.pop();
    const round: Ref[] = [
      m.br(end, m.i64.ge_s(m.local.get(index, i64), m.local.get(last, i64))),
      m.call("burn", [], none),
      this.charge(stmt.body, stmt.span),
    ];
    if (stmt.keyLocal >= 0) {
      round.push(m.local.set(this.frame.longs[stmt.keyLocal], m.local.get(index, i64)));
    }
    if (stmt.valueLocal >= 0) {
      round.push(m.local.set(
        this.frame.longs[stmt.valueLocal],
        m.call("histBucket", [
          m.i32.sub(m.i32.const(-1), m.i32.wrap(m.local.get(held, i64))),
          m.i32.const(stmt.log ? 1 : 0),
          m.local.get(index, i64),
          this.place(stmt.span),
        ], i64),
      ));
    }
    round.push(
      m.block(next, [body]),
      m.local.set(index, m.i64.add(m.local.get(index, i64), this.long(1n))),
      m.br(top),
    );
    code.push(m.block(end, [m.loop(top, m.block(null, round))]));
    return m.block(null, code);
  }

  private tryStmt(stmt: ir.TryStmt): Ref {
    const m = this.m;
    const sp = this.frame.keep(i32);
    const depth = this.frame.keep(i32);
    const id = this.label++;
    const done = `done${id}`;
    const body = this.stmt(stmt.body);
    const entry: Ref[] = [
      m.global.set("sp", m.local.get(sp, i32)),
      m.global.set("depth", m.local.get(depth, i32)),
      m.global.set("next", m.i32.const(0)),
    ];
    // Nothing is left for the handler of one who ran too long.
    if (this.settings.countActions) {
      entry.push(m.if(
        m.i64.lt_s(m.global.get("actions", i64), this.long(0n)),
        m.call("raise", [m.i32.const(Fault.MaxAction), this.place(stmt.span)], none),
      ));
    }
    entry.push(m.call("caught", [
      stmt.catchLocal >= 0 ? this.at(this.frame.strings[stmt.catchLocal]) : m.i32.const(0),
    ], none));
    entry.push(this.stmt(stmt.handler));
    return m.block(null, [
      m.local.set(sp, m.global.get("sp", i32)),
      m.local.set(depth, m.global.get("depth", i32)),
      m.block(done, [
        m.try(`try${id}`, m.block(null, [body, m.br(done)]), ["err"], [m.nop()], ""),
        ...entry,
      ]),
    ]);
  }

  private deletion(target: ir.Expr): Ref {
    const m = this.m;
    if (target.op === ir.Op.Global) {
      const index = (target as ir.GlobalExpr).index;
      const global = this.program.globals[index];
      if (global.isMap() || global.type === ir.Ty.Stats) {
        return m.call("mapClear", [m.i32.const(index)], none);
      }
      if (global.type === ir.Ty.String) {
        return m.i32.store(0, 4, m.i32.const(this.stringGlobals[index]), m.i32.const(0));
      }
      return m.global.set(globalName(index), this.long(0n));
    }
    const get = target as ir.MapGetExpr;
    if (get.keys.length === 0) return m.call("mapClear", [m.i32.const(get.map)], none);
    const code: Ref[] = [];
    const keys = this.keys(get.keys, code, null);
    code.push(...this.storeKeys(keys));
    let mask = 0;
    get.keys.forEach((key, at) => key && (mask |= 1 << at));
    code.push(m.call("mapDelete", [m.i32.const(get.map), m.i32.const(mask)], none));
    return m.block(null, code);
  }

  // ------------------------------------------------------------------------------ expressions

  private condition32(expr: ir.Expr): Ref {
    return this.m.i64.ne(this.expr(expr), this.long(0n));
  }

  private truth(ref: Ref): Ref {
    return this.m.i64.extend_u(ref);
  }

  /** An i64 for Long, an address for String. */
  private expr(expr: ir.Expr): Ref {
    const m = this.m;
    switch (expr.op) {
      case ir.Op.Long:
        return this.long(BigInt.asIntN(64, BigInt((expr as ir.LongExpr).text)));
      case ir.Op.Str:
        return m.i32.const(this.literal((expr as ir.StrExpr).value));
      case ir.Op.Local: {
        const index = (expr as ir.LocalExpr).index;
        return expr.type === ir.Ty.String
          ? this.at(this.frame.strings[index])
          : m.local.get(this.frame.longs[index], i64);
      }
      case ir.Op.Global: {
        const index = (expr as ir.GlobalExpr).index;
        return expr.type === ir.Ty.String
          ? m.i32.const(this.stringGlobals[index])
          : m.global.get(globalName(index), i64);
      }
      case ir.Op.MapGet: {
        const get = expr as ir.MapGetExpr;
        const code: Ref[] = [];
        const keys = this.keys(get.keys, code, null);
        code.push(...this.storeKeys(keys));
        return this.read(code, expr.type, "mapGet", [m.i32.const(get.map)]);
      }
      case ir.Op.MapHas: {
        const has = expr as ir.MapHasExpr;
        const code: Ref[] = [];
        const keys = this.keys(has.keys, code, null);
        code.push(...this.storeKeys(keys));
        let mask = 0;
        has.keys.forEach((key, at) => key && (mask |= 1 << at));
        code.push(m.call("mapHas", [m.i32.const(has.map), m.i32.const(mask)], i64));
        return m.block(null, code, i64);
      }
      case ir.Op.Unary: {
        const unary = expr as ir.UnaryExpr;
        const operand = this.expr(unary.operand);
        if (unary.sym === "-") return m.i64.sub(this.long(0n), operand);
        return m.i64.xor(operand, this.long(-1n));
      }
      case ir.Op.Binary: {
        const binary = expr as ir.BinaryExpr;
        const site = operatorSpan(expr.span, binary.sym, binary.left.span, binary.right.span);
        return this.binary(binary.sym, this.expr(binary.left), this.expr(binary.right), site);
      }
      case ir.Op.And: {
        const and = expr as ir.AndExpr;
        return m.if(
          this.condition32(and.left),
          this.truth(this.condition32(and.right)),
          this.long(0n),
        );
      }
      case ir.Op.Or: {
        const or = expr as ir.OrExpr;
        return m.if(
          this.condition32(or.left),
          this.long(1n),
          this.truth(this.condition32(or.right)),
        );
      }
      case ir.Op.Not:
        return this.truth(m.i64.eqz(this.expr((expr as ir.NotExpr).operand)));
      case ir.Op.Cond: {
        const cond = expr as ir.CondExpr;
        return m.if(
          this.condition32(cond.condition),
          this.expr(cond.whenTrue),
          this.expr(cond.whenFalse),
        );
      }
      case ir.Op.CompareLong: {
        const compare = expr as ir.CompareLongExpr;
        return this.truth(
          compareLong(m, compare.sym, this.expr(compare.left), this.expr(compare.right)),
        );
      }
      case ir.Op.CompareStr: {
        const compare = expr as ir.CompareStrExpr;
        const [left, right] = this.operands([compare.left, compare.right]);
        const order = m.i64.extend_s(m.call("compareStrings", [left, right], i32));
        return this.truth(compareLong(m, compare.sym, order, this.long(0n)));
      }
      case ir.Op.Concat:
        return this.concat((expr as ir.ConcatExpr).parts);
      case ir.Op.Regex: {
        const regex = expr as ir.RegexExpr;
        const found = m.call("regex", [this.expr(regex.text), m.i32.const(regex.regex)], i64);
        return regex.negated ? this.truth(m.i64.eqz(found)) : found;
      }
      case ir.Op.Assign:
        return this.assign(expr as ir.AssignExpr);
      case ir.Op.Crement:
        return this.crement(expr as ir.CrementExpr);
      case ir.Op.StatAdd: {
        const add = expr as ir.StatAddExpr;
        const code: Ref[] = [];
        const { map, keys } = this.statOperand(add.stat, code, add.value);
        const value = this.frame.scratch(i64);
        code.push(m.local.set(value, this.expr(add.value)));
        code.push(...this.storeKeys(keys));
        code.push(m.call("statAdd", [
          m.i32.const(map),
          m.local.get(value, i64),
          this.place(add.stat.span),
        ], none));
        code.push(m.local.get(value, i64));
        return m.block(null, code, i64);
      }
      case ir.Op.StatGet: {
        const get = expr as ir.StatGetExpr;
        const code: Ref[] = [];
        const { map, keys } = this.statOperand(get.stat, code, null);
        code.push(...this.storeKeys(keys));
        code.push(m.call("statGet", [
          m.i32.const(map),
          m.i32.const(STAT_FUNCTIONS.indexOf(get.fn)),
          this.place(expr.span),
        ], i64));
        return m.block(null, code, i64);
      }
      case ir.Op.HistBucket: {
        const bucket = expr as ir.HistBucketExpr;
        const code: Ref[] = [];
        const { map, keys } = this.statOperand(bucket.stat, code, bucket.index);
        const index = this.frame.scratch(i64);
        code.push(m.local.set(index, this.expr(bucket.index)));
        code.push(...this.storeKeys(keys));
        code.push(m.call("histBucket", [
          m.i32.const(map),
          m.i32.const(bucket.log ? 1 : 0),
          m.local.get(index, i64),
          this.place(expr.span),
        ], i64));
        return m.block(null, code, i64);
      }
      case ir.Op.Call: {
        const call = expr as ir.CallExpr;
        const func = this.program.funcs[call.func];
        const args = this.operands(call.args);
        const code: Ref[] = [];
        let result = 0;
        if (func.type === ir.Ty.String) {
          result = this.frame.temp();
          args.push(this.at(result));
        }
        args.push(this.place(expr.span));
        const name = func.body ? `call${call.func}` : intrinsicName(call.func);
        if (func.type === ir.Ty.Long) return m.call(name, args, i64);
        code.push(m.call(name, args, none));
        if (func.type === ir.Ty.String) {
          code.push(this.at(result));
          return m.block(null, code, i32);
        }
        return m.block(null, code);
      }
      case ir.Op.Format:
        return this.format(expr as ir.FormatExpr);
      case ir.Op.Context: {
        const index = this.contexts.push(expr as ir.ContextExpr) - 1;
        return this.read([], expr.type, "context", [m.i32.const(index), this.place(expr.span)]);
      }
      case ir.Op.RowConst:
        return this.read([], expr.type, "constant", [
          m.i32.const((expr as ir.RowConstExpr).index),
        ]);
      case ir.Op.EntryValue:
        return this.read([], expr.type, "entry", [m.i32.const((expr as ir.EntryValueExpr).slot)]);
      case ir.Op.Deref: {
        const deref = expr as ir.DerefExpr;
        const address = this.expr(deref.address);
        const user = m.i32.const(deref.user ? 1 : 0);
        if (deref.type === ir.Ty.String) {
          const temp = this.frame.temp();
          return m.block(null, [
            m.call("readString", [address, user, this.place(expr.span), this.at(temp)], none),
            this.at(temp),
          ], i32);
        }
        return m.call("readMemory", [
          address,
          m.i32.const(deref.size),
          m.i32.const(deref.signed ? 1 : 0),
          user,
          m.i32.const(deref.bitOffset),
          m.i32.const(deref.bitSize),
          this.place(expr.span),
        ], i64);
      }
      case ir.Op.Store: {
        const store = expr as ir.StoreExpr;
        const address = this.frame.scratch(i64);
        const value = this.frame.scratch(i64);
        return m.block(null, [
          m.local.set(address, this.expr(store.address)),
          m.local.set(value, this.expr(store.value)),
          m.call("writeMemory", [
            m.local.get(address, i64),
            m.i32.const(store.size),
            m.i32.const(store.user ? 1 : 0),
            m.i32.const(store.bitOffset),
            m.i32.const(store.bitSize),
            m.local.get(value, i64),
            this.place(expr.span),
          ], none),
          m.local.get(value, i64),
        ], i64);
      }
      default:
        throw new Unsupported(expr.span, "embedded C cannot run on the WebAssembly engine");
    }
  }

  /** name + Long (gives i64) or name + String (fills a temporary). */
  private read(code: Ref[], type: ir.Ty, name: string, args: Ref[]): Ref {
    const m = this.m;
    if (type === ir.Ty.String) {
      const temp = this.frame.temp();
      code.push(m.call(`${name}String`, [...args, this.at(temp)], none), this.at(temp));
      return m.block(null, code, i32);
    }
    code.push(m.call(`${name}Long`, args, i64));
    return m.block(null, code, i64);
  }

  private binary(sym: string, a: Ref, b: Ref, span: Span): Ref {
    const m = this.m;
    switch (sym) {
      case "+":
        return m.i64.add(a, b);
      case "-":
        return m.i64.sub(a, b);
      case "*":
        return m.i64.mul(a, b);
      case "/":
        return m.call("divide", [a, b, this.place(span)], i64);
      case "%":
        return m.call("remainder", [a, b, this.place(span)], i64);
      case "&":
        return m.i64.and(a, b);
      case "|":
        return m.i64.or(a, b);
      case "^":
        return m.i64.xor(a, b);
      case "<<":
        return m.i64.shl(a, b);
      case ">>":
        return m.i64.shr_s(a, b);
      case ">>>":
        return m.i64.shr_u(a, b);
      default:
        throw new Error(`internal error: operator ${sym}`);
    }
  }

  /** Operands in order; a string that a later operand may overwrite is copied. */
  private operands(list: ir.Expr[]): Ref[] {
    return list.map((operand, at) =>
      this.stable(operand, list.slice(at + 1).some((later) => changes(later)))
    );
  }

  /** An operand whose value must survive what is evaluated later. */
  private stable(operand: ir.Expr, laterChanges: boolean): Ref {
    const ref = this.expr(operand);
    const variable = operand.op === ir.Op.Local || operand.op === ir.Op.Global ||
      operand.op === ir.Op.Assign || operand.op === ir.Op.Cond;
    if (operand.type !== ir.Ty.String || !laterChanges || !variable) return ref;
    const temp = this.frame.temp();
    return this.m.block(null, [
      this.m.call("copy", [this.at(temp), ref], none),
      this.at(temp),
    ], i32);
  }

  private concat(parts: ir.Expr[]): Ref {
    const m = this.m;
    const temp = this.frame.temp();
    const code: Ref[] = [];
    parts.forEach((part, at) => {
      code.push(m.call(at === 0 ? "copy" : "append", [this.at(temp), this.expr(part)], none));
    });
    code.push(this.at(temp));
    return m.block(null, code, i32);
  }

  /** Evaluates keys into locals (`code`); null keys stay null. `later` is evaluated afterwards. */
  private keys(
    keys: (ir.Expr | null)[],
    code: Ref[],
    later: ir.Expr | null,
  ): ({ local: number; type: number } | null)[] {
    return keys.map((key, at) => {
      if (!key) return null;
      const type = wasmType(key.type);
      const local = this.frame.scratch(type);
      const changed = changes(later) || keys.slice(at + 1).some((other) => changes(other));
      code.push(this.m.local.set(local, this.stable(key, changed)));
      return { local, type };
    });
  }

  private storeKeys(keys: ({ local: number; type: number } | null)[]): Ref[] {
    const m = this.m;
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

  private statOperand(stat: ir.Expr, code: Ref[], later: ir.Expr | null) {
    if (stat.op === ir.Op.Global) return { map: (stat as ir.GlobalExpr).index, keys: [] };
    const get = stat as ir.MapGetExpr;
    return { map: get.map, keys: this.keys(get.keys, code, later) };
  }

  private assign(expr: ir.AssignExpr): Ref {
    return expr.type === ir.Ty.String ? this.assignString(expr) : this.assignLong(expr);
  }

  private assignLong(expr: ir.AssignExpr): Ref {
    const m = this.m;
    const sym = expr.sym === "=" ? "" : expr.sym;
    const target = expr.target;
    const site = operatorSpan(expr.span, `${sym}=`, target.span, expr.value.span);
    const combine = (old: () => Ref, value: Ref) =>
      sym === "" ? value : this.binary(sym, old(), value, site);
    if (target.op === ir.Op.Local) {
      const local = this.frame.longs[(target as ir.LocalExpr).index];
      return m.local.tee(
        local,
        combine(() => m.local.get(local, i64), this.expr(expr.value)),
        i64,
      );
    }
    const result = this.frame.scratch(i64);
    if (target.op === ir.Op.Global) {
      const name = globalName((target as ir.GlobalExpr).index);
      return m.block(null, [
        m.local.set(result, combine(() => m.global.get(name, i64), this.expr(expr.value))),
        m.global.set(name, m.local.get(result, i64)),
        m.local.get(result, i64),
      ], i64);
    }
    const get = target as ir.MapGetExpr;
    const code: Ref[] = [];
    const keys = this.keys(get.keys, code, expr.value);
    if (sym === "") {
      code.push(m.local.set(result, this.expr(expr.value)));
    } else {
      const old = this.frame.scratch(i64);
      code.push(...this.storeKeys(keys));
      code.push(m.local.set(old, m.call("mapGetLong", [m.i32.const(get.map)], i64)));
      code.push(
        m.local.set(result, combine(() => m.local.get(old, i64), this.expr(expr.value))),
      );
    }
    code.push(...this.storeKeys(keys));
    code.push(m.call("mapSetLong", [
      m.i32.const(get.map),
      m.local.get(result, i64),
      this.place(get.span),
    ], none));
    code.push(m.local.get(result, i64));
    return m.block(null, code, i64);
  }

  private assignString(expr: ir.AssignExpr): Ref {
    const m = this.m;
    const target = expr.target;
    const value = () =>
      expr.sym === "=" ? this.expr(expr.value) : this.concat([target, expr.value]);
    if (target.op === ir.Op.Local || target.op === ir.Op.Global) {
      const address = () =>
        target.op === ir.Op.Local
          ? this.at(this.frame.strings[(target as ir.LocalExpr).index])
          : m.i32.const(this.stringGlobals[(target as ir.GlobalExpr).index]);
      return m.block(null, [m.call("copy", [address(), value()], none), address()], i32);
    }
    const get = target as ir.MapGetExpr;
    const result = this.frame.scratch(i32);
    const code: Ref[] = [];
    const keys = this.keys(get.keys, code, expr.value);
    if (expr.sym === "=") {
      code.push(m.local.set(result, this.expr(expr.value)));
    } else {
      const temp = this.frame.temp();
      code.push(...this.storeKeys(keys));
      code.push(m.call("mapGetString", [m.i32.const(get.map), this.at(temp)], none));
      code.push(m.call("append", [this.at(temp), this.expr(expr.value)], none));
      code.push(m.local.set(result, this.at(temp)));
    }
    code.push(...this.storeKeys(keys));
    code.push(m.call("mapSetString", [
      m.i32.const(get.map),
      m.local.get(result, i32),
      this.place(get.span),
    ], none));
    code.push(m.local.get(result, i32));
    return m.block(null, code, i32);
  }

  private crement(expr: ir.CrementExpr): Ref {
    const m = this.m;
    const old = this.frame.scratch(i64);
    const oldValue = () => m.local.get(old, i64);
    const updated = () => m.i64.add(oldValue(), this.long(BigInt(expr.delta)));
    const code: Ref[] = [];
    const target = expr.target;
    if (target.op === ir.Op.Local) {
      const local = this.frame.longs[(target as ir.LocalExpr).index];
      code.push(m.local.set(old, m.local.get(local, i64)), m.local.set(local, updated()));
    } else if (target.op === ir.Op.Global) {
      const name = globalName((target as ir.GlobalExpr).index);
      code.push(m.local.set(old, m.global.get(name, i64)), m.global.set(name, updated()));
    } else {
      const get = target as ir.MapGetExpr;
      const keys = this.keys(get.keys, code, null);
      code.push(...this.storeKeys(keys));
      code.push(m.local.set(old, m.call("mapGetLong", [m.i32.const(get.map)], i64)));
      code.push(m.call("mapSetLong", [
        m.i32.const(get.map),
        updated(),
        this.place(get.span),
      ], none));
    }
    code.push(expr.prefix ? updated() : oldValue());
    return m.block(null, code, i64);
  }

  private format(expr: ir.FormatExpr): Ref {
    const m = this.m;
    const index = this.formats.push(expr) - 1;
    const code: Ref[] = [];
    const args: { local: number; type: number }[] = [];
    const list: (ir.Expr | ir.FormatPiece)[] = [];
    for (const piece of expr.pieces) {
      if (piece.widthArg) list.push(piece.widthArg);
      if (piece.precisionArg) list.push(piece.precisionArg);
      if (piece.kind === ir.PieceKind.Hist) list.push(piece);
      else if (piece.value) list.push(piece.value);
    }
    list.forEach((item, at) => {
      if (item instanceof ir.FormatPiece) {
        const { map, keys } = this.statOperand(item.value!, code, null);
        const local = this.frame.scratch(i64);
        code.push(...this.storeKeys(keys));
        code.push(m.local.set(
          local,
          m.call("histHold", [
            m.i32.const(map),
            m.i32.const(item.log ? 1 : 0),
            this.place(item.value!.span),
          ], i64),
        ));
        args.push({ local, type: i64 });
        return;
      }
      const later = list.slice(at + 1).some((other) =>
        !(other instanceof ir.FormatPiece) && changes(other)
      );
      const type = wasmType(item.type);
      const local = this.frame.scratch(type);
      code.push(m.local.set(local, this.stable(item, later)));
      args.push({ local, type });
    });
    args.forEach((arg, at) => {
      const value = m.local.get(arg.local, arg.type);
      code.push(m.i64.store(
        ARGUMENT_BUFFER + at * 8,
        8,
        m.i32.const(0),
        arg.type === i32 ? m.i64.extend_u(value) : value,
      ));
    });
    if (!expr.toString_) {
      code.push(m.call("print", [m.i32.const(index), this.place(expr.span)], none));
      return m.block(null, code);
    }
    const temp = this.frame.temp();
    code.push(
      m.call("format", [m.i32.const(index), this.at(temp), this.place(expr.span)], none),
      this.at(temp),
    );
    return m.block(null, code, i32);
  }

  // ------------------------------------------------------------------------------------ parts

  private long(value: bigint): Ref {
    return (this.m.i64.const as unknown as (value: bigint) => Ref)(value);
  }

  /** Address of a frame offset. */
  private at(offset: number): Ref {
    const fp = this.m.local.get(this.fp, i32);
    return offset === 0 ? fp : this.m.i32.add(fp, this.m.i32.const(offset));
  }

  private place(span: Span): Ref {
    const key = `${span.source.name}\0${span.start}\0${span.end}`;
    let number = this.spanNumbers.get(key);
    if (number === undefined) {
      number = this.spans.push(span) - 1;
      this.spanNumbers.set(key, number);
    }
    return this.m.i32.const(number);
  }

  private reserve(bytes: number): number {
    const address = this.top;
    this.top = (address + bytes + 7) & ~7;
    return address;
  }

  /** A string as it lies in memory: length and bytes, cut at NUL and at MAXSTRINGLEN - 1. */
  private encode(text: string): Uint8Array {
    const nul = text.indexOf("\0");
    const kept = (nul < 0 ? text : text.slice(0, nul)).slice(0, this.settings.maxStringLength - 1);
    const bytes = new Uint8Array(4 + kept.length);
    new DataView(bytes.buffer).setUint32(0, kept.length, true);
    for (let at = 0; at < kept.length; at++) bytes[4 + at] = kept.charCodeAt(at);
    return bytes;
  }

  private literal(text: string): number {
    let address = this.strings.get(text);
    if (address === undefined) {
      const bytes = this.encode(text);
      address = this.reserve(bytes.length);
      this.data.push({ offset: address, bytes });
      this.strings.set(text, address);
    }
    return address;
  }
}

/** Something that this engine cannot run, with its place. */
export class Unsupported extends Error {
  constructor(readonly span: Span, message: string) {
    super(message);
  }
}

/** The place of an operator between its operands; of the expression if it cannot be found. */
function operatorSpan(whole: Span, sym: string, left: Span, right: Span): Span {
  const at = whole.source.text.indexOf(sym, left.end);
  if (left.source !== whole.source || at < 0 || at >= right.start) return whole;
  return new Span(whole.source, at, at + sym.length);
}

function wasmType(type: ir.Ty): number {
  return type === ir.Ty.String ? i32 : i64;
}

function compareLong(m: binaryen.Module, sym: string, a: Ref, b: Ref): Ref {
  switch (sym) {
    case "<":
      return m.i64.lt_s(a, b);
    case "<=":
      return m.i64.le_s(a, b);
    case ">":
      return m.i64.gt_s(a, b);
    case ">=":
      return m.i64.ge_s(a, b);
    case "==":
      return m.i64.eq(a, b);
    default:
      return m.i64.ne(a, b);
  }
}
