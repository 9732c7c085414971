/**
 * The imports of a generated module: arrays, aggregates, formats, errors, context values.
 *
 * A Host belongs to one session. It has no privilege of its own: time, output and the context of
 * a hit come from the Surroundings that the session gives.
 */
import * as ir from "../../front/ir/ir.ts";
import type { Span } from "../../front/source/source.ts";
import { ARGUMENT_BUFFER, Fault, FAULT_TEXT, KEY_BUFFER, Limit } from "./abi.ts";
import { Aggregate, drawHistogram, linearSlots, LOG_SLOTS } from "./aggregate.ts";
import {
  type Compiled,
  conditionName,
  entryName,
  globalName,
  handlerName,
  intrinsicName,
} from "./compile.ts";
import { type Directive, formatLong, formatMemory, formatString } from "./format.ts";
import { type Intrinsic, intrinsicOf } from "./intrinsics.ts";
import {
  emptyValue,
  type Entry,
  matches,
  orderBy,
  type Scalar,
  ScriptMap,
  type SliceKey,
} from "./map.ts";
import { unsigned } from "./recorded_memory.ts";
import { compileMatcher, type Matcher } from "./regex.ts";

/** Limits of scripts (-D) and of the sandbox. */
export interface HostSettings {
  maxStringLength: number;
  maxMapEntries: number;
  maxActionInterruptible: number;
  histElision: number;
  /** Length of the longest bar of a histogram (HIST_WIDTH). */
  histWidth: number;
  /** Loop rounds and calls that one handler may take. */
  fuel: bigint;
  /** Bytes of linear memory and of arrays, each. */
  maxMemory: number;
}

/** What the context of a hit knows; a session without one serves begin, end, error and timers. */
export interface Hit {
  /** Integers by name and number ("arg" 0, "retval" 0...); undefined: unknown here. */
  long(name: string, number: number): bigint | undefined;
  text(name: string, number: number): string | undefined;
  /** Bytes of memory, or null: fault. */
  memory(address: bigint, size: number, user: boolean): Uint8Array | null;
  task: TaskView;
  /** Nanoseconds since 1970, or null for now. */
  time: bigint | null;
}

export interface TaskView {
  pid: number;
  tid: number;
  ppid: number;
  uid: number;
  gid: number;
  euid: number;
  egid: number;
  pgrp: number;
  sid: number;
  cpu: number;
  execname: string;
  pexecname: string;
  /** Of its task_struct; only a recording knows it. */
  address?: bigint;
}

/** What a session gives its host. */
export interface Surroundings {
  stdout(text: string): void;
  warn(text: string): void;
  /** exit() */
  stop(): void;
  /** As `stop`; the probes that would run in one go with this one do not. */
  abort(): void;
  /** Asked now and then while a handler runs: true ends it, and the session. */
  interrupted(): boolean;
  /** Nanoseconds since 1970. */
  now(): bigint;
  /** Nanoseconds that only grow. */
  monotonic(): bigint;
  /** The hit that is being handled, or null. */
  hit(): Hit | null;
  task(): TaskView;
  target(): number;
}

/** A run-time error of the script, as it left a handler. */
export interface ScriptError {
  text: string;
  span: Span | null;
  /** Calls that led there, innermost first. */
  chain: Span[];
}

/** Loop rounds and calls between two looks at what happens outside. */
const FUEL_SLICE = 1n << 16n;

/** The sandbox ends the session: out of fuel or memory. */
export class SandboxError extends Error {}
/** abort(): the handler ends and the session with it. */
export class AbortHandler extends Error {}

/** A foreach: it follows the order of its array as that is now, which an inner one may change. */
interface Iteration {
  map: ScriptMap;
  at: Entry | null;
  /** Entries that it may still look at, in the slice or not. */
  left: bigint;
  slice: SliceKey[] | null;
}

type WasmException = { is(tag: unknown): boolean };
const Exceptions = WebAssembly as unknown as {
  Tag: new (type: { parameters: string[] }) => object;
  Exception: new (tag: object, payload: unknown[]) => WasmException;
};

const NO_KEYS: Scalar[] = [];

