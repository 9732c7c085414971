/** C types decoded from DWARF on demand (DWARF 5, chapter 5), in the model of the front end. */
import { At, Tag } from "../debuginfo/dwarf/constants.ts";
import type { DwarfFile } from "../debuginfo/dwarf/file.ts";
import type { Die, Value } from "../debuginfo/dwarf/unit.ts";
import { CEnumerator, CKind, CMember, CParam, CType } from "../front/oracle/ctype.ts";

/** const, volatile and typedef chains and nested arrays are shorter. */
const DEEPEST = 64;
const LARGEST = 0x7fffffff;
/** Members looked at inside of anonymous members. */
const DEEPEST_ANONYMOUS = 16;
const MOST_VISITS = 20_000;

/** The types of one debug file: one object per entry. */
export class DwarfTypes {
  private made = new Map<DwarfFile, Map<number, CType>>();
  private void_: CType | null = null;

  /** The type that an entry's DW_AT_type names; void if it names none. */
  of(die: Die): CType {
    const type = die.unit.reference(die, At.type);
    return type == null ? this.voidType() : this.get(type);
  }

  get(die: Die): CType {
    const at = strip(die);
    if (at == null) return this.voidType();
    // Supplements and split files have offsets of their own.
    let types = this.made.get(at.unit.file);
    if (types == undefined) this.made.set(at.unit.file, types = new Map());
    let type = types.get(at.offset);
    if (type == undefined) types.set(at.offset, type = new DwarfType(this, at));
    return type;
  }

  /** The prototype of a function's entry. */
  prototype(die: Die): CType {
    return new DwarfType(this, die);
  }

  private voidType(): CType {
    this.void_ ??= new PlainType(CKind.Void);
    return this.void_;
  }
}

/** Takes const, volatile, restrict and atomic off; null for void. */
function strip(die: Die): Die | null {
  let at: Die | null = die;
  for (let i = 0; i < DEEPEST && at != null; i++) {
    switch (at.tag) {
      case Tag.constType:
      case Tag.volatileType:
      case Tag.restrictType:
      case Tag.atomicType:
        at = at.unit.reference(at, At.type);
        continue;
      case Tag.unspecifiedType:
        return null;
    }
    return at;
  }
  return null;
}

function kindOf(die: Die): CKind {
  const declared = () => die.unit.flag(die, At.declaration);
  switch (die.tag) {
    case Tag.baseType:
      return isFloat(die) ? CKind.Float : CKind.Int;
    case Tag.pointerType:
      return CKind.Pointer;
    case Tag.structureType:
      return declared() ? CKind.Forward : CKind.Struct;
    case Tag.unionType:
      return declared() ? CKind.Forward : CKind.Union;
    case Tag.enumerationType:
      return CKind.Enum;
    case Tag.arrayType:
      return CKind.Array;
    case Tag.subroutineType:
    case Tag.subprogram:
    case Tag.inlinedSubroutine:
      return CKind.Function;
    case Tag.typedef:
      return CKind.Typedef;
  }
  return CKind.Void;
}

const encodingOf = (die: Die) => die.unit.number(die, At.encoding) ?? 0;

/** DW_ATE_float, complex and decimal kinds. */
function isFloat(die: Die): boolean {
  const encoding = encodingOf(die);
  return encoding == 4 || encoding == 3 || encoding == 9 || encoding == 15;
}

function isSigned(die: Die, depth = 0): boolean {
  if (die.tag == Tag.baseType) {
    const encoding = encodingOf(die);
    return encoding == 5 || encoding == 6 || encoding == 13;
  }
  if (die.tag != Tag.enumerationType) return false;
  const base = die.unit.reference(die, At.type);
  if (base != null) {
    const plain = strip(base);
    return plain != null && depth < DEEPEST && isSigned(plain, depth + 1);
  }
  for (const child of die.unit.children(die)) {
    if (child.tag == Tag.enumerator && constant(child.unit.value(child, At.constValue)) < 0n) {
      return true;
    }
  }
  return false;
}

/** A constant with the sign of its form. */
function constant(value: Value | null): bigint {
  if (value == null || value.block != null) return 0n;
  return value.exact ?? BigInt(value.number);
}

function sizeOf(die: Die, depth = 0): number {
  if (depth > DEEPEST) return 0;
  const { unit } = die;
  const own = unit.number(die, At.byteSize);
  switch (die.tag) {
    case Tag.pointerType:
      return own ?? unit.header.addressSize;
    case Tag.typedef: {
      const target = unit.reference(die, At.type), plain = target == null ? null : strip(target);
      return plain == null ? 0 : sizeOf(plain, depth + 1);
    }
    case Tag.arrayType: {
      if (own != null) return Math.min(own, LARGEST);
      const target = unit.reference(die, At.type), plain = target == null ? null : strip(target);
      if (plain == null) return 0;
      const count = dimensions(die).reduce((product, n) => product * n, 1);
      return Math.min(LARGEST, count * sizeOf(plain, depth + 1));
    }
    case Tag.subprogram:
    case Tag.subroutineType:
      return 0;
  }
  return own == null || own < 0 || own > LARGEST ? 0 : own;
}

