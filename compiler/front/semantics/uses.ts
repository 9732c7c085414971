/**
 * Which globals handlers and functions read, write, add to, iterate and delete; which functions
 * recurse; which globals nothing reads (shown at the end of the session).
 */
import * as ir from "../ir/ir.ts";
import { Walker } from "../ir/walk.ts";

/** Reads and writes of one body, and the functions that it calls. */
class BodyUses extends Walker {
  reads: Set<i32> = new Set<i32>();
  writes: Set<i32> = new Set<i32>();
  /** Functions that it calls, once each. */
  calls: i32[] = [];
  private called: Set<i32> = new Set<i32>();
  /** Deleted from, or read for more than to count up or add to themselves. */
  looks: Set<i32> = new Set<i32>();

  constructor(private globals: ir.Global[]) {
    super();
  }

  call(func: i32): void {
    if (this.called.has(func)) return;
    this.called.add(func);
    this.calls.push(func);
  }

  private read(index: i32): void {
    this.looks.add(index);
    this.fetch(index);
  }

  private fetch(index: i32): void {
    this.reads.add(index);
    this.globals[index].use.read = true;
  }

  private write(index: i32, onlyAdds: bool): void {
    this.writes.add(index);
    if (onlyAdds) this.globals[index].use.added = true;
    else this.globals[index].use.written = true;
  }

  tags(tags: ir.Tags): void {
    for (let i: i32 = 0; i < tags.reads.length; i++) this.read(tags.reads[i]);
    for (let i: i32 = 0; i < tags.writes.length; i++) this.write(tags.writes[i], false);
  }

  override onExpr(e: ir.Expr, used: bool): void {
    switch (e.op) {
      case ir.Op.Global:
        this.read((e as ir.GlobalExpr).index);
        break;
      case ir.Op.MapGet:
        this.read((e as ir.MapGetExpr).map);
        break;
      case ir.Op.MapHas:
        this.read((e as ir.MapHasExpr).map);
        break;
      case ir.Op.Assign: {
        const a = e as ir.AssignExpr;
        this.change(a.target, a.sym == "+" && !used, a.sym != "=", used);
        break;
      }
      case ir.Op.Crement:
        this.change((e as ir.CrementExpr).target, !used, true, used);
        break;
      case ir.Op.StatAdd:
        this.change((e as ir.StatAddExpr).stat, true, false, used);
        break;
      case ir.Op.Call:
        this.call((e as ir.CallExpr).func);
        break;
      case ir.Op.EmbeddedExpr:
        this.tags((e as ir.EmbeddedExpr).tags);
        break;
      default:
        break;
    }
  }

  private change(target: ir.Expr, onlyAdds: bool, reads: bool, used: bool): void {
    let index: i32 = -1;
    if (target.op == ir.Op.Global) index = (target as ir.GlobalExpr).index;
    else if (target.op == ir.Op.MapGet) index = (target as ir.MapGetExpr).map;
    if (index < 0) return;
    this.write(index, onlyAdds);
    if (!reads) return;
    if (used) this.looks.add(index);
    if (!onlyAdds) this.fetch(index);
  }

  override onStmt(s: ir.Stmt): void {
    if (s.op == ir.Op.Foreach) {
      const map: i32 = (s as ir.ForeachStmt).map;
      this.read(map);
      this.globals[map].use.iterated = true;
    } else if (s.op == ir.Op.Delete) {
      const target = (s as ir.DeleteStmt).target;
      const index: i32 = target.op == ir.Op.Global
        ? (target as ir.GlobalExpr).index
        : (target as ir.MapGetExpr).map;
      this.write(index, false);
      this.looks.add(index);
      this.globals[index].use.deleted = true;
    } else if (s.op == ir.Op.EmbeddedStmt) this.tags((s as ir.EmbeddedStmt).tags);
  }
}

/** Fills the use of globals, reads and writes of handlers, and the recursive flags. */
export class UseAnalysis {
  private funcs: BodyUses[] = [];
  /** The walk in which each function was seen last. */
  private seenIn: i32[] = [];
  private round: i32 = 0;
  private looked: Set<i32> = new Set<i32>();

  constructor(private program: ir.Program, private display: bool) {}

  run(): void {
    const p = this.program;
    for (let i: i32 = 0; i < p.funcs.length; i++) this.funcs.push(this.ofFunction(p.funcs[i]));
    for (let i: i32 = 0; i < p.funcs.length; i++) this.seenIn.push(0);
    for (let i: i32 = 0; i < p.funcs.length; i++) p.funcs[i].recursive = this.reaches(i, i);
    for (let i: i32 = 0; i < p.handlers.length; i++) this.ofHandler(p.handlers[i]);
    for (let i: i32 = 0; i < p.rows.length; i++) this.ofRow(p.rows[i]);
    if (this.display) this.displays();
  }

  private ofFunction(f: ir.Func): BodyUses {
    const uses = new BodyUses(this.program.globals);
    const body = f.body;
    if (body != null) uses.stmt(body);
    uses.tags(f.tags);
    if (f.nextOverload >= 0) uses.call(f.nextOverload);
    this.keep(uses);
    return uses;
  }

  private keep(uses: BodyUses): void {
    const all: i32 = this.program.globals.length;
    for (let i: i32 = 0; i < all; i++) if (uses.looks.has(i)) this.looked.add(i);
  }

  /** The functions that a body reaches, once each. */
  private reachable(from: BodyUses): i32[] {
    this.round++;
    const found: i32[] = [];
    this.visit(from, found);
    for (let at: i32 = 0; at < found.length; at++) this.visit(this.funcs[found[at]], found);
    return found;
  }

  private visit(uses: BodyUses, found: i32[]): void {
    for (let i: i32 = 0; i < uses.calls.length; i++) {
      const func: i32 = uses.calls[i];
      if (this.seenIn[func] == this.round) continue;
      this.seenIn[func] = this.round;
      found.push(func);
    }
  }

  private reaches(from: i32, to: i32): bool {
    return this.reachable(this.funcs[from]).includes(to);
  }

  private ofHandler(h: ir.Handler): void {
    const uses = new BodyUses(this.program.globals);
    uses.stmt(h.body);
    for (let i: i32 = 0; i < h.entrySlots.length; i++) uses.expr(h.entrySlots[i].value, true);
    this.keep(uses);
    const reached = this.reachable(uses);
    const count: i32 = this.program.globals.length;
    for (let g: i32 = 0; g < count; g++) {
      let reads: bool = uses.reads.has(g);
      let writes: bool = uses.writes.has(g);
      for (let i: i32 = 0; i < reached.length; i++) {
        if (this.funcs[reached[i]].reads.has(g)) reads = true;
        if (this.funcs[reached[i]].writes.has(g)) writes = true;
      }
      if (reads) h.reads.push(g);
      if (writes) h.writes.push(g);
    }
  }

  private ofRow(row: ir.ProbeRow): void {
    const condition = row.condition;
    if (condition == null) return;
    const uses = new BodyUses(this.program.globals);
    uses.expr(condition, true);
    this.keep(uses);
    for (let g: i32 = 0; g < this.program.globals.length; g++) {
      if (uses.reads.has(g)) row.conditionGlobals.push(g);
    }
  }

  /** Written, never deleted from and never read, but by `++`, `+=` and kin whose value nobody uses. */
  private displays(): void {
    const globals = this.program.globals;
    for (let i: i32 = 0; i < globals.length; i++) {
      const use = globals[i].use;
      const changed: bool = use.written || use.added;
      globals[i].autoDisplay = changed && !this.looked.has(i);
    }
  }
}