export class Host {
  private readonly tag = new Exceptions.Tag({ parameters: [] });
  private exports!: Record<string, any>;
  private memory!: WebAssembly.Memory;
  private buffer!: ArrayBuffer;
  private bytes!: Uint8Array;
  private view!: DataView;
  private readonly maps: (ScriptMap | null)[];
  private readonly scalars: (Aggregate | null)[];
  private iterations: Iteration[] = [];
  private held: { needs: ir.StatNeeds; log: boolean; slots: bigint[] }[] = [];
  private entrySlots: Scalar[] = [];
  private readonly matchers: (Matcher | null)[] = [];
  /** Groups of the last match; null if it failed, none before the first. */
  private lastMatch: string[] | null = [];
  private pending: ScriptError | null = null;
  /** Fuel of the running handler that it has not been given yet. */
  private fuelLeft = 0n;
  row!: ir.ProbeRow;

  constructor(
    readonly program: ir.Program,
    private readonly compiled: Compiled,
    readonly settings: HostSettings,
    readonly around: Surroundings,
  ) {
    this.maps = program.globals.map((global) =>
      global.isMap() ? new ScriptMap(global, settings.maxMapEntries) : null
    );
    this.scalars = program.globals.map((global) =>
      !global.isMap() && global.type === ir.Ty.Stats ? emptyValue(global) as Aggregate : null
    );
  }

  async start(): Promise<void> {
    const module = await WebAssembly.compile(this.compiled.binary as BufferSource);
    const instance = await WebAssembly.instantiate(module, { env: this.imports() as any });
    this.exports = instance.exports as Record<string, any>;
    this.memory = this.exports.memory;
    this.refresh();
    this.exports.sp.value = this.exports.base.value;
    this.exports.limitSp.value = this.bytes.length;
  }

  // ------------------------------------------------------------------------------- the session

  /** Runs the handler of a row; gives the error that left it, or null. */
  fire(row: number, entry: Scalar[] = []): ScriptError | null {
    this.row = this.program.rows[row];
    this.entrySlots = entry;
    return this.enter(() => {
      if (this.row.condition && this.exports[conditionName(row)]() === 0n) return;
      this.exports[handlerName(this.row.handler)]();
    });
  }

  /** Evaluates what a return probe saves at entry. */
  saveEntry(row: number): { slots: Scalar[]; error: ScriptError | null } {
    this.row = this.program.rows[row];
    this.entrySlots = this.program.handlers[this.row.handler].entrySlots.map((slot) =>
      slot.type === ir.Ty.String ? "" : 0n
    );
    const error = this.program.handlers[this.row.handler].entrySlots.length === 0
      ? null
      : this.enter(() => this.exports[entryName(this.row.handler)]());
    return { slots: this.entrySlots, error };
  }

  private enter(run: () => void): ScriptError | null {
    this.exports.actions.value = BigInt(this.settings.maxActionInterruptible);
    this.exports.sp.value = this.exports.base.value;
    this.exports.depth.value = 0;
    this.fuelLeft = this.settings.fuel;
    this.refuel();
    try {
      run();
      return null;
    } catch (error) {
      if (error instanceof AbortHandler) return null;
      if (isScriptError(error, this.tag)) {
        const pending = this.pending;
        this.pending = null;
        return pending;
      }
      if (error instanceof RangeError) {
        throw new SandboxError("the sandbox's call stack is used up");
      }
      throw error;
    } finally {
      this.iterations = [];
      this.held = [];
    }
  }

  /** Sets a scalar global (-G). */
  setGlobal(index: number, text: string): void {
    if (this.program.globals[index].type === ir.Ty.String) {
      this.writeString(this.compiled.stringGlobals[index], text);
    } else {
      this.exports[globalName(index)].value = BigInt.asIntN(64, BigInt(text));
    }
  }

  getGlobal(index: number): Scalar {
    return this.program.globals[index].type === ir.Ty.String
      ? this.readString(this.compiled.stringGlobals[index])
      : this.exports[globalName(index)].value;
  }

  getMap(index: number): ScriptMap | null {
    return this.maps[index];
  }

  getAggregate(index: number): Aggregate | null {
    return this.scalars[index];
  }

  // ------------------------------------------------------------------------- for intrinsics

