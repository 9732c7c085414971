/**
 * Target variables: `$x->m[i]`, `@cast`, `@var` and script values with a known type, resolved
 * through the probe's context and the oracle's types into reads of registers and memory.
 */
import * as ast from "../syntax/ast.ts";
import * as ir from "../ir/ir.ts";
import { CKind, CMember, CType, resolved } from "../oracle/ctype.ts";
import { PlaceKind, Variable } from "../oracle/oracle.ts";
import { lookup } from "../portable/target.ts";
import { PointMatch, ValueRole } from "../probes/family.ts";
import { LocatedPart } from "../oracle/location.ts";
import { located, partOf } from "./located.ts";
import { didYouMean } from "../source/similar.ts";
import { SourceKind, Span } from "../source/source.ts";
import { TreeWalker } from "../syntax/walk.ts";
import { enumType } from "./enumname.ts";
import { Session } from "./session.ts";
import { Unit, Var } from "./unit.ts";

/** Lowers the script expressions inside a target expression. */
export abstract class OperandLowerer {
  abstract operand(e: ast.Expr): ir.Expr;
  /** C type behind a script value, or null. */
  abstract ctypeOf(e: ast.Expr): CType | null;
}

/** For questions whose operands do not matter. */
class NoOperands extends OperandLowerer {
  constructor(private session: Session, private unit: Unit) {
    super();
  }
  operand(e: ast.Expr): ir.Expr {
    return new ir.LongExpr(e.span, "0");
  }
  ctypeOf(e: ast.Expr): CType | null {
    return scriptType(this.session, this.unit, e);
  }
}

/** A resolved target expression: a value, or a place in memory. */
export class Access {
  /** Of @cast: the address may be that of the first of several. */
  elements: bool = false;
  bitOffset: i32 = 0;
  bitSize: i32 = 0;
  /** A struct that is kept in parts, such as registers: only its members can be read. */
  parts: LocatedPart[] = [];
  /** Bytes from the start of what is in parts. */
  partOffset: i32 = 0;

  constructor(
    /** The address if inMemory, else the value. */
    public expr: ir.Expr,
    public type: CType,
    public inMemory: bool,
    /** `$x$` (1) or `$x$$` (2) asked for, else 0. */
    public print: i32,
  ) {}
}

/** C type of a target-like expression or of a variable that holds one; null if unknown. */
export function scriptType(session: Session, unit: Unit, e: ast.Expr): CType | null {
  if (e.kind == ast.NodeKind.Symbol) return typeOfName(session, unit, e as ast.SymbolExpr);
  if (e.kind == ast.NodeKind.Index) return typeOfName(session, unit, (e as ast.IndexExpr).base);
  if (e.kind == ast.NodeKind.Call) {
    const callee = session.functions.callee(e as ast.CallExpr, unit);
    return callee == null ? null : (callee.result as Var).ctype;
  }
  if (e.kind == ast.NodeKind.Entry) return scriptType(session, unit, (e as ast.EntryExpr).operand);
  if (!isTargetKind(e.kind)) return null;
  const resolver = new TargetResolver(session, unit, new NoOperands(session, unit));
  const access = resolver.resolve(e);
  return access == null || access.print > 0 ? null : access.type;
}

function typeOfName(session: Session, unit: Unit, e: ast.SymbolExpr): CType | null {
  const local = lookup(unit.locals, e.name);
  if (local != null) return local.ctype;
  const global = session.global(e.name, e.span.source);
  return global == null ? null : global.ctype;
}

/** What can be written to, as far as its form tells. */
export function isPlace(e: ast.Expr): bool {
  return e.kind == ast.NodeKind.Symbol || e.kind == ast.NodeKind.Index ||
    e.kind == ast.NodeKind.Deref || isTargetKind(e.kind);
}

/** The enum that an `@enumname` names, or whose type its operand has; null if there is none. */
export function enumNamed(session: Session, unit: Unit, e: ast.EnumNameExpr): CType | null {
  if (e.type == "") return enumType(scriptType(session, unit, e.operand));
  const resolver = new TargetResolver(session, unit, new NoOperands(session, unit));
  return enumType(resolver.typeNamed(e.type, e.module));
}

