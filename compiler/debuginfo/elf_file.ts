/**
 * An ELF file that is read in pieces: 64-bit little-endian, sections on demand, compressed ones
 * (SHF_COMPRESSED and .zdebug_*) unpacked, relocations of object files and kernel modules applied.
 * A vmlinux with its debug sections has 600 MB; only what is looked at is read.
 */
import { Buffer } from "node:buffer";
import * as fs from "node:fs";
import * as zlib from "node:zlib";
import { Cursor, latin1 } from "./cursor.ts";
import { decompress } from "./decompress.ts";

const SHT_SYMTAB = 2;
const SHT_RELA = 4;
const SHT_NOBITS = 8;
const SHF_ALLOC = 2;
const SHF_COMPRESSED = 0x800;
const ET_REL = 1;
/** No section of a kernel comes near this; a larger claim is an error and not an allocation. */
const LARGEST = 1 << 30;
/** A section that is read in pieces is read in pieces of this many bytes. */
const PIECE = 1 << 16;

export interface ElfSection {
  index: number;
  name: string;
  type: number;
  flags: number;
  address: number;
  offset: number;
  size: number;
  link: number;
  info: number;
}

export interface ElfSymbol {
  name: string;
  value: number;
  size: number;
  /** STT_*: 1 object, 2 function. */
  type: number;
  /** STB_*: 0 local, 1 global, 2 weak. */
  binding: number;
  /** Index of its section; 0 if undefined. */
  section: number;
}

export class ElfError extends Error {}

/** Where the bytes come from: a file, or memory. */
interface Bytes {
  size: number;
  /** `into`: room to use, if it is large enough. */
  read(offset: number, size: number, into?: Uint8Array): Uint8Array;
  close(): void;
}

class FileBytes implements Bytes {
  size: number;
  private fd: number;

  constructor(path: string) {
    this.fd = fs.openSync(path, "r");
    this.size = fs.fstatSync(this.fd).size;
  }

  read(offset: number, size: number, into?: Uint8Array): Uint8Array {
    const bytes = into == undefined ? new Uint8Array(size) : into.subarray(0, size);
    let done = 0;
    while (done < size) {
      const count = fs.readSync(this.fd, bytes, done, size - done, offset + done);
      if (count <= 0) throw new ElfError("the file is truncated");
      done += count;
    }
    return bytes;
  }

  close(): void {
    fs.closeSync(this.fd);
  }
}

class MemoryBytes implements Bytes {
  size: number;

  constructor(private bytes: Uint8Array) {
    this.size = bytes.length;
  }

  read(offset: number, size: number): Uint8Array {
    return this.bytes.subarray(offset, offset + size);
  }

  close(): void {}
}

/** One section's content, whole or in pieces. */
export class SectionData {
  private whole: Uint8Array | null = null;
  private pieces = new Map<number, Uint8Array>();

  constructor(
    readonly name: string,
    readonly size: number,
    /** Reads a part; null if only the whole can be had (compressed, relocated). */
    private readPart: ((offset: number, size: number, into?: Uint8Array) => Uint8Array) | null,
    private readWhole: () => Uint8Array,
  ) {}

  /** All of it, kept. */
  all(): Uint8Array {
    this.whole ??= this.readWhole();
    return this.whole;
  }

  /** A part; shorter where the section ends. Not kept; it may be put `into` room that is reused. */
  slice(offset: number, size: number, into?: Uint8Array): Uint8Array {
    if (!(offset >= 0) || offset > this.size) return new Uint8Array(0);
    const length = Math.max(0, Math.min(size, this.size - offset));
    if (this.whole == null && this.readPart != null) return this.readPart(offset, length, into);
    return this.all().subarray(offset, offset + length);
  }

