/**
 * BTF, the type format of the Linux kernel (Documentation/bpf/btf.rst): bytes to numbered records.
 *
 * Opening walks the type section once and keeps one offset per type; names and members are read on
 * demand. What holds after `openBtf` returned data without an error: every record lies wholly in
 * the type section, so its fields can be read without further tests. References to other types
 * and to strings are never trusted: an unknown type number reads as void, an unknown string as "".
 *
 * Split BTF (modules) goes on counting types and string offsets where its base ends.
 */

export enum BtfKind {
  Void = 0,
  Int = 1,
  Ptr = 2,
  Array = 3,
  Struct = 4,
  Union = 5,
  Enum = 6,
  Fwd = 7,
  Typedef = 8,
  Volatile = 9,
  Const = 10,
  Restrict = 11,
  Func = 12,
  FuncProto = 13,
  Var = 14,
  DataSec = 15,
  Float = 16,
  DeclTag = 17,
  TypeTag = 18,
  Enum64 = 19,
}

const MAGIC: i32 = 0xeb9f;
const MAGIC_SWAPPED: i32 = 0x9feb;
const SMALLEST_HEADER: i32 = 24;
const RECORD: i32 = 12;

/** Kinds that the name index holds. */
const NAMED: i32 = (1 << 1) | (1 << 4) | (1 << 5) | (1 << 6) | (1 << 7) | (1 << 8) | (1 << 12) |
  (1 << 14) | (1 << 16) | (1 << 19);

/** Little-endian reader over one range of bytes. After an error every read returns 0. */
export class Cursor {
  error: string = "";

  constructor(
    private section: string,
    private bytes: Uint8Array,
    public at: i32,
    private end: i32,
  ) {
    if (end > bytes.length) this.end = bytes.length;
    if (at < 0 || at > this.end) this.fail("starts outside of the data");
  }

  u8(): i32 {
    if (this.at >= this.end) return this.fail("truncated");
    const value: i32 = this.bytes[this.at];
    this.at++;
    return value;
  }

  u16(): i32 {
    const low: i32 = this.u8();
    return low | (this.u8() << 8);
  }

  /** 32 bits; values from 2^31 on come out negative. */
  i32(): i32 {
    if (this.end - this.at < 4) return this.fail("truncated");
    const value: i32 = word(this.bytes, this.at);
    this.at += 4;
    return value;
  }

  /** 32 bits that must be a size or an offset. */
  size(): i32 {
    const value: i32 = this.i32();
    return value < 0 ? this.fail("impossible size") : value;
  }

  skip(count: i32): void {
    if (count < 0 || count > this.end - this.at) this.fail("truncated");
    else this.at += count;
  }

  /** The first failure sticks. */
  fail(why: string): i32 {
    if (this.error == "") this.error = this.section + "+" + this.at.toString() + ": " + why;
    this.at = this.end;
    return 0;
  }
}

/** Little-endian 32 bits at a place known to be inside. */
function word(bytes: Uint8Array, at: i32): i32 {
  const b0: i32 = bytes[at];
  const b1: i32 = bytes[at + 1];
  const b2: i32 = bytes[at + 2];
  const b3: i32 = bytes[at + 3];
  return b0 | (b1 << 8) | (b2 << 16) | (b3 << 24);
}

/** Bytes after the common 12 of a record, or -1 for a kind unknown here. */
function extraBytes(kind: i32, vlen: i32): i32 {
  switch (kind) {
    case BtfKind.Int:
    case BtfKind.Var:
    case BtfKind.DeclTag:
      return 4;
    case BtfKind.Array:
      return 12;
    case BtfKind.Struct:
    case BtfKind.Union:
    case BtfKind.DataSec:
    case BtfKind.Enum64:
      return vlen * 12;
    case BtfKind.Enum:
    case BtfKind.FuncProto:
      return vlen * 8;
    case BtfKind.Ptr:
    case BtfKind.Fwd:
    case BtfKind.Typedef:
    case BtfKind.Volatile:
    case BtfKind.Const:
    case BtfKind.Restrict:
    case BtfKind.Func:
    case BtfKind.Float:
    case BtfKind.TypeTag:
      return 0;
    default:
      return -1;
  }
}

