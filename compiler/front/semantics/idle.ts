/**
 * What of a handler or function does nothing, found in the tree before types are inferred, as
 * SystemTap does: a statement without effect is no reason to refuse a script for its types.
 *
 * Assignments to locals that nothing reads are dead, statements without effect idle; dropping an
 * assignment or an expression may free more, so passes go on until a pass drops none. Trees are shared between probes,
 * so the findings are kept beside the tree, in the unit.
 */
import * as ast from "../syntax/ast.ts";
import { TreeWalker } from "../syntax/walk.ts";
import { SourceKind } from "../source/source.ts";
import { Session } from "./session.ts";
import { chosen, knownTruth } from "./fold.ts";
import { ELIDED_ASSIGNMENT, ELIDED_EXPRESSION, LOCAL_ARRAY } from "./messages.ts";
import { isPlace } from "./target.ts";
import { Unit } from "./unit.ts";

const ROUNDS: i32 = 50;

/** Finds what is idle in the bodies of a unit; later calls for the same unit do nothing. */
export function findIdle(session: Session, unit: Unit): void {
  if (unit.idleFound) return;
  unit.idleFound = true;
  const names = new NameCheck(session, unit);
  for (let i: i32 = 0; i < unit.bodies.length; i++) names.stmt(unit.bodies[i]);
  if (session.options.unoptimized) return;
  for (let round: i32 = 0; round < ROUNDS; round++) {
    unit.reads = readsOf(session, unit);
    const finder = new IdleFinder(session, unit, unit.reads);
    for (let i: i32 = 0; i < unit.bodies.length; i++) finder.isIdle(unit.bodies[i]);
    if (!finder.changed) break;
  }
  new Leftovers(unit).collect();
  const warner = new Warner(session, unit);
  for (let i: i32 = 0; i < unit.bodies.length; i++) warner.stmt(unit.bodies[i]);
}

/**
 * Variables of dropped `if`s and loops. SystemTap drops these after it has looked for unused
 * variables: if nothing makes it look once more, they stay, and need a type from elsewhere.
 */
class Leftovers extends TreeWalker {
  private inside: i32 = 0;

  constructor(private unit: Unit) {
    super();
  }

  collect(): void {
    for (let i: i32 = 0; i < this.unit.bodies.length; i++) {
      const body = this.unit.bodies[i];
      if (body.span.source.kind == SourceKind.User) this.stmt(body);
    }
  }

  override onStmt(s: ast.Stmt): bool {
    if (this.inside > 0 || !this.unit.idle.has(s) || !isControl(s)) return true;
    this.inside++;
    this.stmt(s);
    this.inside--;
    return false;
  }

  override onExpr(e: ast.Expr): bool {
    if (this.inside > 0 && e.kind == ast.NodeKind.Symbol) {
      this.unit.leftover.push(e as ast.SymbolExpr);
    }
    return true;
  }
}

function isControl(s: ast.Stmt): bool {
  return s.kind == ast.NodeKind.If || s.kind == ast.NodeKind.While ||
    s.kind == ast.NodeKind.DoWhile || s.kind == ast.NodeKind.For ||
    s.kind == ast.NodeKind.Foreach;
}

/** Names what was dropped of the user's files. */
class Warner extends TreeWalker {
  constructor(private session: Session, private unit: Unit) {
    super();
  }

  override onStmt(s: ast.Stmt): bool {
    if (s.kind != ast.NodeKind.ExprStmt || !this.unit.idle.has(s)) return true;
    const e = (s as ast.ExprStmt).expr;
    if (this.unit.dead.has(e)) return true;
    if (e.span.source.kind == SourceKind.User) {
      this.session.reporter.report(ELIDED_EXPRESSION, e.span);
    }
    return false;
  }

  override onExpr(e: ast.Expr): bool {
    if (this.unit.dead.has(e) && e.span.source.kind == SourceKind.User) {
      const target = (e as ast.AssignExpr).target.span.text();
      this.session.reporter.report(ELIDED_ASSIGNMENT, e.span).arg(target);
    }
    return true;
  }
}

