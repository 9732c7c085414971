/**
 * Units of .debug_info and their entries (DWARF 5, 7.5; DWARF 4, 7.5). An entry is named by its
 * offset in the section; attributes are decoded when asked for. Damaged data gives absent
 * attributes and an `error`, never an exception.
 */
import { Cursor } from "../cursor.ts";
import type { SectionData } from "../elf_file.ts";
import type { Abbrev } from "./abbrev.ts";
import { skipForm } from "./abbrev.ts";
import { At, Form, Tag } from "./constants.ts";
import type { DwarfFile } from "./file.ts";

/** A value as the file has it. */
export class Value {
  constructor(
    readonly form: number,
    /** The number, address, offset or index; a reference as an offset in the section. */
    readonly number: number,
    /** Of blocks, expressions and 16-byte data. */
    readonly block: Uint8Array | null = null,
    /** All bits of a 64-bit constant. */
    readonly exact: bigint | null = null,
    /** Of a text inside the entry. */
    readonly text: string | null = null,
  ) {}
}

/** One entry: where it is and what shape it has. */
export interface Die {
  unit: Unit;
  /** In the section. */
  offset: number;
  tag: number;
  abbrev: Abbrev;
  /** Where the attributes begin, in the section. */
  attributesAt: number;
}

/** What a header says (DWARF 5, 7.5.1). */
export interface UnitHeader {
  /** Of the header, in the section. */
  offset: number;
  /** Behind the unit. */
  end: number;
  version: number;
  /** DW_UT_*: 1 compile, 2 type, 3 partial, 4 skeleton, 5 split compile, 6 split type. */
  type: number;
  offsetSize: number;
  addressSize: number;
  abbrevAt: number;
  /** Where the first entry is. */
  firstDie: number;
  /** Type units: offset of the type in the section; else 0. */
  typeAt: number;
}

export function readHeader(c: Cursor, offset: number): UnitHeader | null {
  let length = c.u32(), offsetSize = 4, head = 4;
  if (length == 0xffffffff) {
    length = c.offset(8);
    offsetSize = 8;
    head = 12;
  } else if (length >= 0xfffffff0) c.fail("a reserved length");
  const start = c.at;
  const version = c.u16();
  if (c.error == "" && (version < 2 || version > 5)) c.fail(`DWARF version ${version}`);
  let type = 1, addressSize = 8, abbrevAt = 0, typeAt = 0;
  if (version >= 5) {
    type = c.u8();
    addressSize = c.u8();
    abbrevAt = c.offset(offsetSize);
    if (type == 4 || type == 5) c.skip(8);
    if (type == 2 || type == 6) {
      c.skip(8);
      typeAt = offset + c.offset(offsetSize);
    }
  } else {
    abbrevAt = c.offset(offsetSize);
    addressSize = c.u8();
  }
  if (c.error == "" && addressSize != 8 && addressSize != 4) {
    c.fail(`addresses of ${addressSize} bytes`);
  }
  if (c.error != "") return null;
  const firstDie = offset + head + (c.at - start);
  return {
    offset,
    end: offset + head + length,
    version,
    type,
    offsetSize,
    addressSize,
    abbrevAt,
    firstDie,
    typeAt,
  };
}

/** One unit with its bytes. */
export class Unit {
  error = "";
  /** The unit in the object that has the addresses and the lines of this one's split content. */
  skeleton: Unit | null = null;
  private bases = new Map<number, number>();
  private rootDie: Die | null | undefined;
  private parents: Map<number, number> | null = null;

  constructor(
    readonly file: DwarfFile,
    readonly index: number,
    readonly header: UnitHeader,
    /** From the header on. */
    private bytes: Uint8Array,
    /** Only the unit's own entry is of interest. */
    private brief = false,
  ) {}

  private cursor(offset: number): Cursor {
    const at = offset - this.header.offset;
    return new Cursor(
      ".debug_info",
      this.bytes,
      at < 0 ? Infinity : at,
      undefined,
      this.header.offset,
    );
  }

  /** For passes that decode entries themselves. */
  cursorAt(offset: number): Cursor {
    return this.cursor(offset);
  }

  /** Reads a text attribute at the cursor. */
  textAt(c: Cursor, form: number): string {
    return this.textOf(this.read(c, form, 0));
  }

