/**
 * The passes in order: expand points, share handlers, infer types, lower, find uses. Reads a
 * Session with the user's files; gives a Program, or null when errors were reported.
 */
import * as ast from "../syntax/ast.ts";
import * as ir from "../ir/ir.ts";
import { verify } from "../ir/verify.ts";
import { exprText, stmtText } from "../ir/print.ts";
import { lookup } from "../portable/target.ts";
import { SourceKind } from "../source/source.ts";
import { TreeWalker } from "../syntax/walk.ts";
import { dropFunctions } from "./drop.ts";
import { ContextNeed } from "./context.ts";
import { Elider } from "./elide.ts";
import { Conditions } from "./conditions.ts";
import { Expanded, Expander } from "./expand.ts";
import { staticTruth } from "./fold.ts";
import { findIdle, isEmptyUnit } from "./idle.ts";
import { PointList } from "./listing.ts";
import { Lowerer } from "./lower.ts";
import {
  ALIAS_ARGUMENT,
  ARITY_MISMATCH,
  ELIDED_PROBE,
  IDLE_FUNCTION,
  NEED_GURU,
  NEVER_ASSIGNED,
  NEVER_ASSIGNED_GLOBAL,
  NO_PROBES,
  PRIVILEGE,
  PROBEWRITE_PLACE,
  UNRESOLVED_TYPE,
  UNUSED_FUNCTION,
  UNUSED_VARIABLE,
  WRAP_SCALAR,
} from "./messages.ts";
import { mergeInstances, readsEntry } from "./merge.ts";
import { Session } from "./session.ts";
import { engineOf, tagsOf, useTaggedGlobals } from "./tags.ts";
import { Typer } from "./types.ts";
import { moduleOf, Unit, Var, VarKind } from "./unit.ts";
import { UseAnalysis } from "./uses.ts";

/** A row before lowering, with the handler's unit. */
class PlannedRow {
  constructor(public place: Expanded, public unit: i32) {}
}

/** Only the body of an alias may ask what the probes that use it write. */
class NoProbeWrite extends TreeWalker {
  constructor(private session: Session) {
    super();
  }

  override onExpr(e: ast.Expr): bool {
    if (e.kind == ast.NodeKind.ProbeWrite) {
      this.session.reporter.report(PROBEWRITE_PLACE, e.span);
    }
    return true;
  }
}

/** Lets the session read the library files of the globals that a file names. */
class GlobalsNamed extends TreeWalker {
  constructor(private session: Session) {
    super();
  }

  ofFile(file: ast.ScriptFile): void {
    for (let i: i32 = 0; i < file.probes.length; i++) this.stmt(file.probes[i].body);
    for (let i: i32 = 0; i < file.functions.length; i++) {
      const body = file.functions[i].body;
      if (body != null) this.stmt(body);
    }
    for (let i: i32 = 0; i < file.aliases.length; i++) {
      const prologue = file.aliases[i].prologue;
      if (prologue != null) this.stmt(prologue);
      const epilogue = file.aliases[i].epilogue;
      if (epilogue != null) this.stmt(epilogue);
    }
  }

  override onExpr(e: ast.Expr): bool {
    if (e.kind == ast.NodeKind.Symbol) {
      this.session.global((e as ast.SymbolExpr).name, e.span.source);
    }
    return true;
  }
}

export class Analyser {
  private program: ir.Program = new ir.Program();
  private rows: PlannedRow[] = [];
  private units: Unit[] = [];
  /** Handler of each unit once lowered. */
  private handlerOf: i32[] = [];
  /** Context needs of the bodies of the probe at hand. */
  private needs: ContextNeed[] = [];
  /** The global of each of the program's, by index. */
  private globals: Var[] = [];

  constructor(private session: Session) {}

  run(): ir.Program | null {
    this.plan();
    if (this.failed()) return null;
    new Typer(this.session, this.units).run();
    if (this.failed()) return null;
    this.numberGlobals();
    this.lowerFunctions();
    this.lowerHandlers();
    if (this.failed()) return null;
    this.addRows();
    if (this.failed()) return null;
    this.warnIdle();
    this.embedded();
    dropFunctions(this.program);
    new UseAnalysis(this.program, this.session.options.displayGlobals).run();
    this.warn();
    // What pass 3 refuses need not fit together.
    if (this.session.reporter.late.length == 0) verify(this.program);
    return this.program;
  }