  /** Raises a run-time error of the script. */
  raise(text: string, span: Span | null): never {
    const depth = this.exports.depth.value as number;
    const chain: Span[] = [];
    for (let at = depth - 1; at >= 0; at--) {
      chain.push(this.compiled.spans[this.view.getUint32(this.compiled.callStack + at * 4, true)]);
    }
    this.pending = { text: text.slice(0, this.settings.maxStringLength - 1), span, chain };
    throw new Exceptions.Exception(this.tag, []);
  }

  /** Text of group `index` of the last match; "" for one that took no part in it. */
  matched(index: bigint, place: Span): string {
    const last = this.lastMatch;
    if (last === null) {
      this.raise(`Attempted to get subexpression ${index} from failed match`, place);
    }
    if (index < 0n || index >= BigInt(last.length)) {
      this.raise(`Attempted to get nonexistent subexpression ${index}`, place);
    }
    return last[Number(index)];
  }

  groups(place: Span): number {
    const last = this.lastMatch;
    if (last === null || last.length === 0) {
      this.raise("Attempted to get subexpression count from failed match", place);
    }
    return last.length;
  }

  // -------------------------------------------------------------------------------- strings

  private refresh(): void {
    this.buffer = this.memory.buffer as ArrayBuffer;
    this.bytes = new Uint8Array(this.buffer);
    this.view = new DataView(this.buffer);
  }

  private readString(address: number): string {
    const length = this.view.getUint32(address, true);
    if (length === 0) return "";
    return String.fromCharCode.apply(
      null,
      this.bytes.subarray(address + 4, address + 4 + length) as unknown as number[],
    );
  }

  private writeString(address: number, text: string): void {
    let length = Math.min(text.length, this.settings.maxStringLength - 1);
    for (let at = 0; at < length; at++) {
      const code = text.charCodeAt(at);
      if (code === 0) {
        length = at;
        break;
      }
      this.bytes[address + 4 + at] = code;
    }
    this.view.setUint32(address, length, true);
  }

  // ----------------------------------------------------------------------------------- keys

  private keys(map: number): Scalar[] {
    const types = this.program.globals[map].keys;
    if (types.length === 0) return NO_KEYS;
    const keys: Scalar[] = [];
    for (let at = 0; at < types.length; at++) keys.push(this.key(types[at], at));
    return keys;
  }

  private key(type: ir.Ty, at: number): Scalar {
    return type === ir.Ty.String
      ? this.readString(this.view.getUint32(KEY_BUFFER + at * 8, true))
      : this.view.getBigInt64(KEY_BUFFER + at * 8, true);
  }

  private slice(map: number, mask: number): SliceKey[] {
    return this.program.globals[map].keys.map((type, at) =>
      mask & (1 << at) ? this.key(type, at) : null
    );
  }

  private obtain(map: number, span: number): Entry {
    const script = this.maps[map] as ScriptMap;
    const entry = script.obtain(this.keys(map));
    if (entry === null) {
      const size = script.global.size;
      this.raise(
        `Array overflow, check ${size > 0 ? `size limit (${size})` : "MAXMAPENTRIES"}`,
        this.span(span),
      );
    }
    if (script.bytes > this.settings.maxMemory) this.limit(Limit.Memory);
    return entry;
  }

  private span(number: number): Span {
    return this.compiled.spans[number];
  }

  private aggregate(map: number): Aggregate | null {
    const script = this.maps[map];
    if (!script) return this.scalars[map];
    return (script.get(this.keys(map))?.value as Aggregate | undefined) ?? null;
  }

  // -------------------------------------------------------------------------------- formats

