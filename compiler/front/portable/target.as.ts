/**
 * What differs between the two compilers of the front end: the AssemblyScript side.
 * Same exports and meaning as `target.ts`; the docstrings are there.
 */

export type Int64 = i64;

export function check(condition: bool, what: string): void {
  if (!condition) throw new Error("internal error: " + what);
}

export function lookup<K, V>(map: Map<K, V>, key: K): V | null {
  return map.has(key) ? map.get(key) : null;
}

export function idiv(a: i32, b: i32): i32 {
  return a / b;
}

export function codeAt(text: string, at: i32): i32 {
  return at >= 0 && at < text.length ? text.charCodeAt(at) : -1;
}

export function repeat(text: string, count: i32): string {
  return count > 0 ? text.repeat(count) : "";
}

export function i64FromI32(value: i32): Int64 {
  return value as i64;
}

export function i64FromHalves(low: u32, high: u32): Int64 {
  return ((high as u64) << 32 | (low as u64)) as i64;
}

export function i64FromDecimal(text: string): Int64 {
  let value: i64 = 0;
  let at = 0;
  const negative = text.charCodeAt(0) == 45;
  if (negative) at = 1;
  for (; at < text.length; at++) value = value * 10 + (text.charCodeAt(at) - 48);
  return negative ? -value : value;
}

export function i64ToDecimal(value: Int64): string {
  return value.toString();
}

export function i64ToI32(value: Int64, otherwise: i32): i32 {
  return value >= -2147483648 && value <= 2147483647 ? value as i32 : otherwise;
}

export function i64Add(a: Int64, b: Int64): Int64 {
  return a + b;
}
export function i64Sub(a: Int64, b: Int64): Int64 {
  return a - b;
}
export function i64Mul(a: Int64, b: Int64): Int64 {
  return a * b;
}
export function i64Div(a: Int64, b: Int64): Int64 {
  return b == -1 ? -a : a / b;
}
export function i64Rem(a: Int64, b: Int64): Int64 {
  return b == -1 ? 0 : a % b;
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
export function i64Shl(a: Int64, count: Int64): Int64 {
  return a << (count & 63);
}
export function i64ShrS(a: Int64, count: Int64): Int64 {
  return a >> (count & 63);
}
export function i64ShrU(a: Int64, count: Int64): Int64 {
  return ((a as u64) >> ((count & 63) as u64)) as i64;
}
export function i64Compare(a: Int64, b: Int64): i32 {
  return a < b ? -1 : (a > b ? 1 : 0);
}