function hashStep(hash: i32, byte: i32): i32 {
  return ((hash << 5) - hash + byte) | 0;
}

/** One BTF blob. Type numbers and string offsets are those of the whole chain of bases. */
export class BtfData {
  /** Why the bytes cannot be used; empty if they can. */
  error: string = "";
  /** Number of the first own type (1 without a base, since 0 is void). */
  firstId: i32 = 1;
  /** Number of own types. */
  count: i32 = 0;
  private firstString: i32 = 0;
  private stringsAt: i32 = 0;
  private stringsLength: i32 = 0;
  /** Where each own type's record begins. */
  private offsets: Int32Array = new Int32Array(0);
  /** Hash buckets of names and the next of the same bucket; values are own index + 1. */
  private heads: Int32Array = new Int32Array(0);
  private chain: Int32Array = new Int32Array(0);

  constructor(private bytes: Uint8Array, public base: BtfData | null) {}

  /** Reads the header and finds the records; sets `error` if something is wrong. */
  open(): void {
    const base = this.base;
    if (base != null) {
      this.firstId = base.endId();
      this.firstString = base.firstString + base.stringsLength;
    }
    const head = new Cursor(".BTF header", this.bytes, 0, this.bytes.length);
    const magic: i32 = head.u16();
    if (head.error == "" && magic == MAGIC_SWAPPED) head.fail("big-endian data");
    else if (head.error == "" && magic != MAGIC) head.fail("no BTF magic number");
    const version: i32 = head.u8();
    if (head.error == "" && version != 1) head.fail("version " + version.toString());
    head.u8(); // flags
    const headerLength: i32 = head.size();
    if (head.error == "" && headerLength < SMALLEST_HEADER) head.fail("header too short");
    const typeOffset: i32 = head.size();
    const typeLength: i32 = head.size();
    const stringOffset: i32 = head.size();
    const stringLength: i32 = head.size();
    if (head.error != "") {
      this.error = head.error;
      return;
    }
    const room: i32 = this.bytes.length - headerLength;
    if (!fits(typeOffset, typeLength, room) || !fits(stringOffset, stringLength, room)) {
      this.error = ".BTF header: sections lie outside of the data";
      return;
    }
    this.stringsAt = headerLength + stringOffset;
    this.stringsLength = stringLength;
    this.indexTypes(headerLength + typeOffset, typeLength);
  }

  private indexTypes(start: i32, length: i32): void {
    const offsets = new Int32Array(((length / RECORD) | 0) + 1);
    const end: i32 = start + length;
    let at: i32 = start;
    let count: i32 = 0;
    while (at < end) {
      if (end - at < RECORD) {
        this.error = ".BTF types+" + (at - start).toString() + ": truncated record";
        return;
      }
      const info: i32 = word(this.bytes, at + 4);
      const kind: i32 = (info >>> 24) & 0x1f;
      const extra: i32 = extraBytes(kind, info & 0xffff);
      if (extra < 0) {
        this.error = ".BTF types+" + (at - start).toString() + ": unknown kind " + kind.toString();
        return;
      }
      if (extra > end - at - RECORD) {
        this.error = ".BTF types+" + (at - start).toString() + ": truncated record";
        return;
      }
      offsets[count] = at;
      count++;
      at += RECORD + extra;
    }
    this.offsets = offsets;
    this.count = count;
  }

  /** One past the last type number. */
  endId(): i32 {
    return this.firstId + this.count;
  }

