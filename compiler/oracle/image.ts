/**
 * The debug information of the kernel image or of one module, with what is kept of it between
 * runs: the list of its units and, once it was needed, the index of its names.
 */
import { Buffer } from "node:buffer";
import * as fs from "node:fs";
import * as path from "node:path";
import process from "node:process";
import { AddressTable } from "../debuginfo/dwarf/aranges.ts";
import { DwarfFile } from "../debuginfo/dwarf/file.ts";
import { FrameTable } from "../debuginfo/dwarf/frame.ts";
import { UnitFunctions } from "../debuginfo/dwarf/functions.ts";
import {
  buildIndex,
  DwarfIndex,
  INDEX_VERSION,
  lineTableOf,
  NameTable,
} from "../debuginfo/dwarf/index.ts";
import type { LineTable } from "../debuginfo/dwarf/line.ts";
import type { Unit, UnitHeader } from "../debuginfo/dwarf/unit.ts";
import { ElfFile, type ElfSymbol } from "../debuginfo/elf_file.ts";
import { DwarfTypes } from "./types.ts";

export class DebugImage {
  readonly dwarf: DwarfFile;
  readonly types = new DwarfTypes();
  private names: string[] | null = null;
  private indexRead: DwarfIndex | null = null;
  private shared: NameTable | null = null;
  private table: AddressTable | null = null;
  private frameTable: FrameTable | null | undefined;
  private functionLists = new Map<Unit, UnitFunctions>();
  private lineTables = new Map<Unit, LineTable | null>();
  private stext: number | null = null;
  private key: string;
  private askedFor = 0;
  private byName: Map<string, number[]> | null = null;

  constructor(
    /** "" for the kernel image. */
    readonly module: string,
    readonly elf: ElfFile,
    /** Where indexes are kept. */
    private cache: string,
  ) {
    this.dwarf = new DwarfFile(elf);
    const stat = fs.statSync(elf.path);
    const name = path.basename(elf.path).replace(/[^A-Za-z0-9._+-]/g, "_");
    this.key = `${name}-${stat.size}-${Math.floor(stat.mtimeMs)}-${INDEX_VERSION}`;
    this.readUnits();
  }

  static open(module: string, file: string, cache: string): DebugImage {
    return new DebugImage(module, ElfFile.open(file), cache);
  }

  // ------------------------------------------------------------------------------- units

  /** Names of the main source files of the units. */
  unitNames(): string[] {
    this.names ??= this.scanUnits();
    return this.names;
  }

  private scanUnits(): string[] {
    const headers = this.dwarf.headers();
    const names = headers.map((_, i) => this.dwarf.path("", this.dwarf.peek(i).name()));
    const lines = headers.map((h, i) =>
      [
        h.offset,
        h.end,
        h.version,
        h.type,
        h.offsetSize,
        h.addressSize,
        h.abbrevAt,
        h.firstDie,
        h.typeAt,
        names[i],
      ]
        .join(" ") + "\n"
    );
    if (headers.length > 50) {
      lines.unshift(`stext ${this.startOfText()}\n`);
      this.keep("units", Buffer.from(lines.join(""), "latin1"));
    }
    return names;
  }

  private readUnits(): void {
    const kept = this.kept("units");
    if (kept == null) return;
    const headers: UnitHeader[] = [], names: string[] = [];
    for (const line of kept.toString("latin1").split("\n")) {
      const parts = line.split(" ");
      if (parts[0] == "stext") this.stext = Number(parts[1]);
      if (parts.length < 10) continue;
      const [offset, end, version, type, offsetSize, addressSize, abbrevAt, firstDie, typeAt] =
        parts
          .map(Number);
      headers.push({
        offset,
        end,
        version,
        type,
        offsetSize,
        addressSize,
        abbrevAt,
        firstDie,
        typeAt,
      });
      names.push(parts.slice(9).join(" "));
    }
    this.dwarf.setHeaders(headers);
    this.names = names;
  }

  functionsOf(unit: Unit): UnitFunctions {
    let list = this.functionLists.get(unit);
    if (list == undefined) {
      list = new UnitFunctions(unit, (u) => this.linesOf(u));
      if (this.functionLists.size > 64) this.functionLists.clear();
      this.functionLists.set(unit, list);
    }
    return list;
  }

  linesOf(unit: Unit): LineTable | null {
    let table = this.lineTables.get(unit);
    if (table === undefined) {
      table = lineTableOf(unit);
      if (this.lineTables.size > 64) this.lineTables.clear();
      this.lineTables.set(unit, table);
    }
    return table;
  }

