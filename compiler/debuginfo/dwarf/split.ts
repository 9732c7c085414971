/**
 * Split DWARF (DWARF 5, 3.1.2, 7.3.2 and 7.3.5; GNU's form for DWARF 4): the object has skeleton
 * units, and what they describe is in a `.dwo` file of each unit or in one package, `OBJECT.dwp`.
 */
import { Buffer } from "node:buffer";
import * as fs from "node:fs";
import * as path from "node:path";
import { ElfFile, SectionData } from "../elf_file.ts";
import { At } from "./constants.ts";
import { DwarfFile } from "./file.ts";
import type { Unit } from "./unit.ts";

/** Files whose content is kept. */
const KEPT = 24;
/** DW_SECT_* by number, as GNU's version 2 and as DWARF 5 count them. */
const SECTIONS_2 = ["", "info", "types", "abbrev", "line", "loc", "str_offsets", "macinfo"];
const SECTIONS_5 = ["", "info", "", "abbrev", "line", "loclists", "str_offsets", "macro"]
  .concat("rnglists");
/** Sections that a row of an index has. */
const MOST_COLUMNS = 16;
const MOST_ROWS = 1 << 22;

/** Finds what skeleton units stand for. */
export class SplitUnits {
  /** What was not found, and where it was looked for; "" if nothing is missing. */
  problem = "";
  private files = new Map<string, DwarfFile | null>();
  private package_: Package | null | undefined;

  constructor(private elf: ElfFile) {}

  /** The unit with the content of a skeleton; null if its file is not there. */
  contentOf(skeleton: Unit, brief: boolean): Unit | null {
    const root = skeleton.root();
    if (root == null) return null;
    const name = skeleton.text(root, At.dwoName) || skeleton.text(root, At.gnuDwoName);
    const id = skeleton.dwoId();
    const packed = this.package()?.units.fileOf(id) ?? null;
    const found = unitIn(packed, id, brief) ?? this.fromFiles(skeleton, name, id, brief);
    if (found != null) found.skeleton = skeleton;
    return found;
  }

  private fromFiles(skeleton: Unit, name: string, id: bigint, brief: boolean): Unit | null {
    const places = this.places(name, skeleton.folder());
    for (const place of places) {
      const found = unitIn(this.open(place), id, brief);
      if (found != null) return found;
    }
    this.problem ||=
      `${this.elf.path} has its debuginfo in ${name}, which was not found or is of ` +
      `another build (looked at ${places.join(", ")}; ${this.elf.path}.dwp)`;
    return null;
  }

  private places(name: string, folder: string): string[] {
    const here = path.dirname(this.elf.path);
    return [
      ...new Set([
        path.resolve(folder || here, name),
        path.resolve(here, name),
        path.join(here, path.basename(name)),
      ]),
    ];
  }

  private open(place: string): DwarfFile | null {
    const known = this.files.get(place);
    if (known !== undefined) return known;
    let file: DwarfFile | null = null;
    try {
      // In memory: thousands of them would be too many open files.
      const elf = ElfFile.of(new Uint8Array(fs.readFileSync(place)), place);
      file = new DwarfFile(elf, (section) => joined(elf, `${section}.dwo`));
    } catch {
      // The next place.
    }
    if (this.files.size >= KEPT) this.files.delete(this.files.keys().next().value!);
    this.files.set(place, file);
    return file;
  }

  private package(): Package | null {
    if (this.package_ !== undefined) return this.package_;
    this.package_ = null;
    const { path: object } = this.elf;
    for (const place of [`${object}.dwp`, object.replace(/\.debug$/, "") + ".dwp"]) {
      if (!fs.existsSync(place)) continue;
      try {
        this.package_ = new Package(ElfFile.open(place));
        break;
      } catch (error) {
        this.problem ||= `${place}: ${(error as Error).message}`;
      }
    }
    return this.package_;
  }
}

