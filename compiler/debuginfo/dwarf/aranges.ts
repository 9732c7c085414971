/** Which unit has the code at an address (.debug_aranges; DWARF 5, 6.1.2). */
import type { DwarfFile } from "./file.ts";
import { rangesOf } from "./ranges.ts";

export class AddressTable {
  private low: Float64Array;
  private high: Float64Array;
  private unit: Int32Array;

  private constructor(entries: { low: number; high: number; unit: number }[]) {
    entries.sort((a, b) => a.low - b.low);
    this.low = Float64Array.from(entries, (e) => e.low);
    this.high = Float64Array.from(entries, (e) => e.high);
    this.unit = Int32Array.from(entries, (e) => e.unit);
  }

  /** From the file's own table; without one, from the ranges of its units. */
  static of(file: DwarfFile): AddressTable {
    const entries: { low: number; high: number; unit: number }[] = [];
    const byOffset = new Map(file.headers().map((header, index) => [header.offset, index]));
    const data = file.elf.sectionData(".debug_aranges");
    const c = data.cursor(0, data.size);
    c.bytes = data.all();
    c.at = 0;
    c.end = c.bytes.length;
    while (!c.done && c.error == "") {
      const start = c.at;
      let length = c.u32(), size = 4;
      if (length == 0xffffffff) {
        length = c.offset(8);
        size = 8;
      }
      const end = c.at + length;
      c.u16();
      const unit = byOffset.get(c.offset(size)) ?? -1;
      const addressSize = c.u8();
      c.u8();
      if (addressSize != 8 && addressSize != 4) break;
      while ((c.at - start) % (2 * addressSize) != 0 && !c.done) c.u8();
      while (c.at < end && c.error == "") {
        const low = c.address(addressSize), count = c.address(addressSize);
        if (low == 0 && count == 0) break;
        if (unit >= 0 && count > 0) entries.push({ low, high: low + count, unit });
      }
      c.at = Math.min(end, c.end);
    }
    if (entries.length == 0) {
      for (let unit = 0; unit < file.headers().length; unit++) {
        const root = file.unit(unit).codeRoot();
        if (root != null) { for (const range of rangesOf(root)) entries.push({ ...range, unit }); }
      }
    }
    return new AddressTable(entries);
  }

  /** Number of the unit, or -1. */
  find(address: number): number {
    let low = 0, high = this.low.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (address < this.low[middle]) high = middle - 1;
      else if (address >= this.high[middle]) low = middle + 1;
      else return this.unit[middle];
    }
    return -1;
  }
}
