/**
 * Library functions on doubles that are given as their 64 bits. The host's own numbers do the
 * arithmetic; a NaN is carried here, because a host may change its payload.
 */
import type { Span } from "../../front/source/source.ts";
import type { Host } from "./host.ts";
import type { Scalar } from "./map.ts";

type Serve = (host: Host, args: Scalar[], span: Span) => Scalar;

const SIGN = 1n << 63n;
/** The quiet NaN of an invalid operation. */
const INVALID = 0xfffn << 51n;
const QUIET = 1n << 51n;

const cell = new DataView(new ArrayBuffer(8));

function number(bits: Scalar): number {
  cell.setBigInt64(0, bits as bigint);
  return cell.getFloat64(0);
}

/** The bits of a result; a NaN that comes of numbers is the one for an invalid operation. */
function bitsOf(value: number): bigint {
  if (Number.isNaN(value)) return INVALID;
  cell.setFloat64(0, value);
  return cell.getBigUint64(0);
}

/** An operation of one or two numbers. */
function arithmetic(operation: (a: number, b: number) => number): Serve {
  return (_, args) => {
    const nans = args.filter((bits) => Number.isNaN(number(bits)));
    const nan = nans.find((bits) => ((bits as bigint) & QUIET) === 0n) ?? nans[0];
    if (nan !== undefined) return (nan as bigint) | INVALID;
    return bitsOf(operation(number(args[0]), number(args[1] ?? 0n)));
  };
}

/** What no NaN ever fulfils. */
function relation(holds: (a: number, b: number) => boolean): Serve {
  return (_, [a, b]) => holds(number(a), number(b)) ? 1n : 0n;
}

/** The remainder of IEEE 754: beside the nearest multiple of b, of two the even one. */
function remainder(a: number, b: number): number {
  if (!Number.isFinite(a) || b === 0) return NaN;
  if (!Number.isFinite(b)) return a;
  const divisor = Math.abs(b);
  // A divisor whose double is no finite number fits only once as it is.
  let rest = divisor > Number.MAX_VALUE / 2 ? Math.abs(a) : Math.abs(a % (2 * divisor));
  const odd = rest >= divisor;
  if (odd) rest -= divisor;
  const toNext = divisor - rest;
  const next = rest > toNext || (rest === toNext && odd);
  if (next) rest = toNext;
  return (a < 0 || Object.is(a, -0)) !== next ? -rest : rest;
}

/** Whether a magnitude is rounded up that is `lost` above the integer `whole`. */
function roundsUp(mode: bigint, negative: boolean, whole: number, lost: number): boolean {
  switch (mode) {
    case 0n:
      return lost > 0.5 || (lost === 0.5 && whole % 2 === 1);
    case 2n:
      return lost > 0 && negative;
    case 3n:
      return lost > 0 && !negative;
    case 4n:
      return lost >= 0.5;
    default:
      return false;
  }
}

function toLong(value: number, mode: bigint): bigint {
  if (Number.isNaN(value)) return 0n;
  if (Math.abs(value) >= 2 ** 63) return value < 0 ? -SIGN : SIGN - 1n;
  const magnitude = Math.abs(value), whole = Math.floor(magnitude);
  const up = roundsUp(mode, value < 0, whole, magnitude - whole);
  return BigInt(Math.sign(value) * (whole + (up ? 1 : 0)));
}

/** A single's 32 bits as a double's 64. */
function widen(bits: bigint): bigint {
  const single = BigInt.asUintN(32, bits);
  const mantissa = single & 0x7fffffn;
  if ((single >> 23n & 0xffn) === 0xffn && mantissa !== 0n) {
    return (single >> 31n) * SIGN | INVALID | mantissa << 29n;
  }
  cell.setUint32(0, Number(single));
  return bitsOf(cell.getFloat32(0));
}

/** A decimal number, where missing digits count as 0; null if the text is anything else. */
function parseDecimal(text: string): number | null {
  const parts = /^([+-]?\d*)\.?(\d*)(?:e([+-]?)(\d*))?$/i.exec(text);
  if (parts === null) return null;
  const [, whole, fraction, sign = "", exponent = ""] = parts;
  return Number(`${/\d$/.test(whole) ? whole : whole + "0"}.${fraction}0e${sign}0${exponent}`);
}

/** By engine name. */
export const FLOAT_INTRINSICS: Record<string, Serve> = {
  fp_add: arithmetic((a, b) => a + b),
  fp_sub: arithmetic((a, b) => a - b),
  fp_mul: arithmetic((a, b) => a * b),
  fp_div: arithmetic((a, b) => a / b),
  fp_rem: arithmetic(remainder),
  fp_sqrt: arithmetic(Math.sqrt),
  fp_eq: relation((a, b) => a === b),
  fp_le: relation((a, b) => a <= b),
  fp_lt: relation((a, b) => a < b),
  fp_to_long: (_, [bits, mode]) => toLong(number(bits), mode as bigint),
  long_to_fp: (_, [value]) => bitsOf(Number(value as bigint)),
  fp32_to_fp64: (_, [bits]) => widen(bits as bigint),
  string_to_fp: (host, [text], span) => {
    const value = parseDecimal(text as string);
    return value === null ? host.raise("invalid format", span) : bitsOf(value);
  },
};
