/**
 * kprobe.*: functions by symbol, without any type information.
 *
 * Rows: family "kprobe", props symbol, module; returns: family "return", props symbol, module,
 * maxactive. Context: "arg" n and "retval" by number only (`*_arg()` and returnval()).
 */
import { KernelFunction } from "../front/oracle/oracle.ts";
import { PointMatch, PointQuery, ProbeFamily } from "../front/probes/family.ts";
import { isGlob } from "../front/source/glob.ts";

const SUFFIXES: string[] = ["", ".call", ".return", ".return.maxactive(N)"];

export class KprobeFamily extends ProbeFamily {
  constructor() {
    super();
    for (let i: i32 = 0; i < SUFFIXES.length; i++) {
      this.form("kprobe.function(S)" + SUFFIXES[i], "a symbol, without types", "sys");
      this.form("kprobe.module(S).function(S)" + SUFFIXES[i], "a module's symbol", "sys");
    }
  }

  resolve(query: PointQuery): void {
    const pattern = query.textOf("function");
    const module = ofPath(query.moduleName());
    if (!query.oracle.available() || !isGlob(pattern)) {
      if (isGlob(pattern)) query.problem = "a wildcard needs to know the kernel's functions";
      else addRow(query, new KernelFunction(pattern, module, "", 0, null));
      return;
    }
    const found = query.oracle.functions(pattern, module);
    for (let i: i32 = 0; i < found.length; i++) addRow(query, found[i]);
  }
}

/** A module by the path of its file is the one that is loaded under its name. */
function ofPath(module: string): string {
  if (!module.startsWith("/")) return module;
  const name = module.substring(module.lastIndexOf("/") + 1);
  const end: i32 = name.indexOf(".ko");
  return end < 0 ? name : name.substring(0, end);
}

function addRow(query: PointQuery, f: KernelFunction): void {
  const isReturn: bool = query.has("return");
  let text = f.module == "" ? "kprobe" : 'kprobe.module("' + f.module + '")';
  text += '.function("' + f.name + '")' + (isReturn ? ".return" : "");
  const match = new PointMatch(isReturn ? "return" : "kprobe", text);
  match.inCode = true;
  match.isReturn = isReturn;
  match.typed = false;
  match.prop("symbol", f.name);
  match.prop("module", f.module);
  if (isReturn) match.prop("maxactive", query.numberOf("maxactive", "0"));
  match.texts.set("ppfunc", f.name);
  query.matches.push(match);
}
