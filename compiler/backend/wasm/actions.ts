/**
 * What statements cost of MAXACTION: one each, an `if` its dearer branch, a call the statements of
 * the function. Straight code is not counted while it runs: each round of a loop and each call of a
 * recursive function is charged at once for what it will run up to its own inner loops.
 */
import * as ir from "../../front/ir/ir.ts";
import { children, walk } from "../walk.ts";

const LOOPS = [ir.Op.Loop, ir.Op.Foreach, ir.Op.ForeachHist];

export class Actions {
  private readonly costs = new Map<number, number>();
  private readonly recursive: boolean[];

  constructor(private readonly program: ir.Program) {
    const calls = program.funcs.map((func) => {
      const called = new Set<number>();
      walk(func.body, (node) => {
        if (node.op === ir.Op.Call) called.add((node as ir.CallExpr).func);
      });
      if (func.nextOverload >= 0) called.add(func.nextOverload);
      return called;
    });
    this.recursive = program.funcs.map((_, index) => {
      const seen = new Set<number>();
      const work = [...calls[index]];
      while (work.length > 0) {
        const at = work.pop() as number;
        if (at === index) return true;
        if (!seen.has(at)) work.push(...calls[at]);
        seen.add(at);
      }
      return false;
    });
  }

  isRecursive(func: number): boolean {
    return this.recursive[func];
  }

  /** Actions of a node up to its loops; at least 1. */
  cost(node: ir.IrNode): number {
    return Math.max(1, this.costOf(node));
  }

  private costOf(node: ir.IrNode): number {
    if (LOOPS.includes(node.op)) return 1;
    let cost = node.op >= ir.Op.Eval && node.op !== ir.Op.Block ? 1 : 0;
    if (node.op === ir.Op.Call) cost += this.funcCost((node as ir.CallExpr).func);
    if (node.op === ir.Op.If) {
      const { condition, whenTrue, whenFalse } = node as ir.IfStmt;
      const dearer = Math.max(this.costOf(whenTrue), whenFalse ? this.costOf(whenFalse) : 0);
      return cost + this.costOf(condition) + dearer;
    }
    for (const child of children(node)) cost += this.costOf(child);
    return cost;
  }

  /** 0 for a function that counts for itself. */
  private funcCost(index: number): number {
    const known = this.costs.get(index);
    if (known !== undefined) return known;
    const { body } = this.program.funcs[index];
    let cost = 1;
    if (this.recursive[index]) cost = 0;
    else if (body) cost = this.unbounded(body) ? 0 : this.costOf(body);
    this.costs.set(index, cost);
    return cost;
  }

  private unbounded(body: ir.IrNode): boolean {
    let found = false;
    walk(body, (node) => {
      if (LOOPS.includes(node.op)) found = true;
      if (node.op !== ir.Op.Call || found) return;
      const called = (node as ir.CallExpr).func;
      const inner = this.program.funcs[called].body;
      found = this.recursive[called] || (inner !== null && this.unbounded(inner));
    });
    return found;
  }
}
