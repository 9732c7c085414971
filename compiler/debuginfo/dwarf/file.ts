/**
 * The DWARF of one file: its sections, units, strings and supplement (.gnu_debugaltlink, or DWARF
 * 5's .debug_sup). Units are found by their headers; their bytes are read when they are used. In
 * place of skeletons stand the units that have their content (split.ts).
 */
import * as path from "node:path";
import { Cursor } from "../cursor.ts";
import { ElfFile, type SectionData } from "../elf_file.ts";
import { type Abbrev, AbbrevTable, findAbbrev } from "./abbrev.ts";
import { At } from "./constants.ts";
import { tidy } from "./paths.ts";
import { SplitUnits } from "./split.ts";
import { type Die, readHeader, Unit, type UnitHeader } from "./unit.ts";

/** Units whose bytes are kept. */
const KEPT = 24;
/** A unit that claims more is damaged. */
const LARGEST_UNIT = 1 << 28;

export class DwarfFile {
  readonly info: SectionData;
  readonly strOffsets: SectionData;
  readonly addr: SectionData;
  readonly ranges: SectionData;
  readonly rnglists: SectionData;
  readonly loc: SectionData;
  readonly loclists: SectionData;
  readonly line: SectionData;
  /** What was wrong with the headers; "" if they could all be read. */
  error = "";
  private str: SectionData;
  private lineStr: SectionData;
  private abbrev: SectionData;
  private tables = new Map<number, AbbrevTable>();
  private headerList: UnitHeader[] | null = null;
  private open = new Map<number, Unit>();
  private other: DwarfFile | null | undefined;
  private room = new Uint8Array(1 << 20);
  private lineStrings = new Map<number, string>();
  private paths = new Map<string, Map<string, string>>();
  private signatures: Map<bigint, number> | null = null;
  private splits: SplitUnits | null = null;
  /** A `.dwo` file or a part of a package. */
  readonly split: boolean;

  /** For split files: where a section is, and the file of a type that other files share. */
  constructor(
    readonly elf: ElfFile,
    splitSection: ((name: string) => SectionData) | null = null,
    private sharedType: (signature: bigint) => DwarfFile | null = () => null,
  ) {
    this.split = splitSection != null;
    const section = splitSection ?? ((name: string) => elf.sectionData(name));
    this.info = section(".debug_info");
    this.abbrev = section(".debug_abbrev");
    this.str = section(".debug_str");
    this.lineStr = section(".debug_line_str");
    this.strOffsets = section(".debug_str_offsets");
    this.addr = section(".debug_addr");
    this.ranges = section(".debug_ranges");
    this.rnglists = section(".debug_rnglists");
    this.loc = section(".debug_loc");
    this.loclists = section(".debug_loclists");
    this.line = section(".debug_line");
  }

  get present(): boolean {
    return this.info.size > 0;
  }

  string(offset: number): string {
    return textAt(this.str, offset);
  }

  /** All of .debug_str, for reading many names. */
  strings(): Uint8Array {
    return this.str.all();
  }

  lineString(offset: number): string {
    let text = this.lineStrings.get(offset);
    if (text == undefined) this.lineStrings.set(offset, text = textAt(this.lineStr, offset));
    return text;
  }

  /** A tidy path of two parts; the same few are asked for by every unit. */
  path(folder: string, name: string): string {
    let names = this.paths.get(folder);
    if (names == undefined) this.paths.set(folder, names = new Map());
    let text = names.get(name);
    if (text == undefined) {
      text = tidy(name.startsWith("/") || folder == "" ? name : `${folder}/${name}`);
      names.set(name, text);
    }
    return text;
  }

  abbrevs(header: UnitHeader): AbbrevTable {
    const key = header.abbrevAt * 32 + header.addressSize + header.offsetSize;
    let table = this.tables.get(key);
    if (table == undefined) {
      // A unit's table is short beside the section; a longer piece is read only if it did not do.
      for (let size = 1 << 14;; size *= 8) {
        const c = this.abbrev.cursor(header.abbrevAt, size);
        table = AbbrevTable.read(c, header.addressSize, header.offsetSize);
        if (c.error == "" || header.abbrevAt + size >= this.abbrev.size) break;
      }
      if (this.tables.size > 4096) this.tables.clear();
      this.tables.set(key, table);
    }
    return table;
  }

  /** One abbreviation, for a look at a unit whose other entries do not matter. */
  abbrev1(header: UnitHeader, code: number): Abbrev | null {
    const c = new Cursor(".debug_abbrev", this.abbrev.all(), header.abbrevAt);
    return findAbbrev(c, code, header.addressSize, header.offsetSize);
  }

