/** What is known while one WebAssembly module is made: its parts, and the function in hand. */
import binaryen from "binaryen";
import * as ir from "../../front/ir/ir.ts";
import type { Span } from "../../front/source/source.ts";
import { type ActionPlan, Actions, defaultNesting } from "../actions.ts";
import { walk } from "../walk.ts";
import { ARGUMENT_BUFFER } from "./abi.ts";

export type Ref = number;
const { i32, i64 } = binaryen;

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

/** Something that this engine cannot run, with its place. */
export class Unsupported extends Error {
  constructor(readonly span: Span, message: string) {
    super(message);
  }
}

/** WebAssembly type of a value. */
export function wasmType(type: ir.Ty): number {
  return type === ir.Ty.String ? i32 : i64;
}

/** True if evaluating the expression can change a variable. */
export function changes(expr: ir.Expr | null): boolean {
  let found = false;
  walk(expr, (node) => {
    const op = node.op;
    found ||= op === ir.Op.Assign || op === ir.Op.Crement || op === ir.Op.Call ||
      op === ir.Op.StatAdd || op === ir.Op.EmbeddedExpr;
  });
  return found;
}

/** Local variables and frame of the function being generated. */
export class Frame {
  readonly types: number[] = [];
  readonly free = new Map<number, number[]>();
  taken: [number, number][] = [];
  temps = 0;
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

export class WasmModule {
  readonly m = new binaryen.Module();
  readonly spans: Span[] = [];
  readonly spanNumbers = new Map<string, number>();
  readonly formats: ir.FormatExpr[] = [];
  readonly contexts: ir.ContextExpr[] = [];
  readonly stringGlobals: number[] = [];
  readonly strings = new Map<string, number>();
  readonly data: { offset: number; bytes: Uint8Array }[] = [];
  readonly slot: number;
  readonly maxNesting: number;
  readonly callStack: number;
  top: number;
  readonly actions: Actions;
  /** What the function being generated is charged; null where it charges nothing itself. */
  plan: ActionPlan | null = null;
  /** Functions whose body contains `next`. */
  readonly usesNext: boolean[] = [];

  // State of the function being generated.
  frame!: Frame;
  fp = 0;
  resultAddress = 0;
  returns: ir.Ty = ir.Ty.Void;
  /** Null in a handler. */
  current: ir.Func | null = null;
  label = 0;
  breaks: string[] = [];
  continues: string[] = [];
  iterators: number[] = [];

  constructor(readonly program: ir.Program, readonly settings: CompileSettings) {
    this.slot = (4 + settings.maxStringLength + 7) & ~7;
    this.actions = new Actions(program);
    this.maxNesting = settings.maxNesting > 0 ? settings.maxNesting : defaultNesting(program);
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

  long(value: bigint): Ref {
    return (this.m.i64.const as unknown as (value: bigint) => Ref)(value);
  }

  /** Address of a frame offset. */
  at(offset: number): Ref {
    const fp = this.m.local.get(this.fp, i32);
    return offset === 0 ? fp : this.m.i32.add(fp, this.m.i32.const(offset));
  }

  place(span: Span): Ref {
    const key = `${span.source.name}\0${span.start}\0${span.end}`;
    let number = this.spanNumbers.get(key);
    if (number === undefined) {
      number = this.spans.push(span) - 1;
      this.spanNumbers.set(key, number);
    }
    return this.m.i32.const(number);
  }

  reserve(bytes: number): number {
    const address = this.top;
    this.top = (address + bytes + 7) & ~7;
    return address;
  }

  /** A string as it lies in memory: length and bytes, cut at NUL and at MAXSTRINGLEN - 1. */
  encode(text: string): Uint8Array {
    const nul = text.indexOf("\0");
    const kept = (nul < 0 ? text : text.slice(0, nul)).slice(0, this.settings.maxStringLength - 1);
    const bytes = new Uint8Array(4 + kept.length);
    new DataView(bytes.buffer).setUint32(0, kept.length, true);
    for (let at = 0; at < kept.length; at++) bytes[4 + at] = kept.charCodeAt(at);
    return bytes;
  }

  literal(text: string): number {
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