  /** The points that the script's probes match (-l), with their variables (-L); sorted. */
  list(withVariables: bool): string[] {
    // What an alias sets is listed, whether it is read or not.
    this.session.options.unoptimized = true;
    this.plan();
    if (this.failed()) return [];
    if (withVariables) new Typer(this.session, this.units).run();
    const list = new PointList(this.session.oracle);
    for (let i: i32 = 0; i < this.rows.length; i++) {
      list.add(this.rows[i].place, this.units[this.rows[i].unit]);
    }
    return list.lines(withVariables);
  }

  private failed(): bool {
    return this.session.reporter.errors > 0;
  }

  // ----------------------------------------------------------------------------------- plan

  /** Points to rows; rows whose bodies cannot differ share a unit. */
  private plan(): void {
    const files = this.session.files;
    const expander = new Expander(this.session);
    const probes: Expanded[][] = [];
    for (let i: i32 = 0; i < files.length; i++) {
      if (files[i].library) continue;
      this.checkAliases(files[i].file.aliases);
      for (let k: i32 = 0; k < files[i].file.probes.length; k++) {
        new NoProbeWrite(this.session).stmt(files[i].file.probes[k].body);
        const places = expander.expand(files[i].file.probes[k]);
        for (let p: i32 = 0; p < places.length; p++) this.session.counters.add(places[p]);
        probes.push(places);
      }
    }
    for (let i: i32 = 0; i < probes.length; i++) this.planProbe(probes[i]);
    this.planLibrary(expander);
    if (this.rows.length > 0 || this.failed()) return;
    this.session.reporter.report(NO_PROBES, null)
      .hint("a probe whose handler has no effect is left out (-u keeps it)");
  }

  /** Probes of the library files whose globals the script names: they fill them. */
  private planLibrary(expander: Expander): void {
    if (this.rows.length == 0) return;
    const files = this.session.files;
    const named = new GlobalsNamed(this.session);
    for (let i: i32 = 0; i < files.length; i++) if (!files[i].library) named.ofFile(files[i].file);
    for (let i: i32 = 0; i < files.length; i++) {
      if (!files[i].library) continue;
      for (let k: i32 = 0; k < files[i].file.probes.length; k++) {
        this.planProbe(expander.expand(files[i].file.probes[k]));
      }
    }
  }

  private checkAliases(aliases: ast.AliasDecl[]): void {
    for (let i: i32 = 0; i < aliases.length; i++) {
      for (let k: i32 = 0; k < aliases[i].names.length; k++) {
        const parts = aliases[i].names[k].parts;
        for (let j: i32 = 0; j < parts.length; j++) {
          if (parts[j].arg == null) continue;
          this.session.reporter.report(ALIAS_ARGUMENT, parts[j].span).arg(parts[j].name);
        }
      }
    }
  }

  private planProbe(places: Expanded[]): void {
    const shared: Map<string, i32> = new Map<string, i32>();
    const bodies: ast.BlockStmt[] = [];
    this.needs = [];
    for (let i: i32 = 0; i < places.length; i++) {
      const place = places[i];
      if (place.match.counter != "") {
        this.rows.push(new PlannedRow(place, this.addCounter(place)));
        continue;
      }
      const key = this.bodiesKey(place, bodies);
      const same: bool = key != "" && shared.has(key);
      const unit: i32 = same ? shared.get(key) as i32 : this.addUnit(place);
      if (key != "") shared.set(key, unit);
      if (unit >= 0) this.rows.push(new PlannedRow(place, unit));
      else this.session.reporter.report(ELIDED_PROBE, place.span).arg(place.name);
    }
  }

  /** Number of the new handler of a place; -1 if it would do nothing. */
  private addUnit(place: Expanded): i32 {
    const unit = handlerUnit(place, this.units.length);
    findIdle(this.session, unit);
    if (isEmptyUnit(unit) && !this.isConditional(unit, place.conditions)) return -1;
    this.units.push(unit);
    return this.units.length - 1;
  }