/** All sections of a name: each type unit may have its own. */
function joined(elf: ElfFile, name: string): SectionData {
  const parts = elf.sections.filter((section) => section.name == name);
  if (parts.length < 2) return elf.sectionData(name);
  const bytes = parts.map((part) => elf.contents(part).all());
  const all = new Uint8Array(Buffer.concat(bytes));
  return new SectionData(name, all.length, null, () => all);
}

/** The split unit with an id; null if the file has none. */
function unitIn(file: DwarfFile | null, id: bigint, brief: boolean): Unit | null {
  if (file == null) return null;
  for (let i = 0; i < file.headers().length; i++) {
    const { type } = file.headers()[i];
    if (type == 6 || type == 2) continue;
    const unit = brief ? file.peek(i) : file.unit(i);
    if (unit.dwoId() == id) return unit;
  }
  return null;
}

/** A `.dwp` file. */
class Package {
  readonly units: PackageIndex;
  readonly types: PackageIndex;

  constructor(elf: ElfFile) {
    const types = (signature: bigint) => this.types.fileOf(signature);
    this.units = new PackageIndex(elf, ".debug_cu_index", types);
    this.types = new PackageIndex(elf, ".debug_tu_index", types);
  }
}

interface Contribution {
  offset: number;
  size: number;
}

/** One of a package's indexes: which parts of its sections are of the unit with a signature. */
class PackageIndex {
  private rows = new Map<bigint, Map<string, Contribution>>();
  private files = new Map<bigint, DwarfFile>();

  constructor(
    private elf: ElfFile,
    section: string,
    private types: (signature: bigint) => DwarfFile | null,
  ) {
    this.read(elf.sectionData(section));
  }

  /** DWARF 5, 7.3.5.3. Its hash table is gone through once. */
  private read(data: SectionData): void {
    if (data.size == 0) return;
    data.all();
    const c = data.cursor(0);
    // GNU's version takes four bytes; so do DWARF 5's version and its padding.
    const version = c.u32() & 0xffff;
    const columns = c.u32(), units = c.u32(), slots = c.u32();
    if ((version != 2 && version != 5) || columns > MOST_COLUMNS || units > MOST_ROWS) return;
    const tableAt = 16 + slots * 12, rowSize = columns * 4;
    if (tableAt + rowSize * (1 + 2 * units) > data.size) return;
    const names: string[] = [];
    const heads = data.cursor(tableAt);
    for (let i = 0; i < columns; i++) {
      names.push((version == 2 ? SECTIONS_2 : SECTIONS_5)[heads.u32()] ?? "");
    }
    for (let slot = 0; slot < slots; slot++) {
      const signature = data.cursor(16 + slot * 8).u64();
      const row = data.cursor(16 + slots * 8 + slot * 4).u32();
      if (row == 0 || row > units) continue;
      const offsets = data.cursor(tableAt + row * rowSize);
      const sizes = data.cursor(tableAt + (units + row) * rowSize);
      const parts = new Map<string, Contribution>();
      for (const name of names) parts.set(name, { offset: offsets.u32(), size: sizes.u32() });
      this.rows.set(signature, parts);
    }
  }

  /** What the package has of a unit, as if it were a file of its own. */
  fileOf(signature: bigint): DwarfFile | null {
    const known = this.files.get(signature), parts = this.rows.get(signature);
    if (known != undefined || parts == undefined) return known ?? null;
    const file = new DwarfFile(this.elf, (section) => {
      const whole = this.elf.sectionData(`${section}.dwo`);
      const part = parts.get(section.slice(".debug_".length));
      return part == undefined ? whole : partOf(whole, part);
    }, this.types);
    if (this.files.size >= KEPT) this.files.delete(this.files.keys().next().value!);
    this.files.set(signature, file);
    return file;
  }
}

function partOf(whole: SectionData, { offset, size }: Contribution): SectionData {
  const room = Math.max(0, Math.min(size, whole.size - offset));
  return new SectionData(
    whole.name,
    room,
    (at, count, into) => whole.slice(offset + at, Math.min(count, room - at), into),
    () => whole.slice(offset, room),
  );
}
