/**
 * Functions: which one a call means, overloads in the order in which they run, and the instances
 * of functions that look at the probe that calls them.
 */
import * as ast from "../syntax/ast.ts";
import * as ir from "../ir/ir.ts";
import { lookup } from "../portable/target.ts";
import { didYouMean } from "../source/similar.ts";
import { Source, SourceKind, Span } from "../source/source.ts";
import { CType } from "../oracle/ctype.ts";
import { enumNameFunction } from "./enumname.ts";
import { ContextNeed, ContextUses } from "./context.ts";
import { FUNCTION_ARITY, FUNCTION_UNKNOWN } from "./messages.ts";
import { ElementChanges, OuterEffects } from "./idle.ts";
import { FileUnit, Session } from "./session.ts";
import { Unit, Var, VarKind } from "./unit.ts";

/** Built-in functions, which no library file declares. */
const PRINT_NAMES: string[] = [
  "printf",
  "println",
  "print",
  "printd",
  "printdln",
  "print_char",
  "sprintf",
  "sprint",
  "sprintln",
  "sprintd",
  "sprintdln",
];

/** Overloads with one number of parameters, in the order in which they run. */
class Chain {
  need: ContextNeed = ContextNeed.None;
  needKnown: bool = false;
  /** Does a call have an effect besides its value? -1 while it is not known. */
  effects: i32 = -1;
  /** Is there a call in a handler's own text? */
  inHandler: bool = false;
  /** The first unit of each context, by the context's key. */
  instances: Map<string, Unit> = new Map<string, Unit>();

  constructor(public decls: ast.FunctionDecl[]) {}
}

export class Functions {
  /** Units in the order in which they are first called. */
  list: Unit[] = [];
  private chains: Map<string, Chain> = new Map<string, Chain>();
  private byFirst: Map<ast.FunctionDecl, Chain[]> = new Map<ast.FunctionDecl, Chain[]>();
  private enumNames: Map<string, Unit> = new Map<string, Unit>();
  /** How many units have each name. */
  private used: Map<string, i32> = new Map<string, i32>();
  private reached: Set<ast.FunctionDecl> = new Set<ast.FunctionDecl>();

  /** Set by the session that these functions are of. */
  owner: Session | null = null;

  private get session(): Session {
    return this.owner as Session;
  }

  /** The function that a call in `from` means; reports if there is none. */
  callee(call: ast.CallExpr, from: Unit): Unit | null {
    const chain = this.chain(call, true);
    if (chain == null) return null;
    if (from.decl == null) chain.inHandler = true;
    const key = this.contextKey(chain, from);
    let found = lookup(chain.instances, key);
    if (found == null) {
      found = this.instance(chain, from);
      chain.instances.set(key, found);
    }
    if (found.calledAt == null || call.span.source.kind == SourceKind.User) {
      found.calledAt = call.nameSpan;
    }
    return found;
  }

  /** A unit of a function for its types only: nothing calls it. */
  shared(decl: ast.FunctionDecl): Unit {
    return this.unit(decl, ContextNeed.None, new Unit(decl.span));
  }

  /** The function that names the values of an enum; made when first asked for. */
  enumName(type: CType, span: Span): Unit {
    const key = "enumname " + (type.name == "" ? span.where() : type.name);
    const known = lookup(this.enumNames, key);
    if (known != null) return known;
    const name = "enumname_" + (type.name == "" ? "value" : type.name);
    const decl = enumNameFunction(name, type, span);
    const unit = this.unit(decl, ContextNeed.None, new Unit(span));
    this.enumNames.set(key, unit);
    return unit;
  }

  /** Reports a call that means no function. */
  named(call: ast.CallExpr): void {
    this.chain(call, true);
  }

  /** Does a call do anything besides giving a value, in itself or in what it calls? */
  hasEffects(call: ast.CallExpr): bool {
    const first = this.chain(call, false);
    if (first == null) return true;
    if (first.effects < 0) first.effects = this.findEffects(first) ? 1 : 0;
    return first.effects == 1;
  }

  /**
   * The globals whose elements a call sets or deletes, in itself or in what it calls. Deeper down
   * SystemTap does not look into functions that a handler calls itself, too.
   */
  changedElements(call: ast.CallExpr): Var[] {
    const found: Var[] = [];
    const seen: Chain[] = [];
    const first = this.chain(call, false);
    if (first != null) seen.push(first);
    for (let at: i32 = 0; at < seen.length; at++) {
      const decls = seen[at].decls;
      for (let i: i32 = 0; i < decls.length; i++) {
        const changes = new ElementChanges(decls[i]);
        for (let k: i32 = 0; k < changes.names.length; k++) {
          const name = changes.names[k];
          const v = this.session.global(name.name, name.span.source);
          if (v != null && !found.includes(v)) found.push(v);
        }
        for (let k: i32 = 0; k < changes.calls.length; k++) {
          const callee = this.chain(changes.calls[k], false);
          if (callee == null || callee.inHandler || seen.includes(callee)) continue;
          seen.push(callee);
        }
      }
    }
    return found;
  }