  /**
   * Does a condition keep a probe that does nothing? As in SystemTap one that is always true does
   * so where nothing had to be dropped.
   */
  private isConditional(unit: Unit, conditions: ast.Expr[]): bool {
    if (!this.session.relaxed) return conditions.length > 0;
    for (let i: i32 = 0; i < conditions.length; i++) {
      if (staticTruth(this.session, unit, conditions[i]) != 1) return true;
    }
    return false;
  }

  /** Number of the handler of a counter, which does nothing. */
  private addCounter(place: Expanded): i32 {
    const unit = handlerUnit(place, this.units.length);
    unit.bodies = [];
    this.units.push(unit);
    return this.units.length - 1;
  }

  /** Key of bodies that are the same at every point; "" if they look at the point's context. */
  private bodiesKey(place: Expanded, seen: ast.BlockStmt[]): string {
    const key: string[] = [];
    for (let i: i32 = 0; i < place.bodies.length; i++) {
      const body = place.bodies[i];
      let at: i32 = seen.indexOf(body);
      if (at < 0) {
        at = seen.length;
        seen.push(body);
        this.needs.push(this.session.functions.needOfBody(body));
      }
      if (this.needs[at] == ContextNeed.Point) return "";
      key.push(at.toString());
      if (this.needs[at] == ContextNeed.Module) key.push(moduleOf(place.match));
    }
    return key.join(",");
  }

  // -------------------------------------------------------------------------------- globals

  /** Globals in use, in order of declaration. */
  private numberGlobals(): void {
    const files = this.session.files;
    const functions = this.session.functions.list;
    for (let i: i32 = 0; i < functions.length; i++) {
      const decl = functions[i].decl as ast.FunctionDecl;
      if (decl.body == null) useTaggedGlobals(this.session, decl.code, decl.span.source);
    }
    new Conditions(this.session).useGlobals(this.rowConditions());
    for (let i: i32 = 0; i < files.length; i++) {
      for (let k: i32 = 0; k < files[i].globalList.length; k++) this.global(files[i].globalList[k]);
    }
  }

  private rowConditions(): ast.Expr[] {
    const all: ast.Expr[] = [];
    for (let i: i32 = 0; i < this.rows.length; i++) {
      const conditions = this.rows[i].place.conditions;
      for (let k: i32 = 0; k < conditions.length; k++) all.push(conditions[k]);
    }
    return all;
  }

  private global(v: Var): void {
    const reporter = this.session.reporter;
    const decl = v.decl as ast.GlobalDecl;
    if (!v.used) {
      if (!v.library) reporter.report(UNUSED_VARIABLE, v.span).arg(v.name);
      return;
    }
    if (v.type == ir.Ty.Void || v.keyTypes.includes(ir.Ty.Void)) {
      reporter.report(UNRESOLVED_TYPE, v.span).arg(v.name);
      return;
    }
    if (decl.size > 0 && v.arity == 0) {
      reporter.report(ARITY_MISMATCH, v.span).arg(v.name).arg("0").arg("some by its size");
    }
    if (decl.wraps && v.arity <= 0) reporter.report(WRAP_SCALAR, v.span).arg(v.name);
    v.index = this.program.globals.length;
    const g = new ir.Global(this.globalName(v), v.type, v.span);
    for (let i: i32 = 0; i < v.keyTypes.length; i++) {
      g.keys.push(v.keyTypes[i]);
    }
    g.size = decl.size;
    g.wraps = decl.wraps;
    g.stat = v.type == ir.Ty.Stats && v.needs == null ? new ir.StatNeeds() : v.needs;
    const initial = decl.initial;
    if (initial != null) {
      g.hasInitial = true;
      g.initial = initial.kind == ast.NodeKind.Number
        ? (initial as ast.NumberExpr).text
        : (initial as ast.StringExpr).value;
    }
    this.program.globals.push(g);
    this.globals.push(v);
  }

  private globalName(v: Var): string {
    for (let i: i32 = 0; i < this.globals.length; i++) {
      if (this.globals[i].name == v.name) return v.span.source.name + "::" + v.name;
    }
    return v.name;
  }