export function isTargetKind(kind: ast.NodeKind): bool {
  return kind == ast.NodeKind.Target || kind == ast.NodeKind.Cast ||
    kind == ast.NodeKind.AtVar || kind == ast.NodeKind.Autocast;
}

/** `@defined(e)`: do all target expressions in it resolve? */
export function isDefined(session: Session, unit: Unit, e: ast.Expr): bool {
  if (e.kind == ast.NodeKind.AddressOf) {
    return isDefined(session, unit, (e as ast.AddressOfExpr).operand);
  }
  if (e.kind == ast.NodeKind.Entry) return isDefined(session, unit, (e as ast.EntryExpr).operand);
  if (e.kind == ast.NodeKind.EnumConst) {
    return session.oracle.enumerator((e as ast.EnumConstExpr).name) != "";
  }
  if (e.kind == ast.NodeKind.Perf) return session.counters.has((e as ast.PerfExpr).counter);
  if (!isTargetKind(e.kind)) {
    const parts = new TargetsIn();
    parts.expr(e);
    for (let i: i32 = 0; i < parts.found.length; i++) {
      if (!isDefined(session, unit, parts.found[i])) return false;
    }
    return true;
  }
  if (e.kind == ast.NodeKind.Target && isTextTarget(unit, e as ast.TargetExpr)) return true;
  if (isValueTarget(unit, e)) return true;
  const resolver = new TargetResolver(session, unit, new NoOperands(session, unit));
  return resolver.resolve(e) != null;
}

/** The outermost target expressions in an expression. */
class TargetsIn extends TreeWalker {
  found: ast.Expr[] = [];

  override onExpr(e: ast.Expr): bool {
    const target: bool = isTargetKind(e.kind) || e.kind == ast.NodeKind.EnumConst;
    if (target) this.found.push(e);
    return !target;
  }
}

/** `$$vars` and kin, `$$name`: their value is a text made by the probe. */
export function isTextTarget(unit: Unit, e: ast.TargetExpr): bool {
  const point = unit.point;
  if (point == null) return false;
  if (e.name == "$$vars" || e.name == "$$parms" || e.name == "$$locals") {
    return point.inCode && point.typed;
  }
  if (e.name == "$$return") return point.isReturn && point.typed;
  return point.texts.has(e.name);
}

/** Is it the `$value` of a point that has one? Its value is a text. */
export function isValueTarget(unit: Unit, e: ast.Expr): bool {
  const point = unit.point;
  if (point == null || point.value == ValueRole.None || e.kind != ast.NodeKind.Target) return false;
  return (e as ast.TargetExpr).name == "$value" && (e as ast.TargetExpr).path.length == 0;
}

/** The value of a string-typed target expression is a text: `$$vars`, `$x$`. */
export function isStringTarget(e: ast.Expr): bool {
  if (e.kind == ast.NodeKind.Target && (e as ast.TargetExpr).name.startsWith("$$")) return true;
  const path = pathOf(e);
  if (path.length == 0) return false;
  const last = path[path.length - 1].kind;
  return last == ast.StepKind.Print || last == ast.StepKind.PrintDeep;
}

export function pathOf(e: ast.Expr): ast.PathStep[] {
  if (e.kind == ast.NodeKind.Target) return (e as ast.TargetExpr).path;
  if (e.kind == ast.NodeKind.Cast) return (e as ast.CastExpr).path;
  if (e.kind == ast.NodeKind.AtVar) return (e as ast.AtVarExpr).path;
  if (e.kind == ast.NodeKind.Autocast) return (e as ast.AutocastExpr).path;
  return [];
}

export class TargetResolver {
  /** Why the last resolve() gave null. */
  why: string = "";
  hint: string = "";

  constructor(
    private session: Session,
    private unit: Unit,
    private operands: OperandLowerer,
  ) {}

  resolve(e: ast.Expr): Access | null {
    const base = this.base(e);
    if (base == null) return null;
    return this.walk(base, pathOf(e));
  }

  private fail(why: string): Access | null {
    this.why = why;
    return null;
  }

  // --------------------------------------------------------------------------------- bases

