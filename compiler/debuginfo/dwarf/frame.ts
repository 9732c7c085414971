/**
 * Call frame information (DWARF 5, 6.4; .eh_frame as in the Linux Standard Base): what the
 * canonical frame address of a function is at an instruction. Only the rule of the CFA is kept.
 */
import { Cursor } from "../cursor.ts";
import type { ElfFile } from "../elf_file.ts";

/** CFA = register + offset, or an expression. */
export interface CfaRule {
  register: number;
  offset: number;
  expression: Uint8Array | null;
}

interface Cie {
  codeAlign: number;
  dataAlign: number;
  /** How addresses are encoded in its FDEs (DW_EH_PE_*); -1: plain. */
  encoding: number;
  augmented: boolean;
  addressSize: number;
  from: number;
  to: number;
}

/** The head of an entry: its end, and the CIE that a FDE names. */
interface Head {
  end: number;
  /** -1 for a CIE. */
  cie: number;
}

const MOST_FRAMES = 2_000_000;

export class FrameTable {
  error = "";
  /** Of each FDE: where it is, and the first address that it is about; in order of these. */
  private places: number[] = [];
  private lows: number[] = [];
  private cies = new Map<number, Cie | null>();

  constructor(
    private bytes: Uint8Array,
    private section: string,
    private eh: boolean,
    /** Where the section is loaded, for addresses relative to themselves. */
    private address: number,
  ) {
    this.scan();
    // Linkers mostly leave them in order.
    const { lows, places } = this;
    if (lows.some((low, i) => i > 0 && low < lows[i - 1])) {
      const order = lows.map((_, i) => i).sort((a, b) => lows[a] - lows[b]);
      this.lows = order.map((i) => lows[i]);
      this.places = order.map((i) => places[i]);
    }
  }

  /** The frames of a file: .debug_frame, else .eh_frame; null if it has neither. */
  static of(elf: ElfFile): FrameTable | null {
    for (const name of [".debug_frame", ".eh_frame"]) {
      const section = elf.find(name);
      const data = elf.sectionData(name);
      if (section == null || data.size == 0) continue;
      return new FrameTable(data.all(), name, name == ".eh_frame", section.address);
    }
    return null;
  }

  private cursor(at: number, end?: number): Cursor {
    return new Cursor(this.section, this.bytes, at, end);
  }

  /** Finds all entries; one cursor for tens of thousands of them. */
  private scan(): void {
    const c = this.cursor(0), size = this.bytes.length;
    while (c.at + 4 <= size && this.places.length < MOST_FRAMES) {
      const at = c.at;
      if (c.u32() == 0) {
        if (!this.eh) continue;
        break;
      }
      c.at = at;
      const { end, cie: cieAt } = this.head(c);
      if (c.error != "") {
        this.error = c.error;
        return;
      }
      c.end = end;
      const cie = cieAt < 0 ? null : this.cie(cieAt);
      if (cie != null) {
        const low = this.encoded(c, cie);
        if (c.error == "") {
          this.places.push(at);
          this.lows.push(low);
        }
      }
      // What is wrong inside an entry is wrong with that one only.
      c.error = "";
      c.at = end;
      c.end = size;
    }
  }

  /** Reads the head of an entry; the cursor's section goes on behind it. */
  private head(c: Cursor): Head {
    let length = c.u32(), size = 4;
    if (length == 0xffffffff) {
      length = c.offset(8);
      size = 8;
    }
    const body = c.at, end = body + length;
    const id = c.offset(size);
    if (end > this.bytes.length) c.fail("an entry beyond the section");
    const isCie = this.eh ? id == 0 : id == (size == 4 ? 0xffffffff : -1);
    return { end, cie: isCie ? -1 : (this.eh ? body - id : id) };
  }

  private encoded(c: Cursor, cie: Cie): number {
    if (cie.encoding < 0) return c.address(cie.addressSize);
    const place = this.address + c.at;
    let value = 0;
    switch (cie.encoding & 0x0f) {
      case 0:
      case 4:
      case 0xc:
        value = c.i64();
        break;
      case 2:
        value = c.u16();
        break;
      case 3:
        value = c.u32();
        break;
      case 0xa:
        value = c.u16() << 16 >> 16;
        break;
      case 0xb:
        value = c.i32();
        break;
      case 1:
        value = c.uleb();
        break;
      case 9:
        value = c.sleb();
        break;
      default:
        c.fail("an unknown encoding of addresses");
    }
    return (cie.encoding & 0x70) == 0x10 ? value + place : value;
  }

  private cie(at: number): Cie | null {
    const known = this.cies.get(at);
    if (known !== undefined) return known;
    const cie = this.readCie(at);
    this.cies.set(at, cie);
    return cie;
  }