  /**
   * A cursor at an offset that sees at least `size` bytes if the section has them. Neighbouring
   * requests share what was read.
   */
  cursor(offset: number, size = 4096): Cursor {
    if (!(offset >= 0) || offset > this.size) {
      const cursor = new Cursor(this.name, new Uint8Array(0));
      cursor.fail("an offset lies outside");
      return cursor;
    }
    if (this.whole != null || this.readPart == null) {
      return new Cursor(this.name, this.all(), offset);
    }
    const number = Math.floor(offset / PIECE), start = number * PIECE;
    if (offset + size > start + 2 * PIECE) {
      return new Cursor(this.name, this.slice(offset, size), 0, undefined, offset);
    }
    let piece = this.pieces.get(number);
    if (piece == undefined) {
      piece = this.slice(start, 2 * PIECE);
      if (this.pieces.size > 64) this.pieces.clear();
      this.pieces.set(number, piece);
    }
    return new Cursor(this.name, piece, offset - start, undefined, start);
  }
}

export class ElfFile {
  readonly sections: ElfSection[] = [];
  /** An object file or kernel module: addresses are relative to sections. */
  readonly relocatable: boolean;
  private data = new Map<number, SectionData>();
  private byName = new Map<string, ElfSection>();
  private symbolList: ElfSymbol[] | null = null;

  private constructor(private bytes: Bytes, readonly path: string) {
    const head = bytes.size < 64 ? new Uint8Array(0) : bytes.read(0, 64);
    if (
      head.length < 64 || head[0] != 0x7f || head[1] != 0x45 || head[2] != 0x4c || head[3] != 0x46
    ) {
      throw new ElfError("not an ELF file");
    }
    if (head[4] != 2 || head[5] != 1) throw new ElfError("not a 64-bit little-endian ELF file");
    const cursor = new Cursor("ELF header", head, 16);
    this.relocatable = cursor.u16() == ET_REL;
    this.readTable(head);
  }

  /** Opens a file; modules may be compressed. Throws ElfError or the system's error. */
  static open(path: string): ElfFile {
    if (/\.(xz|gz|zst|lz4)$/.test(path)) {
      return new ElfFile(new MemoryBytes(decompress(fs.readFileSync(path))), path);
    }
    const bytes = new FileBytes(path);
    try {
      return new ElfFile(bytes, path);
    } catch (error) {
      bytes.close();
      throw error;
    }
  }

  static of(bytes: Uint8Array, path = "memory"): ElfFile {
    return new ElfFile(new MemoryBytes(bytes), path);
  }

  close(): void {
    this.bytes.close();
  }

  private readTable(head: Uint8Array): void {
    const cursor = new Cursor("ELF header", head, 0x28);
    const tableAt = cursor.offset(8);
    cursor.at = 0x3a;
    const entrySize = cursor.u16();
    let count = cursor.u16(), names = cursor.u16();
    if (tableAt == 0 || cursor.error != "") return;
    if (entrySize < 64) throw new ElfError("the ELF section table is damaged");
    const first = this.section(this.part(tableAt, 64, "section table"), 0, 0);
    // Large counts are kept in the first entry.
    if (count == 0) count = first.size;
    if (names == 0xffff) names = first.link;
    if (count > (this.bytes.size - tableAt) / entrySize) {
      throw new ElfError("the ELF section table lies outside of the file");
    }
    const table = this.part(tableAt, count * entrySize, "section table");
    const nameAt: number[] = [];
    for (let i = 0; i < count; i++) {
      this.sections.push(this.section(table, i * entrySize, i));
      nameAt.push(new Cursor("ELF section table", table, i * entrySize).u32());
    }
    if (this.relocatable) this.layOut();
    if (names >= count) return;
    const texts = this.contents(this.sections[names]).all();
    for (const section of this.sections) {
      const end = texts.indexOf(0, nameAt[section.index]);
      if (end < 0 || end - nameAt[section.index] > 4096) continue;
      section.name = latin1(texts, nameAt[section.index], end);
      if (!this.byName.has(section.name)) this.byName.set(section.name, section);
    }
  }

  /** Sections of an object file have no addresses yet: each gets its own, so that none overlap. */
  private layOut(): void {
    let at = 0x1000;
    for (const section of this.sections) {
      if ((section.flags & SHF_ALLOC) == 0 || !(section.size >= 0)) continue;
      section.address = at;
      at += Math.ceil(Math.min(section.size, LARGEST) / 0x1000 + 1) * 0x1000;
    }
  }

