/**
 * C types as the oracles give them: the common model of BTF and DWARF.
 *
 * const, volatile, restrict and attribute tags are stripped when a type is decoded; typedefs stay,
 * because `$x$` and -L print their names. Members and targets are decoded on demand by the oracle
 * that made the type.
 */

export enum CKind {
  Void,
  /** Integers, bool, char. */
  Int,
  Float,
  Pointer,
  Struct,
  Union,
  Enum,
  Array,
  Function,
  Typedef,
  /** A struct or union that the kernel image only declares. */
  Forward,
}

export class CMember {
  constructor(
    /** Empty for an anonymous struct or union. */
    public name: string,
    public type: CType,
    /** Byte offset of the storage unit from the start of the struct. */
    public offset: i32,
    /** Bit-field: bits from the least significant bit of the storage unit, and their number; else 0. */
    public bitOffset: i32,
    public bitSize: i32,
  ) {}
}

export class CEnumerator {
  constructor(
    public name: string,
    /** Decimal text. */
    public value: string,
  ) {}
}

export class CParam {
  constructor(
    /** Empty if the prototype does not name it. */
    public name: string,
    public type: CType,
  ) {}
}

export abstract class CType {
  constructor(
    public kind: CKind,
    /** Tag or typedef name without "struct"; empty for anonymous and derived types. */
    public name: string,
    /** In bytes; 0 for void, functions and forwards. */
    public size: i32,
    /** Int and Enum. */
    public signed: bool,
  ) {}

  /** Pointee, element, aliased or return type; null for the others. */
  abstract target(): CType | null;
  /** Number of elements of an array; 0 for a flexible one. */
  abstract length(): i32;
  /** Of a struct or union, in order. */
  abstract members(): CMember[];
  abstract enumerators(): CEnumerator[];
  /** Of a function. */
  abstract params(): CParam[];
  /** Of an Int: is it `char` (prints as a character, pointers to it as strings) or bool. */
  abstract isChar(): bool;
  abstract isBool(): bool;
}

/** The type with typedefs taken off. */
export function resolved(type: CType): CType {
  let at = type;
  let steps: i32 = 0;
  while (at.kind == CKind.Typedef && steps < 64) {
    const next = at.target();
    if (next == null) return at;
    at = next;
    steps++;
  }
  return at;
}
