/**
 * What the emitter must know of a program before it writes a line: which globals each handler
 * touches and how, so which locks it takes.
 */
import * as ir from "../../front/ir/ir.ts";
import { children } from "../walk.ts";

/** How one handler or function, with all that it calls, uses one global. */
export interface Access {
  /** Its value is used. */
  read: boolean;
  /** It is set to a value, or deleted. */
  set: boolean;
  /** It is only added to, in a way that commutes. Number of places; a place in a loop counts 2. */
  adds: number;
  /** A foreach puts its entries into another order. */
  sorted: boolean;
}

export type Accesses = Map<number, Access>;

export enum LockKind {
  None,
  Shared,
  Exclusive,
}

export interface Lock {
  global: number;
  kind: LockKind;
}

export interface FuncFacts {
  accesses: Accesses;
  /** It may raise an error. */
  fails: boolean;
}

export class Analysis {
  readonly funcs: FuncFacts[] = [];
  readonly handlers: Accesses[] = [];
  /** Per global: how all handlers that run beside others use it together. */
  readonly uses: Access[] = [];
  /** Per global: scalar kept as one instance per CPU. */
  readonly perCpu: boolean[] = [];

  constructor(readonly program: ir.Program) {
    program.funcs.forEach(() => this.funcs.push({ accesses: new Map(), fails: true }));
    // Accesses of functions grow to a fixed point over calls.
    for (let round = 0; round <= program.funcs.length; round++) {
      let changed = false;
      program.funcs.forEach((f, i) => {
        const before = JSON.stringify([...this.funcs[i].accesses]);
        const accesses: Accesses = new Map();
        if (f.body) this.collect(f.body, accesses, false, false);
        this.tags(f.tags, accesses);
        if (f.nextOverload >= 0) this.join(accesses, this.funcs[f.nextOverload].accesses, false);
        this.funcs[i].accesses = accesses;
        if (JSON.stringify([...accesses]) != before) changed = true;
      });
      if (!changed) break;
    }

    for (const h of program.handlers) {
      const accesses: Accesses = new Map();
      this.collect(h.body, accesses, false, false);
      this.handlers.push(accesses);
    }
    for (const row of program.rows) {
      if (row.condition && this.handlers[row.handler]) {
        const extra: Accesses = new Map();
        this.collect(row.condition, extra, false, true);
        // The condition is read outside the lock: an aligned word cannot tear.
      }
    }
    program.globals.forEach((g, i) => {
      const use: Access = { read: false, set: false, adds: 0, sorted: false };
      this.handlers.forEach((h, n) => {
        const a = h.get(i);
        if (!a || this.alone(n)) return;
        use.read ||= a.read;
        use.set ||= a.set;
        use.adds += a.adds;
        use.sorted ||= a.sorted;
      });
      this.uses.push(use);
      this.perCpu.push(
        !g.isMap() && (g.type == ir.Ty.Stats || (g.type == ir.Ty.Long && use.adds > 0 && !use.set)),
      );
    });
  }

  /** The handler runs only while nothing is armed: begin, end and error probes. */
  alone(handler: number): boolean {
    const rows = this.program.rows.filter((r) => r.handler == handler);
    return rows.length > 0 && rows.every((r) => ALONE.has(r.family));
  }

  /** The locks of a handler, in the order in which all handlers take them. */
  locks(handler: number): Lock[] {
    if (this.alone(handler)) return [];
    // Sharing keeps nobody out where no armed handler wants a global for itself.
    return this.wishes(handler).filter((l) =>
      l.kind == LockKind.Exclusive || this.contested(l.global)
    );
  }

  private readonly contests = new Map<number, boolean>();

  private contested(global: number): boolean {
    let known = this.contests.get(global);
    if (known === undefined) {
      known = this.handlers.some((_, h) =>
        !this.alone(h) &&
        this.wishes(h).some((l) => l.global == global && l.kind == LockKind.Exclusive)
      );
      this.contests.set(global, known);
    }
    return known;
  }

  /** What a handler would lock whatever the others do. */
  private wishes(handler: number): Lock[] {
    const list: Lock[] = [];
    const mine = this.handlers[handler];
    const changes = [...mine.values()].reduce((n, a) => n + a.adds + (a.set ? 2 : 0), 0);
    for (const [global, a] of [...mine].sort((x, y) => x[0] - y[0])) {
      const use = this.uses[global];
      if (!use.set && use.adds == 0 && !use.sorted) continue; // nobody changes it
      let kind = a.set || a.adds > 0 || a.sorted ? LockKind.Exclusive : LockKind.Shared;
      if (this.perCpu[global]) {
        kind = a.read ? LockKind.Exclusive : LockKind.Shared;
        // One addition to a number and nothing else is atomic by itself; an aggregate has parts.
        const number = this.program.globals[global].type == ir.Ty.Long;
        if (kind == LockKind.Shared && changes == 1 && number) kind = LockKind.None;
      }
      if (kind != LockKind.None) list.push({ global, kind });
    }
    return list;
  }

