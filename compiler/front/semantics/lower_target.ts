/**
 * Lowering of what looks at the probed code: target variables read and written, registers, raw
 * memory, values saved at a function's entry.
 */
import * as ast from "../syntax/ast.ts";
import * as ir from "../ir/ir.ts";
import { exprText } from "../ir/print.ts";
import { Walker } from "../ir/walk.ts";
import { check } from "../portable/target.ts";
import { ValueRole } from "../probes/family.ts";
import { SourceKind, Span } from "../source/source.ts";
import { Lowerer } from "./lower.ts";
import {
  DEREF_SIZE,
  ENTRY_LOCAL,
  ENTRY_OUTSIDE,
  ENTRY_SUGGESTED,
  ENUM_TYPE,
  ENUM_UNKNOWN,
  NEED_GURU,
  NO_CODE,
  REGISTER_NUMBER,
  TARGET_READ_ONLY,
  TARGET_SKIPPED,
  TARGET_UNRESOLVED,
} from "./messages.ts";
import { PrettyPrinter } from "./pretty.ts";
import { Session } from "./session.ts";
import {
  Access,
  enumNamed,
  isAggregate,
  isStringTarget,
  isTargetKind,
  isTextTarget,
  isValueTarget,
  load,
} from "./target.ts";
import { TargetResolver, typeName } from "./target.ts";
import { CKind, resolved } from "../oracle/ctype.ts";
import { Unit, VarKind } from "./unit.ts";

/** DWARF numbers of x86-64: the general registers, then the instruction pointer. */
const LAST_REGISTER: i32 = 16;

export class TargetLowerer {
  private session: Session;
  private unit: Unit;

  constructor(private owner: Lowerer) {
    this.session = owner.session;
    this.unit = owner.unit;
  }

  expr(e: ast.Expr): ir.Expr {
    if (isTargetKind(e.kind)) return this.target(e);
    switch (e.kind) {
      case ast.NodeKind.AddressOf:
        return this.addressOf(e as ast.AddressOfExpr);
      case ast.NodeKind.Entry:
        return this.entry((e as ast.EntryExpr).operand, e.span);
      case ast.NodeKind.EnumConst:
        return this.enumConst(e as ast.EnumConstExpr);
      case ast.NodeKind.EnumName:
        return this.enumName(e as ast.EnumNameExpr);
      case ast.NodeKind.Deref:
        return this.deref(e as ast.DerefExpr);
      case ast.NodeKind.Register:
        return this.register(e as ast.RegisterExpr);
      case ast.NodeKind.Perf:
        return this.counter(e as ast.PerfExpr);
      default:
        check(false, "expression at " + e.span.where());
        return new ir.LongExpr(e.span, "0");
    }
  }

  private counter(e: ast.PerfExpr): ir.Expr {
    const point = this.unit.point;
    const number: i32 = this.session.counters.find(e, point != null && point.inCode);
    return new ir.ContextExpr(e.span, ir.Ty.Long, "counter", number, 8, true);
  }

  // ----------------------------------------------------------------------------------- writes

  /** `$x->m = e`, `$x += e` (guru mode). */
  store(e: ast.AssignExpr): ir.Expr {
    if (isValueTarget(this.unit, e.target)) return this.giveValue(e);
    if (e.op == "=") return this.write(e.target, e.span, this.owner.expr(e.value), "=");
    const sym = e.op.substring(0, e.op.length - 1);
    return this.write(e.target, e.span, this.owner.expr(e.value), sym);
  }

  /** `$value = e`, `$value .= e`: the text that whoever asked is given. */
  private giveValue(e: ast.AssignExpr): ir.Expr {
    const value = this.owner.expr(e.value);
    const point = this.unit.point;
    if (point == null || point.value != ValueRole.Given || (e.op != "=" && e.op != ".=")) {
      const why = point != null && point.value == ValueRole.Given
        ? "it takes = and .= only"
        : "it is what was written";
      this.session.reporter.report(TARGET_READ_ONLY, e.span).arg("$value").arg(why);
      return value;
    }
    return new ir.ContextStoreExpr(e.span, "value", e.op == "=" ? 0 : 1, 8, value);
  }

  /** `$x++`: the written value, less what was added if the old one is wanted. */
  crement(e: ast.CrementExpr): ir.Expr {
    const one = new ir.LongExpr(e.span, "1");
    const sym = e.op == "++" ? "+" : "-";
    const written = this.write(e.operand, e.span, one, sym);
    if (e.prefix) return written;
    return new ir.BinaryExpr(e.span, sym == "+" ? "-" : "+", written, one);
  }