  private note(c: Cursor): void {
    if (c.error != "" && this.error == "") this.error = c.error;
  }

  /** The unit's own entry; null if damaged. */
  root(): Die | null {
    if (this.rootDie === undefined) this.rootDie = this.die(this.header.firstDie);
    return this.rootDie;
  }

  contains(offset: number): boolean {
    return offset >= this.header.firstDie && offset < this.header.end;
  }

  /** The entry at an offset; null for the end of a list of children and for damage. */
  die(offset: number): Die | null {
    if (!this.contains(offset)) return null;
    const c = this.cursor(offset);
    const code = c.uleb();
    this.note(c);
    if (code == 0) return null;
    const abbrev = this.brief
      ? this.file.abbrev1(this.header, code)
      : this.file.abbrevs(this.header).get(code);
    if (abbrev == null) {
      c.fail(`no abbreviation ${code}`);
      this.note(c);
      return null;
    }
    return {
      unit: this,
      offset,
      tag: abbrev.tag,
      abbrev,
      attributesAt: this.header.offset + c.at,
    };
  }

  /** An attribute of the entry itself. */
  value(die: Die, attribute: number): Value | null {
    const { forms, attributes, implicit } = die.abbrev;
    const wanted = attributes.indexOf(attribute);
    if (wanted < 0) return null;
    const c = this.cursor(die.attributesAt);
    const { addressSize, offsetSize } = this.header;
    for (let i = 0; i < wanted; i++) skipForm(c, forms[i], addressSize, offsetSize);
    const value = this.read(c, forms[wanted], implicit[wanted]);
    this.note(c);
    return c.error == "" ? value : null;
  }

  private read(c: Cursor, form: number, implicit: number): Value {
    const { offset, offsetSize, addressSize } = this.header;
    switch (form) {
      case Form.addr:
        return new Value(form, c.address(addressSize));
      case Form.data1:
      case Form.flag:
      case Form.strx1:
      case Form.addrx1:
        return new Value(form, c.u8());
      case Form.data2:
      case Form.strx2:
      case Form.addrx2:
        return new Value(form, c.u16());
      case Form.strx3:
      case Form.addrx3:
        return new Value(form, c.u24());
      case Form.data4:
      case Form.strx4:
      case Form.addrx4:
      case Form.refSup4:
        return new Value(form, c.u32());
      case Form.data8: {
        const exact = c.u64();
        return new Value(form, Number(exact), null, exact);
      }
      case Form.sdata: {
        const exact = c.sleb64();
        return new Value(form, Number(exact), null, exact);
      }
      case Form.udata: {
        const exact = c.uleb64();
        return new Value(form, Number(exact), null, exact);
      }
      case Form.implicitConst:
        return new Value(form, implicit);
      case Form.flagPresent:
        return new Value(form, 1);
      case Form.string:
        return new Value(form, 0, null, null, c.text());
      case Form.strp:
      case Form.lineStrp:
      case Form.strpSup:
      case Form.secOffset:
      case Form.refAddr:
      case Form.gnuRefAlt:
      case Form.gnuStrpAlt:
        // DWARF 2 had references of the size of an address.
        return new Value(form, c.offset(offsetSize));
      case Form.strx:
      case Form.addrx:
      case Form.loclistx:
      case Form.rnglistx:
      case Form.gnuAddrIndex:
      case Form.gnuStrIndex:
        return new Value(form, c.uleb());
      case Form.ref1:
        return new Value(form, offset + c.u8());
      case Form.ref2:
        return new Value(form, offset + c.u16());
      case Form.ref4:
        return new Value(form, offset + c.u32());
      case Form.ref8:
        return new Value(form, offset + c.offset(8));
      case Form.refUdata:
        return new Value(form, offset + c.uleb());
      case Form.refSup8:
      case Form.refSig8: {
        const exact = c.u64();
        return new Value(form, Number(exact), null, exact);
      }
      case Form.data16:
        return new Value(form, 0, c.view(16));
      case Form.block1:
        return new Value(form, 0, c.view(c.u8()));
      case Form.block2:
        return new Value(form, 0, c.view(c.u16()));
      case Form.block4:
        return new Value(form, 0, c.view(c.u32()));
      case Form.block:
      case Form.exprloc:
        return new Value(form, 0, c.view(c.uleb()));
      case Form.indirect: {
        const real = c.uleb();
        if (real == Form.indirect) c.fail("an indirect form in itself");
        else return this.read(c, real, 0);
      }
    }
    c.fail(`form 0x${form.toString(16)} is not known`);
    return new Value(form, 0);
  }