/** Does nothing happen in any of the unit's bodies? */
export function isEmptyUnit(unit: Unit): bool {
  for (let i: i32 = 0; i < unit.bodies.length; i++) {
    if (!unit.idle.has(unit.bodies[i])) return false;
  }
  return true;
}

/** Is it a parameter or a local, not a global? */
function isLocal(session: Session, unit: Unit, e: ast.SymbolExpr): bool {
  const decl = unit.decl;
  if (decl != null) {
    for (let i: i32 = 0; i < decl.params.length; i++) {
      if (decl.params[i].name == e.name) return true;
    }
  }
  return session.global(e.name, e.span.source) == null;
}

/** What is wrong with names is wrong in dropped code, too. */
class NameCheck extends TreeWalker {
  constructor(private session: Session, private unit: Unit) {
    super();
  }

  override onStmt(s: ast.Stmt): bool {
    if (s.kind == ast.NodeKind.If) {
      const truth: i32 = knownTruth(this.session, this.unit, (s as ast.IfStmt).condition);
      const whenFalse = (s as ast.IfStmt).whenFalse;
      if (truth == 1) this.stmt((s as ast.IfStmt).whenTrue);
      if (truth == 0 && whenFalse != null) this.stmt(whenFalse);
      return truth < 0;
    }
    if (s.kind == ast.NodeKind.Foreach) {
      const array = (s as ast.ForeachStmt).array;
      if (array != null) this.array(array);
    }
    return true;
  }

  override onExpr(e: ast.Expr): bool {
    if (e.kind == ast.NodeKind.Index) this.array((e as ast.IndexExpr).base);
    else if (e.kind == ast.NodeKind.In) this.inside((e as ast.InExpr).array);
    else if (e.kind == ast.NodeKind.Call) this.session.functions.named(e as ast.CallExpr);
    else if (e.kind == ast.NodeKind.Ternary) {
      const choice = e as ast.TernaryExpr;
      const truth: i32 = knownTruth(this.session, this.unit, choice.condition);
      if (truth == 1) this.expr(choice.whenTrue);
      if (truth == 0) this.expr(choice.whenFalse);
      return truth < 0;
    }
    return true;
  }

  private inside(array: ast.Expr): void {
    if (array.kind == ast.NodeKind.Symbol) this.array(array as ast.SymbolExpr);
  }

  private array(e: ast.SymbolExpr): void {
    if (isLocal(this.session, this.unit, e)) {
      this.session.reporter.report(LOCAL_ARRAY, e.span).arg(e.name);
    }
  }
}

/** Names of locals whose value is looked at in what is not dropped yet. */
function readsOf(session: Session, unit: Unit): Set<string> {
  const reads = new Reads(session, unit);
  for (let i: i32 = 0; i < unit.bodies.length; i++) reads.stmt(unit.bodies[i]);
  return reads.names;
}

class Reads extends TreeWalker {
  names: Set<string> = new Set<string>();

  constructor(private session: Session, private unit: Unit) {
    super();
  }

  override onStmt(s: ast.Stmt): bool {
    if (this.unit.idle.has(s)) return false;
    if (s.kind == ast.NodeKind.If) {
      const truth: i32 = knownTruth(this.session, this.unit, (s as ast.IfStmt).condition);
      const whenFalse = (s as ast.IfStmt).whenFalse;
      if (truth == 1) this.stmt((s as ast.IfStmt).whenTrue);
      if (truth == 0 && whenFalse != null) this.stmt(whenFalse);
      return truth < 0;
    }
    if (s.kind == ast.NodeKind.Foreach) {
      this.foreachReads(s as ast.ForeachStmt);
      return false;
    }
    if (s.kind == ast.NodeKind.Try) {
      this.stmt((s as ast.TryStmt).body);
      this.stmt((s as ast.TryStmt).handler);
      return false;
    }
    return true;
  }

