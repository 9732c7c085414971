/** Hand-made BTF for tests: types are appended, the blob is put together at the end. */

export class BtfBuilder {
  private types: number[] = [];
  private strings = "\0";

  constructor(private nextId = 1, private stringBase = 0) {
    if (stringBase > 0) this.strings = "";
  }

  /** Offset of a string, appended anew each time. */
  text(text: string): number {
    if (text === "") return 0;
    const at = this.stringBase + this.strings.length;
    this.strings += text + "\0";
    return at;
  }

  /** Appends a record; returns its number. `words` follow the common part. */
  add(
    kind: number,
    name: string,
    sizeOrType: number,
    words: number[] = [],
    vlen = 0,
    flag = false,
  ) {
    const info = (kind << 24) | vlen | (flag ? 0x80000000 : 0);
    this.types.push(this.text(name), info >>> 0, sizeOrType, ...words);
    return this.nextId++;
  }

  int(name: string, size: number, encoding = 0): number {
    return this.add(1, name, size, [((encoding << 24) | (size * 8)) >>> 0]);
  }

  pointer(to: number): number {
    return this.add(2, "", to);
  }

  /** Members: name, type, bit offset, bit-field size (with any, the flag is set). */
  struct(name: string, size: number, members: [string, number, number, number?][], kind = 4) {
    const flag = members.some((m) => m[3] !== undefined);
    const words = members.flatMap(([n, t, at, bits]) => [
      this.text(n),
      t,
      ((bits ?? 0) << 24 | at) >>> 0,
    ]);
    return this.add(kind, name, size, words, members.length, flag);
  }

  proto(returns: number, params: [string, number][]): number {
    const words = params.flatMap(([n, t]) => [this.text(n), t]);
    return this.add(13, "", returns, words, params.length);
  }

  func(name: string, prototype: number): number {
    return this.add(12, name, prototype, [], 1);
  }

  get stringLength(): number {
    return this.strings.length;
  }

  bytes(headerLength = 24): Uint8Array {
    const types = Uint8Array.from(new Uint8Array(Uint32Array.from(this.types).buffer));
    const out = new Uint8Array(headerLength + types.length + this.strings.length);
    const view = new DataView(out.buffer);
    view.setUint16(0, 0xeb9f, true);
    view.setUint8(2, 1);
    view.setUint32(4, headerLength, true);
    view.setUint32(12, types.length, true);
    view.setUint32(16, types.length, true);
    view.setUint32(20, this.strings.length, true);
    out.set(types, headerLength);
    for (let i = 0; i < this.strings.length; i++) {
      out[headerLength + types.length + i] = this.strings.charCodeAt(i);
    }
    return out;
  }
}
