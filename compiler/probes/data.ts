/**
 * kernel.data: writes to, or reads and writes of, some bytes of kernel memory, seen by the CPU's
 * debug registers (x86-64 has four).
 *
 * Rows: family "data"; props:
 *   address  decimal, or absent with symbol
 *   symbol   a variable of the kernel image
 *   length   bytes watched: 1, 2, 4 or 8
 *   access   "write" or "rw"
 * No context variables: registers only, as they are after the access.
 */
import { i64Compare, i64FromDecimal } from "../front/portable/target.ts";
import { PointMatch, PointQuery, ProbeFamily } from "../front/probes/family.ts";

const WIDTHS: string[] = ["1", "2", "4", "8"];

export class DataFamily extends ProbeFamily {
  constructor() {
    super();
    this.form("kernel.data(N).write", "writes to the byte at address N", "sys");
    this.form("kernel.data(N).rw", "reads of and writes to the byte at address N", "sys");
    this.form("kernel.data(N).length(N).write", "writes to the M bytes at address N", "sys");
    this.form("kernel.data(N).length(N).rw", "accesses to the M bytes at address N", "sys");
    this.form("kernel.data(S).write", "writes to the variable S", "sys");
    this.form("kernel.data(S).rw", "accesses to the variable S", "sys");
  }

  resolve(query: PointQuery): void {
    const match = new PointMatch("data", query.text());
    // The part that holds the place is the second of the form.
    if (query.form.argKinds[1] == "N") match.prop("address", query.numberOf("data", "0"));
    else if (query.textOf("data") != "") match.prop("symbol", query.textOf("data"));
    else {
      query.problem = "the name of a variable is wanted";
      return;
    }
    const width = widthFor(query.numberOf("length", "1"));
    if (width == "") {
      query.problem = "a watched length is 1 to 8 bytes";
      return;
    }
    match.prop("length", width);
    match.prop("access", query.has("rw") ? "rw" : "write");
    query.matches.push(match);
  }
}

/** The smallest width of a debug register that holds so many bytes; "" if none does. */
function widthFor(length: string): string {
  const value = i64FromDecimal(length);
  if (i64Compare(value, i64FromDecimal("1")) < 0) return "";
  for (let i: i32 = 0; i < WIDTHS.length; i++) {
    if (i64Compare(value, i64FromDecimal(WIDTHS[i])) <= 0) return WIDTHS[i];
  }
  return "";
}