  /** The loop sets its variables, it does not read them. */
  private foreachReads(s: ast.ForeachStmt): void {
    const slice = s.slice;
    if (slice != null) {
      for (let i: i32 = 0; i < slice.length; i++) {
        const key = slice[i];
        if (key != null) this.expr(key);
      }
    }
    const limit = s.limit;
    if (limit != null) this.expr(limit);
    this.stmt(s.body);
  }

  override onExpr(e: ast.Expr): bool {
    if (e.kind == ast.NodeKind.Symbol) {
      this.names.add((e as ast.SymbolExpr).name);
      return false;
    }
    const only = chosen(e);
    if (only != e) {
      this.expr(only);
      return false;
    }
    if (e.kind != ast.NodeKind.Assign) return true;
    const assign = e as ast.AssignExpr;
    if (chosen(assign.target).kind != ast.NodeKind.Symbol || !sets(assign.op)) return true;
    // The value of the assignment itself is not a read of the variable.
    this.expr(assign.value);
    return false;
  }
}

/** Nothing after the statement runs. */
export function leaves(s: ast.Stmt): bool {
  return s.kind == ast.NodeKind.Return || s.kind == ast.NodeKind.Next ||
    s.kind == ast.NodeKind.Break || s.kind == ast.NodeKind.Continue;
}

/** Does an assignment leave its target's value unread? */
function sets(op: string): bool {
  return op == "=" || op == "<<<";
}

class IdleFinder {
  changed: bool = false;

  constructor(private session: Session, private unit: Unit, private reads: Set<string>) {}

  private drop(s: ast.Stmt): bool {
    if (this.unit.idle.has(s)) return true;
    this.unit.idle.add(s);
    return true;
  }

  /** Has a statement no effect? Notes it, and the dead assignments in it. */
  isIdle(s: ast.Stmt): bool {
    if (this.unit.idle.has(s)) return true;
    switch (s.kind) {
      case ast.NodeKind.Empty:
        return this.drop(s);
      case ast.NodeKind.ExprStmt:
        if (this.hasEffect((s as ast.ExprStmt).expr)) return false;
        this.session.relaxed = true;
        this.changed = true;
        return this.drop(s);
      case ast.NodeKind.Block:
        return this.block(s as ast.BlockStmt) ? this.drop(s) : false;
      case ast.NodeKind.If:
        return this.choice(s as ast.IfStmt) ? this.drop(s) : false;
      case ast.NodeKind.While: {
        const rest: bool = this.isIdle((s as ast.WhileStmt).body);
        return !this.hasEffect((s as ast.WhileStmt).condition) && rest ? this.drop(s) : false;
      }
      case ast.NodeKind.DoWhile: {
        const rest: bool = this.isIdle((s as ast.DoWhileStmt).body);
        return !this.hasEffect((s as ast.DoWhileStmt).condition) && rest ? this.drop(s) : false;
      }
      case ast.NodeKind.For:
        return this.loop(s as ast.ForStmt) ? this.drop(s) : false;
      case ast.NodeKind.Foreach:
        return this.isIdle((s as ast.ForeachStmt).body) ? this.drop(s) : false;
      case ast.NodeKind.Try: {
        this.isIdle((s as ast.TryStmt).handler);
        return this.isIdle((s as ast.TryStmt).body) ? this.drop(s) : false;
      }
      case ast.NodeKind.Return: {
        const value = (s as ast.ReturnStmt).value;
        if (value != null) this.hasEffect(value);
        return false;
      }
      case ast.NodeKind.EmbeddedStmt:
        return (s as ast.EmbeddedStmt).code.includes("/* pure */") ? this.drop(s) : false;
      default:
        return false;
    }
  }

  private block(s: ast.BlockStmt): bool {
    let all: bool = true;
    for (let i: i32 = 0; i < s.body.length; i++) if (!this.isIdle(s.body[i])) all = false;
    return all;
  }

