/**
 * What statements cost of MAXACTION: one each, an `if` its dearer branch, a call the statements of
 * the function. Straight code is not counted while it runs: each round of a loop and each call of a
 * recursive function is charged at once for what it will run up to its own inner loops.
 */
import * as ir from "../front/ir/ir.ts";
import { children, walk } from "./walk.ts";

const LOOPS = [ir.Op.Loop, ir.Op.Foreach, ir.Op.ForeachHist];

export class Actions {
  private readonly costs = new Map<number, number>();

  constructor(private readonly program: ir.Program) {}

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
    if (this.program.funcs[index].recursive) cost = 0;
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
      found = this.program.funcs[called].recursive || (inner !== null && this.unbounded(inner));
    });
    return found;
  }
}

/** MAXNESTING where nobody sets it: the longest chain of calls, and room for recursion. */
export function defaultNesting(program: ir.Program): number {
  const depths: number[] = [];
  const depthOf = (index: number): number => {
    if (depths[index] !== undefined) return depths[index];
    depths[index] = 0; // a recursive step counts once
    const func = program.funcs[index];
    let deepest = func.nextOverload >= 0 ? depthOf(func.nextOverload) : 0;
    walk(func.body, (node) => {
      if (node.op === ir.Op.Call) deepest = Math.max(deepest, depthOf((node as ir.CallExpr).func));
    });
    return depths[index] = deepest + 1;
  };
  const depth = Math.max(0, ...program.funcs.map((_, index) => depthOf(index)));
  return depth + 1 + (program.funcs.some((func) => func.recursive) ? 10 : 0);
}
