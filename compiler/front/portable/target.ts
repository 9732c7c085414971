/**
 * What differs between the two compilers of the front end: the Deno side.
 *
 * `target.as.ts` has the same exports with the same meaning; the WebAssembly build reads that
 * file in place of this one. Nothing else in the front end may ask which build it is in.
 */

/** A signed 64-bit integer. Opaque: use the i64 helpers below. */
export type Int64 = bigint;

/** Bug guard for the impossible; a failing one aborts the compilation, it is never user error. */
export function check(condition: bool, what: string): void {
  if (!condition) throw new Error("internal error: " + what);
}

/** `map[key]`, or null where the key is absent. */
export function lookup<K, V>(map: Map<K, V>, key: K): V | null {
  const found = map.get(key);
  return found === undefined ? null : found;
}

/** Truncating 32-bit division; the caller has excluded zero. */
export function idiv(a: i32, b: i32): i32 {
  return (a / b) | 0;
}

/** Character code at `at`, or -1 past either end. */
export function codeAt(text: string, at: i32): i32 {
  return at >= 0 && at < text.length ? text.charCodeAt(at) : -1;
}

/** The text as a mutable list of pieces is joined once: `parts.join("")`. */
export function repeat(text: string, count: i32): string {
  return count > 0 ? text.repeat(count) : "";
}

export function i64FromI32(value: i32): Int64 {
  return BigInt(value);
}

/** Low 64 bits of an unsigned value given as two halves. */
export function i64FromHalves(low: u32, high: u32): Int64 {
  return BigInt.asIntN(64, (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0));
}

/** Decimal digits with an optional minus, no validation: the lexer has done that. Wraps at 2^64. */
export function i64FromDecimal(text: string): Int64 {
  return BigInt.asIntN(64, BigInt(text));
}

export function i64ToDecimal(value: Int64): string {
  return value.toString();
}

/** The value if it fits 32 bits signed; `otherwise` if not. */
export function i64ToI32(value: Int64, otherwise: i32): i32 {
  return value >= -2147483648n && value <= 2147483647n ? Number(value) : otherwise;
}

export function i64Add(a: Int64, b: Int64): Int64 {
  return BigInt.asIntN(64, a + b);
}
export function i64Sub(a: Int64, b: Int64): Int64 {
  return BigInt.asIntN(64, a - b);
}
export function i64Mul(a: Int64, b: Int64): Int64 {
  return BigInt.asIntN(64, a * b);
}
/** Truncating; INT64_MIN / -1 wraps to INT64_MIN. The caller has excluded zero. */
export function i64Div(a: Int64, b: Int64): Int64 {
  return BigInt.asIntN(64, a / b);
}
/** Sign of the dividend; INT64_MIN % -1 is 0. The caller has excluded zero. */
export function i64Rem(a: Int64, b: Int64): Int64 {
  return BigInt.asIntN(64, a % b);
}
export function i64And(a: Int64, b: Int64): Int64 {
  return a & b;
}
export function i64Or(a: Int64, b: Int64): Int64 {
  return a | b;
}
export function i64Xor(a: Int64, b: Int64): Int64 {
  return a ^ b;
}
export function i64Not(a: Int64): Int64 {
  return ~a;
}
/** Shift counts are taken modulo 64, as the engines do. */
export function i64Shl(a: Int64, count: Int64): Int64 {
  return BigInt.asIntN(64, a << (count & 63n));
}
export function i64ShrS(a: Int64, count: Int64): Int64 {
  return a >> (count & 63n);
}
export function i64ShrU(a: Int64, count: Int64): Int64 {
  return BigInt.asIntN(64, BigInt.asUintN(64, a) >> (count & 63n));
}
/** -1, 0 or 1, signed. */
export function i64Compare(a: Int64, b: Int64): i32 {
  return a < b ? -1 : (a > b ? 1 : 0);
}
