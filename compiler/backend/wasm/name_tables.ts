/**
 * Library functions that name numbers by a table: the rows `{ mask, bits, "NAME" }` are read from
 * the function's own body, so that they are written down once.
 */
import { type Func } from "../../front/ir/ir.ts";
import type { Intrinsic } from "./intrinsics.ts";

interface Row {
  mask: number;
  bits: number;
  name: string;
}

function rowsOf(code: string): Row[] {
  const rows: Row[] = [];
  for (const match of code.matchAll(/\{\s*(~?\w+),\s*(\w+),\s*"([^"]*)"\s*\}/g)) {
    const mask = match[1] === "~0u" ? 0xffffffff : Number(match[1]);
    rows.push({ mask, bits: Number(match[2]), name: match[3] });
  }
  return rows;
}

/** Names joined by `|`; bits without a name in hexadecimal; a row may name the value 0. */
export function flagNames(rows: Row[], value: number): string {
  let rest = value;
  let fields = 0;
  const names: string[] = [];
  for (const { mask, bits, name } of rows) {
    if (bits !== mask || mask === 0) {
      // One value of a field, or of all.
      if (mask !== 0) {
        if (((value & mask) >>> 0) !== bits || (fields & mask) !== 0) continue;
      } else if (value !== 0) continue;
      fields |= mask;
    } else if (((rest & mask) >>> 0) !== mask) continue;
    rest = (rest & ~mask) >>> 0;
    names.push(name);
  }
  if (rest !== 0 || names.length === 0) names.push(`0x${rest.toString(16)}`);
  return names.join("|");
}

/** The function's service if its engine name is `flag_names` or `value_name`; else null. */
export function nameTable(func: Func): Intrinsic | null {
  if (func.engine !== "flag_names" && func.engine !== "value_name") return null;
  const rows = rowsOf(func.code);
  if (func.engine === "flag_names") {
    return (_, [value]) => flagNames(rows, Number(BigInt.asUintN(32, value as bigint)));
  }
  return (_, [value]) => {
    const low = Number(BigInt.asUintN(32, value as bigint));
    const known = rows.find((row) => row.bits === low);
    return known?.name ?? `0x${BigInt.asUintN(64, value as bigint).toString(16)}`;
  };
}
