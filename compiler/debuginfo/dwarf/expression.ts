/**
 * Location expressions (DWARF 5, 2.5 and 2.6), evaluated symbolically: what a probe must read to
 * get the value. A stack of terms is kept; whatever cannot be known when the probe hits makes the
 * variable unavailable, with the reason in words.
 */
import { Cursor } from "../cursor.ts";
import { At, Tag } from "./constants.ts";
import { FrameTable } from "./frame.ts";
import { placesOf } from "./locations.ts";
import type { Die, Unit } from "./unit.ts";

/** A 64-bit computation over registers, memory and constants. */
export type Term =
  | { op: "register"; register: number }
  | { op: "constant"; value: bigint }
  /** An address of the program: it moves when the program is loaded elsewhere. */
  | { op: "address"; value: number }
  | { op: "load"; size: number; from: Term }
  /** Symbols as in C; `>>` keeps the sign, `>>>` does not; comparisons give 1 or 0. */
  | { op: "binary"; symbol: string; left: Term; right: Term };

/** Where a variable, or a part of one, is. */
export type Spot =
  | { kind: "memory"; address: Term }
  /** The value itself. */
  | { kind: "value"; value: Term; register: boolean }
  | { kind: "none"; why: string };

export interface Piece {
  /** Bits from the start of the variable. */
  bitOffset: number;
  bitSize: number;
  spot: Spot;
}

export type Place = Spot | { kind: "pieces"; pieces: Piece[] };

export const OPTIMISED_OUT = "it was optimised out";

/** Terms larger than this are not worth reading. */
const MOST_TERMS = 200;

/** What an expression is evaluated in. */
export interface EvaluationContext {
  unit: Unit;
  /** The probed instruction. */
  address: number;
  /** Entry of the function around it that is no inlined copy: there entry values are registers. */
  entry: number;
  /** The function's frame base, or null. */
  frameBase: (() => Place) | null;
  frames: FrameTable | null;
}

const constant = (value: bigint | number): Term => ({
  op: "constant",
  value: BigInt.asIntN(64, BigInt(value)),
});

export function plus(left: Term, by: number): Term {
  if (by == 0) return left;
  if (left.op == "constant") return constant(left.value + BigInt(by));
  if (left.op == "binary" && left.symbol == "+" && left.right.op == "constant") {
    return plus(left.left, Number(left.right.value) + by);
  }
  if (left.op == "address") return { op: "address", value: left.value + by };
  return { op: "binary", symbol: "+", left, right: constant(by) };
}

class Unavailable extends Error {}

const none = (why: string): Spot => ({ kind: "none", why });

/** Evaluates one expression. Never throws. */
export function evaluate(expression: Uint8Array, context: EvaluationContext): Place {
  if (expression.length == 0) return none(OPTIMISED_OUT);
  try {
    return new Evaluation(expression, context).run();
  } catch (error) {
    if (error instanceof Unavailable) return none(error.message);
    throw error;
  }
}

class Evaluation {
  private stack: Term[] = [];
  private pieces: Piece[] = [];
  private bits = 0;
  private steps = 0;
  /** The place of a simple description that is no address: a register or a value. */
  private simple: Spot | null = null;
  private c: Cursor;

  constructor(expression: Uint8Array, private context: EvaluationContext) {
    this.c = new Cursor("location expression", expression);
  }

  run(): Place {
    const { c } = this;
    while (!c.done) {
      if (++this.steps > MOST_TERMS) {
        throw new Unavailable("its place is described at too great a length");
      }
      this.step(c.u8());
      if (c.error != "") throw new Unavailable(`its place is damaged (${c.error})`);
    }
    if (this.pieces.length == 0) return this.spot();
    if (this.stack.length > 0 || this.simple != null) throw new Unavailable("its place is damaged");
    return { kind: "pieces", pieces: this.pieces };
  }

  private spot(): Spot {
    if (this.simple != null) return this.simple;
    if (this.stack.length == 0) return none(OPTIMISED_OUT);
    return { kind: "memory", address: this.pop() };
  }

  private piece(bitSize: number): void {
    const empty = this.simple == null && this.stack.length == 0;
    const spot = empty ? none(OPTIMISED_OUT) : this.spot();
    this.pieces.push({ bitOffset: this.bits, bitSize, spot });
    this.bits += bitSize;
    this.simple = null;
  }

  private push(term: Term): void {
    this.stack.push(term);
  }

  private pop(): Term {
    const term = this.stack.pop();
    if (term == undefined) throw new Unavailable("its place is damaged (an empty stack)");
    return term;
  }