  private findEffects(first: Chain): bool {
    const seen: Chain[] = [first];
    for (let at: i32 = 0; at < seen.length; at++) {
      const decls = seen[at].decls;
      for (let i: i32 = 0; i < decls.length; i++) {
        const outer = new OuterEffects(this.session, decls[i]);
        if (outer.found) return true;
        for (let k: i32 = 0; k < outer.calls.length; k++) {
          const callee = this.chain(outer.calls[k], false);
          if (callee == null) return true;
          if (!seen.includes(callee)) seen.push(callee);
        }
      }
    }
    return false;
  }

  /** Was a function of the script called by anything that runs? */
  isReached(decl: ast.FunctionDecl): bool {
    return this.reached.has(decl);
  }

  // --------------------------------------------------------------------------------- contexts

  private contextKey(chain: Chain, from: Unit): string {
    // Before version 4.3 functions knew nothing of the probe.
    if (!this.session.options.since("4.3")) return "";
    const need = this.needOf(chain);
    if (need == ContextNeed.None) return "";
    const root = from.rootUnit();
    return need == ContextNeed.Module ? root.module() : "#" + root.number.toString();
  }

  /** What a body of a handler and all that it calls need. */
  needOfBody(body: ast.BlockStmt): ContextNeed {
    const uses = new ContextUses();
    uses.stmt(body);
    return this.reach(uses, []);
  }

  private needOf(chain: Chain): ContextNeed {
    if (!chain.needKnown) {
      chain.need = this.reach(usesOf(chain), [chain]);
      chain.needKnown = true;
    }
    return chain.need;
  }

  /** The greatest need of `uses` and of all that it calls; reads library files that calls reach. */
  private reach(uses: ContextUses, seen: Chain[]): ContextNeed {
    let need: ContextNeed = uses.need;
    const work: ContextUses[] = [uses];
    while (work.length > 0 && need != ContextNeed.Point) {
      const calls = (work.pop() as ContextUses).calls;
      for (let i: i32 = 0; i < calls.length; i++) {
        const callee = this.chain(calls[i], false);
        if (callee == null || seen.includes(callee)) continue;
        seen.push(callee);
        const inner = usesOf(callee);
        if ((inner.need as i32) > (need as i32)) need = inner.need;
        work.push(inner);
      }
    }
    return need;
  }

  /** Units of the chain for the probe that `from` belongs to. */
  private instance(chain: Chain, from: Unit): Unit {
    const first = this.unit(chain.decls[0], chain.need, from);
    let last = first;
    for (let i: i32 = 1; i < chain.decls.length; i++) {
      const unit = this.unit(chain.decls[i], chain.need, from);
      last.nextUnit = unit;
      last = unit;
    }
    return first;
  }

  private unit(decl: ast.FunctionDecl, need: ContextNeed, from: Unit): Unit {
    const unit = new Unit(decl.span);
    unit.decl = decl;
    unit.library = decl.span.source.kind == SourceKind.Library;
    unit.need = need;
    if (need != ContextNeed.None) {
      unit.root = from.rootUnit();
      if (need == ContextNeed.Point) unit.point = unit.rootUnit().point;
    }
    for (let i: i32 = 0; i < decl.params.length; i++) {
      const param = decl.params[i];
      const v = unit.addLocal(VarKind.Param, param.name, param.span);
      v.assigned = true;
      declareType(v, param.type, param.span);
    }
    const result = new Var(VarKind.Result, decl.name, decl.nameSpan);
    result.arity = 0;
    declareType(result, decl.returnType, decl.nameSpan);
    unit.result = result;
    unit.name = this.uniqueName(decl.name);
    const body = decl.body;
    if (body != null) unit.bodies.push(body);
    this.reached.add(decl);
    unit.index = this.list.length;
    this.list.push(unit);
    return unit;
  }

  private uniqueName(name: string): string {
    const count: i32 = this.used.has(name) ? this.used.get(name) as i32 : 0;
    this.used.set(name, count + 1);
    return count == 0 ? name : name + "#" + count.toString();
  }

  // ---------------------------------------------------------------------------------- look-up

  /** The overloads that a call means; null, after a report if `loud`, if there is none. */
  private chain(call: ast.CallExpr, loud: bool): Chain | null {
    const key = `${call.span.source.name}:${call.name}/${call.args.length.toString()}`;
    const known = lookup(this.chains, key);
    if (known != null) return known;
    const decls = this.fitting(call, loud);
    if (decls.length == 0) return null;
    decls.sort(byPriority);
    const chain = this.sameChain(decls);
    this.chains.set(key, chain);
    return chain;
  }