  /** The blob of the chain that holds this type, or null for void and unknown numbers. */
  private owner(id: i32): BtfData | null {
    if (id >= this.endId() || id <= 0) return null;
    if (id >= this.firstId) return this;
    const base = this.base;
    return base == null ? null : base.owner(id);
  }

  /** A 32-bit word of a type's record: byte offset `field` from its start. */
  private field(id: i32, field: i32): i32 {
    if (id >= this.firstId && id < this.endId()) {
      return word(this.bytes, this.offsets[id - this.firstId] + field);
    }
    const owner = this.owner(id);
    return owner == null ? 0 : owner.field(id, field);
  }

  kind(id: i32): i32 {
    return (this.field(id, 4) >>> 24) & 0x1f;
  }

  /** Number of members, parameters, enumerators. */
  vlen(id: i32): i32 {
    return this.field(id, 4) & 0xffff;
  }

  /** Struct: bit-field sizes in members. Enum: signed. Fwd: a union. */
  flag(id: i32): bool {
    return this.field(id, 4) < 0;
  }

  /** Size in bytes of a kind that has one. */
  size(id: i32): i32 {
    const size: i32 = this.field(id, 8);
    return size < 0 ? 0 : size;
  }

  /** Referenced type of Ptr, Typedef, Func (its prototype), FuncProto (return), modifiers. */
  target(id: i32): i32 {
    return this.field(id, 8);
  }

  name(id: i32): string {
    return this.text(this.field(id, 0));
  }

  /** Word `index` after the common part of the record; the caller knows the kind's layout. */
  extra(id: i32, index: i32): i32 {
    return this.field(id, RECORD + index * 4);
  }

  /** NUL-terminated bytes of the string section, one char per byte. */
  text(offset: i32): string {
    if (offset < this.firstString) {
      const base = this.base;
      return base == null || offset < 0 ? "" : base.text(offset);
    }
    let at: i32 = this.stringAt(offset);
    if (at < 0) return "";
    const end: i32 = this.stringsAt + this.stringsLength;
    let text = "";
    while (at < end && this.bytes[at] != 0) {
      text += String.fromCharCode(this.bytes[at]);
      at++;
    }
    return text;
  }

  /** Where in `bytes` an own string begins, or -1. */
  private stringAt(offset: i32): i32 {
    const own: i32 = offset - this.firstString;
    return own < 0 || own >= this.stringsLength ? -1 : this.stringsAt + own;
  }

  /** The type with modifiers (const, volatile, restrict, type tags) taken off. */
  strip(id: i32): i32 {
    let at: i32 = id;
    for (let steps: i32 = 0; steps < 64; steps++) {
      const kind: i32 = this.kind(at);
      const modifier = kind == BtfKind.Const || kind == BtfKind.Volatile ||
        kind == BtfKind.Restrict || kind == BtfKind.TypeTag;
      if (!modifier) return at;
      at = this.target(at);
    }
    return 0;
  }

  // -------------------------------------------------------------------------------- names

  /**
   * Does the own type's name begin with `prefix`? Bytes are compared in place, so that a walk over
   * all types makes no strings. Names shared with the base (a module's own type called as one in
   * the kernel image) are looked up there.
   */
  nameStarts(id: i32, prefix: string): bool {
    const offset: i32 = this.field(id, 0);
    return this.textStarts(offset, prefix);
  }

  private textStarts(offset: i32, prefix: string): bool {
    if (offset < this.firstString) {
      const base = this.base;
      return base == null || offset < 0 ? false : base.textStarts(offset, prefix);
    }
    const at: i32 = this.stringAt(offset);
    if (at < 0) return prefix.length == 0;
    const room: i32 = this.stringsAt + this.stringsLength - at;
    if (prefix.length > room) return false;
    for (let i: i32 = 0; i < prefix.length; i++) {
      if (this.bytes[at + i] as i32 != prefix.charCodeAt(i)) return false;
    }
    return true;
  }