  private pick(index: number): void {
    const term = this.stack[this.stack.length - 1 - index];
    if (term == undefined) throw new Unavailable("its place is damaged (an empty stack)");
    this.push(term);
  }

  private binary(symbol: string): void {
    const right = this.pop(), left = this.pop();
    if (symbol == "+" && right.op == "constant") this.push(plus(left, Number(right.value)));
    else if (symbol == "+" && left.op == "constant") this.push(plus(right, Number(left.value)));
    else this.push({ op: "binary", symbol, left, right });
  }

  private value(value: Term, register = false): void {
    this.simple = { kind: "value", value, register };
  }

  private step(op: number): void {
    const { c } = this;
    if (op >= 0x30 && op <= 0x4f) return this.push(constant(op - 0x30)); // lit
    if (op >= 0x50 && op <= 0x6f) return this.value({ op: "register", register: op - 0x50 }, true);
    if (op >= 0x70 && op <= 0x8f) {
      return this.push(plus({ op: "register", register: op - 0x70 }, c.sleb()));
    }
    const { unit } = this.context;
    switch (op) {
      case 0x03:
        return this.push({ op: "address", value: c.address(unit.header.addressSize) });
      case 0x06:
        return this.push({ op: "load", size: 8, from: this.pop() });
      case 0x94:
        return this.load(c.u8());
      case 0xa6: // deref_type
        return this.load(c.u8(), c.uleb());
      case 0x08:
        return this.push(constant(c.u8()));
      case 0x09:
        return this.push(constant(c.u8() << 24 >> 24));
      case 0x0a:
        return this.push(constant(c.u16()));
      case 0x0b:
        return this.push(constant(c.u16() << 16 >> 16));
      case 0x0c:
        return this.push(constant(c.u32()));
      case 0x0d:
        return this.push(constant(c.i32()));
      case 0x0e:
      case 0x0f:
        return this.push(constant(c.u64()));
      case 0x10:
        return this.push(constant(c.uleb64()));
      case 0x11:
        return this.push(constant(c.sleb64()));
      case 0x12:
        return this.pick(0);
      case 0x13:
        this.pop();
        return;
      case 0x14:
        return this.pick(1);
      case 0x15:
        return this.pick(c.u8());
      case 0x16: {
        const a = this.pop(), b = this.pop();
        this.push(a), this.push(b);
        return;
      }
      case 0x17: {
        const a = this.pop(), b = this.pop(), third = this.pop();
        this.push(a), this.push(third), this.push(b);
        return;
      }
      case 0x1f: // neg
        this.push({ op: "binary", symbol: "-", left: constant(0), right: this.pop() });
        return;
      case 0x20: // not
        this.push({ op: "binary", symbol: "^", left: this.pop(), right: constant(-1) });
        return;
      case 0x23:
        return this.push(plus(this.pop(), c.uleb()));
      case 0x90: // regx
        return this.value({ op: "register", register: c.uleb() }, true);
      case 0x92: { // bregx
        const register = c.uleb();
        return this.push(plus({ op: "register", register }, c.sleb()));
      }
      case 0x91:
        return this.push(plus(this.frameBase(), c.sleb()));
      case 0x9c:
        return this.push(cfaTerm(this.context));
      case 0x93:
        return this.piece(c.uleb() * 8);
      case 0x9d: {
        const size = c.uleb();
        if (c.uleb() != 0) throw new Unavailable("it begins inside of a byte");
        return this.piece(size);
      }
      case 0x96:
        return;
      case 0x9e:
        return this.implicitValue(c.view(c.uleb()));
      case 0x9f:
        return this.value(this.pop());
      case 0xa1:
      case 0xfb:
        return this.indexed(c.uleb(), true);
      case 0xa2:
      case 0xfc:
        return this.indexed(c.uleb(), false);
      case 0xa3:
      case 0xf3:
        return this.entryValue(c.view(c.uleb()));
      case 0xa4: // const_type
      case 0xf4: {
        c.uleb();
        return this.push(constant(littleEndian(c.view(c.u8()))));
      }
      case 0xa5: // regval_type
      case 0xf5: {
        const register = c.uleb();
        this.push({ op: "register", register });
        return this.convert(c.uleb());
      }
      case 0xf6:
        return this.load(c.u8(), c.uleb());
      case 0xa8: // convert
      case 0xa9: // reinterpret
      case 0xf7:
      case 0xf9:
        return this.convert(c.uleb());
      case 0xa0:
      case 0xf2:
        throw new Unavailable("only what it points to is left of it");
      case 0xfa:
        throw new Unavailable("its value is another function's argument");
    }
    const symbol = BINARY[op];
    if (symbol != undefined) return this.binary(symbol);
    throw new Unavailable(`its place uses DWARF operation 0x${op.toString(16)}`);
  }

