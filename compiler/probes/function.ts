/**
 * kernel.function and module.function: entries and returns of kernel functions, their inlined
 * copies, labels and callees.
 *
 * Rows: family "function", props symbol, module ("" for the kernel image); or family "return",
 * props symbol, module, maxactive ("0": the runtime's choice).
 * Context: "arg" n, "retval" (return), parameters by name where the oracle knows the prototype;
 * "ppfunc" is the symbol.
 */
import { CParam, CType } from "../front/oracle/ctype.ts";
import { argumentPlaces } from "../front/oracle/x86_64.ts";
import { CodeQuery, CodeSite } from "../front/oracle/code.ts";
import { KernelFunction, Place, PlaceKind, Variable } from "../front/oracle/oracle.ts";
import { PointMatch, PointQuery, ProbeFamily } from "../front/probes/family.ts";
import { isGlob } from "../front/source/glob.ts";

const SUFFIXES: string[] = [
  "",
  ".call",
  ".exported",
  ".return",
  ".return.maxactive(N)",
  ".inline",
  ".label(S)",
  ".callee(S)",
  ".callee(S).call",
  ".callee(S).return",
  ".callees",
  ".callees(N)",
];
const DOCS: string[] = [
  "entry of the functions named S (shell patterns)",
  "the same, inlined instances left out",
  "the same, exported functions only",
  "return of the functions named S",
  "return of the functions named S, at most N calls in flight",
  "inlined copies of the functions named S",
  "label S (shell patterns) in the functions named S",
  "entry of the functions named S that the functions named S call or inline",
  "the same, inlined instances left out",
  "return of the functions named S that the functions named S call",
  "entry of all functions that the functions named S call or inline",
  "the same for N levels of calls",
];
/** Functions found by name alone whose locals are asked for. */
const MOST_ASKED: i32 = 200;
/** Why a parameter has no place. */
const OTHERS: string =
  "the kernel has several functions of this name, and only debuginfo tells which has it where";
/** Forms that take an address instead of a name. */
const ADDRESS_SUFFIXES: i32 = 5;

export class FunctionFamily extends ProbeFamily {
  constructor() {
    super();
    for (let i: i32 = 0; i < SUFFIXES.length; i++) {
      this.form("kernel.function(S)" + SUFFIXES[i], DOCS[i], "sys");
      this.form("module(S).function(S)" + SUFFIXES[i], DOCS[i] + " of module S", "sys");
      if (i >= ADDRESS_SUFFIXES) continue;
      this.form("kernel.function(N)" + SUFFIXES[i], DOCS[i] + " at address N", "sys");
      this.form("module(S).function(N)" + SUFFIXES[i], DOCS[i] + " at address N", "sys");
    }
  }

  resolve(query: PointQuery): void {
    const pattern = query.textOf("function");
    const module = query.moduleName();
    if (pattern == "" || pattern.includes("@") || needsDebuginfo(query)) {
      resolveCode(query, pattern, module);
      return;
    }
    const byCode = query.oracle.prefersCode(module) ||
      (!isGlob(pattern) && severalFunctions(query, pattern, module));
    if (byCode) {
      resolveCode(query, pattern, module);
      if (query.matches.length > 0) return;
      query.problem = "";
    }
    if (!query.oracle.available()) {
      addWritten(query, pattern, module);
      return;
    }
    const found = query.oracle.functions(pattern, module);
    let hidden: bool = false;
    for (let i: i32 = 0; i < found.length; i++) {
      if (isGlob(pattern) && found[i].name.startsWith("__pfx_")) continue;
      if (query.has("exported") && query.oracle.exported(found[i].name, found[i].module) == 0) {
        hidden = true;
        continue;
      }
      const several = isGlob(pattern) && found.length <= MOST_ASKED &&
        severalFunctions(query, found[i].name, found[i].module);
      if (!several || !addEach(query, found[i])) addFunction(query, found[i]);
    }
    // Debuginfo is not searched for the locals of thousands: a file in the pattern is quick.
    if (query.matches.length > MOST_ASKED) {
      for (let i: i32 = 0; i < query.matches.length; i++) query.matches[i].functionName = "";
    }
    if (query.matches.length > 0) return;
    // What the compiler only inlined is found by debuginfo.
    if (!isGlob(pattern) && !query.has("return") && !query.has("call") && !query.has("exported")) {
      if (query.oracle.missingDebuginfo(module) == "") {
        resolveCode(query, pattern, module);
        if (query.matches.length > 0) return;
      }
    }
    if (!query.wantHints) return;
    if (hidden) {
      query.problem = "the function is static, .exported asks for others";
      return;
    }
    query.problem = query.oracle.functionAbsence(pattern, module);
    if (query.problem != "") return;
    query.hints = query.oracle.similarFunctions(pattern);
  }
}

/** A name alone does not say which function is meant, and debuginfo is there to tell all. */
function severalFunctions(query: PointQuery, name: string, module: string): bool {
  return query.oracle.ambiguous(name, module) && query.oracle.missingDebuginfo(module) == "";
}

/** Adds all functions of the name of one; false if debuginfo has none. */
function addEach(query: PointQuery, f: KernelFunction): bool {
  const before: i32 = query.matches.length;
  const problem = query.problem;
  resolveCode(query, f.name, f.module);
  query.problem = problem;
  return query.matches.length > before;
}

function needsDebuginfo(query: PointQuery): bool {
  return query.has("inline") || query.has("label") || query.has("callee") || query.has("callees");
}