  private write(target: ast.Expr, span: Span, value: ir.Expr, sym: string): ir.Expr {
    this.owner.needGuru(span, "write to target variable");
    const point = this.unit.point;
    if (
      isStringTarget(target) || (point != null && point.isReturn && this.isEntrySnapshot(target))
    ) {
      const why = isStringTarget(target)
        ? "it is a text"
        : "what it was at the function's entry is over";
      this.session.reporter.report(TARGET_READ_ONLY, span).arg(target.span.text()).arg(why);
      return value;
    }
    const access = this.access(target);
    if (access == null) return value;
    if (access.inMemory && !isAggregate(access.type)) {
      return this.writeMemory(span, access, value, sym);
    }
    if (!access.inMemory && access.expr.op == ir.Op.Context) {
      const place = access.expr as ir.ContextExpr;
      if (place.name == "arg" || place.name == "register" || this.isWritable(target)) {
        const next = sym == "=" ? value : new ir.BinaryExpr(span, sym, place, value);
        return new ir.ContextStoreExpr(span, place.name, place.number, place.size, next);
      }
    }
    const why = access.inMemory ? "it is no single value" : "the kernel hands out a copy of it";
    this.session.reporter.report(TARGET_READ_ONLY, span).arg(target.span.text()).arg(why);
    return value;
  }

  private isWritable(target: ast.Expr): bool {
    const point = this.unit.point;
    if (point == null || target.kind != ast.NodeKind.Target) return false;
    return point.writable != "" && (target as ast.TargetExpr).name == "$" + point.writable;
  }

  private writeMemory(span: Span, access: Access, value: ir.Expr, sym: string): ir.Expr {
    let address = access.expr;
    let next = value;
    if (sym != "=") {
      // The address is worked out once: its own text may have effects.
      const at = this.unit.localList.length;
      const v = this.unit.addLocal(VarKind.Local, "$place" + at.toString(), span);
      v.type = ir.Ty.Long;
      v.assigned = true;
      const place = new ir.LocalExpr(span, ir.Ty.Long, v.index);
      const held = new Access(place, access.type, true, 0);
      held.bitOffset = access.bitOffset;
      held.bitSize = access.bitSize;
      address = new ir.AssignExpr(span, ir.Ty.Long, "=", place, address);
      next = new ir.BinaryExpr(span, sym, load(span, held), value);
    }
    let size: i32 = access.type.size;
    if (size != 1 && size != 2 && size != 4) size = 8;
    const store = new ir.StoreExpr(span, address, size, false, next);
    store.bitOffset = access.bitOffset;
    store.bitSize = access.bitSize;
    return store;
  }

  // ---------------------------------------------------------------------- registers and memory

  /** Handlers of points outside of the kernel's code have nothing to look at; functions may. */
  private wantCode(e: ast.Expr): void {
    const point = this.unit.point;
    if (this.unit.decl != null || (point != null && point.inCode)) return;
    this.session.reporter.report(NO_CODE, e.span).arg(e.span.text())
      .hint("a function may use it, and a probe of a place in the kernel's code");
  }

  private deref(e: ast.DerefExpr): ir.Expr {
    if (!e.user) this.owner.needGuru(e.span, "@kderef");
    this.wantCode(e);
    return this.place(e, false);
  }

  /** SystemTap looks at the size of what is written (`late`) in pass 3. */
  private place(e: ast.DerefExpr, late: bool): ir.Expr {
    const size = this.owner.expr(e.size);
    const text = size.op == ir.Op.Long ? (size as ir.LongExpr).text : "";
    if (text != "1" && text != "2" && text != "4" && text != "8") {
      const reporter = this.session.reporter;
      const d = late
        ? reporter.reportLate(DEREF_SIZE, e.size.span)
        : reporter.report(DEREF_SIZE, e.size.span);
      d.arg(e.size.span.text());
      return size;
    }
    const bytes: i32 = text == "1" ? 1 : (text == "2" ? 2 : (text == "4" ? 4 : 8));
    return new ir.DerefExpr(e.span, ir.Ty.Long, this.owner.expr(e.address), bytes, false, e.user);
  }

  /** `@kderef(size, address) = value`. */
  storeAt(e: ast.AssignExpr): ir.Expr {
    if (!e.span.source.guru && !this.session.options.guru) {
      this.session.reporter.reportLate(NEED_GURU, e.span).arg("write to memory");
    }
    const place = this.place(e.target as ast.DerefExpr, true);
    const value = this.owner.expr(e.value);
    if (place.op != ir.Op.Deref) return value;
    const at = place as ir.DerefExpr;
    return new ir.StoreExpr(e.span, at.address, at.size, at.user, value);
  }

