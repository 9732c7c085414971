/**
 * kernel.statement and module.statement: instructions by source line or address.
 *
 * Rows: family "kprobe", props symbol, module, offset (an entry: family "function"); without
 * debuginfo, for `.absolute`: prop address. Context: all registers; the variables that debuginfo
 * finds at the instruction; "ppfunc" is the function around it.
 */
import { CodeQuery } from "../front/oracle/code.ts";
import { PointMatch, PointQuery, ProbeFamily } from "../front/probes/family.ts";
import { placeSite } from "./function.ts";

export class StatementFamily extends ProbeFamily {
  constructor() {
    super();
    const roots: string[] = ["kernel", "module(S)"];
    for (let i: i32 = 0; i < roots.length; i++) {
      const at = roots[i] + ".statement";
      this.form(at + "(S)", "code of lines: NAME@FILE:N, :N-M, :*, +N", "sys");
      this.form(at + "(S).nearest", "the same, or the nearest line with code", "sys");
      this.form(at + "(N)", "instruction at the address N of the debuginfo", "sys");
      this.form(at + "(N).nearest", "the same, or the nearest one that begins a line", "sys");
    }
    this.form("kernel.statement(N).absolute", "instruction at the address N, unchecked", "guru");
    this.form("kprobe.statement(N).absolute", "instruction at the address N, unchecked", "guru");
  }

  resolve(query: PointQuery): void {
    if (query.has("absolute")) {
      addAbsolute(query);
      return;
    }
    const code = new CodeQuery();
    code.statement = true;
    code.pattern = query.textOf("statement");
    if (code.pattern == "") code.address = query.numberOf("statement", "0");
    code.module = query.moduleName();
    code.nearest = query.has("nearest");
    const answer = query.oracle.code(code);
    query.problem = answer.problem;
    query.hints = answer.hints;
    for (let i: i32 = 0; i < answer.sites.length; i++) {
      const site = answer.sites[i];
      let text = site.module == "" ? "kernel" : 'module("' + site.module + '")';
      text += '.statement("' + site.text() + '")';
      if (code.nearest) text += ".nearest";
      const match = new PointMatch(site.entry ? "function" : "kprobe", text);
      match.inCode = true;
      placeSite(match, site);
      query.matches.push(match);
    }
  }
}

function addAbsolute(query: PointQuery): void {
  const match = new PointMatch("kprobe", query.text());
  match.inCode = true;
  match.typed = false;
  match.prop("symbol", "");
  match.prop("module", "");
  match.prop("address", query.numberOf("statement", "0"));
  query.matches.push(match);
}
