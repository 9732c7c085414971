/** Abbreviation tables (DWARF 5, 7.5.3): what the entries of a unit look like. */
import type { Cursor } from "../cursor.ts";
import { At, Form } from "./constants.ts";

/** Bytes of a form whose size is fixed; -1 for sizes of the unit's format, -2 if it varies. */
const SIZES = new Int8Array(64).fill(-2);
for (
  const [form, size] of [
    [Form.data1, 1],
    [Form.data2, 2],
    [Form.data4, 4],
    [Form.data8, 8],
    [Form.data16, 16],
    [Form.flag, 1],
    [Form.flagPresent, 0],
    [Form.implicitConst, 0],
    [Form.ref1, 1],
    [Form.ref2, 2],
    [Form.ref4, 4],
    [Form.ref8, 8],
    [Form.refSig8, 8],
    [Form.refSup4, 4],
    [Form.refSup8, 8],
    [Form.strx1, 1],
    [Form.strx2, 2],
    [Form.strx3, 3],
    [Form.strx4, 4],
    [Form.addrx1, 1],
    [Form.addrx2, 2],
    [Form.addrx3, 3],
    [Form.addrx4, 4],
    [Form.strp, -1],
    [Form.lineStrp, -1],
    [Form.strpSup, -1],
    [Form.secOffset, -1],
    [Form.refAddr, -1],
  ]
) SIZES[form] = size;

/** How many bytes a form takes, or -1 if that depends on the value. */
export function formSize(form: number, addressSize: number, offsetSize: number): number {
  if (form == Form.addr) return addressSize;
  if (form == Form.gnuRefAlt || form == Form.gnuStrpAlt) return offsetSize;
  if (form >= 64) return -1;
  const size = SIZES[form];
  return size == -1 ? offsetSize : size == -2 ? -1 : size;
}

export class Abbrev {
  attributes: number[] = [];
  forms: number[] = [];
  /** Values of DW_FORM_implicit_const, by position. */
  implicit: number[] = [];
  /** Bytes of all attributes together, or -1 if that varies. */
  size = 0;
  /** Position of DW_AT_sibling, or -1; and the bytes before it, or -1 if they vary. */
  sibling = -1;
  siblingAt = -1;

  constructor(readonly code: number, readonly tag: number, readonly children: boolean) {}

  /** Position of an attribute, or -1. */
  find(attribute: number): number {
    return this.attributes.indexOf(attribute);
  }
}

/** Abbreviations by code: found by one pass over the bytes, decoded when asked for. */
export class AbbrevTable {
  /** Where the one with a code is, behind its code; 0 for none. Compilers number from 1. */
  private places: number[] = [0];
  private sparse = new Map<number, number>();
  private made: (Abbrev | undefined)[] = [];

  private constructor(
    private c: Cursor,
    private addressSize: number,
    private offsetSize: number,
  ) {}

  get(code: number): Abbrev | undefined {
    const known = this.made[code];
    if (known !== undefined) return known;
    const at = (code < this.places.length ? this.places[code] : this.sparse.get(code)) ?? 0;
    if (at == 0) return undefined;
    this.c.at = at;
    const abbrev = readAbbrev(this.c, code, this.addressSize, this.offsetSize);
    if (code < this.places.length) this.made[code] = abbrev;
    return abbrev;
  }

  /** The table at the cursor, which is kept; its error says whether the table ended well. */
  static read(c: Cursor, addressSize: number, offsetSize: number): AbbrevTable {
    const table = new AbbrevTable(c, addressSize, offsetSize);
    for (;;) {
      const code = c.uleb();
      if (code == 0 || c.error != "") return table;
      // Never 0: the code itself is before it.
      if (code == table.places.length) table.places.push(c.at);
      else if (code < table.places.length) table.places[code] = c.at;
      else table.sparse.set(code, c.at);
      skipAbbrev(c);
    }
  }
}

/** Moves over tag, children and attributes. */
function skipAbbrev(c: Cursor): void {
  c.uleb();
  c.skip(1);
  const { bytes, end } = c;
  let at = c.at;
  for (;;) {
    let attribute = 0, form = 0;
    // Most numbers take one byte; only being zero and DW_FORM_implicit_const matter.
    do {
      if (at >= end) break;
      attribute |= bytes[at] & 0x7f;
    } while (bytes[at++] >= 0x80);
    let first = true;
    do {
      if (at >= end) {
        c.at = end;
        c.fail("truncated");
        return;
      }
      form |= first ? bytes[at] & 0x7f : (bytes[at] & 0x7f) << 7;
      first = false;
    } while (bytes[at++] >= 0x80);
    if (form == Form.implicitConst) { while (at < end && bytes[at++] >= 0x80); }
    if (attribute == 0 && form == 0) break;
  }
  c.at = at;
}

/** The abbreviation with a code, without keeping the others; null if there is none. */
export function findAbbrev(
  c: Cursor,
  wanted: number,
  addressSize: number,
  offsetSize: number,
): Abbrev | null {
  for (;;) {
    const code = c.uleb();
    if (code == wanted && c.error == "") return readAbbrev(c, code, addressSize, offsetSize);
    if (code == 0 || c.error != "") return null;
    skipAbbrev(c);
  }
}

function readAbbrev(c: Cursor, code: number, addressSize: number, offsetSize: number): Abbrev {
  const abbrev = new Abbrev(code, c.uleb(), c.u8() != 0);
  for (;;) {
    const attribute = c.uleb(), form = c.uleb();
    const implicit = form == Form.implicitConst ? c.sleb() : 0;
    if ((attribute == 0 && form == 0) || c.error != "") break;
    if (attribute == At.sibling) {
      abbrev.sibling = abbrev.forms.length;
      abbrev.siblingAt = abbrev.size;
    }
    const size = formSize(form, addressSize, offsetSize);
    abbrev.size = size < 0 || abbrev.size < 0 ? -1 : abbrev.size + size;
    abbrev.attributes.push(attribute);
    abbrev.forms.push(form);
    abbrev.implicit.push(implicit);
  }
  return abbrev;
}

/** Moves over one value (DWARF 5, 7.5.5 and 7.5.6). */
export function skipForm(c: Cursor, form: number, addressSize: number, offsetSize: number): void {
  const size = formSize(form, addressSize, offsetSize);
  if (size >= 0) {
    c.skip(size);
    return;
  }
  switch (form) {
    case Form.udata:
    case Form.sdata:
    case Form.refUdata:
    case Form.strx:
    case Form.addrx:
    case Form.loclistx:
    case Form.rnglistx:
    case Form.gnuAddrIndex:
    case Form.gnuStrIndex:
      while (c.u8() >= 0x80 && !c.done);
      return;
    case Form.string: {
      const end = c.bytes.indexOf(0, c.at);
      if (end < 0 || end >= c.end) c.fail("a text without an end");
      else c.at = end + 1;
      return;
    }
    case Form.block1:
      c.skip(c.u8());
      return;
    case Form.block2:
      c.skip(c.u16());
      return;
    case Form.block4:
      c.skip(c.u32());
      return;
    case Form.block:
    case Form.exprloc:
      c.skip(c.uleb());
      return;
    case Form.indirect: {
      const real = c.uleb();
      if (real == Form.indirect || real == Form.implicitConst) c.fail("an indirect form in itself");
      else skipForm(c, real, addressSize, offsetSize);
      return;
    }
  }
  c.fail(`form 0x${form.toString(16)} is not known`);
}
