/** Location descriptions of entries (DWARF 5, 2.6; the lists are read in lists.ts). */
import { Form } from "./constants.ts";
import { GNU_SPLIT_LIST, type Location, LOCATION_LIST, LOCATION_PAIRS, readList } from "./lists.ts";
import { covers } from "./ranges.ts";
import type { Die, Unit, Value } from "./unit.ts";

export type { Location };

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

  /**
   * The expression before anything happened at an address. An entry that covers no byte there holds
   * for the first of several views of the one instruction: the statements that later views tell of
   * took no code, so an argument "is" already what they make of it.
   */
  before(address: number): Uint8Array | null {
    if (this.always != null) return this.always;
    const first = this.list.find((entry) => entry.low == address && entry.high >= address);
    return first == undefined ? this.at(address) : first.expression;
  }
}

/** The places of a location-like attribute; null if the entry has none. */
export function placesOf(die: Die, attribute: number): Places | null {
  const { unit } = die;
  const value = unit.value(die, attribute);
  if (value == null) return null;
  if (value.block != null) return new Places(value.block, []);
  return new Places(null, locationList(unit, value));
}

function locationList(unit: Unit, value: Value): Location[] {
  const { file } = unit;
  if (unit.header.version >= 5) {
    return readList(unit, file.loclists, unit.listOffset(value, Form.loclistx), LOCATION_LIST);
  }
  return readList(unit, file.loc, value.number, file.split ? GNU_SPLIT_LIST : LOCATION_PAIRS);
}