  /** Headers of all units, in order. */
  headers(): UnitHeader[] {
    if (this.headerList != null) return this.headerList;
    const list: UnitHeader[] = this.headerList = [];
    let at = 0;
    while (at < this.info.size) {
      // Small reads: units lie far apart.
      const c = new Cursor(".debug_info", this.info.slice(at, 40), 0, undefined, at);
      const header = readHeader(c, at);
      if (header == null || header.end > this.info.size || header.end <= at) {
        this.error ||= c.error || `.debug_info+0x${at.toString(16)}: a unit beyond the section`;
        break;
      }
      list.push(header);
      at = header.end;
    }
    return list;
  }

  /** Headers as they were kept by an index. */
  setHeaders(list: UnitHeader[]): void {
    this.headerList = list;
  }

  unit(index: number): Unit {
    const known = this.open.get(index);
    if (known != undefined) return known;
    const header = this.headers()[index];
    const size = Math.min(header.end - header.offset, LARGEST_UNIT);
    const own = new Unit(this, index, header, this.info.slice(header.offset, size));
    const unit = this.content(own, false);
    if (this.open.size >= KEPT) this.open.delete(this.open.keys().next().value!);
    this.open.set(index, unit);
    return unit;
  }

  /** A unit that is looked at once: the next call overwrites its bytes. */
  passing(index: number): Unit {
    const header = this.headers()[index];
    const size = Math.min(header.end - header.offset, LARGEST_UNIT);
    if (this.room.length < size) this.room = new Uint8Array(Math.max(size, 2 * this.room.length));
    const unit = new Unit(this, index, header, this.info.slice(header.offset, size, this.room));
    return this.isSkeleton(unit) ? this.unit(index) : unit;
  }

  /** The unit's first bytes only: enough for its own entry, not kept. */
  peek(index: number): Unit {
    const header = this.headers()[index];
    const size = Math.min(header.end - header.offset, 512);
    const unit = new Unit(this, index, header, this.info.slice(header.offset, size), true);
    return this.content(unit, true);
  }

  /** The unit itself, or the one that a skeleton stands for. */
  private content(unit: Unit, brief: boolean): Unit {
    if (!this.isSkeleton(unit)) return unit;
    this.splits ??= new SplitUnits(this.elf);
    return this.splits.contentOf(unit, brief) ?? unit;
  }

  private isSkeleton(unit: Unit): boolean {
    const abbrev = this.split ? undefined : unit.root()?.abbrev;
    return abbrev != undefined && (abbrev.find(At.dwoName) >= 0 || abbrev.find(At.gnuDwoName) >= 0);
  }

  /** Which part of the debuginfo is in other files that were not found; "" if none is. */
  splitProblem(): string {
    return this.splits?.problem ?? "";
  }

  /** The unit that has the offset, or null. */
  unitAt(offset: number): Unit | null {
    const list = this.headers();
    let low = 0, high = list.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (offset < list[middle].offset) high = middle - 1;
      else if (offset >= list[middle].end) low = middle + 1;
      else return this.unit(middle);
    }
    return null;
  }

  dieAt(offset: number): Die | null {
    return this.unitAt(offset)?.die(offset) ?? null;
  }

  typeBySignature(signature: bigint): Die | null {
    if (this.signatures == null) {
      this.signatures = new Map();
      for (const header of this.headers()) {
        if (header.typeAt == 0) continue;
        const at = header.firstDie - header.offsetSize - 8;
        this.signatures.set(this.info.cursor(at, 16).u64(), header.typeAt);
      }
    }
    const at = this.signatures.get(signature);
    if (at != undefined) return this.dieAt(at);
    const other = this.sharedType(signature);
    return other == null || other == this ? null : other.typeBySignature(signature);
  }

  /** The file with what several files share (dwz), or null if there is none. */
  supplement(): DwarfFile | null {
    if (this.other !== undefined) return this.other;
    this.other = null;
    const name = this.supplementName();
    if (name == "") return null;
    const folder = path.dirname(this.elf.path);
    for (
      const file of [
        path.resolve(folder, name),
        path.join("/usr/lib/debug/.dwz", path.basename(name)),
      ]
    ) {
      try {
        this.other = new DwarfFile(ElfFile.open(file));
        break;
      } catch {
        // The next place.
      }
    }
    return this.other;
  }

  private supplementName(): string {
    const link = this.elf.sectionData(".gnu_debugaltlink");
    if (link.size > 0) return new Cursor(".gnu_debugaltlink", link.all()).text();
    const sup = this.elf.sectionData(".debug_sup");
    if (sup.size < 4) return "";
    const c = new Cursor(".debug_sup", sup.all());
    c.u16();
    return c.u8() == 0 ? c.text() : "";
  }
}

function textAt(section: SectionData, offset: number): string {
  if (section.size == 0) return "";
  // Strings are looked at often and are small beside the rest.
  const bytes = section.all();
  if (!(offset < bytes.length)) return "";
  return new Cursor(section.name, bytes, offset).text();
}
