/**
 * kernel.trace: tracepoints.
 *
 * Rows: family "trace"; props tracepoint, system ("" if unknown), module, nargs (number of
 * arguments without __data). Context: "tparg" n; one `$name` for each argument, `$$name`,
 * `$$system`.
 */
import { KernelOracle } from "../front/oracle/oracle.ts";
import { PointMatch, PointQuery, ProbeFamily } from "../front/probes/family.ts";
import { globMatch, isGlob } from "../front/source/glob.ts";
import { Tracepoint } from "../front/oracle/oracle.ts";

export class TraceFamily extends ProbeFamily {
  constructor() {
    super();
    this.form("kernel.trace(S)", "tracepoints named S, or system:name", "sys");
    this.form("kernel.tracepoint(S)", "tracepoints named S", "sys");
    this.form(
      "module(S).tracepoint(S)",
      "tracepoints of module S named T, also when it comes later",
      "sys",
    );
  }

  resolve(query: PointQuery): void {
    const written = query.textOf(query.form.names[1]);
    const colon: i32 = written.indexOf(":");
    const system = colon < 0 ? "" : written.substring(0, colon);
    const name = written.substring(colon + 1);
    if (colon >= 0 && !query.systemNames) {
      query.problem = "SYSTEM:TRACEPOINT syntax is not supported with --compatible <= 2.6";
      return;
    }
    if (!query.oracle.available()) {
      query.problem = "tracepoints need to know the kernel's types (no BTF found)";
      return;
    }
    const found = query.has("module")
      ? tracepointsOfModule(query.oracle, query.moduleName(), written)
      : findTracepoints(query.oracle, system, name);
    for (let i: i32 = 0; i < found.length; i++) addTracepoint(query, found[i], system);
    if (found.length > 0 || !query.wantHints) return;
    query.hints = query.oracle.similarTracepoints(name);
  }
}

/** To ask for its functions makes the oracle look into the module. */
function tracepointsOfModule(oracle: KernelOracle, module: string, name: string): Tracepoint[] {
  oracle.functions("__traceiter_" + name, module);
  const all = oracle.tracepoints("", name);
  const own: Tracepoint[] = [];
  for (let i: i32 = 0; i < all.length; i++) {
    if (all[i].module != "" && globMatch(module, all[i].module)) own.push(all[i]);
  }
  return own;
}

/** BTF does not tell systems: a plain system is then taken on trust. */
function findTracepoints(oracle: KernelOracle, system: string, name: string): Tracepoint[] {
  const found = oracle.tracepoints(system, name);
  if (found.length > 0 || system == "" || isGlob(system)) return found;
  const any = oracle.tracepoints("", name);
  const unknown: Tracepoint[] = [];
  for (let i: i32 = 0; i < any.length; i++) if (any[i].system == "") unknown.push(any[i]);
  return unknown;
}

function addTracepoint(query: PointQuery, t: Tracepoint, system: string): void {
  const known = t.system != "" ? t.system : (isGlob(system) ? "" : system);
  const full = known == "" ? t.name : known + ":" + t.name;
  const root = query.has("module") ? 'module("' + t.module + '").' : "kernel.";
  const match = new PointMatch("trace", root + query.form.names[1] + '("' + full + '")');
  match.inCode = true;
  match.prop("tracepoint", t.name);
  match.prop("system", known);
  match.prop("module", t.module);
  match.prop("nargs", t.args.length.toString());
  match.variables = t.args;
  match.texts.set("$$name", t.name);
  match.texts.set("$$system", known);
  query.matches.push(match);
}