  private base(e: ast.Expr): Access | null {
    if (e.kind == ast.NodeKind.Target) return this.variable(e as ast.TargetExpr);
    if (e.kind == ast.NodeKind.Cast) return this.cast(e as ast.CastExpr);
    if (e.kind == ast.NodeKind.Autocast) return this.autocast(e as ast.AutocastExpr);
    return this.globalVariable(e as ast.AtVarExpr);
  }

  /** `@var("name@file", "module")`; without a module, of the one that the probe is in. */
  private globalVariable(e: ast.AtVarExpr): Access | null {
    const at: i32 = e.name.indexOf("@");
    const name = at < 0 ? e.name : e.name.substring(0, at);
    const file = at < 0 ? "" : e.name.substring(at + 1);
    const oracle = this.session.oracle;
    const modules = this.modules(e.module);
    for (let i: i32 = 0; i < modules.length; i++) {
      const v = oracle.globalVariable(name, file, modules[i]);
      if (v == null) continue;
      const place = new ir.SymbolAddressExpr(e.span, v.symbol, v.module, v.offset, v.perCpu);
      return new Access(place, v.type, true, 0);
    }
    const why = oracle.globalAbsence(name, modules[0]);
    return this.fail(why == "" ? "there is no such global variable" : why);
  }

  /** Modules that an operator names ("a:b", with headers in <>), or the probe's; "" is the image. */
  private modules(written: string): string[] {
    const found: string[] = [];
    if (written == "") {
      found.push(this.session.options.since("4.3") ? this.unit.module() : "");
      return found;
    }
    const words = written.split(":");
    for (let i: i32 = 0; i < words.length; i++) {
      const header: i32 = words[i].indexOf("<");
      const name = header < 0 ? words[i] : words[i].substring(0, header);
      found.push(name == "kernel" ? "" : name);
    }
    return found;
  }

  private variable(e: ast.TargetExpr): Access | null {
    const point = this.unit.point;
    if (point == null) return this.fail("functions have no probe context");
    point.settle(this.session.oracle);
    if (e.name == "$return") {
      const type = point.returnType;
      if (point.isReturn && type != null && resolved(type).kind != CKind.Void) {
        return valueOf(e.span, "retval", 0, type);
      }
      if (!point.isReturn) return this.fail("$return is only valid in return probes");
    }
    const name = e.name.substring(1);
    for (let i: i32 = 0; i < point.variables.length; i++) {
      if (point.variables[i].name == name) return this.place(e.span, point.variables[i]);
    }
    const all = point.allVariables(this.session.oracle);
    for (let i: i32 = point.variables.length; i < all.length; i++) {
      if (all[i].name == name) return this.place(e.span, all[i]);
    }
    return this.unknownVariable(name, point);
  }

  private unknownVariable(name: string, point: PointMatch): Access | null {
    if (!point.typed) {
      this.hint = "install a kernel with BTF, or use int_arg(1) and kin with kprobe.function";
      return this.fail("no type information for this probe point");
    }
    const names: string[] = [];
    const all = point.allVariables(this.session.oracle);
    for (let i: i32 = 0; i < all.length; i++) names.push("$" + all[i].name);
    this.hint = didYouMean("$" + name, names);
    if (this.hint == "") this.hint = this.session.oracle.missingDebuginfo(point.functionModule);
    if (names.length == 0) return this.fail("this probe point has no variables");
    return this.fail("no such variable here (alternatives: " + names.join(" ") + ")");
  }

  private place(span: Span, v: Variable): Access | null {
    const place = v.place;
    if (place.kind == PlaceKind.Argument) return valueOf(span, "arg", place.index, v.type);
    if (place.kind == PlaceKind.TracepointArgument) {
      return valueOf(span, "tparg", place.index, v.type);
    }
    if (place.kind == PlaceKind.Return) return valueOf(span, "retval", 0, v.type);
    const location = place.location;
    if (location != null) {
      const access = located(span, v.type, location);
      if (access != null) return access;
      return this.fail("parts of it were optimised out");
    }
    return this.fail("its place is not known: " + place.why);
  }

  private cast(e: ast.CastExpr): Access | null {
    const type = this.typeNamed(e.type, e.module);
    if (type == null) return this.fail("no type '" + e.type + "' in the kernel's type information");
    const access = new Access(this.operands.operand(e.operand), type, true, 0);
    access.elements = true;
    return access;
  }

