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
  const rows: ir.ProbeRow[] = [];
  const first = new Map<string, ir.ProbeRow>();
  const others = new Map<ir.ProbeRow, ir.ProbeRow[]>();
  for (const row of source.rows) {
    const leader = IN_ORDER.includes(row.family) && row.condition == null
      ? first.get(row.point)
      : undefined;
    if (leader != undefined) {
      const joined = Object.assign(Object.create(ir.ProbeRow.prototype), row) as ir.ProbeRow;
      joined.joined = true;
      others.get(leader)!.push(joined);
      continue;
    }
    rows.push(row);
    if (row.condition == null) first.set(row.point, row);
    others.set(row, []);
  }
  if (rows.length == source.rows.length) return source;
  const program = Object.assign(new ir.Program(), source);
  program.rows = rows.flatMap((row) => [row, ...others.get(row)!]);
  return program;
}