  // ---------------------------------------------------------------------------- the tree

  /** Offset behind the entry's attributes. */
  private behind(die: Die): number {
    if (die.abbrev.size >= 0) return die.attributesAt + die.abbrev.size;
    const c = this.cursor(die.attributesAt);
    const { addressSize, offsetSize } = this.header;
    for (const form of die.abbrev.forms) skipForm(c, form, addressSize, offsetSize);
    this.note(c);
    return c.error == "" ? this.header.offset + c.at : Infinity;
  }

  firstChild(die: Die): Die | null {
    return die.abbrev.children ? this.die(this.behind(die)) : null;
  }

  /** The next entry at the same level; null at the end. */
  next(die: Die): Die | null {
    if (!die.abbrev.children) return this.die(this.behind(die));
    const sibling = this.value(die, At.sibling);
    if (sibling != null && sibling.number > die.offset) return this.die(sibling.number);
    const end = this.endOfChildren(die);
    return end < 0 ? null : this.die(end);
  }

  /** Offset behind all that is inside an entry; -1 if damaged. */
  private endOfChildren(die: Die): number {
    let depth = 1, at = this.behind(die);
    while (depth > 0) {
      if (!this.contains(at)) return -1;
      const inner = this.die(at);
      if (inner == null) {
        if (this.error != "") return -1;
        depth--;
        at++;
        continue;
      }
      const sibling = inner.abbrev.children ? this.value(inner, At.sibling) : null;
      if (sibling != null && sibling.number > inner.offset) at = sibling.number;
      else {
        at = this.behind(inner);
        if (inner.abbrev.children) depth++;
      }
    }
    return at;
  }

  /** The entries inside an entry. */
  children(die: Die): Die[] {
    const list: Die[] = [];
    for (let at = this.firstChild(die); at != null; at = this.next(at)) list.push(at);
    return list;
  }

  /** Offset of the entry that an entry is inside of; 0 for the root. All are found at once. */
  parentOf(offset: number): number {
    if (this.parents == null) {
      this.parents = new Map();
      const root = this.root(), stack: number[] = [];
      let die: Die | null = root, at = root == null ? Infinity : root.offset;
      while (this.contains(at)) {
        die = this.die(at);
        if (die == null) {
          if (this.error != "" || stack.length == 0) break;
          stack.pop();
          at++;
          if (stack.length == 0) break;
          continue;
        }
        if (stack.length > 0) this.parents.set(die.offset, stack[stack.length - 1]);
        at = this.behind(die);
        if (die.abbrev.children) stack.push(die.offset);
        else if (stack.length == 0) break;
      }
    }
    return this.parents.get(offset) ?? 0;
  }

  // ---------------------------------------------------------------------- decoded values

  number(die: Die, attribute: number): number | null {
    const value = this.value(die, attribute);
    if (value == null || value.block != null || value.text != null) return null;
    // Constants of data forms have no sign of their own; small ones are used unsigned.
    return value.number;
  }

  flag(die: Die, attribute: number): boolean {
    const value = this.value(die, attribute);
    return value != null && value.number != 0;
  }

  /** A text attribute of the entry itself, or "". */
  text(die: Die, attribute: number): string {
    const value = this.value(die, attribute);
    return value == null ? "" : this.textOf(value);
  }

  textOf(value: Value): string {
    switch (value.form) {
      case Form.string:
        return value.text ?? "";
      case Form.strp:
        return this.file.string(value.number);
      case Form.lineStrp:
        return this.file.lineString(value.number);
      case Form.strpSup:
      case Form.gnuStrpAlt:
        return this.file.supplement()?.string(value.number) ?? "";
      case Form.strx:
      case Form.strx1:
      case Form.strx2:
      case Form.strx3:
      case Form.strx4:
      case Form.gnuStrIndex: {
        const { offsetSize } = this.header;
        const base = this.base(At.strOffsetsBase, this.header.version >= 5 ? 2 * offsetSize : 0);
        const c = this.file.strOffsets.cursor(base + value.number * offsetSize, 8);
        return this.file.string(c.offset(offsetSize));
      }
    }
    return "";
  }