  // ------------------------------------------------------------------------------- lowering

  private lowerFunctions(): void {
    const functions = this.session.functions.list;
    for (let i: i32 = 0; i < functions.length; i++) {
      this.program.funcs.push(this.lowerFunction(functions[i]));
    }
    mergeInstances(this.program, functions);
  }

  private lowerFunction(unit: Unit): ir.Func {
    const decl = unit.decl as ast.FunctionDecl;
    const f = new ir.Func(unit.name, (unit.result as Var).type, decl.span);
    f.params = decl.params.length;
    f.library = unit.library;
    const next = unit.nextUnit;
    if (next != null) f.nextOverload = next.index;
    const body = decl.body;
    if (body != null) {
      new NoProbeWrite(this.session).stmt(body);
      f.body = new Lowerer(this.session, this.program, unit).body();
    } else {
      if (!decl.span.source.guru && !this.session.options.guru) {
        this.session.reporter.report(NEED_GURU, decl.nameSpan).arg("embedded code");
      }
      f.code = decl.code;
      f.tags = tagsOf(this.session, decl.code, decl.span.source);
      f.engine = engineOf(decl.code);
      this.rights(f, unit);
    }
    f.locals = localsOf(unit);
    if (f.name == "matched" || f.name == "ngroups" || f.name == "matched_str") {
      this.program.needsCaptures = true;
    }
    return f;
  }

  /** May this script call this embedded function? */
  private rights(f: ir.Func, unit: Unit): void {
    const reporter = this.session.reporter;
    const privilege = this.session.options.privilege;
    const called = unit.calledAt;
    if (called == null) return;
    if (f.tags.guru && !this.session.options.guru && called.source.kind == SourceKind.User) {
      reporter.report(NEED_GURU, called).arg("function '" + f.name + "'");
    }
    const open: bool = f.tags.unprivileged || f.tags.myprocUnprivileged;
    if (privilege == "stapusr" && !open) {
      reporter.report(PRIVILEGE, called).arg("function '" + f.name + "'").arg(privilege);
    }
  }

  /** Lowers each unit; equal results become one handler. */
  private lowerHandlers(): void {
    const lowered: ir.Handler[] = [];
    for (let i: i32 = 0; i < this.units.length; i++) lowered.push(this.lowerHandler(this.units[i]));
    if (this.failed()) return;
    const known: Map<string, i32> = new Map<string, i32>();
    const elider: Elider | null = this.session.options.unoptimized
      ? null
      : new Elider(this.program, this.session.reporter);
    for (let i: i32 = 0; i < lowered.length; i++) {
      const handler = lowered[i];
      if (elider != null) elider.ofHandler(handler);
      const key = handlerKey(handler);
      if (known.has(key)) this.handlerOf.push(known.get(key) as i32);
      else {
        known.set(key, this.program.handlers.length);
        this.handlerOf.push(this.program.handlers.length);
        this.program.handlers.push(handler);
      }
    }
    this.ownInstances();
  }

  private lowerHandler(unit: Unit): ir.Handler {
    const body = new Lowerer(this.session, this.program, unit).body();
    const handler = new ir.Handler(body, unit.span);
    handler.locals = localsOf(unit);
    handler.entrySlots = unit.entrySlots;
    const point = unit.point;
    handler.interruptible = point != null && point.interruptible;
    return handler;
  }

  /** Tells instances of functions which handler they read the saved entry of. */
  private ownInstances(): void {
    const functions = this.session.functions.list;
    for (let i: i32 = 0; i < functions.length; i++) {
      const root = functions[i].root;
      const body = this.program.funcs[i].body;
      if (root == null || root.number < 0 || body == null || !readsEntry(body)) continue;
      this.program.funcs[i].handler = this.handlerOf[root.number];
    }
  }