  /** "struct x", "x" (typedef, then struct, union, enum), stars ignored. */
  typeNamed(text: string, module: string): CType | null {
    const name = text.split("*").join("").trim();
    const modules = this.modules(module);
    for (let i: i32 = 0; i < modules.length; i++) {
      const found = this.typeIn(name, modules[i]);
      if (found != null) return found;
    }
    return null;
  }

  private typeIn(name: string, module: string): CType | null {
    const oracle = this.session.oracle;
    const direct = oracle.typeByName(name, module);
    if (direct != null) return direct;
    const asStruct = oracle.typeByName("struct " + name, module);
    if (asStruct != null) return asStruct;
    const asUnion = oracle.typeByName("union " + name, module);
    if (asUnion != null) return asUnion;
    return oracle.typeByName("enum " + name, module);
  }

  private autocast(e: ast.AutocastExpr): Access | null {
    const type = this.operands.ctypeOf(e.base);
    if (type == null) return this.fail("the type of this value is not known; use @cast");
    return new Access(this.operands.operand(e.base), type, false, 0);
  }

  // ---------------------------------------------------------------------------------- path

  private walk(base: Access, path: ast.PathStep[]): Access | null {
    let at: Access | null = base;
    for (let i: i32 = 0; i < path.length; i++) {
      const here = at;
      if (here == null) return null;
      at = this.step(here, path[i]);
    }
    return at;
  }

  private step(at: Access, step: ast.PathStep): Access | null {
    if (step.kind == ast.StepKind.Print) {
      return printed(at, 1);
    }
    if (step.kind == ast.StepKind.PrintDeep) return printed(at, 2);
    if (step.kind == ast.StepKind.Index) return this.element(at, step);
    return this.member(at, step);
  }

  private member(at: Access, step: ast.PathStep): Access | null {
    if (at.parts.length > 0) return this.memberOfParts(at, step);
    const place = this.pointedTo(at);
    if (place == null) return this.fail("'" + typeName(at.type) + "' is no struct or union");
    const type = this.complete(resolved(place.type));
    if (type.kind != CKind.Struct && type.kind != CKind.Union) {
      return this.fail("'" + typeName(type) + "' is no struct or union");
    }
    const found = findMember(type, step.name);
    if (found == null) {
      this.hint = didYouMean(step.name, memberNames(type));
      return this.fail("'" + typeName(type) + "' has no member '" + step.name + "'");
    }
    const address = plus(step.span, place.expr, found.offset);
    const access = new Access(address, found.member.type, true, 0);
    access.bitOffset = found.member.bitOffset;
    access.bitSize = found.member.bitSize;
    return access;
  }

  private memberOfParts(at: Access, step: ast.PathStep): Access | null {
    const type = this.complete(resolved(at.type));
    const found = findMember(type, step.name);
    if (found == null) {
      this.hint = didYouMean(step.name, memberNames(type));
      return this.fail("'" + typeName(type) + "' has no member '" + step.name + "'");
    }
    const access = partOf(step.span, at, found.offset, found.member);
    return access == null ? this.fail("this part of it was optimised out") : access;
  }

  private element(at: Access, step: ast.PathStep): Access | null {
    const type = resolved(at.type);
    let start: ir.Expr = at.expr;
    let element: CType = at.type;
    if (type.kind == CKind.Array || type.kind == CKind.Pointer) {
      const target = type.target();
      if (target == null) return this.fail("'" + typeName(type) + "' has no elements");
      element = target;
      if (type.kind == CKind.Pointer) start = load(step.span, at);
    } else if (!at.inMemory || (!at.elements && step.span.source.kind == SourceKind.User)) {
      return this.fail("'" + typeName(type) + "' is no array or pointer");
    }
    const size: i32 = this.complete(resolved(element)).size;
    if (size == 0) return this.fail("the size of '" + typeName(element) + "' is not known");
    const index = this.operands.operand(step.index as ast.Expr);
    return new Access(indexed(step.span, start, index, size), element, true, 0);
  }

  /** What a pointer points to; a struct in memory itself. */
  private pointedTo(at: Access): Access | null {
    const type = resolved(at.type);
    if (type.kind == CKind.Pointer) {
      const target = type.target();
      return target == null ? null : new Access(load(at.expr.span, at), target, true, 0);
    }
    if (type.kind == CKind.Array) {
      const target = type.target();
      return target == null ? null : new Access(at.expr, target, true, 0);
    }
    return at.inMemory ? at : null;
  }