  private register(e: ast.RegisterExpr): ir.Expr {
    if (!e.user) this.owner.needGuru(e.span, "@kregister");
    this.wantCode(e);
    const number = this.owner.expr(e.number);
    const text = number.op == ir.Op.Long ? (number as ir.LongExpr).text : "";
    let known: i32 = -1;
    for (let i: i32 = 0; i <= LAST_REGISTER; i++) if (text == i.toString()) known = i;
    if (known < 0) {
      this.session.reporter.report(REGISTER_NUMBER, e.number.span).arg(e.number.span.text())
        .arg(LAST_REGISTER.toString());
      known = 0;
    }
    const name = e.user ? "uregister" : "register";
    return new ir.ContextExpr(e.span, ir.Ty.Long, name, known, 8, false);
  }

  // ------------------------------------------------------------------------------------ reads

  /** `$x` alone in a return probe surprises those who expect its present value. */
  private suggestEntry(e: ast.Expr): void {
    if (e.kind != ast.NodeKind.Target || e.span.source.kind != SourceKind.User) return;
    if ((e as ast.TargetExpr).name.startsWith("$$")) return;
    this.session.reporter.report(ENTRY_SUGGESTED, e.span).arg(e.span.text());
  }

  private enumConst(e: ast.EnumConstExpr): ir.Expr {
    const value = this.session.oracle.enumerator(e.name);
    if (value == "") this.session.reporter.report(ENUM_UNKNOWN, e.span).arg(e.name);
    return new ir.LongExpr(e.span, value == "" ? "0" : value);
  }

  private enumName(e: ast.EnumNameExpr): ir.Expr {
    const type = enumNamed(this.session, this.unit, e);
    const value = this.owner.expr(e.operand);
    if (type != null) {
      const unit = this.session.functions.enumName(type, e.span);
      return new ir.CallExpr(e.span, ir.Ty.String, unit.index, [value]);
    }
    const d = this.session.reporter.report(ENUM_TYPE, e.span);
    d.arg(e.type == "" ? e.operand.span.text() : e.type);
    if (e.type == "") d.hint('name the type, as in @enumname(x, "enum t")');
    return new ir.StrExpr(e.span, "");
  }

  /** Resolves or reports. */
  private access(e: ast.Expr): Access | null {
    const resolver = new TargetResolver(this.session, this.unit, this.owner);
    const access = resolver.resolve(e);
    if (access == null) {
      if (this.session.options.skipBadVariables) {
        this.session.reporter.report(TARGET_SKIPPED, e.span).arg(e.span.text()).arg(resolver.why);
        return null;
      }
      const d = this.session.reporter.report(TARGET_UNRESOLVED, e.span);
      d.arg(e.span.text()).arg(resolver.why);
      if (resolver.hint != "") d.hint(resolver.hint);
      const called = this.unit.calledAt;
      if (called != null && this.unit.root != null) d.note(called, "in the function called here");
    }
    return access;
  }

  private target(e: ast.Expr): ir.Expr {
    if (isValueTarget(this.unit, e)) return this.receivedValue(e);
    if (this.isEntrySnapshot(e)) {
      this.suggestEntry(e);
      return this.entry(e, e.span);
    }
    if (e.kind == ast.NodeKind.Target && (e as ast.TargetExpr).name.startsWith("$$")) {
      return this.text(e as ast.TargetExpr);
    }
    const access = this.access(e);
    if (access == null) return new ir.LongExpr(e.span, "0");
    if (access.print > 0) return new PrettyPrinter(e.span).text(access);
    if (e.span.source.kind == SourceKind.User) this.refuseWhole(e, access);
    return load(e.span, access);
  }

  private receivedValue(e: ast.Expr): ir.Expr {
    const point = this.unit.point;
    if (point != null && point.value == ValueRole.Given) {
      this.session.reporter.report(TARGET_UNRESOLVED, e.span).arg("$value")
        .arg("a read probe can only assign it");
    }
    return new ir.ContextExpr(e.span, ir.Ty.String, "value", 0, 8, false);
  }

  /** A struct has no value; the library may mean its address. */
  private refuseWhole(e: ast.Expr, access: Access): void {
    const kind = resolved(access.type).kind;
    if (!access.inMemory || (kind != CKind.Struct && kind != CKind.Union)) return;
    const why = "'" + typeName(access.type) + "' is being accessed instead of a member of it";
    this.session.reporter.report(TARGET_UNRESOLVED, e.span).arg(e.span.text()).arg(why)
      .hint("& gives its address, a $ at the end its text");
  }