  private addRows(): void {
    const conditions = new Conditions(this.session);
    for (let i: i32 = 0; i < this.rows.length; i++) {
      const place = this.rows[i].place;
      const row = new ir.ProbeRow(
        place.match.family,
        place.match.point,
        place.name,
        this.handlerOf[this.rows[i].unit],
        place.span,
      );
      row.props = place.match.props.slice(0);
      const ppfunc = lookup(place.match.texts, "ppfunc");
      if (ppfunc != null) row.props.push(new ir.Prop("ppfunc", ppfunc));
      if (place.optional) row.props.push(new ir.Prop("optional", "1"));
      row.condition = conditions.lower(this.program, place.conditions);
      this.program.rows.push(row);
    }
  }

  private embedded(): void {
    const files = this.session.files;
    for (let i: i32 = 0; i < files.length; i++) {
      const list = files[i].file.embedded;
      for (let k: i32 = 0; k < list.length; k++) {
        if (!files[i].source.guru && !this.session.options.guru) {
          this.session.reporter.report(NEED_GURU, list[k].span).arg("embedded code");
        }
        const block = new ir.EmbeddedBlock(list[k].code, list[k].span, files[i].library);
        this.program.embedded.push(block);
      }
    }
  }

  // -------------------------------------------------------------------------------- warnings

  private warn(): void {
    const reporter = this.session.reporter;
    const files = this.session.files;
    for (let i: i32 = 0; i < files.length; i++) {
      if (files[i].library) continue;
      const functions = files[i].file.functions;
      for (let k: i32 = 0; k < functions.length; k++) {
        if (this.session.functions.isReached(functions[k])) continue;
        reporter.report(UNUSED_FUNCTION, functions[k].nameSpan).arg(functions[k].name);
      }
    }
    for (let i: i32 = 0; i < this.globals.length; i++) {
      const v = this.globals[i];
      if (!v.library && !v.assigned && v.arity <= 0) {
        reporter.report(NEVER_ASSIGNED_GLOBAL, v.span).arg(v.name);
      }
    }
    for (let i: i32 = 0; i < this.units.length; i++) this.warnLocals(this.units[i]);
    const reached = this.session.functions.list;
    for (let i: i32 = 0; i < reached.length; i++) this.warnLocals(reached[i]);
  }

  /** Functions of the script that do nothing. */
  private warnIdle(): void {
    const functions = this.session.functions.list;
    for (let i: i32 = 0; i < functions.length; i++) {
      const decl = functions[i].decl as ast.FunctionDecl;
      const body = this.program.funcs[i].body;
      if (functions[i].library || body == null || body.op != ir.Op.Block) continue;
      if ((body as ir.BlockStmt).body.length > 0) continue;
      this.session.reporter.report(IDLE_FUNCTION, decl.nameSpan).arg(decl.name);
    }
  }

  private warnLocals(unit: Unit): void {
    for (let i: i32 = 0; i < unit.localList.length; i++) {
      const v = unit.localList[i];
      if (v.assigned || !v.used || v.kind != VarKind.Local) continue;
      if (v.span.source.kind != SourceKind.User) continue;
      this.session.reporter.report(NEVER_ASSIGNED, v.span).arg(v.name);
    }
  }
}

function handlerUnit(place: Expanded, number: i32): Unit {
  const unit = new Unit(place.bodies[0].span);
  unit.number = number;
  unit.bodies = place.bodies;
  unit.point = place.match;
  return unit;
}

function localsOf(unit: Unit): ir.Local[] {
  const locals: ir.Local[] = [];
  for (let i: i32 = 0; i < unit.localList.length; i++) {
    const v = unit.localList[i];
    locals.push(new ir.Local(v.name, v.type == ir.Ty.Void ? ir.Ty.Long : v.type));
  }
  return locals;
}

/** Equal texts at one place mean equal handlers. */
function handlerKey(handler: ir.Handler): string {
  const parts: string[] = [handler.span.where(), stmtText(handler.body)];
  parts.push(handler.interruptible ? "1" : "0");
  for (let i: i32 = 0; i < handler.locals.length; i++) {
    parts.push(handler.locals[i].name + ":" + (handler.locals[i].type as i32).toString());
  }
  for (let i: i32 = 0; i < handler.entrySlots.length; i++) {
    parts.push(exprText(handler.entrySlots[i].value));
  }
  return parts.join("\n");
}
