/**
 * Lists of address ranges and of locations, which every version of DWARF writes in the same few
 * ways (DWARF 5, 7.25 and 7.7.3; DWARF 4, 2.17.3 and 2.6.2; GNU's lists of split DWARF 4). What the
 * kinds of entries mean stands in tables; there is one reader.
 */
import type { Cursor } from "../cursor.ts";
import type { SectionData } from "../elf_file.ts";
import type { Unit } from "./unit.ts";

/** From the first address to the one behind the last. */
export interface Range {
  low: number;
  high: number;
}

/** An expression and the addresses where it holds. */
export interface Location extends Range {
  expression: Uint8Array;
}

/** What an entry says, after its number. */
enum Entry {
  End,
  /** The base is an indexed address. */
  BaseIndex,
  /** Two indexed addresses. */
  IndexPair,
  /** An indexed address and a length. */
  IndexLength,
  /** Two distances from the base. */
  OffsetPair,
  /** Holds where no other entry does. */
  Default,
  Base,
  Pair,
  StartLength,
  /** Which views of an address the next entry is for. */
  ViewPair,
}

/** DW_RLE_* by number. */
const RANGES: Entry[] = [
  Entry.End,
  Entry.BaseIndex,
  Entry.IndexPair,
  Entry.IndexLength,
  Entry.OffsetPair,
  Entry.Base,
  Entry.Pair,
  Entry.StartLength,
];

/** DW_LLE_* by number; the last is DW_LLE_GNU_view_pair. */
const LOCATIONS: Entry[] = [
  Entry.End,
  Entry.BaseIndex,
  Entry.IndexPair,
  Entry.IndexLength,
  Entry.OffsetPair,
  Entry.Default,
  Entry.Base,
  Entry.Pair,
  Entry.StartLength,
  Entry.ViewPair,
];

/** How the lists of a section are written. */
export interface ListFormat {
  kinds: Entry[];
  /** Entries that cover something carry an expression. */
  located: boolean;
  /** Lengths and distances take four bytes and expressions tell their size in two: GNU's form. */
  fixed: boolean;
}

export const RANGE_LIST: ListFormat = { kinds: RANGES, located: false, fixed: false };
export const LOCATION_LIST: ListFormat = { kinds: LOCATIONS, located: true, fixed: false };
export const GNU_SPLIT_LIST: ListFormat = { kinds: LOCATIONS, located: true, fixed: true };
/** DWARF 4: pairs of addresses; two zeroes end the list, -1 sets the base. */
export const RANGE_PAIRS: ListFormat = { kinds: [], located: false, fixed: true };
export const LOCATION_PAIRS: ListFormat = { kinds: [], located: true, fixed: true };

/** A list longer than this is damaged. */
const MOST = 1_000_000;
/** Most entries fit in this; for others more is read. */
const WINDOW = 4096;
const NOTHING = new Uint8Array(0);

/** All entries of the list at an offset; damage ends it, and the unit notes it. */
export function readList(
  unit: Unit,
  section: SectionData,
  offset: number,
  format: ListFormat,
): Location[] {
  const reader = new ListReader(unit, format);
  let at = offset, size = WINDOW, c = section.cursor(at, size);
  for (let i = 0; i < MOST; i++) {
    const start = c.at;
    const more = reader.entry(c);
    if (c.error != "" && at + size < section.size) {
      // The entry may reach beyond what was read.
      size *= 8;
      c = section.cursor(at, size);
      continue;
    }
    if (c.error != "") unit.error ||= c.error;
    if (c.error != "" || !more) break;
    at += c.at - start;
    reader.keep();
    if (c.done) c = section.cursor(at, size);
  }
  return reader.done();
}

class ListReader {
  private list: Location[] = [];
  private base: number;
  private otherwise: Uint8Array | null = null;
  /** What the last entry said; taken over when it was read to its end. */
  private found: Location | null = null;
  private nextBase: number;

  constructor(private unit: Unit, private format: ListFormat) {
    this.base = this.nextBase = unit.lowPc();
  }

  keep(): void {
    this.base = this.nextBase;
    if (this.found != null) this.list.push(this.found);
    this.found = null;
  }

  done(): Location[] {
    if (this.otherwise != null) {
      this.list.push({ low: -Infinity, high: Infinity, expression: this.otherwise });
    }
    return this.list;
  }

  /** Reads one entry; false for the one that ends the list. */
  entry(c: Cursor): boolean {
    this.found = null;
    this.nextBase = this.base;
    return this.format.kinds.length == 0 ? this.pair(c) : this.kind(c);
  }

  private pair(c: Cursor): boolean {
    const { addressSize } = this.unit.header;
    const low = c.address(addressSize), high = c.address(addressSize);
    if (low == 0 && high == 0) return false;
    if (low == -1 || (addressSize == 4 && low == 0xffffffff)) this.nextBase = high;
    else this.covers(c, this.base + low, this.base + high);
    return true;
  }

  private kind(c: Cursor): boolean {
    const { addressSize } = this.unit.header, number = c.u8();
    const length = () => this.format.fixed ? c.u32() : c.uleb();
    switch (this.format.kinds[number]) {
      case Entry.End:
        return false;
      case Entry.BaseIndex:
        this.nextBase = this.index(c);
        return true;
      case Entry.Base:
        this.nextBase = c.address(addressSize);
        return true;
      case Entry.ViewPair:
        c.uleb(), c.uleb();
        return true;
      case Entry.Default:
        this.otherwise = this.expression(c);
        return true;
      case Entry.IndexPair:
        this.covers(c, this.index(c), this.index(c));
        return true;
      case Entry.IndexLength: {
        const low = this.index(c);
        this.covers(c, low, low + length());
        return true;
      }
      case Entry.OffsetPair:
        this.covers(c, this.base + length(), this.base + length());
        return true;
      case Entry.Pair:
        this.covers(c, c.address(addressSize), c.address(addressSize));
        return true;
      case Entry.StartLength: {
        const low = c.address(addressSize);
        this.covers(c, low, low + length());
        return true;
      }
    }
    c.fail(`a list entry of kind ${number}`);
    return false;
  }

  private covers(c: Cursor, low: number, high: number): void {
    this.found = { low, high, expression: this.format.located ? this.expression(c) : NOTHING };
  }

  private expression(c: Cursor): Uint8Array {
    return c.view(this.format.fixed ? c.u16() : c.uleb());
  }

  private index(c: Cursor): number {
    return this.unit.indexedAddress(c.uleb()) ?? 0;
  }
}
