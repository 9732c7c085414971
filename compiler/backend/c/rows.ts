/** Probe rows as initialisers of struct tapir_row, and the feature macros that their families need. */
import * as ir from "../../front/ir/ir.ts";
import { cLong, cString } from "./text.ts";

/** Families: the runtime's enumerator and the feature macro that arms it. */
const FAMILIES: Record<string, [string, string]> = {
  begin: ["TAPIR_BEGIN", ""],
  end: ["TAPIR_END", ""],
  error: ["TAPIR_ERROR", ""],
  never: ["TAPIR_NEVER", ""],
  timer: ["TAPIR_TIMER", "TAPIR_HAVE_TIMER"],
  function: ["TAPIR_FUNCTION", "TAPIR_HAVE_FUNCTION"],
  kprobe: ["TAPIR_KPROBE", "TAPIR_HAVE_KPROBE"],
  return: ["TAPIR_RETURN", "TAPIR_HAVE_RETURN"],
  trace: ["TAPIR_TRACE", "TAPIR_HAVE_TRACE"],
  perf: ["TAPIR_PERF", "TAPIR_HAVE_PERF"],
  data: ["TAPIR_DATA", "TAPIR_HAVE_DATA"],
  procfs: ["TAPIR_PROCFS", "TAPIR_HAVE_PROCFS"],
  netfilter: ["TAPIR_NETFILTER", "TAPIR_HAVE_NETFILTER"],
};

/** Families whose rows may be in modules that come and go (runtime-c/code.h). */
const CODE = ["function", "kprobe", "return"];

/** Of timer rows, by their `kind`. */
const TIMER_KINDS: Record<string, string> = {
  interval: "TAPIR_TIMER",
  jiffies: "TAPIR_JIFFIES",
  profile: "TAPIR_PROFILE",
};

/** What families need to know beyond the common fields: their struct of spec.h. */
const SPECS: Record<string, (row: ir.ProbeRow) => string[]> = {
  perf: (row) => [
    `.type = ${row.prop("type")}U`,
    `.config = ${cLong(row.prop("config"))}`,
    `.period = ${cLong(row.prop("rate") || row.prop("period") || "0")}`,
    `.rate = ${row.prop("rate") != ""}`,
    `.target = ${row.prop("target") == "1"}`,
    `.counter = ${row.prop("counter") != ""}`,
  ],
  procfs: (row) => [
    `.path = ${cString(row.prop("path"))}`,
    `.size = ${row.prop("size")}`,
    `.umask = ${row.prop("umask")}`,
    `.reads = ${row.prop("access") == "read"}`,
  ],
  netfilter: (row) => [
    `.pf = ${row.prop("pf")}`,
    `.hooknum = ${row.prop("hooknum")}`,
    `.priority = ${cLong(row.prop("priority"))}`,
  ],
  data: (row) => [`.length = ${row.prop("length")}`, `.reads = ${row.prop("access") == "rw"}`],
};

/** The rows that `@perf` reads, in the order of their numbers. */
export function countersOf(program: ir.Program): ir.ProbeRow[] {
  return program.rows.filter((row) => row.prop("counter") != "");
}

/** True if the C engine can arm rows of the family. */
export function serves(family: string): boolean {
  return family in FAMILIES;
}

/** Feature macros of the program. */
export function featuresOf(program: ir.Program): string[] {
  const set = new Set<string>();
  for (const row of program.rows) {
    const feature = FAMILIES[row.family]?.[1] ?? "";
    if (feature) set.add(feature);
  }
  const code = [...program.funcs.map((f) => f.code), ...program.embedded.map((e) => e.code)];
  if (code.some((text) => /->\s*regs\b|pragma:unwind/.test(text))) set.add("TAPIR_NEED_REGS");
  if (program.rows.some((row) => row.condition != null)) set.add("TAPIR_HAVE_CONDITION");
  if (program.rows.some((row) => CODE.includes(row.family) && row.prop("module") != "")) {
    set.add("TAPIR_HAVE_MODULES");
  }
  if (program.rows.some((row) => row.prop("callerSymbol") != "")) {
    set.add("TAPIR_HAVE_CALLER").add("TAPIR_HAVE_KPROBE");
    // The stack is read.
    set.add("TAPIR_NEED_REGS");
  }
  // One handler for all rows of a family: its call becomes direct.
  for (const family of ["function", "return"]) {
    const rows = program.rows.filter((row) => row.family == family);
    const [handler, ...others] = new Set(rows.map((row) => row.handler));
    if (handler == null || others.length > 0) continue;
    set.add(`TAPIR_${family.toUpperCase()}_HANDLER tapir_handler_${handler}`);
  }
  return [...set];
}

/** The row's own fields. */
export function rowFields(row: ir.ProbeRow): string[] {
  const known = FAMILIES[row.family];
  if (!known) throw new Error(`the C engine does not serve probes of family "${row.family}"`);
  const family = row.family == "timer" ? TIMER_KINDS[row.prop("kind")] ?? known[0] : known[0];
  const fields = [
    `.family = ${family}`,
    `.point = ${cString(row.point)}`,
    `.name = ${cString(row.name)}`,
  ];
  const text = (field: string, prop: string) => {
    if (row.prop(prop) != "") fields.push(`.${field} = ${cString(row.prop(prop))}`);
  };
  const number = (field: string, prop: string) => {
    const value = row.prop(prop);
    if (value != "" && value != "0") fields.push(`.${field} = ${cLong(value)}`);
  };
  if (row.family == "trace") text("symbol", "tracepoint");
  else if (row.prop("symbol") != "") {
    // The kernel finds MODULE:NAME in that module only.
    const symbol = (row.prop("module") == "" ? "" : `${row.prop("module")}:`) + row.prop("symbol");
    fields.push(`.symbol = ${cString(symbol)}`);
    const name = row.prop("ppfunc") || row.prop("symbol");
    if (name != symbol) fields.push(`.function = ${cString(name)}`);
  }
  text("module", "module");
  number("order", "order");
  number("address", "address");
  number("offset", "offset");
  if (row.family == "timer") number("interval", "period");
  number("random", "randomize");
  number("maxactive", "maxactive");
  text("caller", "callerSymbol");
  number("caller_offset", "callerOffset");
  number("caller_size", "callerSize");
  const spec = SPECS[row.family];
  if (spec) {
    const values = spec(row).join(", ");
    fields.push(`.spec = &(const struct tapir_${row.family}_spec){ ${values} }`);
  }
  if (row.joined) fields.push(".joined = true");
  if (row.prop("optional") == "1") fields.push(".optional = true");
  return fields;
}