  private section(table: Uint8Array, at: number, index: number): ElfSection {
    const c = new Cursor("ELF section table", table, at + 4);
    const type = c.u32(), flags = c.i64(), address = c.i64(), offset = c.i64(), size = c.i64();
    const section = {
      index,
      name: "",
      type,
      flags,
      address,
      offset,
      size,
      link: c.u32(),
      info: c.u32(),
    };
    if (c.error != "") throw new ElfError(c.error);
    return section;
  }

  private part(offset: number, size: number, what: string, into?: Uint8Array): Uint8Array {
    if (!(offset >= 0) || !(size >= 0) || size > LARGEST || offset + size > this.bytes.size) {
      throw new ElfError(`the ELF ${what} lies outside of the file`);
    }
    return this.bytes.read(offset, size, into);
  }

  /** A section by name, or null; `.debug_x` is also found as `.zdebug_x`. */
  find(name: string): ElfSection | null {
    const found = this.byName.get(name);
    if (found != undefined) return found;
    if (!name.startsWith(".debug_")) return null;
    return this.byName.get(".z" + name.slice(1)) ?? null;
  }

  /** The content of a named section; empty if there is none. */
  sectionData(name: string): SectionData {
    const section = this.find(name);
    if (section == null) {
      return new SectionData(name, 0, null, () => new Uint8Array(0));
    }
    return this.contents(section);
  }

  contents(section: ElfSection): SectionData {
    const known = this.data.get(section.index);
    if (known != undefined) return known;
    const data = this.makeContents(section);
    this.data.set(section.index, data);
    return data;
  }

  private makeContents(section: ElfSection): SectionData {
    const { name, offset } = section;
    if (section.type == SHT_NOBITS || section.index == 0) {
      return new SectionData(name, 0, null, () => new Uint8Array(0));
    }
    const raw = () => this.part(offset, section.size, `section ${name}`);
    const packed = (section.flags & SHF_COMPRESSED) != 0 || name.startsWith(".zdebug_");
    const relocations = this.relocatable ? this.relocationsOf(section) : null;
    if (!packed && relocations == null) {
      const part = (at: number, size: number, into?: Uint8Array) =>
        this.part(offset + at, size, `section ${name}`, into);
      part(0, 0);
      if (offset + section.size > this.bytes.size) {
        throw new ElfError(`the ELF section ${name} lies outside of the file`);
      }
      return new SectionData(name, section.size, part, raw);
    }
    let bytes = raw();
    if (packed) bytes = unpack(section, bytes);
    if (relocations != null) bytes = this.relocate(bytes, relocations, section.address);
    return new SectionData(name, bytes.length, null, () => bytes);
  }

  private relocationsOf(section: ElfSection): ElfSection | null {
    return this.sections.find((s) => s.type == SHT_RELA && s.info == section.index) ?? null;
  }

  /** Applies the x86-64 relocations that debug sections have: plain sums and relative addresses. */
  private relocate(bytes: Uint8Array, section: ElfSection, base: number): Uint8Array {
    const out = bytes.slice(), view = new DataView(out.buffer);
    const table = this.part(section.offset, section.size, `section ${section.name}`);
    const symbols = this.symbols();
    const c = new Cursor(section.name, table);
    while (c.at + 24 <= table.length) {
      const at = c.i64(), type = c.u32(), symbol = c.u32(), addend = c.i64();
      const value = (symbols[symbol]?.value ?? 0) + addend;
      if (type == 1 && at >= 0 && at + 8 <= out.length) { // R_X86_64_64
        view.setBigInt64(at, BigInt(value), true);
      } else if (type == 2 && at >= 0 && at + 4 <= out.length) { // R_X86_64_PC32
        view.setInt32(at, Number(BigInt.asIntN(32, BigInt(value - base - at))), true);
      } else if ((type == 10 || type == 11) && at >= 0 && at + 4 <= out.length) { // _32, _32S
        view.setInt32(at, Number(BigInt.asIntN(32, BigInt(value))), true);
      }
    }
    return out;
  }

  /**
   * The symbol table, in the file's order; empty if the file has none. Values of object files are
   * addresses of this class's own layout.
   */
  symbols(): ElfSymbol[] {
    if (this.symbolList != null) return this.symbolList;
    const list: ElfSymbol[] = this.symbolList = [];
    const tables = this.symbolTables();
    if (tables == null) return list;
    const count = Math.floor(tables.table.length / 24);
    for (let i = 0; i < count; i++) list.push(this.symbol(tables.table, tables.texts, i));
    return list;
  }

