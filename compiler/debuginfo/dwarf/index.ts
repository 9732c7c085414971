/**
 * What a debug file has, by name: which units define a function (also one that is only inlined), a
 * variable; which units name a source file; which names are those of several functions. Made in one pass over the top-level entries and
 * kept as text that is searched, not parsed: a look-up costs a search in memory.
 */
import type { Cursor } from "../cursor.ts";
import type { Abbrev } from "./abbrev.ts";
import { formSize, skipForm } from "./abbrev.ts";
import { At, Form, Tag } from "./constants.ts";
import type { DwarfFile } from "./file.ts";
import { nameOf } from "./functions.ts";
import { LineTable } from "./line.ts";
import type { Unit } from "./unit.ts";

/** Raise it when the text changes its form. */
export const INDEX_VERSION = 5;

/** `\nname\tnumber,number...\n`, names ascending. */
export class NameTable {
  constructor(readonly text: string) {}

  /** The numbers of a name; empty if it is not there. */
  get(name: string): number[] {
    if (name == "") return [];
    const at = this.text.indexOf(`\n${name}\t`);
    return at < 0 ? [] : this.numbers(at + name.length + 2);
  }

  has(name: string): boolean {
    return name != "" && this.text.includes(`\n${name}\t`);
  }

  private numbers(at: number): number[] {
    const end = this.text.indexOf("\n", at);
    return this.text.slice(at, end).split(",").map(Number);
  }

  /** Numbers of all names that fit, and the names. */
  matching(fits: (name: string) => boolean): { name: string; numbers: number[] }[] {
    const found: { name: string; numbers: number[] }[] = [];
    const { text } = this;
    let at = 1;
    while (at < text.length) {
      const tab = text.indexOf("\t", at);
      const name = text.slice(at, tab);
      if (fits(name)) found.push({ name, numbers: this.numbers(tab + 1) });
      at = text.indexOf("\n", tab) + 1;
    }
    return found;
  }
}

export class DwarfIndex {
  constructor(
    /** Units that have code of a function of this name. */
    readonly functions: NameTable,
    /** Units that define a global or static variable of this name. */
    readonly variables: NameTable,
    /** Units whose line tables name this path. */
    readonly files: NameTable,
    /** Names that functions of different places in the source share; no numbers. */
    readonly shared: NameTable,
  ) {}

  static parse(bytes: Uint8Array): DwarfIndex | null {
    const text = new TextDecoder("latin1").decode(bytes);
    const head = text.slice(0, text.indexOf("\n"));
    const sizes = head.split(" ").map(Number);
    if (sizes.length != 5 || sizes[0] != INDEX_VERSION) return null;
    let at = head.length + 1;
    const tables = sizes.slice(1).map((size) => {
      const table = new NameTable(text.slice(at, at + size));
      at += size;
      return table;
    });
    if (at != text.length) return null;
    return new DwarfIndex(tables[0], tables[1], tables[2], tables[3]);
  }

  toBytes(): Uint8Array {
    const tables = [this.functions, this.variables, this.files, this.shared].map((t) => t.text);
    const head = [INDEX_VERSION, ...tables.map((t) => t.length)].join(" ") + "\n";
    const text = head + tables.join("");
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }
}

/** Makes the index of a file: one pass over its units. */
export function buildIndex(file: DwarfFile): DwarfIndex {
  return new Builder(file).build();
}

/** Attributes that the pass looks at, as bits. */
const SEEN_CODE = 1, SEEN_LOCATION = 2;

/** How an abbreviation is gone through. */
interface Plan {
  abbrev: Abbrev;
  /** "": of no interest. */
  kind: "" | "function" | "variable";
  seen: number;
}

class Builder {
  private functions = new Postings();
  private variables = new Postings();
  /** Where the source has the function of a name; -1 for several places. */
  private lines = new Map<number | string, number>();
  private files = new Map<string, number[]>();
  private plans = new Map<Abbrev, Plan>();