  /** An address attribute (DW_FORM_addr or an index), or null. */
  address(die: Die, attribute: number): number | null {
    const value = this.value(die, attribute);
    return value == null ? null : this.addressOf(value);
  }

  addressOf(value: Value): number | null {
    switch (value.form) {
      case Form.addr:
        return value.number;
      case Form.addrx:
      case Form.addrx1:
      case Form.addrx2:
      case Form.addrx3:
      case Form.addrx4:
      case Form.gnuAddrIndex:
        return this.indexedAddress(value.number);
    }
    return null;
  }

  /** Entry of .debug_addr; null if out of reach. */
  indexedAddress(index: number): number | null {
    if (this.skeleton != null) return this.skeleton.indexedAddress(index);
    const { addressSize, version } = this.header;
    const base = version >= 5 ? this.base(At.addrBase, 8) : this.base(At.gnuAddrBase, 0);
    const c = this.file.addr.cursor(base + index * addressSize, 8);
    const address = c.address(addressSize);
    return c.error == "" ? address : null;
  }

  /** A base that the root says, or what it is without. */
  base(attribute: number, otherwise: number): number {
    let base = this.bases.get(attribute);
    if (base == undefined) {
      const root = this.root();
      base = (root == null ? null : this.number(root, attribute)) ?? otherwise;
      this.bases.set(attribute, base);
    }
    return base;
  }

  /** What addresses of range and location lists are relative to at first: the unit's low pc. */
  lowPc(): number {
    if (this.skeleton != null) return this.skeleton.lowPc();
    const root = this.root();
    return (root == null ? null : this.address(root, At.lowPc)) ?? 0;
  }

  /** Offset of a list that an attribute of version 5 names, also by its number (7.28 and 7.29). */
  listOffset(value: Value, indexForm: number): number {
    if (value.form != indexForm) return value.number;
    const { offsetSize } = this.header, ranges = indexForm == Form.rnglistx;
    const section = ranges ? this.file.rnglists : this.file.loclists;
    // Split units name no base: it is behind the header of their only table.
    const otherwise = this.file.split ? (offsetSize == 8 ? 20 : 12) : 0;
    const base = this.base(ranges ? At.rnglistsBase : At.loclistsBase, otherwise);
    return base + section.cursor(base + value.number * offsetSize, 8).offset(offsetSize);
  }

  /** .debug_ranges, which split units of version 4 have in the object. */
  plainRanges(): SectionData {
    return this.skeleton == null ? this.file.ranges : this.skeleton.file.ranges;
  }

  /** What offsets into it are relative to. */
  rangesBase(): number {
    return this.skeleton == null ? 0 : this.skeleton.base(At.gnuRangesBase, 0);
  }

  /** Number of a skeleton and of the unit with its content. */
  dwoId(): bigint {
    if (this.header.version >= 5) return this.cursor(this.header.firstDie - 8).u64();
    const root = this.root();
    return (root == null ? null : this.value(root, At.gnuDwoId)?.exact) ?? 0n;
  }

  /** The entry that tells where the unit's code is. */
  codeRoot(): Die | null {
    return this.skeleton == null ? this.root() : this.skeleton.root();
  }

  /** The entry that an attribute refers to, in this unit, another one, or the supplement. */
  reference(die: Die, attribute: number): Die | null {
    const value = this.value(die, attribute);
    if (value == null) return null;
    if (value.form == Form.gnuRefAlt || value.form == Form.refSup4 || value.form == Form.refSup8) {
      return this.file.supplement()?.dieAt(value.number) ?? null;
    }
    if (value.form == Form.refSig8) return this.file.typeBySignature(value.exact ?? 0n);
    if (this.contains(value.number)) return this.die(value.number);
    return this.file.dieAt(value.number);
  }

  /** Name of the unit's main source file, as its compiler was given it. */
  name(): string {
    const root = this.root();
    return root == null ? "" : this.text(root, At.name);
  }

  folder(): string {
    const root = this.root();
    const own = root == null ? "" : this.text(root, At.compDir);
    return own == "" && this.skeleton != null ? this.skeleton.folder() : own;
  }

  isType(): boolean {
    return this.header.type == 2 || this.header.type == 6;
  }

  isPartial(): boolean {
    return this.root()?.tag == Tag.partialUnit;
  }
}
