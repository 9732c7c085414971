/**
 * kernel.function and module.function: entries and returns of kernel functions.
 *
 * Rows: family "function", props symbol, module ("" for the kernel image); or family "return",
 * props symbol, module, maxactive ("0": the runtime's choice).
 * Context: "arg" n, "retval" (return), parameters by name where the oracle knows the prototype;
 * "ppfunc" is the symbol.
 */
import { argumentPlaces } from "../front/oracle/x86_64.ts";
import { KernelFunction, Variable } from "../front/oracle/oracle.ts";
import { PointMatch, PointQuery, ProbeFamily } from "../front/probes/family.ts";
import { isGlob } from "../front/source/glob.ts";

const SUFFIXES: string[] = ["", ".call", ".exported", ".return", ".return.maxactive(N)"];
const DOCS: string[] = [
  "entry of the functions named S (shell patterns)",
  "the same, inlined instances left out",
  "the same, exported functions only",
  "return of the functions named S",
  "return of the functions named S, at most N calls in flight",
];

export class FunctionFamily extends ProbeFamily {
  constructor() {
    super();
    for (let i: i32 = 0; i < SUFFIXES.length; i++) {
      this.form("kernel.function(S)" + SUFFIXES[i], DOCS[i], "sys");
      this.form("module(S).function(S)" + SUFFIXES[i], DOCS[i] + " of module S", "sys");
    }
  }

  resolve(query: PointQuery): void {
    const pattern = query.textOf("function");
    const module = query.has("module") ? query.textOf("module") : "";
    if (pattern.includes("@")) {
      query.problem = "a file or line in a function pattern needs debuginfo, which is not read yet";
      return;
    }
    if (!query.oracle.available()) {
      addWritten(query, pattern, module);
      return;
    }
    const found = query.oracle.functions(pattern, module);
    for (let i: i32 = 0; i < found.length; i++) {
      if (isGlob(pattern) && found[i].name.startsWith("__pfx_")) continue;
      addFunction(query, found[i]);
    }
    if (query.matches.length > 0 || !query.wantHints) return;
    query.problem = query.oracle.functionAbsence(pattern, module);
    if (query.problem != "") return;
    query.hints = query.oracle.similarFunctions(pattern);
  }
}

/** Nobody to ask: a plain name is taken as written. */
function addWritten(query: PointQuery, name: string, module: string): void {
  if (isGlob(name)) {
    query.problem = "a wildcard needs to know the kernel's functions (no BTF found)";
    return;
  }
  addFunction(query, new KernelFunction(name, module, "", 0, null));
}

/** Adds the entry or return row of one function. Shared by the function families. */
export function addFunction(query: PointQuery, f: KernelFunction): void {
  const isReturn: bool = query.has("return");
  const match = new PointMatch(isReturn ? "return" : "function", pointText(query, f));
  match.isReturn = isReturn;
  match.prop("symbol", f.name);
  match.prop("module", f.module);
  if (isReturn) match.prop("maxactive", query.numberOf("maxactive", "0"));
  match.texts.set("ppfunc", f.name);
  addVariables(match, f);
  query.matches.push(match);
}

function addVariables(match: PointMatch, f: KernelFunction): void {
  const type = f.type;
  if (type == null) {
    match.typed = false;
    return;
  }
  const params = type.params();
  const places = argumentPlaces(type);
  for (let i: i32 = 0; i < params.length; i++) {
    match.variables.push(new Variable(params[i].name, params[i].type, places[i]));
  }
  if (match.isReturn) match.returnType = type.target();
}

function pointText(query: PointQuery, f: KernelFunction): string {
  let where = f.name;
  if (f.file != "") where += "@" + f.file + ":" + f.line.toString();
  let text = f.module == "" ? "kernel" : 'module("' + f.module + '")';
  text += '.function("' + where + '")';
  const names = query.form.names;
  let seen: bool = false;
  for (let i: i32 = 0; i < names.length; i++) {
    if (seen) {
      text += "." + names[i];
      if (names[i] == "maxactive") text += "(" + query.numberOf("maxactive", "0") + ")";
    }
    if (names[i] == "function") seen = true;
  }
  return text;
}
