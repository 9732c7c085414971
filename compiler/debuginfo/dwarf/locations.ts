/** Location descriptions and lists (DWARF 5, 2.6.2 and 7.29; DWARF 4, 2.6.2). */
import { At, Form } from "./constants.ts";
import { covers, type Range } from "./ranges.ts";
import type { Die, Unit, Value } from "./unit.ts";

const MOST = 1_000_000;

/** An expression and the addresses where it holds. */
export interface Location extends Range {
  expression: Uint8Array;
}

/** What is known of an attribute that tells a place. */
export class Places {
  constructor(
    /** Holds everywhere; null if there is a list instead. */
    readonly always: Uint8Array | null,
    readonly list: Location[],
  ) {}

  /** The expression at an address, or null if there is none there. */
  at(address: number): Uint8Array | null {
    if (this.always != null) return this.always;
    return this.list.find((entry) => covers([entry], address))?.expression ?? null;
  }
}

/** The places of a location-like attribute; null if the entry has none. */
export function placesOf(die: Die, attribute: number): Places | null {
  const { unit } = die;
  const value = unit.value(die, attribute);
  if (value == null) return null;
  if (value.block != null) return new Places(value.block, []);
  if (unit.header.version >= 5) return new Places(null, version5(unit, value));
  return new Places(null, version4(unit, value.number));
}

function version5(unit: Unit, value: Value): Location[] {
  const { addressSize, offsetSize } = unit.header;
  const section = unit.file.loclists;
  let at = value.number;
  if (value.form == Form.loclistx) {
    const base = unit.base(At.loclistsBase, 0);
    at = base + section.cursor(base + at * offsetSize, 8).offset(offsetSize);
  }
  const list: Location[] = [];
  let base = unit.lowPc(), otherwise: Uint8Array | null = null;
  const index = (n: number) => unit.indexedAddress(n) ?? 0;
  const c = section.cursor(at, 1 << 16);
  for (let i = 0; i < MOST; i++) {
    const kind = c.u8();
    let low = 0, high = 0;
    switch (kind) {
      case 0:
        if (otherwise != null) list.push({ low: -Infinity, high: Infinity, expression: otherwise });
        return list;
      case 1:
        base = index(c.uleb());
        continue;
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
        otherwise = c.view(c.uleb());
        continue;
      case 6:
        base = c.address(addressSize);
        continue;
      case 7:
        low = c.address(addressSize), high = c.address(addressSize);
        break;
      case 8:
        low = c.address(addressSize), high = low + c.uleb();
        break;
      case 9: // DW_LLE_GNU_view_pair: which views of an address the next entry is for.
        c.uleb(), c.uleb();
        continue;
      default:
        c.fail(`location list entry ${kind}`);
    }
    const expression = c.view(c.uleb());
    if (c.error != "") {
      unit.error ||= c.error;
      return list;
    }
    list.push({ low, high, expression });
  }
  return list;
}

function version4(unit: Unit, offset: number): Location[] {
  const { addressSize } = unit.header;
  const list: Location[] = [];
  let base = unit.lowPc();
  const c = unit.file.loc.cursor(offset, 1 << 16);
  for (let i = 0; i < MOST; i++) {
    const low = c.address(addressSize), high = c.address(addressSize);
    if (low == 0 && high == 0) return list;
    if (low == -1 || (addressSize == 4 && low == 0xffffffff)) {
      base = high;
      continue;
    }
    const expression = c.view(c.u16());
    if (c.error != "") {
      unit.error ||= c.error;
      return list;
    }
    list.push({ low: base + low, high: base + high, expression });
  }
  return list;
}