  private readCie(at: number): Cie | null {
    let c = this.cursor(at);
    let length = c.u32(), size = 4;
    if (length == 0xffffffff) {
      length = c.offset(8);
      size = 8;
    }
    const end = c.at + length;
    if (c.error != "" || end > this.bytes.length) return null;
    c = this.cursor(c.at, end);
    c.skip(size);
    const version = c.u8(), augmentation = c.text();
    let addressSize = 8;
    if (version >= 4) {
      addressSize = c.u8();
      c.skip(1);
    }
    const codeAlign = c.uleb(), dataAlign = c.sleb();
    if (version == 1) c.u8();
    else c.uleb();
    let encoding = this.eh ? 0 : -1;
    const augmented = augmentation.startsWith("z");
    if (augmented) {
      const behind = c.uleb() + c.at;
      for (const letter of augmentation.slice(1)) {
        if (letter == "R") encoding = c.u8();
        else if (letter == "L") c.u8();
        else if (letter == "P") {
          const personality = c.u8();
          this.encoded(c, { encoding: personality, addressSize } as Cie);
        }
      }
      c.at = Math.min(behind, c.end);
    } else if (augmentation != "") return null;
    if (c.error != "" || (addressSize != 8 && addressSize != 4)) return null;
    return { codeAlign, dataAlign, encoding, augmented, addressSize, from: c.at, to: end };
  }

  /** The rule of the CFA at an address, or null if nothing tells it. */
  cfa(address: number): CfaRule | null {
    let low = 0, high = this.lows.length - 1, found = -1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (address < this.lows[middle]) high = middle - 1;
      else {
        found = middle;
        low = middle + 1;
      }
    }
    return found < 0 ? null : this.ruleAt(this.places[found], address);
  }

  /** The rule that the FDE at a place gives for an address, or null if it is not about it. */
  private ruleAt(place: number, address: number): CfaRule | null {
    const c = this.cursor(place);
    const { end, cie: cieAt } = this.head(c);
    c.end = end;
    const cie = this.cie(cieAt);
    if (cie == null) return null;
    const low = this.encoded(c, cie);
    // The size has the same form, but is relative to nothing.
    const size = this.encoded(
      c,
      cie.encoding < 0 ? cie : { ...cie, encoding: cie.encoding & 0x0f },
    );
    if (cie.augmented) c.skip(c.uleb());
    if (c.error != "" || address >= low + size) return null;
    const state = new CfaState(cie, low, address);
    state.run(this.cursor(cie.from, cie.to));
    if (!state.failed) state.run(c);
    return state.failed ? null : state.rule;
  }
}

/** Runs call frame instructions (DWARF 5, 6.4.2) up to an address. */
class CfaState {
  rule: CfaRule = { register: 7, offset: 8, expression: null };
  failed = false;
  private stack: CfaRule[] = [];

  constructor(private cie: Cie, private at: number, private wanted: number) {}

  run(c: Cursor): void {
    while (!c.done) {
      const opcode = c.u8(), low = opcode & 0x3f;
      if (opcode >= 0xc0) continue; // restore
      if (opcode >= 0x80) c.uleb(); // offset
      else if (opcode >= 0x40) this.at += low * this.cie.codeAlign;
      else if (!this.other(c, opcode)) this.failed = true;
      if (c.error != "") this.failed = true;
      if (this.failed || this.at > this.wanted) return;
    }
  }

  private other(c: Cursor, opcode: number): boolean {
    switch (opcode) {
      case 0x00:
        return true;
      case 0x01:
        this.at = c.address(this.cie.addressSize);
        return true;
      case 0x02:
        this.at += c.u8() * this.cie.codeAlign;
        return true;
      case 0x03:
        this.at += c.u16() * this.cie.codeAlign;
        return true;
      case 0x04:
        this.at += c.u32() * this.cie.codeAlign;
        return true;
      case 0x05: // offset_extended, register, val_offset
      case 0x09:
      case 0x14:
        c.uleb(), c.uleb();
        return true;
      case 0x06: // restore_extended, undefined, same_value
      case 0x07:
      case 0x08:
        c.uleb();
        return true;
      case 0x0a:
        this.stack.push(this.rule);
        return this.stack.length < 1000;
      case 0x0b: {
        const saved = this.stack.pop();
        if (saved != undefined) this.rule = saved;
        return saved != undefined;
      }
      case 0x0c:
        this.rule = { register: c.uleb(), offset: c.uleb(), expression: null };
        return true;
      case 0x0d:
        this.rule = { ...this.rule, register: c.uleb() };
        return true;
      case 0x0e:
        this.rule = { ...this.rule, offset: c.uleb() };
        return true;
      case 0x0f:
        this.rule = { ...this.rule, expression: c.view(c.uleb()) };
        return true;
      case 0x10: // expression, val_expression
      case 0x16:
        c.uleb();
        c.skip(c.uleb());
        return true;
      case 0x11:
      case 0x15:
        c.uleb(), c.sleb();
        return true;
      case 0x12:
        this.rule = {
          register: c.uleb(),
          offset: c.sleb() * this.cie.dataAlign,
          expression: null,
        };
        return true;
      case 0x13:
        this.rule = { ...this.rule, offset: c.sleb() * this.cie.dataAlign };
        return true;
      case 0x2e: // GNU_args_size
        c.uleb();
        return true;
    }
    return false;
  }
}
