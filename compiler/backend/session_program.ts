/** What a session of any engine runs: the program with its rows in order, and with the display. */
import * as ir from "../front/ir/ir.ts";
import { withDisplay } from "./display.ts";

/** The program as a session runs it; the one given stays as it was. */
export function sessionProgram(source: ir.Program): ir.Program {
  return withDisplay(withJoinedRows(source));
}

/** Families whose probes run one after the other. */
const IN_ORDER = ["begin", "end", "error"];

/**
 * Probes that name the same point are one to SystemTap: they run in one go where the first of them
 * stands, each of them also after an error in another.
 */
function withJoinedRows(source: ir.Program): ir.Program {
  const groups: ir.ProbeRow[][] = [];
  const byPoint = new Map<string, ir.ProbeRow[]>();
  for (const row of source.rows) {
    const joins = IN_ORDER.includes(row.family) && row.condition == null;
    const group = joins ? byPoint.get(row.point) : undefined;
    if (group != undefined) {
      group.push(Object.assign(Object.create(ir.ProbeRow.prototype), row, { joined: true }));
      continue;
    }
    const alone = [row];
    groups.push(alone);
    if (joins) byPoint.set(row.point, alone);
  }
  if (groups.length == source.rows.length) return source;
  return Object.assign(new ir.Program(), source, { rows: groups.flat() });
}
