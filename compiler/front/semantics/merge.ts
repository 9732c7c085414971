/**
 * One function for equal instances: what probes with the same answers made of one function of the
 * script is kept once, so that handlers that call it can be shared too.
 */
import * as ir from "../ir/ir.ts";
import { stmtText } from "../ir/print.ts";
import { Walker } from "../ir/walk.ts";
import { ContextNeed } from "./context.ts";
import { Unit } from "./unit.ts";

/** The calls of a body, and whether it reads what an entry saved. */
class BodyFacts extends Walker {
  calls: ir.CallExpr[] = [];
  entry: bool = false;

  override onExpr(e: ir.Expr, _used: bool): void {
    if (e.op == ir.Op.Call) this.calls.push(e as ir.CallExpr);
    else if (e.op == ir.Op.EntryValue) this.entry = true;
  }
}

/** Does the body read what its handler's entry saved? */
export function readsEntry(body: ir.Stmt): bool {
  const facts = new BodyFacts();
  facts.stmt(body);
  return facts.entry;
}

/** Lets the units of equal instances, and all calls of them, name the first; gives their entries. */
export function mergeInstances(program: ir.Program, units: Unit[]): void {
  const facts: (BodyFacts | null)[] = [];
  const places: i32[] = [];
  let instances: i32 = 0;
  for (let i: i32 = 0; i < units.length; i++) {
    places.push(i);
    facts.push(null);
    const body = program.funcs[i].body;
    if (body == null) continue;
    const found = new BodyFacts();
    found.stmt(body);
    facts[i] = found;
    if (units[i].need == ContextNeed.Point) instances++;
  }
  if (instances < 2) return;
  while (mergeOnce(program, units, facts, places)) renumber(program, facts, places);
  for (let i: i32 = 0; i < units.length; i++) units[i].index = places[i];
}

function mergeOnce(
  program: ir.Program,
  units: Unit[],
  facts: (BodyFacts | null)[],
  places: i32[],
): bool {
  const known: Map<string, i32> = new Map<string, i32>();
  let changed: bool = false;
  for (let i: i32 = 0; i < units.length; i++) {
    const found = facts[i];
    if (found == null || places[i] != i || units[i].need != ContextNeed.Point) continue;
    // What an entry saved lies at its own handler.
    if (found.entry) continue;
    const key = keyOf(program.funcs[i]);
    if (known.has(key)) {
      places[i] = known.get(key) as i32;
      changed = true;
    } else known.set(key, i);
  }
  return changed;
}

/** Equal texts of one declaration mean equal functions. */
function keyOf(f: ir.Func): string {
  const parts: string[] = [f.span.where(), f.nextOverload.toString(), (f.type as i32).toString()];
  for (let i: i32 = 0; i < f.locals.length; i++) {
    parts.push(f.locals[i].name + ":" + (f.locals[i].type as i32).toString());
  }
  parts.push(stmtText(f.body as ir.Stmt));
  return parts.join("\n");
}

function renumber(program: ir.Program, facts: (BodyFacts | null)[], places: i32[]): void {
  for (let i: i32 = 0; i < facts.length; i++) {
    const found = facts[i];
    if (found == null) continue;
    for (let k: i32 = 0; k < found.calls.length; k++) {
      found.calls[k].func = places[found.calls[k].func];
    }
    const next: i32 = program.funcs[i].nextOverload;
    if (next >= 0) program.funcs[i].nextOverload = places[next];
  }
}
