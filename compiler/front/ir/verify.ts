/** What must be true of a program; a failure is a bug of the front end, never the user's. */
import { check } from "../portable/target.ts";
import * as ir from "./ir.ts";
import { Walker } from "./walk.ts";

/** Aborts if the program breaks a promise of ir.ts. */
export function verify(program: ir.Program): void {
  for (let i: i32 = 0; i < program.globals.length; i++) verifyGlobal(program.globals[i]);
  for (let i: i32 = 0; i < program.funcs.length; i++) {
    const f = program.funcs[i];
    check(f.params <= f.locals.length, "parameters of " + f.name);
    check(f.nextOverload < program.funcs.length, "overload of " + f.name);
    const body = f.body;
    check(f.handler < program.handlers.length, "handler of " + f.name);
    const slots: i32 = f.handler < 0 ? 0 : program.handlers[f.handler].entrySlots.length;
    if (body != null) new Verifier(program, f.locals, slots).stmt(body);
  }
  for (let i: i32 = 0; i < program.handlers.length; i++) {
    const h = program.handlers[i];
    const verifier = new Verifier(program, h.locals, h.entrySlots.length);
    verifier.stmt(h.body);
    for (let k: i32 = 0; k < h.entrySlots.length; k++) {
      check(h.entrySlots[k].value.type == h.entrySlots[k].type, "type of an entry slot");
      verifier.expr(h.entrySlots[k].value, true);
    }
  }
  for (let i: i32 = 0; i < program.rows.length; i++) {
    check(program.rows[i].handler < program.handlers.length, "handler of a row");
  }
}

function verifyGlobal(g: ir.Global): void {
  check(g.type != ir.Ty.Void, "type of " + g.name);
  check(g.keys.length <= 9, "keys of " + g.name);
  for (let i: i32 = 0; i < g.keys.length; i++) {
    check(g.keys[i] == ir.Ty.Long || g.keys[i] == ir.Ty.String, "key type of " + g.name);
  }
  check((g.stat != null) == (g.type == ir.Ty.Stats), "aggregate needs of " + g.name);
}

class Verifier extends Walker {
  constructor(
    private program: ir.Program,
    private locals: ir.Local[],
    private slots: i32,
  ) {
    super();
  }

  private is(e: ir.Expr, type: ir.Ty): void {
    check(e.type == type, "type of an operand at " + e.span.where());
  }

  override onExpr(e: ir.Expr, _used: bool): void {
    switch (e.op) {
      case ir.Op.Local: {
        const index: i32 = (e as ir.LocalExpr).index;
        check(index >= 0 && index < this.locals.length, "local at " + e.span.where());
        this.is(e, this.locals[index].type);
        break;
      }
      case ir.Op.Global: {
        const index: i32 = (e as ir.GlobalExpr).index;
        check(index >= 0 && index < this.program.globals.length, "global at " + e.span.where());
        this.is(e, this.program.globals[index].type);
        break;
      }
      case ir.Op.MapGet:
        this.mapGet(e as ir.MapGetExpr);
        break;
      case ir.Op.Binary:
        this.is((e as ir.BinaryExpr).left, ir.Ty.Long);
        this.is((e as ir.BinaryExpr).right, ir.Ty.Long);
        break;
      case ir.Op.CompareStr:
        this.is((e as ir.CompareStrExpr).left, ir.Ty.String);
        this.is((e as ir.CompareStrExpr).right, ir.Ty.String);
        break;
      case ir.Op.CompareLong:
        this.is((e as ir.CompareLongExpr).left, ir.Ty.Long);
        this.is((e as ir.CompareLongExpr).right, ir.Ty.Long);
        break;
      case ir.Op.Assign:
        this.is((e as ir.AssignExpr).value, (e as ir.AssignExpr).target.type);
        break;
      case ir.Op.StatAdd:
        this.is((e as ir.StatAddExpr).stat, ir.Ty.Stats);
        break;
      case ir.Op.Call:
        this.call(e as ir.CallExpr);
        break;
      case ir.Op.EntryValue:
        check((e as ir.EntryValueExpr).slot < this.slots, "entry slot at " + e.span.where());
        break;
      default:
        break;
    }
  }

  private mapGet(e: ir.MapGetExpr): void {
    check(e.map >= 0 && e.map < this.program.globals.length, "map at " + e.span.where());
    const map = this.program.globals[e.map];
    check(e.keys.length == map.keys.length, "keys of " + map.name + " at " + e.span.where());
    for (let i: i32 = 0; i < e.keys.length; i++) {
      const key = e.keys[i];
      if (key != null) this.is(key, map.keys[i]);
    }
  }

  private call(e: ir.CallExpr): void {
    check(e.func >= 0 && e.func < this.program.funcs.length, "function at " + e.span.where());
    const f = this.program.funcs[e.func];
    check(e.args.length == f.params, "arguments of " + f.name);
    for (let i: i32 = 0; i < e.args.length; i++) this.is(e.args[i], f.locals[i].type);
  }
}