  private render(index: number, span: number): string {
    let text = "";
    let address = ARGUMENT_BUFFER;
    const next = (): bigint => {
      address += 8;
      return this.view.getBigInt64(address - 8, true);
    };
    for (const piece of this.compiled.formats[index].pieces) {
      if (piece.kind === ir.PieceKind.Text) {
        text += piece.text;
        continue;
      }
      const directive: Directive = {
        zero: piece.zero,
        plus: piece.plus,
        space: piece.space,
        left: piece.left,
        alternate: piece.alternate,
        width: piece.width,
        precision: piece.precision,
        conversion: piece.conversion,
      };
      if (piece.widthArg) {
        directive.width = Math.max(0, Number(BigInt.asIntN(32, next())));
      }
      const precision = piece.precisionArg ? next() : null;
      if (precision !== null) {
        directive.precision = Math.max(0, Number(BigInt.asIntN(32, precision)));
      }
      directive.width = Math.min(directive.width, 8192);
      directive.precision = Math.min(directive.precision, 8192);
      const value = next();
      switch (piece.kind) {
        case ir.PieceKind.Long:
          text += formatLong(value, directive);
          break;
        case ir.PieceKind.Str:
          text += formatString(this.readString(Number(value)), directive);
          break;
        case ir.PieceKind.Memory: {
          const dumped = precision === null
            ? BigInt(Math.max(piece.precision, 1))
            : precision || 1n;
          if (dumped < 0n || dumped > 4096n) {
            const place = piece.precisionArg ?? piece.value;
            this.raise(`${dumped} is too many bytes for a memory dump`, place!.span);
          }
          const bytes = this.foreign(value, Number(dumped), piece.alternate, span);
          text += formatMemory(bytes, directive);
          break;
        }
        default: {
          const held = this.held[Number(value)];
          text += drawHistogram(held.needs, held.log, held.slots, {
            elision: this.settings.histElision,
            width: this.settings.histWidth,
          });
        }
      }
    }
    return text;
  }

  private foreign(address: bigint, size: number, user: boolean, span: number): Uint8Array {
    const bytes = this.around.hit()?.memory(address, size, user) ?? null;
    if (bytes === null) {
      const at = BigInt.asUintN(64, address).toString(16);
      this.raise(`read fault [man error::fault] at 0x${at}`, this.span(span));
    }
    return bytes;
  }

  /** Hands out the next slice of the handler's fuel. */
  private refuel(): void {
    const slice = this.fuelLeft < FUEL_SLICE ? this.fuelLeft : FUEL_SLICE;
    this.fuelLeft -= slice;
    this.exports.fuel.value = slice;
  }

  /** A slice of fuel is used up, or the memory is; returns if the handler may go on. */
  private limit(which: number): void {
    if (which === Limit.Fuel && this.fuelLeft > 0n) {
      if (this.around.interrupted()) throw new AbortHandler();
      return this.refuel();
    }
    throw new SandboxError(
      which === Limit.Fuel
        ? `the sandbox's instruction limit (${this.settings.fuel}) is used up`
        : `the sandbox's memory limit (${this.settings.maxMemory} bytes) is used up`,
    );
  }

  // -------------------------------------------------------------------------------- imports