  constructor(private file: DwarfFile) {}

  build(): DwarfIndex {
    const count = this.file.headers().length;
    for (let i = 0; i < count; i++) {
      const unit = this.file.passing(i);
      this.unit(unit, i);
      this.filesOf(unit, i);
    }
    const name = (key: number | string) => typeof key == "number" ? this.file.string(key) : key;
    const shared = [...this.lines].filter(([_, line]) => line < 0);
    return new DwarfIndex(
      table([...this.functions.map].map(([key, units]) => [name(key), units])),
      table([...this.variables.map].map(([key, units]) => [name(key), units])),
      table([...this.files]),
      table(shared.map(([key]) => [name(key), []])),
    );
  }

  private filesOf(unit: Unit, index: number): void {
    const lines = lineTableOf(unit);
    for (const file of new Set(lines?.files ?? [])) {
      const units = this.files.get(file);
      if (units == undefined) this.files.set(file, [index]);
      else units.push(index);
    }
  }

  private unit(unit: Unit, index: number): void {
    const root = unit.root();
    if (root == null) return;
    const first = unit.firstChild(root);
    if (first == null) return;
    const { header } = unit;
    const c = unit.cursorAt(first.offset);
    const abbrevs = unit.file.abbrevs(header);
    while (!c.done && c.error == "") {
      const at = header.offset + c.at;
      const code = c.uleb();
      if (code == 0) break;
      const abbrev = abbrevs.get(code);
      if (abbrev == undefined) break;
      const plan = this.planOf(abbrev);
      const next = this.entry(c, plan, unit, index);
      if (next <= 0 && abbrev.children) {
        // No sibling is told: the slow way.
        const die = unit.die(at);
        const sibling = die == null ? null : unit.next(die);
        if (sibling == null) break;
        c.at = sibling.offset - header.offset;
      } else if (next > at) c.at = next - header.offset;
    }
  }

  private planOf(abbrev: Abbrev): Plan {
    let plan = this.plans.get(abbrev);
    if (plan == undefined) {
      plan = makePlan(abbrev);
      this.plans.set(abbrev, plan);
    }
    return plan;
  }

  /** Reads one entry; gives the offset of its sibling, or 0 if the cursor is there already. */
  private entry(c: Cursor, plan: Plan, unit: Unit, index: number): number {
    const { abbrev } = plan, { addressSize, offsetSize, offset } = unit.header;
    if (plan.kind == "") {
      if (!abbrev.children && abbrev.size >= 0) {
        c.at += abbrev.size;
        return 0;
      }
      if (abbrev.siblingAt >= 0 && abbrev.forms[abbrev.sibling] == Form.ref4) {
        c.at += abbrev.siblingAt;
        return offset + c.u32();
      }
    }
    const found: Entry = { name: "", sibling: 0, declared: 0, address: false, line: 0 };
    for (let i = 0; i < abbrev.forms.length; i++) {
      const form = abbrev.forms[i];
      switch (abbrev.attributes[i]) {
        case At.name:
          if (form == Form.strp && offsetSize == 4 && unit.file == this.file) found.name = c.u32();
          else if (form == Form.string) found.name = c.text();
          else found.name = unit.textAt(c, form);
          continue;
        case At.sibling:
          found.sibling = offset + readReference(c, form);
          continue;
        case At.specification:
          if (form == Form.refAddr) break;
          found.declared = offset + readReference(c, form);
          continue;
        case At.declLine:
          if (form == Form.implicitConst) found.line = abbrev.implicit[i];
          else if (form == Form.data1 || form == Form.data2 || form == Form.data4) {
            found.line = c.unsigned(formSize(form, addressSize, offsetSize));
          } else break;
          continue;
        case At.location:
          if (form == Form.exprloc) {
            const block = c.view(c.uleb());
            found.address = block.length > 0 &&
              (block[0] == 0x03 || block[0] == 0xa1 || block[0] == 0xfb);
            continue;
          }
      }
      skipForm(c, form, addressSize, offsetSize);
    }
    if (c.error == "") this.note(found, plan, unit, index);
    return found.sibling;
  }