  /** The symbols of one name, without decoding all of them. */
  symbolsNamed(name: string): ElfSymbol[] {
    const tables = name == "" ? null : this.symbolTables();
    if (tables == null) return [];
    const { table, texts } = tables;
    // Names may be the ends of others.
    const wanted = new Set<number>(), text = Buffer.from(name + "\0", "latin1");
    const all = Buffer.from(texts.buffer, texts.byteOffset, texts.byteLength);
    for (let at = all.indexOf(text); at >= 0; at = all.indexOf(text, at + 1)) wanted.add(at);
    const found: ElfSymbol[] = [];
    const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
    for (let i = 0; (i + 1) * 24 <= table.length && wanted.size > 0; i++) {
      if (wanted.has(view.getUint32(i * 24, true))) found.push(this.symbol(table, texts, i));
    }
    return found;
  }

  private tablesRead: { table: Uint8Array; texts: Uint8Array } | null | undefined;

  private symbolTables(): { table: Uint8Array; texts: Uint8Array } | null {
    if (this.tablesRead !== undefined) return this.tablesRead;
    this.tablesRead = null;
    const section = this.sections.find((s) => s.type == SHT_SYMTAB);
    const names = section == undefined ? undefined : this.sections[section.link];
    if (section == undefined || names == undefined) return null;
    this.tablesRead = {
      table: this.part(section.offset, section.size, "symbol table"),
      texts: this.part(names.offset, names.size, "symbol names"),
    };
    return this.tablesRead;
  }

  private symbol(table: Uint8Array, texts: Uint8Array, index: number): ElfSymbol {
    const c = new Cursor(".symtab", table, index * 24);
    const nameAt = c.u32(), info = c.u8();
    c.u8();
    const section = c.u16(), value = c.i64(), size = c.i64();
    const end = texts.indexOf(0, nameAt);
    const name = end < 0 ? "" : latin1(texts, nameAt, end);
    const base = this.relocatable ? this.sections[section]?.address ?? 0 : 0;
    return { name, value: value + base, size, type: info & 15, binding: info >> 4, section };
  }

  /** Number of the build in hexadecimal, or "". */
  buildId(): string {
    for (const section of this.sections) {
      if (!section.name.startsWith(".note")) continue;
      const c = new Cursor(section.name, this.contents(section).slice(0, 1 << 16));
      while (!c.done) {
        const nameSize = c.u32(), size = c.u32(), type = c.u32();
        const name = c.view((nameSize + 3) & ~3), value = c.view((size + 3) & ~3);
        if (c.error != "" || type != 3 || latin1(name, 0, nameSize) != "GNU\0") continue;
        return [...value.subarray(0, size)].map((b) => b.toString(16).padStart(2, "0")).join("");
      }
    }
    return "";
  }
}

/** gABI "Section Compression"; `.zdebug_*` begins with "ZLIB" and a big-endian size. */
function unpack(section: ElfSection, bytes: Uint8Array): Uint8Array {
  const bad = (why: string) => new ElfError(`ELF section ${section.name}: ${why}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const old = (section.flags & SHF_COMPRESSED) == 0;
  if (bytes.length < (old ? 12 : 24)) throw bad("truncated");
  const type = old ? 1 : view.getUint32(0, true);
  const size = Number(old ? view.getBigUint64(4, false) : view.getBigUint64(8, true));
  const body = bytes.subarray(old ? 12 : 24);
  // deflate packs at most 1,032 to 1, and zstd little better in debug sections.
  if (size > LARGEST || size > 4096 * body.length) throw bad("too large");
  try {
    const unpacked = type == 1
      ? zlib.inflateSync(body, { maxOutputLength: Math.max(1, size) })
      : decompress(body);
    if (unpacked.length != size) throw bad("another size than it says");
    return unpacked;
  } catch (error) {
    if (error instanceof ElfError) throw error;
    throw bad(`damaged compression (${(error as Error).message})`);
  }
}