  private imports(): Record<string, unknown> {
    const zero = (map: number): Scalar => this.program.globals[map].type === ir.Ty.String ? "" : 0n;
    const get = (map: number): Scalar =>
      (this.maps[map] as ScriptMap).get(this.keys(map))?.value as Scalar ?? zero(map);
    const table: Record<string, unknown> = {
      err: this.tag,
      raise: (fault: number, span: number) => {
        // That no overload is left is the call's error.
        if (fault === Fault.Exhausted) {
          const depth = (this.exports.depth.value as number) - 1;
          this.exports.depth.value = depth;
          span = this.view.getUint32(this.compiled.callStack + depth * 4, true);
        }
        this.raise(FAULT_TEXT[fault], this.span(span));
      },
      limit: (which: number) => this.limit(which),
      grow: (needed: number) => {
        const pages = Math.ceil((needed + 65536 - this.bytes.length) / 65536);
        try {
          if (pages > 0) this.memory.grow(pages);
        } catch {
          this.limit(Limit.Memory);
        }
        this.refresh();
        return this.bytes.length;
      },
      mapGetLong: get,
      mapGetString: (map: number, to: number) => this.writeString(to, get(map) as string),
      mapSetLong: (map: number, value: bigint, span: number) => {
        this.obtain(map, span).value = value;
      },
      mapSetString: (map: number, text: number, span: number) => {
        this.obtain(map, span).value = this.readString(text);
      },
      mapHas: (map: number, mask: number) =>
        (this.maps[map] as ScriptMap).has(this.slice(map, mask)) ? 1n : 0n,
      mapDelete: (map: number, mask: number) => {
        (this.maps[map] as ScriptMap).delete(this.slice(map, mask));
      },
      mapClear: (map: number) => {
        const script = this.maps[map];
        if (script) script.clear();
        else this.scalars[map] = emptyValue(this.program.globals[map]) as Aggregate;
      },
      statAdd: (map: number, value: bigint, span: number) => {
        const target = this.maps[map] ? this.obtain(map, span).value : this.scalars[map];
        (target as Aggregate).add(value);
      },
      statGet: (map: number, fn: number, span: number) => {
        const aggregate = this.aggregate(map);
        if (aggregate && aggregate.count > 0n) return aggregate.get(fn);
        if (fn < 2) return 0n;
        return this.raise("empty aggregate", this.span(span));
      },
      histBucket: (map: number, log: number, index: bigint, span: number) => {
        const slots = map < 0
          ? this.held[-1 - map].slots
          : this.aggregate(map)?.slots(log !== 0) ?? [];
        if (map >= 0 && (this.aggregate(map)?.count ?? 0n) === 0n) {
          this.raise("empty aggregate", this.span(span));
        }
        if (index < 0n || index >= BigInt(slots.length)) {
          this.raise("histogram index out of range", this.span(span));
        }
        return slots[Number(index)];
      },
      histBuckets: (map: number, log: number) =>
        BigInt(log ? LOG_SLOTS : linearSlots(this.program.globals[map].stat as ir.StatNeeds)),
      histHold: (map: number, log: number, span: number) => {
        const aggregate = this.aggregate(map);
        if (!aggregate || aggregate.count === 0n) this.raise("empty aggregate", this.span(span));
        const needs = this.program.globals[map].stat as ir.StatNeeds;
        const slots = aggregate.slots(log !== 0).slice();
        return BigInt(this.held.push({ needs, log: log !== 0, slots }) - 1);
      },
      iterBegin: (
        map: number,
        by: number,
        descending: number,
        fn: number,
        limited: number,
        limit: bigint,
        mask: number,
      ) => {
        const script = this.maps[map] as ScriptMap;
        const slice = mask >= 0 ? this.slice(map, mask) : null;
        if (by >= 0) script.sort(orderBy(by, descending !== 0, fn), limited ? limit : 0n);
        const left = limited ? limit : BigInt(script.limit);
        return this.iterations.push({ map: script, at: null, left, slice }) - 1;
      },
      iterNext: (number: number) => {
        const iteration = this.iterations[number];
        do {
          iteration.at = iteration.at ? iteration.at.newer : iteration.map.oldest;
          if (!iteration.at || iteration.left-- <= 0n) return 0;
          // SystemTap's limit counts elements outside of the slice too.
        } while (iteration.slice && !matches(iteration.at, iteration.slice));
        return 1;
      },
      iterKeyLong: (number: number, key: number) => this.current(number).keys[key],
      iterKeyString: (number: number, key: number, to: number) =>
        this.writeString(to, this.current(number).keys[key] as string),
      iterValueLong: (number: number, fn: number) => {
        const value = this.current(number).value;
        return value instanceof Aggregate ? value.get(fn) : value;
      },
      iterValueString: (number: number, to: number) =>
        this.writeString(to, this.current(number).value as string),
      iterEnd: (number: number) => {
        this.iterations.length = Math.min(this.iterations.length, number);
      },
      compareStrings: (a: number, b: number) => {
        const left = this.readString(a);
        const right = this.readString(b);
        return left < right ? -1 : left > right ? 1 : 0;
      },
      regex: (text: number, index: number) => {
        const matcher = this.matchers[index] ??= compileMatcher(
          this.program.regexes[index].pattern,
          this.program.needsCaptures,
        );
        const found = matcher(this.readString(text));
        this.lastMatch = found;
        return found ? 1n : 0n;
      },
      print: (index: number, span: number) => this.around.stdout(this.render(index, span)),
      format: (index: number, to: number, span: number) =>
        this.writeString(to, this.render(index, span)),
      contextLong: (index: number, span: number) => this.contextLong(index, span),
      contextString: (index: number, span: number, to: number) =>
        this.writeString(to, this.contextText(index, span)),
      constantLong: (index: number) => BigInt.asIntN(64, BigInt(this.row.constants[index])),
      constantString: (index: number, to: number) =>
        this.writeString(to, this.row.constants[index]),
      entryLong: (slot: number) => this.entrySlots[slot] ?? 0n,
      entryString: (slot: number, to: number) =>
        this.writeString(to, (this.entrySlots[slot] as string | undefined) ?? ""),
      saveEntryLong: (slot: number, value: bigint) => {
        this.entrySlots[slot] = value;
      },
      saveEntryString: (slot: number, text: number) => {
        this.entrySlots[slot] = this.readString(text);
      },
      readMemory: (
        address: bigint,
        size: number,
        signed: number,
        user: number,
        bitOffset: number,
        bitSize: number,
        span: number,
      ) => {
        const bytes = this.foreign(address, size, user !== 0, span);
        let value = unsigned(bytes);
        const bits = bitSize > 0 ? bitSize : size * 8;
        if (bitSize > 0) value >>= BigInt(bitOffset);
        value = BigInt.asUintN(bits, value);
        return BigInt.asIntN(64, signed ? BigInt.asIntN(bits, value) : value);
      },
      readString: (address: bigint, user: number, span: number, to: number) => {
        let text = "";
        const hit = this.around.hit();
        while (text.length < this.settings.maxStringLength - 1) {
          const byte = hit?.memory(address + BigInt(text.length), 1, user !== 0) ?? null;
          if (byte === null) {
            const at = BigInt.asUintN(64, address).toString(16);
            this.raise(`read fault [man error::fault] at 0x${at}`, this.span(span));
          }
          if (byte[0] === 0) break;
          text += String.fromCharCode(byte[0]);
        }
        this.writeString(to, text);
      },
      writeMemory: (
        address: bigint,
        _size: number,
        _user: number,
        _bitOffset: number,
        _bitSize: number,
        _value: bigint,
        span: number,
      ) => {
        const at = BigInt.asUintN(64, address).toString(16);
        this.raise(`write fault [man error::fault] at 0x${at}`, this.span(span));
      },
      caught: (to: number) => {
        if (to !== 0 && this.pending) this.writeString(to, this.pending.text);
        this.pending = null;
      },
    };
    this.program.funcs.forEach((func, index) => {
      if (!func.body) table[intrinsicName(index)] = this.intrinsic(func);
    });
    return table;
  }