  private choice(s: ast.IfStmt): bool {
    const truth: i32 = knownTruth(this.session, this.unit, s.condition);
    const whenFalse = s.whenFalse;
    const first: bool = truth == 0 || this.isIdle(s.whenTrue);
    const second: bool = truth == 1 || whenFalse == null || this.isIdle(whenFalse);
    if (truth < 0 && this.hasEffect(s.condition)) return false;
    return first && second;
  }

  private loop(s: ast.ForStmt): bool {
    const init = s.init;
    const condition = s.condition;
    const step = s.step;
    let idle: bool = this.isIdle(s.body);
    if (init != null && this.hasEffect(init)) idle = false;
    if (condition != null && this.hasEffect(condition)) idle = false;
    if (step != null && this.hasEffect(step)) idle = false;
    return idle;
  }

  private hasEffect(e: ast.Expr): bool {
    const effects = new ExprEffects(this.session, this.unit, this.reads);
    effects.expr(e);
    if (effects.changed) this.changed = true;
    return effects.found;
  }
}

/** Effects of an expression; notes the dead assignments in it. */
class ExprEffects extends TreeWalker {
  found: bool = false;
  changed: bool = false;

  constructor(private session: Session, private unit: Unit, private reads: Set<string>) {
    super();
  }

  override onExpr(e: ast.Expr): bool {
    switch (e.kind) {
      case ast.NodeKind.Assign:
        if (!this.isDead(e as ast.AssignExpr)) this.found = true;
        break;
      case ast.NodeKind.Call:
        if (this.session.functions.hasEffects(e as ast.CallExpr)) this.found = true;
        break;
      case ast.NodeKind.Defined:
        return false;
      case ast.NodeKind.Ternary:
        return this.isOpen(e);
      default:
        if (isEffect(this.session, e)) this.found = true;
        break;
    }
    return true;
  }

  /** False, and its parts are looked at, if it is known which branch is taken. */
  private isOpen(e: ast.Expr): bool {
    const only = chosen(e);
    if (only != e) this.expr(only);
    return only == e;
  }

  private isDead(e: ast.AssignExpr): bool {
    if (this.unit.dead.has(e)) return true;
    const place = chosen(e.target);
    if (!sets(e.op) || place.kind != ast.NodeKind.Symbol) return false;
    const target = place as ast.SymbolExpr;
    if (this.reads.has(target.name) || !isLocal(this.session, this.unit, target)) return false;
    this.unit.dead.add(e);
    this.session.relaxed = true;
    this.changed = true;
    return true;
  }
}

/**
 * The parts of an expression in whose effects lies all that it does when its value is not used:
 * operands for operators, the value for a dead assignment; none if it does nothing.
 */
export function effectParts(session: Session, unit: Unit, e: ast.Expr): ast.Expr[] {
  const parts: ast.Expr[] = [];
  if (session.options.unoptimized) parts.push(e);
  else addParts(session, unit, e, parts);
  return parts;
}

function addParts(session: Session, unit: Unit, e: ast.Expr, out: ast.Expr[]): void {
  const effects = new ExprEffects(session, unit, unit.reads);
  effects.expr(e);
  if (!effects.found) return;
  switch (e.kind) {
    case ast.NodeKind.Assign:
      if (!unit.dead.has(e)) break;
      addParts(session, unit, (e as ast.AssignExpr).value, out);
      return;
    case ast.NodeKind.Crement:
      if (isPlace(chosen((e as ast.CrementExpr).operand))) break;
      addParts(session, unit, (e as ast.CrementExpr).operand, out);
      return;
    case ast.NodeKind.Unary:
      addParts(session, unit, (e as ast.UnaryExpr).operand, out);
      return;
    case ast.NodeKind.Binary:
      addParts(session, unit, (e as ast.BinaryExpr).left, out);
      addParts(session, unit, (e as ast.BinaryExpr).right, out);
      return;
    case ast.NodeKind.Compare:
      addParts(session, unit, (e as ast.CompareExpr).left, out);
      addParts(session, unit, (e as ast.CompareExpr).right, out);
      return;
    case ast.NodeKind.Concat:
      addParts(session, unit, (e as ast.ConcatExpr).left, out);
      addParts(session, unit, (e as ast.ConcatExpr).right, out);
      return;
    default:
      break;
  }
  out.push(e);
}