  /** `$x` (not $return) in a return probe is what it was at entry. */
  private isEntrySnapshot(e: ast.Expr): bool {
    const point = this.unit.point;
    if (this.owner.atEntry || point == null || !point.isReturn) return false;
    if (e.kind == ast.NodeKind.AtVar) return this.session.options.since("4.1");
    if (e.kind != ast.NodeKind.Target) return false;
    const name = (e as ast.TargetExpr).name;
    return name != "$return" && name != "$$return" && !point.texts.has(name);
  }

  private text(e: ast.TargetExpr): ir.Expr {
    const point = this.unit.point;
    if (point == null || !isTextTarget(this.unit, e)) {
      const why = point == null
        ? "functions have no probe context"
        : "not known at this probe point";
      this.session.reporter.report(TARGET_UNRESOLVED, e.span).arg(e.name).arg(why);
      return new ir.StrExpr(e.span, "");
    }
    if (point.texts.has(e.name)) return new ir.StrExpr(e.span, point.texts.get(e.name) as string);
    let depth: i32 = 0;
    if (e.path.length > 0) depth = e.path[0].kind == ast.StepKind.PrintDeep ? 2 : 1;
    const names: string[] = [];
    point.settle(this.session.oracle);
    if (e.name == "$$return") {
      if (point.returnType != null) names.push("$return");
    } else {
      const told: bool = e.name == "$$parms" && point.site == null;
      const all = told ? point.variables : point.allVariables(this.session.oracle);
      for (let i: i32 = 0; i < all.length; i++) {
        const v = all[i];
        const left: bool = v.local ? e.name == "$$parms" : e.name == "$$locals";
        if (!left) names.push("$" + v.name);
      }
    }
    return this.listed(e.span, names, depth);
  }

  /** `a=0x1 b=0x2` */
  private listed(span: Span, names: string[], depth: i32): ir.Expr {
    const printer = new PrettyPrinter(span);
    for (let i: i32 = 0; i < names.length; i++) {
      const resolver = new TargetResolver(this.session, this.unit, this.owner);
      const access = resolver.resolve(new ast.TargetExpr(span, names[i], []));
      const label = (i > 0 ? " " : "") + names[i].substring(1) + "=";
      printer.labelled(label, access, depth);
    }
    return printer.finish();
  }

  private addressOf(e: ast.AddressOfExpr): ir.Expr {
    if (this.isEntrySnapshot(e.operand)) return this.entry(e, e.span);
    const access = this.access(e.operand);
    if (access == null) return new ir.LongExpr(e.span, "0");
    if (!access.inMemory || access.bitSize > 0) {
      this.session.reporter.report(TARGET_UNRESOLVED, e.span).arg(e.span.text())
        .arg("it has no address");
    }
    return access.expr;
  }

  private entry(e: ast.Expr, span: Span): ir.Expr {
    const point = this.unit.point;
    if (point == null || !point.isReturn) {
      this.session.reporter.report(ENTRY_OUTSIDE, span);
      return new ir.LongExpr(span, "0");
    }
    if (this.owner.atEntry) return this.owner.expr(e);
    this.owner.atEntry = true;
    const value = this.owner.expr(e);
    this.owner.atEntry = false;
    const root = this.unit.rootUnit();
    if (root != this.unit) this.refuseLocals(value);
    const key = exprText(value);
    let slot: i32 = root.entryKeys.indexOf(key);
    if (slot < 0) {
      slot = root.entryKeys.length;
      root.entryKeys.push(key);
      root.entrySlots.push(new ir.EntrySlot(value.type, value));
    }
    return new ir.EntryValueExpr(span, value.type, slot);
  }

  /** What an entry saves runs in its own handler, where this function's variables are not. */
  private refuseLocals(value: ir.Expr): void {
    const uses = new LocalsRead();
    uses.expr(value, true);
    for (let i: i32 = 0; i < uses.found.length; i++) {
      const local = uses.found[i];
      this.session.reporter.report(ENTRY_LOCAL, local.span)
        .arg(this.unit.localList[local.index].name)
        .hint("give the whole value to the function as an argument");
    }
  }
}

class LocalsRead extends Walker {
  found: ir.LocalExpr[] = [];

  override onExpr(e: ir.Expr, _used: bool): void {
    if (e.op == ir.Op.Local) this.found.push(e as ir.LocalExpr);
  }
}
