/** Line tables (DWARF 5, 6.2; DWARF 2 to 4 likewise). */
import { Cursor } from "../cursor.ts";
import { skipForm } from "./abbrev.ts";
import { Form } from "./constants.ts";
import type { DwarfFile } from "./file.ts";

export interface LineRow {
  address: number;
  /** Number of the file in the table. */
  file: number;
  line: number;
  isStatement: boolean;
  /** Behind the last instruction of a sequence. */
  end: boolean;
}

interface Header {
  version: number;
  minimum: number;
  operations: number;
  statement: boolean;
  lineBase: number;
  lineRange: number;
  opcodeBase: number;
  lengths: number[];
  program: number;
}

/** A program that claims more rows than this is damaged. */
const MOST_ROWS = 20_000_000;

export class LineTable {
  error = "";
  /** Paths by number, tidy (no `./`, no `x/..`); relative ones are relative to the unit's folder. */
  files: string[] = [];
  private rowList: LineRow[] | null = null;
  private header: Header | null = null;
  private cursor: Cursor;

  constructor(
    private file: DwarfFile,
    offset: number,
    /** The unit's folder and main file, for version 4. */
    folder: string,
    name: string,
    private addressSize: number,
  ) {
    const length = readLength(file.line.cursor(offset, 16));
    const bytes = length.error == "" ? file.line.slice(offset, length.size) : new Uint8Array(0);
    this.cursor = new Cursor(".debug_line", bytes, 0, undefined, offset);
    this.header = this.readHeader(this.cursor, folder, name, length.offsetSize);
    this.error = length.error || this.cursor.error;
  }

  private readHeader(c: Cursor, folder: string, name: string, size: number): Header | null {
    c.skip(size == 8 ? 12 : 4);
    const version = c.u16();
    if (c.error == "" && (version < 2 || version > 5)) c.fail(`line table version ${version}`);
    if (version >= 5) c.skip(2);
    const length = c.offset(size), start = c.at;
    const minimum = c.u8();
    const operations = version >= 4 ? c.u8() : 1;
    const statement = c.u8() != 0;
    const base = c.u8(), lineRange = c.u8(), opcodeBase = c.u8();
    if (c.error == "" && lineRange == 0) c.fail("a line range of 0");
    const lengths: number[] = [0];
    for (let i = 1; i < opcodeBase; i++) lengths.push(c.u8());
    if (c.error != "") return null;
    if (version >= 5) this.filesOf5(c, size);
    else this.filesOf4(c, folder, name);
    if (c.error != "") return null;
    return {
      version,
      minimum,
      operations,
      statement,
      lineBase: base << 24 >> 24,
      lineRange,
      opcodeBase,
      lengths,
      program: start + length,
    };
  }

  private filesOf4(c: Cursor, folder: string, name: string): void {
    const folders = [folder];
    for (;;) {
      const text = c.text();
      if (text == "" || c.error != "") break;
      folders.push(text);
    }
    this.files.push(this.file.path("", name));
    for (;;) {
      const text = c.text();
      if (text == "" || c.error != "") break;
      const at = c.uleb();
      c.uleb();
      c.uleb();
      this.files.push(this.file.path(at == 0 ? "" : folders[at] ?? "", text));
    }
  }

  private filesOf5(c: Cursor, size: number): void {
    const folders = this.entries(c, size).map((entry) => entry.path);
    for (const entry of this.entries(c, size)) {
      // Folder 0 is the unit's own: what is in it is written relative to it.
      this.files.push(
        this.file.path(entry.folder == 0 ? "" : folders[entry.folder] ?? "", entry.path),
      );
    }
  }

