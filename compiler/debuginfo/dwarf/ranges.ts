/** Address ranges of entries (DWARF 5, 2.17; the lists are read in lists.ts). */
import { At, Form } from "./constants.ts";
import { type Range, RANGE_LIST, RANGE_PAIRS, readList } from "./lists.ts";
import type { Die, Value } from "./unit.ts";

export type { Range };

/** The addresses that an entry covers, in the file's order; empty if it has none. */
export function rangesOf(die: Die): Range[] {
  const { unit } = die;
  const low = unit.address(die, At.lowPc);
  const list = unit.value(die, At.ranges);
  if (list != null) return rangeList(die, list);
  if (low == null) return [];
  const high = unit.value(die, At.highPc);
  if (high == null) return [{ low, high: low + 1 }];
  const address = unit.addressOf(high);
  return [{ low, high: address ?? low + high.number }];
}

function rangeList(die: Die, list: Value): Range[] {
  const { unit } = die;
  const five = unit.header.version >= 5;
  const ranges = five
    ? readList(unit, unit.file.rnglists, unit.listOffset(list, Form.rnglistx), RANGE_LIST)
    : readList(unit, unit.plainRanges(), list.number + unit.rangesBase(), RANGE_PAIRS);
  return ranges.filter((range) => range.high > range.low)
    .map(({ low, high }) => ({ low, high }));
}

export function covers(ranges: Range[], address: number): boolean {
  return ranges.some((range) => address >= range.low && address < range.high);
}

/** Where a function or an inlined copy of one is entered; null if it has no code. */
export function entryOf(die: Die): number | null {
  const { unit } = die;
  const value = unit.value(die, At.entryPc);
  const ranges = rangesOf(die);
  if (value != null) {
    const address = unit.addressOf(value);
    if (address != null) return address;
    // DWARF 5, 2.18: a constant is relative to the entry's own start.
    if (ranges.length > 0) return ranges[0].low + value.number;
  }
  return unit.address(die, At.lowPc) ?? (ranges.length > 0 ? ranges[0].low : null);
}