  private complete(type: CType): CType {
    if (type.kind != CKind.Forward) return type;
    const full = this.session.oracle.typeByName("struct " + type.name, "");
    if (full != null) return full;
    const asUnion = this.session.oracle.typeByName("union " + type.name, "");
    return asUnion == null ? type : asUnion;
  }
}

class FoundMember {
  constructor(public member: CMember, public offset: i32) {}
}

/** A member by name, also inside anonymous members. */
function findMember(type: CType, name: string): FoundMember | null {
  const members = type.members();
  for (let i: i32 = 0; i < members.length; i++) {
    const member = members[i];
    if (member.name == name) return new FoundMember(member, member.offset);
    if (member.name != "") continue;
    const inner = findMember(resolved(member.type), name);
    if (inner != null) return new FoundMember(inner.member, inner.offset + member.offset);
  }
  return null;
}

function memberNames(type: CType): string[] {
  const names: string[] = [];
  const members = type.members();
  for (let i: i32 = 0; i < members.length; i++) names.push(members[i].name);
  return names;
}

function printed(at: Access, depth: i32): Access {
  const access = new Access(at.expr, at.type, at.inMemory, depth);
  access.bitOffset = at.bitOffset;
  access.bitSize = at.bitSize;
  return access;
}

function valueOf(span: Span, name: string, index: i32, type: CType): Access {
  const c = resolved(type);
  let size: i32 = c.size;
  if (c.kind == CKind.Pointer) size = 8;
  if (size != 1 && size != 2 && size != 4) size = 8;
  const value = new ir.ContextExpr(span, ir.Ty.Long, name, index, size, isSigned(c));
  return new Access(value, type, false, 0);
}

function isSigned(type: CType): bool {
  return (type.kind == CKind.Int || type.kind == CKind.Enum) && type.signed;
}

function plus(span: Span, address: ir.Expr, offset: i32): ir.Expr {
  if (offset == 0) return address;
  return new ir.BinaryExpr(span, "+", address, new ir.LongExpr(span, offset.toString()));
}

function indexed(span: Span, start: ir.Expr, index: ir.Expr, size: i32): ir.Expr {
  if (index.op == ir.Op.Long && (index as ir.LongExpr).text == "0") return start;
  const scaled = size == 1
    ? index
    : new ir.BinaryExpr(span, "*", index, new ir.LongExpr(span, size.toString()));
  return new ir.BinaryExpr(span, "+", start, scaled);
}

/** Is the thing too big to be a value: a struct, a union, a whole array? */
export function isAggregate(type: CType): bool {
  const c = resolved(type);
  return c.kind == CKind.Struct || c.kind == CKind.Union || c.kind == CKind.Array;
}

/** The value of a place; of an array or struct, its address. */
export function load(span: Span, at: Access): ir.Expr {
  if (!at.inMemory || isAggregate(at.type)) return at.expr;
  const c = resolved(at.type);
  const size: i32 = c.kind == CKind.Pointer ? 8 : c.size;
  const value = new ir.DerefExpr(span, ir.Ty.Long, at.expr, size, isSigned(c), false);
  value.bitOffset = at.bitOffset;
  value.bitSize = at.bitSize;
  return value;
}

/** A type as a C programmer writes it, near enough for messages. */
export function typeName(type: CType): string {
  if (type.kind == CKind.Pointer) {
    const target = type.target();
    return (target == null ? "void" : typeName(target)) + " *";
  }
  if (type.kind == CKind.Struct || type.kind == CKind.Forward) return "struct " + type.name;
  if (type.kind == CKind.Union) return "union " + type.name;
  if (type.kind == CKind.Enum) return "enum " + type.name;
  if (type.kind == CKind.Array) {
    const target = type.target();
    return (target == null ? "void" : typeName(target)) + "[" + type.length().toString() + "]";
  }
  return type.name == "" ? "void" : type.name;
}

/** Elements of an array that fit a short print. */
export function shownElements(type: CType): i32 {
  const count: i32 = type.length();
  return count > 8 ? 8 : (count < 0 ? 0 : count);
}
