/** Address ranges of entries (DWARF 5, 2.17 and 7.25; DWARF 4, 2.17.3). */
import { At, Form } from "./constants.ts";
import type { Die, Value } from "./unit.ts";

/** From the first address to the one behind the last. */
export interface Range {
  low: number;
  high: number;
}

/** A list longer than this is damaged. */
const MOST = 1_000_000;

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
  return die.unit.header.version >= 5 ? version5(die, list) : version4(die, list.number);
}

/** DWARF 5, 7.25. */
function version5(die: Die, list: Value): Range[] {
  const { unit } = die, { addressSize, offsetSize } = unit.header;
  const section = unit.file.rnglists;
  let at = list.number;
  if (list.form == Form.rnglistx) {
    const base = unit.base(At.rnglistsBase, 0);
    at = base + section.cursor(base + at * offsetSize, 8).offset(offsetSize);
  }
  const ranges: Range[] = [];
  let base = unit.lowPc();
  const index = (n: number) => unit.indexedAddress(n) ?? 0;
  let c = section.cursor(at);
  for (let i = 0; i < MOST; i++) {
    if (c.end - c.at < 32) {
      c = section.cursor(at);
    }
    const start = c.at;
    const kind = c.u8();
    let low = 0, high = 0;
    switch (kind) {
      case 0:
        return ranges;
      case 1:
        base = index(c.uleb());
        break;
      case 2:
        low = index(c.uleb()), high = index(c.uleb());
        break;
      case 3:
        low = index(c.uleb()), high = low + c.uleb();
        break;
      case 4:
        low = base + c.uleb(), high = base + c.uleb();
        break;
      case 5:
        base = c.address(addressSize);
        break;
      case 6:
        low = c.address(addressSize), high = c.address(addressSize);
        break;
      case 7:
        low = c.address(addressSize), high = low + c.uleb();
        break;
      default:
        c.fail(`range list entry ${kind}`);
    }
    if (c.error != "") {
      unit.error ||= c.error;
      return ranges;
    }
    if (high > low) ranges.push({ low, high });
    at += c.at - start;
  }
  return ranges;
}

function version4(die: Die, offset: number): Range[] {
  const { unit } = die, { addressSize } = unit.header;
  const ranges: Range[] = [];
  let base = unit.lowPc(), at = offset;
  for (let i = 0; i < MOST; i++) {
    const c = unit.file.ranges.cursor(at, 16);
    const low = c.address(addressSize), high = c.address(addressSize);
    if (c.error != "") {
      unit.error ||= c.error;
      return ranges;
    }
    at += 2 * addressSize;
    if (low == 0 && high == 0) return ranges;
    if (low == -1 || (addressSize == 4 && low == 0xffffffff)) base = high;
    else if (high > low) ranges.push({ low: base + low, high: base + high });
  }
  return ranges;
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