/** Effects besides those of assignments and calls. */
function isEffect(session: Session, e: ast.Expr): bool {
  switch (e.kind) {
    case ast.NodeKind.Crement:
      return isPlace(chosen((e as ast.CrementExpr).operand));
    case ast.NodeKind.BadExpr:
      return true;
    case ast.NodeKind.Print:
      return !(e as ast.PrintExpr).toString_;
    case ast.NodeKind.EmbeddedExpr:
      return !(e as ast.EmbeddedExpr).code.includes("/* pure */");
    case ast.NodeKind.Regex:
      return session.usesCaptures();
    default:
      return false;
  }
}

/** What outlives a function: globals written, things printed, C without the tag `pure`. */
export class OuterEffects extends TreeWalker {
  found: bool = false;
  calls: ast.CallExpr[] = [];

  constructor(private session: Session, private decl: ast.FunctionDecl) {
    super();
    const body = decl.body;
    if (body != null) this.stmt(body);
    else this.found = !decl.code.includes("/* pure */");
  }

  override onStmt(s: ast.Stmt): bool {
    if (s.kind == ast.NodeKind.Block) return this.reached((s as ast.BlockStmt).body);
    if (s.kind == ast.NodeKind.Delete) this.change((s as ast.DeleteStmt).target);
    if (s.kind == ast.NodeKind.EmbeddedStmt) {
      if (!(s as ast.EmbeddedStmt).code.includes("/* pure */")) this.found = true;
    }
    return true;
  }

  override onExpr(e: ast.Expr): bool {
    if (e.kind == ast.NodeKind.Assign) this.change((e as ast.AssignExpr).target);
    else if (e.kind == ast.NodeKind.Crement) this.change((e as ast.CrementExpr).operand);
    else if (e.kind == ast.NodeKind.Call) this.calls.push(e as ast.CallExpr);
    else if (isEffect(this.session, e)) this.found = true;
    return true;
  }

  /** Statements up to one that nothing comes after. */
  private reached(body: ast.Stmt[]): bool {
    for (let i: i32 = 0; i < body.length; i++) {
      this.stmt(body[i]);
      if (leaves(body[i])) break;
    }
    return false;
  }

  private change(target: ast.Expr): void {
    if (target.kind == ast.NodeKind.Symbol) {
      const name = (target as ast.SymbolExpr).name;
      for (let i: i32 = 0; i < this.decl.params.length; i++) {
        if (this.decl.params[i].name == name) return;
      }
      if (this.session.global(name, target.span.source) != null) this.found = true;
    } else this.found = true;
  }
}

/** The arrays of which a function sets or deletes elements, and its calls. */
export class ElementChanges extends TreeWalker {
  names: ast.SymbolExpr[] = [];
  calls: ast.CallExpr[] = [];

  constructor(decl: ast.FunctionDecl) {
    super();
    const body = decl.body;
    if (body != null) this.stmt(body);
  }

  override onStmt(s: ast.Stmt): bool {
    if (s.kind == ast.NodeKind.Delete) this.change((s as ast.DeleteStmt).target);
    return true;
  }

  override onExpr(e: ast.Expr): bool {
    if (e.kind == ast.NodeKind.Assign) this.change((e as ast.AssignExpr).target);
    else if (e.kind == ast.NodeKind.Crement) this.change((e as ast.CrementExpr).operand);
    else if (e.kind == ast.NodeKind.Call) this.calls.push(e as ast.CallExpr);
    return true;
  }

  private change(target: ast.Expr): void {
    if (target.kind == ast.NodeKind.Index) this.names.push((target as ast.IndexExpr).base);
  }
}