/** Functions that debuginfo tells. */
function resolveCode(query: PointQuery, pattern: string, module: string): void {
  const code = new CodeQuery();
  code.pattern = pattern;
  if (pattern == "") code.address = query.numberOf("function", "0");
  code.module = module;
  const ownOnly: bool = query.has("call") || query.has("exported") || query.has("return");
  code.inlined = !ownOnly;
  code.own = !query.has("inline");
  code.label = query.textOf("label");
  code.callee = query.has("callees") ? "*" : query.textOf("callee");
  code.depth = parseDepth(query.numberOf("callees", "1"));
  if (code.label != "" || code.callee != "") code.own = true;
  const answer = query.oracle.code(code);
  query.problem = answer.problem;
  query.hints = answer.hints;
  for (let i: i32 = 0; i < answer.sites.length; i++) {
    const site = answer.sites[i];
    if (query.has("exported") && query.oracle.exported(site.name, site.module) == 0) continue;
    addSite(query, site);
  }
}

function parseDepth(text: string): i32 {
  let depth: i32 = 0;
  for (let i: i32 = 0; i < text.length && i < 4; i++) {
    const digit: i32 = (text.charCodeAt(i) as i32) - 48;
    if (digit >= 0 && digit <= 9) depth = depth * 10 + digit;
  }
  return depth < 1 ? 1 : depth;
}

function addSite(query: PointQuery, site: CodeSite): void {
  const isReturn: bool = query.has("return");
  const entry: bool = site.entry && site.label == "";
  const family = isReturn ? "return" : (entry ? "function" : "kprobe");
  const match = new PointMatch(family, siteText(query, site));
  match.inCode = true;
  match.isReturn = isReturn;
  placeSite(match, site);
  if (isReturn) {
    match.prop("maxactive", query.numberOf("maxactive", "0"));
    match.returnType = site.returnType;
  }
  if (site.label != "") match.texts.set("pnlabel", site.label);
  query.matches.push(match);
}

/** The row's place and the variables that are visible there. Shared with statement probes. */
export function placeSite(match: PointMatch, site: CodeSite): void {
  match.prop("symbol", site.symbol);
  match.prop("module", site.module);
  match.prop("offset", site.offset);
  if (site.callerSymbol != "") {
    match.prop("callerSymbol", site.callerSymbol);
    match.prop("callerOffset", site.callerOffset);
    match.prop("callerSize", site.callerSize);
  }
  match.texts.set("ppfunc", site.name);
  match.site = site;
}

function siteText(query: PointQuery, site: CodeSite): string {
  let text = site.module == "" ? "kernel" : 'module("' + site.module + '")';
  if (site.callers.length > 0) {
    text += '.function("' + site.callers[0] + '")';
    for (let i: i32 = 1; i < site.callers.length; i++) text += '.callee("' + site.callers[i] + '")';
    text += '.callee("' + site.text() + '")';
    if (query.has("call")) text += ".call";
  } else text += '.function("' + site.text() + '")';
  if (site.label != "") return text + '.label("' + site.label + '")';
  if (query.has("return")) text += ".return";
  if (query.has("maxactive")) text += ".maxactive(" + query.numberOf("maxactive", "0") + ")";
  if (site.callers.length == 0) {
    if (query.has("call")) text += ".call";
    if (query.has("inline")) text += ".inline";
    if (query.has("exported")) text += ".exported";
  }
  return text;
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
  match.inCode = true;
  match.isReturn = isReturn;
  match.prop("symbol", f.name);
  match.prop("module", f.module);
  if (isReturn) match.prop("maxactive", query.numberOf("maxactive", "0"));
  match.texts.set("ppfunc", f.name);
  match.functionName = f.name;
  match.functionModule = f.module;
  addVariables(match, f);
  query.matches.push(match);
}

function addVariables(match: PointMatch, f: KernelFunction): void {
  const type = f.type;
  if (type == null) {
    match.typed = false;
    return;
  }
  addParameters(match, f, type);
  for (let i: i32 = 0; i < f.otherTypes.length; i++) addParameters(match, f, f.otherTypes[i]);
  if (match.isReturn) match.returnType = type.target();
}

/** Parameters of one of the prototypes that functions of the name have. */
function addParameters(match: PointMatch, f: KernelFunction, type: CType): void {
  const params = type.params();
  const places = argumentPlaces(type);
  for (let i: i32 = 0; i < params.length; i++) {
    let known: bool = false;
    for (let k: i32 = 0; k < match.variables.length; k++) {
      if (match.variables[k].name == params[i].name) known = true;
    }
    if (known) continue;
    const place = sameForAll(f, params[i], places[i], i)
      ? places[i]
      : new Place(PlaceKind.Unknown, -1, OTHERS);
    match.variables.push(new Variable(params[i].name, params[i].type, place));
  }
}

/** Do all functions of the name have this parameter, as far as types tell? */
function sameForAll(f: KernelFunction, param: CParam, place: Place, index: i32): bool {
  // Of several functions with code some prototype is known, but not whether it is that of all.
  if (f.times > 1 && f.otherTypes.length == 0) return false;
  const type = f.type;
  if (type != null && !hasParameter(type, param, place, index)) return false;
  for (let i: i32 = 0; i < f.otherTypes.length; i++) {
    if (!hasParameter(f.otherTypes[i], param, place, index)) return false;
  }
  return true;
}

function hasParameter(type: CType, param: CParam, place: Place, index: i32): bool {
  const params = type.params();
  // BTF has each type once.
  if (index >= params.length || params[index].type != param.type) return false;
  const here = argumentPlaces(type)[index];
  return here.kind == place.kind && here.index == place.index;
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