  /** The unit with the code at an address, or null. */
  unitAt(address: number): Unit | null {
    this.table ??= AddressTable.of(this.dwarf);
    const index = this.table.find(address);
    return index < 0 ? null : this.dwarf.unit(index);
  }

  index(): DwarfIndex {
    if (this.indexRead != null) return this.indexRead;
    const kept = this.kept("index");
    this.indexRead = kept == null ? null : DwarfIndex.parse(kept);
    if (this.indexRead == null) {
      this.indexRead = buildIndex(this.dwarf);
      this.keep("index", this.indexRead.toBytes());
      this.keep("shared", Buffer.from(this.indexRead.shared.text, "latin1"));
    }
    return this.indexRead;
  }

  /** Do functions of different places in the source have the name? null: no index says it yet. */
  isShared(name: string): boolean | null {
    if (this.shared == null) {
      const kept = this.indexRead == null ? this.kept("shared") : null;
      if (this.indexRead != null) this.shared = this.indexRead.shared;
      else if (kept != null) this.shared = new NameTable(kept.toString("latin1"));
    }
    return this.shared?.has(name) ?? null;
  }

  frames(): FrameTable | null {
    if (this.frameTable === undefined) this.frameTable = FrameTable.of(this.elf);
    return this.frameTable;
  }

  // ------------------------------------------------------------------------------- symbols

  /** Addresses of the functions that a symbol names. */
  functionAddresses(name: string): number[] {
    // A few are searched for; for many the whole table is read once.
    this.askedFor++;
    if (this.askedFor <= 8 && this.byName == null) {
      return this.elf.symbolsNamed(name).filter(isCode).map((symbol) => symbol.value);
    }
    if (this.byName == null) {
      this.byName = new Map();
      for (const symbol of this.elf.symbols().filter(isCode)) {
        const known = this.byName.get(symbol.name);
        if (known == undefined) this.byName.set(symbol.name, [symbol.value]);
        else known.push(symbol.value);
      }
    }
    return this.byName.get(name) ?? [];
  }

  /** Where the image's code begins; NaN if no symbol says it. */
  private startOfText(): number {
    this.stext ??= this.elf.symbolsNamed("_stext")[0]?.value ?? NaN;
    return this.stext;
  }

  /**
   * How the running kernel finds an address: bytes after a symbol. The image has one symbol for
   * all of it; a module's sections lie apart, so the nearest symbol of the section is taken.
   */
  symbolFor(address: number): { symbol: string; offset: number } | null {
    if (this.module == "") {
      const start = this.startOfText();
      return isNaN(start) ? null : { symbol: "_stext", offset: address - start };
    }
    let best: ElfSymbol | null = null;
    for (const symbol of this.elf.symbols()) {
      if (symbol.section == 0 || symbol.name == "" || symbol.value > address) continue;
      if (symbol.type != 1 && symbol.type != 2) continue;
      if (
        best == null || symbol.value > best.value ||
        (symbol.value == best.value && symbol.binding > best.binding)
      ) {
        best = symbol;
      }
    }
    if (best == null || this.sectionOf(best.value) != this.sectionOf(address)) return null;
    return { symbol: best.name, offset: address - best.value };
  }

  private sectionOf(address: number): string {
    return this.elf.sections.find((s) =>
      s.address != 0 && address >= s.address && address < s.address + Math.max(1, s.size)
    )?.name ?? "";
  }

  /** Is the code thrown away after the start of the kernel or module? */
  isInitial(address: number): boolean {
    return /^\.(init|exit)\./.test(this.sectionOf(address));
  }

  // --------------------------------------------------------------------------------- cache

  private kept(kind: string): Buffer | null {
    const file = path.join(this.cache, `${this.key}.${kind}`);
    return fs.existsSync(file) ? fs.readFileSync(file) : null;
  }

  private keep(kind: string, bytes: Uint8Array): void {
    try {
      fs.mkdirSync(this.cache, { recursive: true });
      const file = path.join(this.cache, `${this.key}.${kind}`);
      fs.writeFileSync(`${file}.${process.pid}`, bytes);
      fs.renameSync(`${file}.${process.pid}`, file);
    } catch {
      // Next time it is made again.
    }
  }
}

/** Defined, and no code. */
export function isData(symbol: ElfSymbol): boolean {
  return symbol.section != 0 && symbol.type != 2;
}

/** Defined, and no data. */
function isCode(symbol: ElfSymbol): boolean {
  return symbol.section != 0 && symbol.type != 1;
}