  /** The statement, or what it calls, may change the global. */
  writes(s: ir.Stmt, global: number): boolean {
    const list: Accesses = new Map();
    this.collect(s, list, false, false);
    const a = list.get(global);
    return a !== undefined && (a.set || a.adds > 0);
  }

  private access(list: Accesses, global: number): Access {
    let a = list.get(global);
    if (!a) list.set(global, a = { read: false, set: false, adds: 0, sorted: false });
    return a;
  }

  private join(to: Accesses, from: Accesses, inLoop: boolean): void {
    for (const [global, b] of from) {
      const a = this.access(to, global);
      a.read ||= b.read;
      a.set ||= b.set;
      a.adds = Math.min(9, a.adds + (inLoop ? 2 * b.adds : b.adds));
      a.sorted ||= b.sorted;
    }
  }

  private tags(tags: ir.Tags, to: Accesses): void {
    for (const g of tags.reads) this.access(to, g).read = true;
    for (const g of tags.writes) this.access(to, g).set = true;
  }

  /** `used`: the value of the expression matters. */
  private collect(node: ir.Stmt | ir.Expr, to: Accesses, inLoop: boolean, used: boolean): void {
    const keys = (target: ir.Expr) => {
      if (target.op == ir.Op.MapGet) {
        for (const k of (target as ir.MapGetExpr).keys) if (k) this.collect(k, to, inLoop, true);
      }
    };
    const add = (global: number) => {
      const a = this.access(to, global);
      a.adds = Math.min(9, a.adds + (inLoop ? 2 : 1));
    };
    switch (node.op) {
      case ir.Op.Global:
        this.access(to, (node as ir.GlobalExpr).index).read = true;
        return;
      case ir.Op.MapGet:
      case ir.Op.MapHas:
        this.access(to, (node as ir.MapGetExpr).map).read = true;
        break;
      case ir.Op.Eval:
        this.collect((node as ir.EvalStmt).expr, to, inLoop, false);
        return;
      case ir.Op.Assign: {
        const n = node as ir.AssignExpr;
        const global = targetGlobal(n.target);
        this.collect(n.value, to, inLoop, true);
        keys(n.target);
        if (global < 0) return;
        if ((n.sym == "+" || n.sym == "-") && !used) add(global);
        else {
          const a = this.access(to, global);
          a.set = true;
          if (n.sym != "=") a.read = true;
        }
        return;
      }
      case ir.Op.Crement: {
        const n = node as ir.CrementExpr;
        const global = targetGlobal(n.target);
        keys(n.target);
        if (global < 0) return;
        if (!used) add(global);
        else {
          const a = this.access(to, global);
          a.set = true;
          a.read = true;
        }
        return;
      }
      case ir.Op.StatAdd: {
        const n = node as ir.StatAddExpr;
        this.collect(n.value, to, inLoop, true);
        keys(n.stat);
        add(targetGlobal(n.stat));
        return;
      }
      case ir.Op.Delete: {
        const n = node as ir.DeleteStmt;
        keys(n.target);
        this.access(to, targetGlobal(n.target)).set = true;
        return;
      }
      case ir.Op.Foreach: {
        const n = node as ir.ForeachStmt;
        const a = this.access(to, n.map);
        a.read = true;
        if (n.sortBy >= 0) a.sorted = true;
        if (n.limit) this.collect(n.limit, to, inLoop, true);
        for (const k of n.slice ?? []) if (k) this.collect(k, to, inLoop, true);
        this.collect(n.body, to, true, false);
        return;
      }
      case ir.Op.Call:
        this.join(to, this.funcs[(node as ir.CallExpr).func].accesses, inLoop);
        break;
      case ir.Op.EmbeddedExpr:
      case ir.Op.EmbeddedStmt:
        this.tags((node as ir.EmbeddedExpr).tags, to);
        break;
    }
    const loop = inLoop || isLoop(node);
    const steps = node.op == ir.Op.Loop ? (node as ir.LoopStmt).step : null;
    for (const child of children(node)) this.collect(child, to, loop, child != steps);
  }
}

/** Families whose handlers run alone. */
const ALONE = new Set(["begin", "end", "error"]);

function isLoop(n: ir.Stmt | ir.Expr): boolean {
  return n.op == ir.Op.Loop || n.op == ir.Op.Foreach || n.op == ir.Op.ForeachHist;
}

/** Global named by an assignment target, or -1 for a local. */
export function targetGlobal(target: ir.Expr): number {
  if (target.op == ir.Op.Global) return (target as ir.GlobalExpr).index;
  if (target.op == ir.Op.MapGet) return (target as ir.MapGetExpr).map;
  return -1;
}