  private current(number: number): Entry {
    return this.iterations[number].at as Entry;
  }

  /** The row's own texts, then what the hit knows. */
  private contextText(index: number, span: number): string {
    const { name, number } = this.compiled.contexts[index];
    if (name === "pp") return this.row.point;
    if (name === "pn") return this.row.name;
    const known = this.around.hit()?.text(name, number);
    if (known === undefined) this.unknownContext(name, number, span);
    return known;
  }

  private contextLong(index: number, span: number): bigint {
    const { name, number, size, signed } = this.compiled.contexts[index];
    const known = this.around.hit()?.long(name, number);
    if (known === undefined) this.unknownContext(name, number, span);
    const bits = size > 0 && size < 8 ? size * 8 : 64;
    return signed || bits === 64 ? BigInt.asIntN(bits, known) : BigInt.asUintN(bits, known);
  }

  private unknownContext(name: string, number: number, span: number): never {
    this.raise(`the event has no value for ${name} ${number}`, this.span(span));
  }

  private intrinsic(func: ir.Func): (...args: (bigint | number)[]) => unknown {
    const serve = intrinsicOf(func) as Intrinsic;
    return (...raw) => {
      const args: Scalar[] = [];
      for (let at = 0; at < func.params; at++) {
        args.push(
          func.locals[at].type === ir.Ty.String
            ? this.readString(raw[at] as number)
            : raw[at] as bigint,
        );
      }
      const string = func.type === ir.Ty.String;
      const span = this.span(raw[func.params + (string ? 1 : 0)] as number);
      const result = serve(this, args, span);
      if (string) this.writeString(raw[func.params] as number, result as string);
      else if (func.type === ir.Ty.Long) return BigInt.asIntN(64, result as bigint);
      return undefined;
    };
  }
}

function isScriptError(error: unknown, tag: object): boolean {
  return typeof error === "object" && error !== null &&
    error instanceof (Exceptions.Exception as unknown as new () => object) &&
    (error as WasmException).is(tag);
}