  /** Calls from several files may mean the same overloads. */
  private sameChain(decls: ast.FunctionDecl[]): Chain {
    const known = lookup(this.byFirst, decls[0]);
    const all: Chain[] = known == null ? [] : known;
    for (let i: i32 = 0; i < all.length; i++) {
      const other = all[i].decls;
      if (other.length != decls.length) continue;
      let same: bool = true;
      for (let k: i32 = 0; k < decls.length; k++) if (other[k] != decls[k]) same = false;
      if (same) return all[i];
    }
    const made = new Chain(decls);
    all.push(made);
    this.byFirst.set(decls[0], all);
    return made;
  }

  private fitting(call: ast.CallExpr, loud: bool): ast.FunctionDecl[] {
    const source = call.span.source;
    let all: ast.FunctionDecl[] = [];
    if (source.kind == SourceKind.User) all = this.userFunctions(call.name, source);
    let fitting = withParams(all, call.args.length);
    if (fitting.length == 0) {
      const more = this.libraryFunctions(call.name, source);
      for (let i: i32 = 0; i < more.length; i++) all.push(more[i]);
      fitting = withParams(all, call.args.length);
    }
    if (fitting.length == 0 && loud) this.none(call, all);
    return fitting;
  }

  private none(call: ast.CallExpr, all: ast.FunctionDecl[]): void {
    if (all.length > 0) {
      const d = this.session.reporter.report(FUNCTION_ARITY, call.nameSpan);
      d.arg(call.name).arg(call.args.length.toString());
      for (let i: i32 = 0; i < all.length; i++) {
        d.note(all[i].nameSpan, `takes ${all[i].params.length.toString()} argument(s)`);
      }
      return;
    }
    // Its file cannot be read, which is said.
    if (this.isLost(call.name)) return;
    const d = this.session.reporter.report(FUNCTION_UNKNOWN, call.nameSpan).arg(call.name);
    const hint = didYouMean(call.name, this.functionNames());
    if (hint != "") d.hint(hint);
  }

  private isLost(name: string): bool {
    const files = this.session.library.functionFiles(name);
    for (let i: i32 = 0; i < files.length; i++) {
      if (this.session.unreadable.has(files[i])) return true;
    }
    return false;
  }

  private functionNames(): string[] {
    // The print family first: of names equally near the first is named.
    const names = PRINT_NAMES.concat(this.session.library.functionNames());
    for (let i: i32 = 0; i < this.session.files.length; i++) {
      const functions = this.session.files[i].file.functions;
      for (let k: i32 = 0; k < functions.length; k++) names.push(functions[k].name);
    }
    return names;
  }

  private userFunctions(name: string, source: Source): ast.FunctionDecl[] {
    const found: ast.FunctionDecl[] = [];
    for (let i: i32 = 0; i < this.session.files.length; i++) {
      if (!this.session.files[i].library) {
        collectFunctions(this.session.files[i], name, source, found);
      }
    }
    return found;
  }

  private libraryFunctions(name: string, source: Source): ast.FunctionDecl[] {
    const found: ast.FunctionDecl[] = [];
    const own = lookup(this.session.bySource, source);
    if (own != null && own.library) collectFunctions(own, name, source, found);
    const files = this.session.library.functionFiles(name);
    for (let i: i32 = 0; i < files.length; i++) {
      const file = this.session.libraryFile(files[i]);
      if (file != null && file != own) collectFunctions(file, name, source, found);
    }
    return found;
  }
}

/** The needs of the bodies themselves. */
function usesOf(chain: Chain): ContextUses {
  const uses = new ContextUses();
  for (let i: i32 = 0; i < chain.decls.length; i++) {
    const body = chain.decls[i].body;
    if (body != null) uses.stmt(body);
  }
  return uses;
}

function declareType(v: Var, type: ast.TypeName, span: Span): void {
  if (type == ast.TypeName.None) return;
  v.type = type == ast.TypeName.Long ? ir.Ty.Long : ir.Ty.String;
  v.typedAt = span;
}

function collectFunctions(
  file: FileUnit,
  name: string,
  source: Source,
  found: ast.FunctionDecl[],
): void {
  const functions = file.functionsNamed(name);
  for (let i: i32 = 0; i < functions.length; i++) {
    const decl = functions[i];
    if (!decl.isPrivate || file.source == source) found.push(decl);
  }
}

function withParams(decls: ast.FunctionDecl[], count: i32): ast.FunctionDecl[] {
  const fitting: ast.FunctionDecl[] = [];
  for (let i: i32 = 0; i < decls.length; i++) {
    if (decls[i].params.length == count) fitting.push(decls[i]);
  }
  return fitting;
}

function priorityOf(decl: ast.FunctionDecl): i32 {
  if (decl.priority >= 0) return decl.priority;
  return decl.span.source.kind == SourceKind.User ? 0 : 1;
}

/** By priority, then by place, so that the order is total. */
function byPriority(a: ast.FunctionDecl, b: ast.FunctionDecl): i32 {
  const order: i32 = priorityOf(a) - priorityOf(b);
  if (order != 0) return order;
  return a.span.start - b.span.start;
}