/** Numbers of elements, outermost first; 0 for a flexible array. */
function dimensions(die: Die): number[] {
  const list: number[] = [];
  for (const child of die.unit.children(die)) {
    if (child.tag != Tag.subrangeType) continue;
    const count = child.unit.value(child, At.count);
    const upper = child.unit.value(child, At.upperBound);
    let length = 0;
    if (count != null && count.block == null) length = count.number;
    else if (upper != null && upper.block == null) length = upper.number + 1;
    // gcc writes -1 as an unsigned bound of a flexible array.
    list.push(length > 0 && length <= LARGEST ? length : 0);
  }
  return list.length == 0 ? [0] : list;
}

class PlainType extends CType {
  constructor(kind: CKind, private to: CType | null = null, private count = 0, size = 0) {
    super(kind, "", size, false);
  }
  target(): CType | null {
    return this.to;
  }
  length(): number {
    return this.count;
  }
  members(): CMember[] {
    return [];
  }
  enumerators(): CEnumerator[] {
    return [];
  }
  params(): CParam[] {
    return [];
  }
  isChar(): boolean {
    return false;
  }
  isBool(): boolean {
    return false;
  }
}

class DwarfType extends CType {
  private memberList: CMember[] | null = null;

  constructor(private types: DwarfTypes, readonly die: Die) {
    super(kindOf(die), nameOf(die), sizeOf(die), isSigned(die));
  }

  target(): CType | null {
    switch (this.kind) {
      case CKind.Pointer:
      case CKind.Typedef:
      case CKind.Function:
        return this.types.of(this.die);
      case CKind.Array: {
        // Inner dimensions are types of their own.
        const inner = dimensions(this.die).slice(1);
        let type = this.types.of(this.die);
        for (const count of inner.reverse()) {
          type = new PlainType(CKind.Array, type, count, Math.min(LARGEST, count * type.size));
        }
        return type;
      }
    }
    return null;
  }

  length(): number {
    return this.kind == CKind.Array ? dimensions(this.die)[0] : 0;
  }

  members(): CMember[] {
    if (this.memberList != null) return this.memberList;
    const list: CMember[] = this.memberList = [];
    if (this.kind != CKind.Struct && this.kind != CKind.Union) return list;
    if (!soundStruct(this.die, 0, { left: MOST_VISITS })) return list;
    for (const child of this.die.unit.children(this.die)) {
      if (child.tag == Tag.member) list.push(this.member(child));
    }
    return list;
  }

  private member(die: Die): CMember {
    const { unit } = die;
    const type = this.types.of(die), name = unit.text(die, At.name);
    const place = unit.value(die, At.dataMemberLocation);
    const byte = place == null || place.block != null ? 0 : place.number;
    const bits = unit.number(die, At.bitSize) ?? 0;
    if (bits <= 0) return new CMember(name, type, byte, 0, 0);
    const size = type.size > 0 ? type.size : 1, unitBits = size * 8;
    const fromStart = unit.number(die, At.dataBitOffset);
    let at = fromStart ?? 0;
    if (fromStart == null) {
      // DWARF 3: from the most significant bit of the storage unit.
      const storage = unit.number(die, At.byteSize) ?? size;
      at = byte * 8 + storage * 8 - (unit.number(die, At.bitOffset) ?? 0) - bits;
    }
    let offset = Math.floor(at / unitBits) * size;
    if (at - offset * 8 + bits > unitBits) offset = at >>> 3;
    return new CMember(name, type, offset, at - offset * 8, bits);
  }

  enumerators(): CEnumerator[] {
    if (this.kind != CKind.Enum) return [];
    const list: CEnumerator[] = [];
    for (const child of this.die.unit.children(this.die)) {
      if (child.tag != Tag.enumerator) continue;
      const value = constant(child.unit.value(child, At.constValue));
      list.push(new CEnumerator(child.unit.text(child, At.name), value.toString()));
    }
    return list;
  }

  params(): CParam[] {
    if (this.kind != CKind.Function) return [];
    const list: CParam[] = [];
    for (const child of this.die.unit.children(this.die)) {
      if (child.tag != Tag.formalParameter) continue;
      list.push(new CParam(child.unit.text(child, At.name), this.types.of(child)));
    }
    return list;
  }

  isChar(): boolean {
    if (this.kind != CKind.Int || this.size != 1) return false;
    const encoding = encodingOf(this.die);
    return encoding == 6 || encoding == 8 || encoding == 16;
  }

  isBool(): boolean {
    return this.kind == CKind.Int && encodingOf(this.die) == 2;
  }
}

function nameOf(die: Die): string {
  switch (die.tag) {
    case Tag.baseType:
    case Tag.structureType:
    case Tag.unionType:
    case Tag.enumerationType:
    case Tag.typedef:
      return die.unit.text(die, At.name);
  }
  return "";
}

/** Is a struct free of anonymous members that contain it again? */
function soundStruct(die: Die, depth: number, visits: { left: number }): boolean {
  if (depth > DEEPEST_ANONYMOUS || --visits.left < 0) return false;
  for (const child of die.unit.children(die)) {
    if (child.tag != Tag.member || child.abbrev.find(At.name) >= 0) continue;
    const type = child.unit.reference(child, At.type), plain = type == null ? null : strip(type);
    if (plain == null || (plain.tag != Tag.structureType && plain.tag != Tag.unionType)) continue;
    if (!soundStruct(plain, depth + 1, visits)) return false;
  }
  return true;
}
