/**
 * procfs: files below /proc/systemtap/MODULE that run a handler when they are read or written.
 *
 * Rows: family "procfs"; props:
 *   path    below the module's folder, with folders in it if it has slashes
 *   access  "read" or "write"
 *   umask   decimal: permissions that the file does not have
 *   size    read: bytes that the text may have; "0" for the string limit
 * `$value`: in a read probe the text to give, only assigned (`=` and `.=`); in a write probe the
 * text that was written, only read.
 */
import { i64Compare, i64FromDecimal } from "../front/portable/target.ts";
import { PointMatch, PointQuery, ProbeFamily, ValueRole } from "../front/probes/family.ts";

const DEFAULT_PATH: string = "command";
const READ_UMASK: string = "36";
const WRITE_UMASK: string = "18";
const LARGEST: string = "16777216";

export class ProcfsFamily extends ProbeFamily {
  constructor() {
    super();
    const roots: string[] = ["procfs", "procfs(S)", "procfs.umask(N)", "procfs(S).umask(N)"];
    for (let i: i32 = 0; i < roots.length; i++) {
      this.form(roots[i] + ".read", "a file of /proc is read", "sys");
      this.form(roots[i] + ".read.maxsize(N)", "the same, with room for M bytes", "sys");
      this.form(roots[i] + ".write", "a file of /proc is written", "sys");
    }
  }

  resolve(query: PointQuery): void {
    const written = query.textOf("procfs");
    const path = query.point.parts[0].arg == null ? DEFAULT_PATH : written;
    query.problem = pathProblem(path);
    if (query.problem != "") return;
    const reads: bool = query.has("read");
    const size = query.numberOf("maxsize", "0");
    if (query.has("maxsize") && !within(size, "1", LARGEST)) {
      query.problem = "a maximal size is a number from 1 to " + LARGEST;
      return;
    }
    const umask = query.numberOf("umask", reads ? READ_UMASK : WRITE_UMASK);
    if (!within(umask, "0", "511")) {
      query.problem = "a umask is a number from 0 to 0777";
      return;
    }
    const match = new PointMatch("procfs", query.text());
    match.value = reads ? ValueRole.Given : ValueRole.Received;
    match.prop("path", path);
    match.prop("access", reads ? "read" : "write");
    match.prop("umask", umask);
    match.prop("size", size);
    query.matches.push(match);
  }
}

function within(text: string, low: string, high: string): bool {
  const value = i64FromDecimal(text);
  return i64Compare(value, i64FromDecimal(low)) >= 0 &&
    i64Compare(value, i64FromDecimal(high)) <= 0;
}

/** Paths stay below the folder, and every component of them is a name. */
function pathProblem(path: string): string {
  const parts = path.split("/");
  for (let i: i32 = 0; i < parts.length; i++) {
    if (parts[i] == "") return "a path has no empty component, no leading and no trailing slash";
    if (parts[i] == "." || parts[i] == "..") return "a path has no component '" + parts[i] + "'";
    if (parts[i].length > 200) return "a component of the path is too long";
  }
  return "";
}
