/**
 * C types decoded from BTF on demand, one object per type and blob.
 *
 * Modifiers are stripped. Whatever is missing or contradictory in the data reads as void or as
 * empty; cyclic data gives cyclic types only through pointers, typedefs (which `resolved` bounds)
 * and function prototypes, as C does.
 */
import { CEnumerator, CKind, CMember, CParam, CType } from "../oracle/ctype.ts";
import {
  i64FromHalves,
  i64FromI32,
  i64ShrU,
  i64ToDecimal,
  idiv,
  lookup,
} from "../portable/target.ts";
import { BtfData, BtfKind } from "./reader.ts";

const POINTER_SIZE: i32 = 8;
const LARGEST: f64 = 0x7fffffff;
/** Typedefs, arrays and anonymous structs inside one another. */
const DEEPEST: i32 = 64;
/** Members looked at to see that anonymous structs do not contain themselves. */
const MOST_VISITS: i32 = 20000;

/** The types of one blob and its bases. */
export class BtfTypes {
  private made: Map<i32, CType> = new Map<i32, CType>();

  constructor(public data: BtfData) {}

  /** The type with this number, modifiers taken off; void for numbers that do not exist. */
  get(id: i32): CType {
    const at: i32 = this.data.strip(id);
    const known = lookup<i32, CType>(this.made, at);
    if (known != null) return known;
    const type: CType = new BtfType(this, at);
    this.made.set(at, type);
    return type;
  }

  /** Size in bytes of any type. */
  sizeOf(id: i32): i32 {
    const data = this.data;
    let at: i32 = id;
    let count: f64 = 1;
    for (let steps: i32 = 0; steps < DEEPEST; steps++) {
      at = data.strip(at);
      let size: i32 = 0;
      switch (data.kind(at)) {
        case BtfKind.Typedef:
          at = data.target(at);
          continue;
        case BtfKind.Array: {
          const length: i32 = data.extra(at, 2);
          if (length <= 0) return 0;
          count = count * (length as f64);
          if (count > LARGEST) return LARGEST as i32;
          at = data.extra(at, 0);
          continue;
        }
        case BtfKind.Ptr:
          size = POINTER_SIZE;
          break;
        case BtfKind.Int:
        case BtfKind.Float:
        case BtfKind.Struct:
        case BtfKind.Union:
        case BtfKind.Enum:
        case BtfKind.Enum64:
          size = data.size(at);
          break;
        default:
          size = 0;
      }
      const total: f64 = count * (size as f64);
      return total > LARGEST ? LARGEST as i32 : total as i32;
    }
    return 0;
  }

  /** Is the struct free of anonymous members that contain it again? */
  soundStruct(id: i32): bool {
    this.visits = 0;
    return this.soundAt(id, 0);
  }

  private visits: i32 = 0;

  private soundAt(id: i32, depth: i32): bool {
    if (depth > DEEPEST) return false;
    const data = this.data;
    const count: i32 = data.vlen(id);
    for (let i: i32 = 0; i < count; i++) {
      if (data.extra(id, i * 3) != 0) continue;
      this.visits++;
      if (this.visits > MOST_VISITS) return false;
      const inner: i32 = data.strip(data.extra(id, i * 3 + 1));
      if (!isStruct(data.kind(inner))) continue;
      if (!this.soundAt(inner, depth + 1)) return false;
    }
    return true;
  }
}

function isStruct(kind: i32): bool {
  return kind == BtfKind.Struct || kind == BtfKind.Union;
}

function kindOf(data: BtfData, id: i32): CKind {
  switch (data.kind(id)) {
    case BtfKind.Int:
      return CKind.Int;
    case BtfKind.Float:
      return CKind.Float;
    case BtfKind.Ptr:
      return CKind.Pointer;
    case BtfKind.Struct:
      return CKind.Struct;
    case BtfKind.Union:
      return CKind.Union;
    case BtfKind.Enum:
    case BtfKind.Enum64:
      return CKind.Enum;
    case BtfKind.Array:
      return CKind.Array;
    case BtfKind.FuncProto:
      return CKind.Function;
    case BtfKind.Typedef:
      return CKind.Typedef;
    case BtfKind.Fwd:
      return CKind.Forward;
    default:
      return CKind.Void;
  }
}

function nameOf(data: BtfData, id: i32): string {
  const kind: i32 = data.kind(id);
  const named = kind == BtfKind.Int || kind == BtfKind.Float || isStruct(kind) ||
    kind == BtfKind.Enum || kind == BtfKind.Enum64 || kind == BtfKind.Typedef ||
    kind == BtfKind.Fwd;
  return named ? data.name(id) : "";
}

/** Bits of the word after an Int record. */
const INT_SIGNED: i32 = 1;
const INT_CHAR: i32 = 2;
const INT_BOOL: i32 = 4;

function intEncoding(data: BtfData, id: i32): i32 {
  return data.kind(id) == BtfKind.Int ? (data.extra(id, 0) >>> 24) & 15 : 0;
}