  /** Is the string at this offset exactly `text`? Makes no string. */
  textEquals(offset: i32, text: string): bool {
    if (offset < this.firstString) {
      const base = this.base;
      return base == null || offset < 0 ? false : base.textEquals(offset, text);
    }
    if (!this.textStarts(offset, text)) return false;
    const at: i32 = this.stringAt(offset);
    if (at < 0) return text.length == 0;
    const after: i32 = at + text.length;
    return after >= this.stringsAt + this.stringsLength || this.bytes[after] == 0;
  }

  private textHash(offset: i32): i32 {
    if (offset < this.firstString) {
      const base = this.base;
      return base == null || offset < 0 ? 0 : base.textHash(offset);
    }
    let at: i32 = this.stringAt(offset);
    let hash: i32 = 0;
    if (at < 0) return hash;
    const end: i32 = this.stringsAt + this.stringsLength;
    // A hostile blob can point every name at one long string: what comes after 64 bytes is not
    // worth hashing.
    if (end - at > 64) {
      const stop: i32 = at + 64;
      while (at < stop && this.bytes[at] != 0) {
        hash = hashStep(hash, this.bytes[at]);
        at++;
      }
      return hash;
    }
    while (at < end && this.bytes[at] != 0) {
      hash = hashStep(hash, this.bytes[at]);
      at++;
    }
    return hash;
  }

  private indexNames(): void {
    let buckets: i32 = 16;
    while (buckets < this.count) buckets = buckets * 2;
    const heads = new Int32Array(buckets);
    const chain = new Int32Array(this.count);
    // Backwards, so that the chain of a bucket runs in the order of the types.
    for (let i: i32 = this.count - 1; i >= 0; i--) {
      const at: i32 = this.offsets[i];
      const kind: i32 = (word(this.bytes, at + 4) >>> 24) & 0x1f;
      if ((NAMED >>> kind & 1) == 0) continue;
      const name: i32 = word(this.bytes, at);
      if (name == 0) continue;
      const bucket: i32 = this.textHash(name) & (buckets - 1);
      chain[i] = heads[bucket];
      heads[bucket] = i + 1;
    }
    this.heads = heads;
    this.chain = chain;
  }

  /** First own type with this name and kind; 0 if there is none. */
  findOwn(name: string, kind: i32): i32 {
    if (name.length == 0 || this.count == 0) return 0;
    if (this.heads.length == 0) this.indexNames();
    let hash: i32 = 0;
    for (let i: i32 = 0; i < name.length && i < 64; i++) {
      hash = hashStep(hash, name.charCodeAt(i));
    }
    let at: i32 = this.heads[hash & (this.heads.length - 1)];
    while (at != 0) {
      const id: i32 = this.firstId + at - 1;
      if (this.kind(id) == kind && this.textEquals(this.field(id, 0), name)) return id;
      at = this.chain[at - 1];
    }
    return 0;
  }

  /** The next one of the name and kind of `id`, which findOwn() or this gave; 0 after the last. */
  nextOwn(id: i32): i32 {
    let at: i32 = this.chain[id - this.firstId];
    while (at != 0) {
      const other: i32 = this.firstId + at - 1;
      if (this.kind(other) == this.kind(id) && this.name(other) == this.name(id)) return other;
      at = this.chain[at - 1];
    }
    return 0;
  }

  /** As findOwn, then in the bases. */
  find(name: string, kind: i32): i32 {
    const own: i32 = this.findOwn(name, kind);
    const base = this.base;
    return own != 0 || base == null ? own : base.find(name, kind);
  }
}

function fits(offset: i32, length: i32, room: i32): bool {
  return offset >= 0 && length >= 0 && offset <= room && length <= room - offset;
}

/** Opens BTF bytes; look at `error` of the result. `base` must itself be free of errors. */
export function openBtf(bytes: Uint8Array, base: BtfData | null): BtfData {
  const data = new BtfData(bytes, base);
  data.open();
  return data;
}
