/** Drops functions that nothing calls any more and renumbers the rest. */
import * as ir from "../ir/ir.ts";
import { Walker } from "../ir/walk.ts";

class Calls extends Walker {
  found: ir.CallExpr[] = [];

  override onExpr(e: ir.Expr, _used: bool): void {
    if (e.op == ir.Op.Call) this.found.push(e as ir.CallExpr);
  }
}

/** Keeps what handlers reach, in the old order. */
export function dropFunctions(program: ir.Program): void {
  const reached: bool[] = [];
  for (let i: i32 = 0; i < program.funcs.length; i++) reached.push(false);
  const work: i32[] = [];
  for (let i: i32 = 0; i < program.handlers.length; i++) {
    const calls = new Calls();
    calls.stmt(program.handlers[i].body);
    const slots = program.handlers[i].entrySlots;
    for (let k: i32 = 0; k < slots.length; k++) calls.expr(slots[k].value, true);
    reach(calls, reached, work);
  }
  while (work.length > 0) {
    const f = program.funcs[work.pop() as i32];
    const calls = new Calls();
    const body = f.body;
    if (body != null) calls.stmt(body);
    reach(calls, reached, work);
    if (f.nextOverload >= 0 && !reached[f.nextOverload]) {
      reached[f.nextOverload] = true;
      work.push(f.nextOverload);
    }
  }
  renumber(program, reached);
}

function reach(calls: Calls, reached: bool[], work: i32[]): void {
  for (let i: i32 = 0; i < calls.found.length; i++) {
    const at: i32 = calls.found[i].func;
    if (reached[at]) continue;
    reached[at] = true;
    work.push(at);
  }
}

function renumber(program: ir.Program, reached: bool[]): void {
  const kept: ir.Func[] = [];
  const places: i32[] = [];
  for (let i: i32 = 0; i < reached.length; i++) {
    places.push(reached[i] ? kept.length : -1);
    if (reached[i]) kept.push(program.funcs[i]);
  }
  if (kept.length == program.funcs.length) return;
  const calls = new Calls();
  for (let i: i32 = 0; i < kept.length; i++) {
    const body = kept[i].body;
    if (body != null) calls.stmt(body);
    if (kept[i].nextOverload >= 0) kept[i].nextOverload = places[kept[i].nextOverload];
  }
  for (let i: i32 = 0; i < program.handlers.length; i++) {
    calls.stmt(program.handlers[i].body);
    const slots = program.handlers[i].entrySlots;
    for (let k: i32 = 0; k < slots.length; k++) calls.expr(slots[k].value, true);
  }
  const done: Set<ir.CallExpr> = new Set<ir.CallExpr>();
  for (let i: i32 = 0; i < calls.found.length; i++) {
    const call = calls.found[i];
    if (done.has(call)) continue;
    done.add(call);
    call.func = places[call.func];
  }
  program.funcs = kept;
}