  private load(size: number, type = 0): void {
    if (size != 1 && size != 2 && size != 4 && size != 8) {
      throw new Unavailable("its place is damaged");
    }
    this.push({ op: "load", size, from: this.pop() });
    if (type != 0) this.convert(type);
  }

  private indexed(index: number, moves: boolean): void {
    const value = this.context.unit.indexedAddress(index);
    if (value == null) throw new Unavailable("its place is damaged");
    this.push(moves ? { op: "address", value } : constant(value));
  }

  private implicitValue(bytes: Uint8Array): void {
    if (bytes.length > 8) throw new Unavailable("it is a constant of more than 64 bits");
    this.value(constant(littleEndian(bytes)));
  }

  /** DWARF 5, 2.5.1.7: the value that a register had when the function was entered. */
  private entryValue(inner: Uint8Array): void {
    const { address, entry } = this.context;
    if (address != entry) {
      throw new Unavailable("only its value at the function's entry is known, not its value here");
    }
    const place = evaluate(inner, this.context);
    if (place.kind == "value") this.push(place.value);
    else throw new Unavailable("its place is damaged");
  }

  private frameBase(): Term {
    const base = this.context.frameBase?.();
    if (base == undefined) throw new Unavailable("its function has no frame base");
    if (base.kind == "none") throw new Unavailable(base.why);
    if (base.kind == "pieces") throw new Unavailable("its frame base is damaged");
    return base.kind == "memory" ? base.address : base.value;
  }

  /** To an integer type of the unit; 0 is the generic type. */
  private convert(type: number): void {
    if (type == 0) return;
    const { unit } = this.context;
    const die = unit.die(unit.header.offset + type);
    const size = die == null ? 0 : unit.number(die, At.byteSize) ?? 0;
    const encoding = die == null || die.tag != Tag.baseType
      ? 0
      : unit.number(die, At.encoding) ?? 0;
    const signed = encoding == 5 || encoding == 6 || encoding == 13;
    const unsigned = encoding == 7 || encoding == 8 || encoding == 2 || encoding == 16;
    if ((!signed && !unsigned) || size < 1 || size > 8) {
      throw new Unavailable("it is computed with numbers that are no integers of 64 bits");
    }
    if (size < 8) this.push(narrowed(this.pop(), size * 8, signed));
  }
}

/** The low bits of a term, extended to 64. */
export function narrowed(term: Term, bits: number, signed: boolean): Term {
  const by = constant(64 - bits);
  const up: Term = { op: "binary", symbol: "<<", left: term, right: by };
  return { op: "binary", symbol: signed ? ">>" : ">>>", left: up, right: by };
}

const BINARY: Record<number, string> = {
  0x1a: "&",
  0x1b: "/",
  0x1c: "-",
  0x1d: "%",
  0x1e: "*",
  0x21: "|",
  0x22: "+",
  0x24: "<<",
  0x25: ">>>",
  0x26: ">>",
  0x27: "^",
  0x29: "==",
  0x2a: ">=",
  0x2b: ">",
  0x2c: "<=",
  0x2d: "<",
  0x2e: "!=",
};

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = value << 8n | BigInt(bytes[i]);
  return BigInt.asIntN(64, value);
}

/** The canonical frame address at the probed instruction. */
function cfaTerm(context: EvaluationContext): Term {
  const rule = context.frames?.cfa(context.address) ?? null;
  if (rule == null) throw new Unavailable("the frame of its function is not described");
  if (rule.expression == null) {
    return plus({ op: "register", register: rule.register }, rule.offset);
  }
  const place = evaluate(rule.expression, {
    ...context,
    frameBase: null,
    frames: null,
  });
  if (place.kind != "memory") throw new Unavailable("the frame of its function is not described");
  return place.address;
}

/** The frame base of a function, evaluated when asked for. */
export function frameBaseOf(subprogram: Die, context: EvaluationContext): () => Place {
  return () => {
    const places = placesOf(subprogram, At.frameBase);
    const expression = places?.at(context.address);
    if (expression == null) return none("its function has no frame base");
    return evaluate(expression, { ...context, frameBase: null });
  };
}
