/**
 * Little-endian reading of one section's bytes. After the first failure every read gives 0 and
 * `error` names the section and the offset: the caller checks once per record.
 *
 * Addresses are 64-bit numbers taken as signed: kernel addresses are small negative numbers, which
 * a double holds exactly, as it does all canonical x86-64 addresses.
 */
export class Cursor {
  error = "";

  constructor(
    private section: string,
    public bytes: Uint8Array,
    public at = 0,
    public end = bytes.length,
    /** Offset of bytes[0] in the section, for messages. */
    private base = 0,
  ) {
    if (!(at >= 0) || at > end || end > bytes.length) {
      this.at = this.end = 0;
      this.fail("an offset lies outside");
    }
  }

  fail(why: string): number {
    if (this.error == "") {
      this.error = `${this.section}+0x${(this.base + this.at).toString(16)}: ${why}`;
    }
    this.at = this.end;
    return 0;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  private take(size: number): number {
    const at = this.at;
    if (at + size > this.end) {
      this.fail("truncated");
      return -1;
    }
    this.at = at + size;
    return at;
  }

  u8(): number {
    return this.at < this.end ? this.bytes[this.at++] : this.fail("truncated");
  }

  u16(): number {
    const at = this.take(2);
    return at < 0 ? 0 : this.bytes[at] | this.bytes[at + 1] << 8;
  }

  u24(): number {
    const at = this.take(3);
    return at < 0 ? 0 : this.bytes[at] | this.bytes[at + 1] << 8 | this.bytes[at + 2] << 16;
  }

  i32(): number {
    const at = this.take(4), b = this.bytes;
    return at < 0 ? 0 : b[at] | b[at + 1] << 8 | b[at + 2] << 16 | b[at + 3] << 24;
  }

  u32(): number {
    return this.i32() >>> 0;
  }

  /** Signed; numbers beyond 2^53 lose their low bits. */
  i64(): number {
    const low = this.u32();
    return this.i32() * 0x100000000 + low;
  }

  u64(): bigint {
    const low = this.u32(), high = this.u32();
    return BigInt(high) << 32n | BigInt(low);
  }

  /** A section offset or length of the unit's format: 4 or 8 bytes. */
  offset(size: number): number {
    if (size == 4) return this.u32();
    const value = this.i64();
    return value < 0 ? this.fail("an offset is too large") : value;
  }

  /** An unsigned number of 1, 2, 3, 4 or 8 bytes. */
  unsigned(size: number): number {
    switch (size) {
      case 1:
        return this.u8();
      case 2:
        return this.u16();
      case 3:
        return this.u24();
      case 4:
        return this.u32();
      case 8:
        return this.i64();
    }
    return this.fail(`a number of ${size} bytes`);
  }

  /** An address of a target with this many bytes per address. */
  address(size: number): number {
    return size == 8 ? this.i64() : this.unsigned(size);
  }

  /** DWARF 5, 7.6. Bits beyond 2^53 are lost. */
  uleb(): number {
    let value = 0, scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    return this.fail("a number of more than ten bytes");
  }

  sleb(): number {
    let value = 0, scale = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte < 0x80) return byte & 0x40 ? value - scale : value;
    }
    return this.fail("a number of more than ten bytes");
  }

  /** All 64 bits of an unsigned number. */
  uleb64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    this.fail("a number of more than ten bytes");
    return 0n;
  }

  sleb64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (byte & 0x40) value -= 1n << shift + 7n;
        return BigInt.asIntN(64, value);
      }
    }
    this.fail("a number of more than ten bytes");
    return 0n;
  }

  skip(count: number): void {
    if (!(count >= 0) || this.at + count > this.end) this.fail("truncated");
    else this.at += count;
  }

  /** A text up to its NUL, which is skipped; one character per byte. */
  text(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0 || end >= this.end) {
      this.fail("a text without an end");
      return "";
    }
    const text = latin1(this.bytes, this.at, end);
    this.at = end + 1;
    return text;
  }

  /** The next bytes, as a view. */
  view(count: number): Uint8Array {
    const at = this.at;
    this.skip(count);
    return this.error == "" ? this.bytes.subarray(at, at + count) : new Uint8Array(0);
  }
}

const CHUNK = 8192;

/** Bytes as a text, one character per byte. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  if (to - from < 32) {
    let text = "";
    for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i]);
    return text;
  }
  let text = "";
  for (let at = from; at < to; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(to, at + CHUNK)));
  }
  return text;
}
