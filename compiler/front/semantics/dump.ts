/** `-p2`: what the analysis found, in SystemTap's layout. */
import * as ir from "../ir/ir.ts";
import { stmtText, tyText } from "../ir/print.ts";

/** Globals, functions and probes; bodies too if verbose. */
export function dumpProgram(program: ir.Program, verbose: bool): string {
  const out: string[] = [];
  if (program.embedded.length > 0) out.push("# global embedded code");
  for (let i: i32 = 0; i < program.embedded.length; i++) out.push(program.embedded[i].code);
  if (program.globals.length > 0) out.push("# globals");
  for (let i: i32 = 0; i < program.globals.length; i++) out.push(globalText(program.globals[i]));
  if (program.funcs.length > 0) out.push("# functions");
  for (let i: i32 = 0; i < program.funcs.length; i++) dumpFunc(program.funcs[i], verbose, out);
  if (program.rows.length > 0) out.push("# probes");
  for (let i: i32 = 0; i < program.rows.length; i++) {
    dumpRow(program, program.rows[i], verbose, out);
  }
  return out.join("\n") + "\n";
}

function typed(type: ir.Ty): string {
  return type == ir.Ty.Void ? "unknown" : tyText(type);
}

function globalText(g: ir.Global): string {
  let text = g.name + ":" + typed(g.type);
  if (g.keys.length == 0) return text;
  const keys: string[] = [];
  for (let i: i32 = 0; i < g.keys.length; i++) keys.push(typed(g.keys[i]));
  text += " [" + keys.join(", ") + "]";
  return text;
}

function dumpFunc(f: ir.Func, verbose: bool, out: string[]): void {
  const params: string[] = [];
  for (let i: i32 = 0; i < f.params; i++) {
    params.push(f.locals[i].name + ":" + typed(f.locals[i].type));
  }
  out.push(f.name + ":" + typed(f.type) + " (" + params.join(", ") + ")");
  dumpLocals(f.locals, f.params, out);
  const body = f.body;
  if (body != null && verbose) dumpBody(body, out);
}

function dumpRow(program: ir.Program, row: ir.ProbeRow, verbose: bool, out: string[]): void {
  out.push(row.point + " /* <- " + row.name + " */");
  const handler = program.handlers[row.handler];
  dumpLocals(handler.locals, 0, out);
  if (verbose) dumpBody(handler.body, out);
}

function dumpLocals(locals: ir.Local[], from: i32, out: string[]): void {
  if (locals.length > from) out.push("  # locals");
  for (let i: i32 = from; i < locals.length; i++) {
    out.push("  " + locals[i].name + ":" + typed(locals[i].type));
  }
}

function dumpBody(body: ir.Stmt, out: string[]): void {
  out.push("{");
  const lines = stmtText(body).split("\n");
  for (let i: i32 = 0; i < lines.length; i++) if (lines[i] != "") out.push("  " + lines[i]);
  out.push("}");
}