  /** DWARF 5, 6.2.4.1. */
  private entries(c: Cursor, size: number): { path: string; folder: number }[] {
    const formats: [number, number][] = [];
    const formatCount = c.u8();
    for (let i = 0; i < formatCount; i++) formats.push([c.uleb(), c.uleb()]);
    const count = c.uleb(), list: { path: string; folder: number }[] = [];
    // An entry takes a byte or more.
    if (count > c.end - c.at) c.fail("more files than there are bytes");
    for (let i = 0; i < count && c.error == ""; i++) {
      const entry = { path: "", folder: 0 };
      for (const [type, form] of formats) {
        if (type == 1) entry.path = this.text(c, form, size);
        else if (type == 2) entry.folder = this.number(c, form, size);
        else skipForm(c, form, this.addressSize, size);
      }
      list.push(entry);
    }
    return list;
  }

  private text(c: Cursor, form: number, size: number): string {
    if (form == Form.string) return c.text();
    if (form == Form.lineStrp) return this.file.lineString(c.offset(size));
    if (form == Form.strp) return this.file.string(c.offset(size));
    skipForm(c, form, this.addressSize, size);
    return "";
  }

  private number(c: Cursor, form: number, size: number): number {
    if (form == Form.udata) return c.uleb();
    if (form == Form.data1) return c.u8();
    if (form == Form.data2) return c.u16();
    if (form == Form.data4) return c.u32();
    skipForm(c, form, this.addressSize, size);
    return 0;
  }

  /** All rows, in the order of the program. */
  rows(): LineRow[] {
    if (this.rowList != null) return this.rowList;
    this.rowList = [];
    if (this.header != null) this.run(this.header, this.rowList);
    this.error ||= this.cursor.error;
    return this.rowList;
  }

  /** The program (DWARF 5, 6.2.5). */
  private run(h: Header, rows: LineRow[]): void {
    const c = this.cursor;
    c.at = Math.min(h.program, c.end);
    let address = 0, file = 1, line = 1, isStatement = h.statement, index = 0;
    const advance = (count: number) => {
      if (h.operations <= 1) address += count * h.minimum;
      else {
        address += h.minimum * Math.floor((index + count) / h.operations);
        index = (index + count) % h.operations;
      }
    };
    while (!c.done && c.error == "") {
      if (rows.length > MOST_ROWS) {
        c.fail("too many rows");
        return;
      }
      const opcode = c.u8();
      if (opcode >= h.opcodeBase) {
        const special = opcode - h.opcodeBase;
        advance(Math.floor(special / h.lineRange));
        line += h.lineBase + special % h.lineRange;
        rows.push({ address, file, line, isStatement, end: false });
        continue;
      }
      switch (opcode) {
        case 0: {
          const length = c.uleb(), end = c.at + length;
          if (end > c.end || length == 0) {
            c.fail("truncated");
            break;
          }
          const extended = c.u8();
          if (extended == 1) {
            rows.push({ address, file, line, isStatement, end: true });
            address = 0, file = 1, line = 1, isStatement = h.statement, index = 0;
          } else if (extended == 2) address = c.address(length - 1);
          c.at = end;
          break;
        }
        case 1:
          rows.push({ address, file, line, isStatement, end: false });
          break;
        case 2:
          advance(c.uleb());
          break;
        case 3:
          line += c.sleb();
          break;
        case 4:
          file = c.uleb();
          break;
        case 6:
          isStatement = !isStatement;
          break;
        case 8:
          advance(Math.floor((255 - h.opcodeBase) / h.lineRange));
          break;
        case 9:
          address += c.u16();
          index = 0;
          break;
        case 5:
          c.uleb();
          break;
        case 7:
        case 10:
        case 11:
          break;
        case 12:
          c.uleb();
          break;
        default:
          for (let i = 0; i < (h.lengths[opcode] ?? 0); i++) c.uleb();
      }
    }
  }
}

function readLength(c: Cursor): { size: number; offsetSize: number; error: string } {
  let size = c.u32(), offsetSize = 4;
  if (size == 0xffffffff) {
    size = c.offset(8) + 12;
    offsetSize = 8;
  } else size += 4;
  return { size, offsetSize, error: c.error };
}