  private note(found: Entry, plan: Plan, unit: Unit, index: number): void {
    let { name } = found;
    if (name === "" && found.declared != 0) {
      const die = unit.die(found.declared);
      if (die != null) name = nameOf(die);
    }
    if (name === "") return;
    if (plan.kind == "function") {
      if ((plan.seen & SEEN_CODE) == 0) return;
      this.functions.add(name, index);
      const known = this.lines.get(name);
      if (known == undefined) this.lines.set(name, found.line);
      else if (known != found.line) this.lines.set(name, -1);
    } else if (plan.kind == "variable") {
      if (found.address || (plan.seen & SEEN_LOCATION) == 0 && (plan.seen & SEEN_CODE) != 0) {
        this.variables.add(name, index);
      }
    }
  }
}

/** What the pass reads of an entry. */
interface Entry {
  /** Or where it is in .debug_str. */
  name: number | string;
  sibling: number;
  /** The entry that it completes. */
  declared: number;
  /** Its place is an address. */
  address: boolean;
  line: number;
}

/** Units by name; names of .debug_str by their offset, for each text is there once. */
class Postings {
  map = new Map<number | string, number[]>();

  add(name: number | string, unit: number): void {
    const units = this.map.get(name);
    if (units == undefined) this.map.set(name, [unit]);
    else if (units[units.length - 1] != unit) units.push(unit);
  }
}

function makePlan(abbrev: Abbrev): Plan {
  const has = (attribute: number) => abbrev.find(attribute) >= 0;
  const plan: Plan = { abbrev, kind: "", seen: 0 };
  switch (abbrev.tag) {
    case Tag.subprogram:
      plan.kind = "function";
      if (has(At.lowPc) || has(At.ranges) || has(At.inline)) plan.seen |= SEEN_CODE;
      break;
    case Tag.variable:
      plan.kind = "variable";
      if (has(At.location)) plan.seen |= SEEN_LOCATION;
      if (has(At.constValue)) plan.seen |= SEEN_CODE;
      break;
  }
  // A variable that a header declares has its name there.
  const named = has(At.name) || (plan.kind == "variable" && has(At.specification));
  if (!named || (plan.kind == "function" && plan.seen == 0)) plan.kind = "";
  if (plan.kind == "variable" && (plan.seen & (SEEN_LOCATION | SEEN_CODE)) == 0) plan.kind = "";
  return plan;
}

function readReference(c: Cursor, form: number): number {
  switch (form) {
    case Form.ref1:
      return c.u8();
    case Form.ref2:
      return c.u16();
    case Form.ref8:
      return c.offset(8);
    case Form.refUdata:
      return c.uleb();
    default:
      return c.u32();
  }
}

function table(entries: [string, number[]][]): NameTable {
  const merged = new Map<string, number[]>();
  for (const [name, numbers] of entries) {
    if (name == "" || /[\t\n]/.test(name)) continue;
    const known = merged.get(name);
    if (known == undefined) merged.set(name, numbers);
    else merged.set(name, [...new Set([...known, ...numbers])].sort((a, b) => a - b));
  }
  const names = [...merged.keys()].sort((a, b) => a < b ? -1 : a > b ? 1 : 0);
  return new NameTable(
    "\n" + names.map((name) => `${name}\t${merged.get(name)!.join(",")}\n`).join(""),
  );
}

/** The line table of a unit, or null if it has none. */
export function lineTableOf(unit: Unit): LineTable | null {
  const root = unit.codeRoot();
  const at = root == null ? null : root.unit.number(root, At.stmtList);
  if (root == null || at == null) return null;
  const { file } = root.unit;
  return new LineTable(file, at, unit.folder(), unit.name(), unit.header.addressSize);
}