function isSigned(data: BtfData, id: i32): bool {
  const kind: i32 = data.kind(id);
  if (kind == BtfKind.Enum || kind == BtfKind.Enum64) return data.flag(id);
  return (intEncoding(data, id) & INT_SIGNED) != 0;
}

class BtfType extends CType {
  private memberList: CMember[] = [];
  private membersKnown: bool = false;

  constructor(private types: BtfTypes, private id: i32) {
    super(
      kindOf(types.data, id),
      nameOf(types.data, id),
      types.sizeOf(id),
      isSigned(types.data, id),
    );
  }

  target(): CType | null {
    switch (this.kind) {
      case CKind.Pointer:
      case CKind.Typedef:
      case CKind.Function:
        return this.types.get(this.types.data.target(this.id));
      case CKind.Array:
        return this.types.get(this.types.data.extra(this.id, 0));
      default:
        return null;
    }
  }

  length(): i32 {
    if (this.kind != CKind.Array) return 0;
    const length: i32 = this.types.data.extra(this.id, 2);
    return length < 0 ? 0 : length;
  }

  members(): CMember[] {
    if (this.membersKnown) return this.memberList;
    this.membersKnown = true;
    if (this.kind != CKind.Struct && this.kind != CKind.Union) return this.memberList;
    if (!this.types.soundStruct(this.id)) return this.memberList;
    const count: i32 = this.types.data.vlen(this.id);
    for (let i: i32 = 0; i < count; i++) this.memberList.push(this.member(i));
    return this.memberList;
  }

  private member(index: i32): CMember {
    const data = this.types.data;
    const name = data.text(data.extra(this.id, index * 3));
    const typeId: i32 = data.extra(this.id, index * 3 + 1);
    const place: i32 = data.extra(this.id, index * 3 + 2);
    const type = this.types.get(typeId);
    let at: i32 = place & 0x7fffffff;
    let bits: i32 = 0;
    if (data.flag(this.id)) {
      at = place & 0xffffff;
      bits = (place >>> 24) & 0xff;
    } else {
      // Older form: the integer itself says that it is narrower than its size.
      const inner: i32 = data.strip(typeId);
      if (data.kind(inner) == BtfKind.Int) {
        const word: i32 = data.extra(inner, 0);
        const width: i32 = word & 0xff;
        if (width != type.size * 8 && width > 0) {
          bits = width;
          at += (word >>> 16) & 0xff;
        }
      }
    }
    if (bits == 0) return new CMember(name, type, at >>> 3, 0, 0);
    return this.bitField(name, type, at, bits);
  }

  /** A storage unit of the member's type: aligned if the field lies within one, else packed. */
  private bitField(name: string, type: CType, at: i32, bits: i32): CMember {
    const size: i32 = type.size > 0 ? type.size : 1;
    const unit: i32 = size * 8;
    let offset: i32 = idiv(at, unit) * size;
    if (at - offset * 8 + bits > unit) offset = at >>> 3;
    return new CMember(name, type, offset, at - offset * 8, bits);
  }

  enumerators(): CEnumerator[] {
    const list: CEnumerator[] = [];
    if (this.kind != CKind.Enum) return list;
    const data = this.types.data;
    const count: i32 = data.vlen(this.id);
    for (let i: i32 = 0; i < count; i++) {
      list.push(
        new CEnumerator(enumeratorName(data, this.id, i), enumeratorValue(data, this.id, i)),
      );
    }
    return list;
  }

  params(): CParam[] {
    const list: CParam[] = [];
    if (this.kind != CKind.Function) return list;
    const data = this.types.data;
    const count: i32 = data.vlen(this.id);
    for (let i: i32 = 0; i < count; i++) {
      const typeId: i32 = data.extra(this.id, i * 2 + 1);
      if (typeId == 0 && i == count - 1) break; // `...`
      list.push(new CParam(data.text(data.extra(this.id, i * 2)), this.types.get(typeId)));
    }
    return list;
  }

  isChar(): bool {
    if (this.kind != CKind.Int || this.size != 1) return false;
    if ((intEncoding(this.types.data, this.id) & INT_CHAR) != 0) return true;
    return this.name == "char" || this.name == "signed char" || this.name == "unsigned char";
  }

  isBool(): bool {
    return (intEncoding(this.types.data, this.id) & INT_BOOL) != 0;
  }
}

export function enumeratorName(data: BtfData, id: i32, index: i32): string {
  const words: i32 = data.kind(id) == BtfKind.Enum64 ? 3 : 2;
  return data.text(data.extra(id, index * words));
}

/** Decimal text. */
export function enumeratorValue(data: BtfData, id: i32, index: i32): string {
  if (data.kind(id) == BtfKind.Enum64) {
    const low: i32 = data.extra(id, index * 3 + 1);
    const high: i32 = data.extra(id, index * 3 + 2);
    return i64ToDecimal(i64FromHalves(low, high));
  }
  const value: i32 = data.extra(id, index * 2 + 1);
  if (data.flag(id) || value >= 0) return value.toString();
  return i64ToDecimal(i64ShrU(i64FromHalves(0, value), i64FromI32(32)));
}
