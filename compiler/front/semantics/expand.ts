/**
 * Probe points to places: aliases with their prologues and epilogues, suffixes after aliases,
 * wildcards, `?`, `!` and conditions, down to what the families match.
 */
import * as ast from "../syntax/ast.ts";
import { PointMatch, PointQuery, ProbeForm } from "../probes/family.ts";
import { compareVersions, globMatch, isGlob, spansNames } from "../source/glob.ts";
import { didYouMean } from "../source/similar.ts";
import { Diagnostic } from "../source/diagnostics.ts";
import { Span } from "../source/source.ts";
import { ALIAS_LOOP, POINT_NO_MATCH, POINT_PROBLEM, POINT_UNKNOWN, PRIVILEGE } from "./messages.ts";
import { Session } from "./session.ts";

const DEEPEST: i32 = 32;

/** One place with all that runs there. */
export class Expanded {
  constructor(
    public match: PointMatch,
    public bodies: ast.BlockStmt[],
    public conditions: ast.Expr[],
    /** What pn() gives. */
    public name: string,
    public span: Span,
    public optional: bool,
  ) {}
}

/** The way down from a point of the script to a point of a family. */
class Trail {
  prologues: ast.BlockStmt[] = [];
  epilogues: ast.BlockStmt[] = [];
  conditions: ast.Expr[] = [];
  depth: i32 = 0;
  optional: bool = false;

  constructor(public name: string, public span: Span) {}

  through(point: ast.ProbePoint): Trail {
    const next = new Trail(this.name, this.span);
    next.prologues = this.prologues;
    next.epilogues = this.epilogues;
    next.conditions = this.conditions.slice(0);
    next.optional = this.optional || point.optional;
    next.depth = this.depth;
    const condition = point.condition;
    if (condition != null) next.conditions.push(condition);
    return next;
  }
}

export class Expander {
  private out: Expanded[] = [];
  private body: ast.BlockStmt | null = null;
  /** Aliases that an outer point may not name again. */
  private stack: ast.AliasDecl[] = [];

  constructor(private session: Session) {}

  /** All places of one probe of the script. */
  expand(probe: ast.ProbeDecl): Expanded[] {
    this.out = [];
    this.body = probe.body;
    this.points(probe.points, null, [], "");
    return this.out;
  }

  /** `!` stops the list once its point gave something. */
  private points(
    points: ast.ProbePoint[],
    outer: Trail | null,
    suffix: ast.PointPart[],
    name: string,
  ): void {
    for (let i: i32 = 0; i < points.length; i++) {
      const before: i32 = this.out.length;
      const point = withSuffix(points[i], suffix);
      const start = outer == null ? new Trail(point.text(), point.span) : outer;
      if (outer != null && name != "") start.name = name;
      this.point(point, start.through(point));
      if (point.sufficient && this.out.length > before) return;
    }
  }

  private point(point: ast.ProbePoint, trail: Trail): void {
    const reporter = this.session.reporter;
    const errors: i32 = reporter.errors;
    const before: i32 = this.out.length;
    let known: bool = this.aliases(point, trail);
    if (this.families(point, trail)) known = true;
    if (this.out.length > before || trail.optional || reporter.errors > errors) return;
    if (!known) this.unknown(point);
  }

  // ------------------------------------------------------------------------------ aliases

  private aliases(point: ast.ProbePoint, trail: Trail): bool {
    const names = partNames(point);
    let found: bool = false;
    if (!namesEverything(names[0])) {
      const files = this.session.library.aliasFilesFor(names);
      for (let i: i32 = 0; i < files.length; i++) this.session.libraryFile(files[i]);
    }
    const all = this.session.files;
    const wild: bool = isGlobPoint(point);
    for (let round: i32 = 0; round < 2; round++) {
      for (let i: i32 = 0; i < all.length; i++) {
        if (all[i].library != (round == 1)) continue;
        if (this.aliasesOf(all[i].file, point, trail)) found = true;
      }
      if (found && !wild) return true;
    }
    return found;
  }

  private aliasesOf(file: ast.ScriptFile, point: ast.ProbePoint, trail: Trail): bool {
    const wild: bool = isGlobPoint(point);
    let longest: i32 = 0;
    if (!wild) longest = this.longestAlias(file, point);
    if (longest < 0) return false;
    let found: bool = false;
    for (let i: i32 = 0; i < file.aliases.length; i++) {
      const alias = file.aliases[i];
      if (this.stack.includes(alias)) continue;
      for (let k: i32 = 0; k < alias.names.length; k++) {
        const used: i32 = matchAlias(alias.names[k], point, wild);
        if (used < 0 || used < longest) continue;
        // Before version 2.0 nothing may follow an alias.
        if (used < point.parts.length && !this.session.options.since("2.0")) continue;
        // `a.*.return`: an alias `a.b.return` of its own wins over `a.b` with a suffix
        if (wild && used < point.parts.length && this.hasOwn(file, alias.names[k], point)) continue;
        found = true;
        this.alias(alias, alias.names[k], point.parts.slice(used), trail);
      }
    }
    return found;
  }

  /** Does a file have an alias of this name with what a longer point has behind it? */
  private hasOwn(file: ast.ScriptFile, name: ast.ProbePoint, point: ast.ProbePoint): bool {
    const count: i32 = point.parts.length;
    for (let i: i32 = 0; i < file.aliases.length; i++) {
      const names = file.aliases[i].names;
      for (let k: i32 = 0; k < names.length; k++) {
        const parts = names[k].parts;
        if (parts.length != count) continue;
        let same: i32 = 0;
        while (same < count) {
          const have = same < name.parts.length ? name.parts[same].name : point.parts[same].name;
          if (parts[same].name != have) break;
          same++;
        }
        if (same == count) return true;
      }
    }
    return false;
  }

  /** `a.b.return` may be an alias of its own beside `a.b`: the longer name wins. */
  private longestAlias(file: ast.ScriptFile, point: ast.ProbePoint): i32 {
    let longest: i32 = -1;
    for (let i: i32 = 0; i < file.aliases.length; i++) {
      const alias = file.aliases[i];
      if (this.stack.includes(alias)) continue;
      for (let k: i32 = 0; k < alias.names.length; k++) {
        const used: i32 = matchAlias(alias.names[k], point, false);
        if (used > longest) longest = used;
      }
    }
    return longest;
  }

  private alias(
    alias: ast.AliasDecl,
    name: ast.ProbePoint,
    suffix: ast.PointPart[],
    trail: Trail,
  ): void {
    if (trail.depth >= DEEPEST) {
      this.session.reporter.report(ALIAS_LOOP, name.span).arg(name.text());
      return;
    }
    const inner = new Trail(trail.name, trail.span);
    inner.depth = trail.depth + 1;
    // Of what a wildcard finds, some may not be there.
    inner.optional = trail.optional || isGlob(trail.name);
    inner.conditions = trail.conditions;
    inner.prologues = trail.prologues;
    inner.epilogues = trail.epilogues;
    const prologue = alias.prologue;
    if (prologue != null) inner.prologues = one(prologue).concat(trail.prologues);
    const epilogue = alias.epilogue;
    if (epilogue != null) inner.epilogues = trail.epilogues.concat(one(epilogue));
    if (trail.depth == 0 && isGlob(trail.name)) inner.name = name.text();
    this.stack.push(alias);
    this.points(alias.points, inner, suffix, "");
    this.stack.pop();
  }

  // ----------------------------------------------------------------------------- families

  private families(point: ast.ProbePoint, trail: Trail): bool {
    let known: bool = false;
    const glob: bool = isGlobPoint(point);
    const families = this.session.families;
    for (let i: i32 = 0; i < families.length; i++) {
      for (let k: i32 = 0; k < families[i].forms.length; k++) {
        const form = families[i].forms[k];
        if (!form.accepts(point)) continue;
        known = true;
        const query = new PointQuery(spelledOut(point, form), form, this.session.oracle);
        query.systemNames = compareVersions(this.session.options.systemtapVersion, "2.6") > 0;
        query.wantHints = !trail.optional;
        families[i].resolve(query);
        this.take(query, form, trail, glob);
      }
    }
    return known;
  }

  private take(query: PointQuery, form: ProbeForm, trail: Trail, glob: bool): void {
    const reporter = this.session.reporter;
    const privilege = this.session.options.privilege;
    if (privilege == "stapusr" && form.privilege != "usr") {
      reporter.report(PRIVILEGE, query.point.span).arg("probe point " + form.pattern).arg(
        privilege,
      );
      return;
    }
    if (query.problem != "") {
      if (trail.optional || glob) return;
      this.hints(
        reporter.report(POINT_PROBLEM, query.point.span).arg(query.point.text()).arg(query.problem),
        query.hints,
      );
      return;
    }
    if (query.matches.length == 0 && !trail.optional && !glob) {
      this.hints(
        reporter.report(POINT_NO_MATCH, query.point.span).arg(query.point.text()),
        query.hints,
      );
      return;
    }
    const wild: bool = hasGlobArg(query.point);
    for (let i: i32 = 0; i < query.matches.length; i++) this.add(query.matches[i], trail, wild);
  }

  private hints(d: Diagnostic, names: string[]): void {
    if (names.length > 0) d.hint("did you mean " + names.slice(0, 5).join(", ") + "?");
  }

  /** A place that only a wildcard found may refuse its probe: then it is left out. */
  private add(match: PointMatch, trail: Trail, wild: bool): void {
    const bodies = trail.prologues.slice(0);
    const body = this.body;
    if (body != null) bodies.push(body);
    for (let i: i32 = 0; i < trail.epilogues.length; i++) bodies.push(trail.epilogues[i]);
    // What the script names itself, and no alias, is known by what it stands for.
    const name = trail.depth == 0 && match.inCode ? match.point : trail.name;
    this.out.push(
      new Expanded(match, bodies, trail.conditions, name, trail.span, trail.optional || wild),
    );
  }

  /** Does the point name an alias that it is a part of? Says so. */
  private isLoop(point: ast.ProbePoint): bool {
    for (let i: i32 = 0; i < this.stack.length; i++) {
      const names = this.stack[i].names;
      for (let k: i32 = 0; k < names.length; k++) {
        if (matchAlias(names[k], point, false) < 0) continue;
        this.session.reporter.report(ALIAS_LOOP, point.span).arg(names[k].text())
          .note(names[k].span, "the alias");
        return true;
      }
    }
    return false;
  }

  private unknown(point: ast.ProbePoint): void {
    if (this.isLoop(point)) return;
    const d = this.session.reporter.report(POINT_UNKNOWN, point.span).arg(point.text());
    const names: string[] = [];
    const aliases = this.session.library.allAliasNames();
    for (let i: i32 = 0; i < aliases.length; i++) names.push(aliases[i]);
    for (let i: i32 = 0; i < this.session.files.length; i++) {
      const own = this.session.files[i].file.aliases;
      for (let k: i32 = 0; k < own.length; k++) names.push(own[k].names[0].text());
    }
    const families = this.session.families;
    for (let i: i32 = 0; i < families.length; i++) {
      for (let k: i32 = 0; k < families[i].forms.length; k++) {
        names.push(families[i].forms[k].names.join("."));
      }
    }
    const hint = didYouMean(partNames(point).join("."), names);
    if (hint != "") d.hint(hint);
  }
}

/**
 * A `**` with nothing to start from would be each of the thousands of aliases of the library: it
 * stands for those of the script, of files read anyway, and for probe points.
 */
function namesEverything(name: string): bool {
  return name.includes("**") && isGlob(name.charAt(0));
}

/** The point with the names of the form in the place of a `**`, which may stand for several. */
function spelledOut(point: ast.ProbePoint, form: ProbeForm): ast.ProbePoint {
  const last: i32 = point.parts.length - 1;
  if (!point.parts[last].name.includes("**")) return point;
  const parts = point.parts.slice(0, last);
  for (let i: i32 = last; i < form.names.length; i++) {
    parts.push(new ast.PointPart(point.parts[last].span, form.names[i], null));
  }
  return withParts(point, parts);
}

function hasGlobArg(point: ast.ProbePoint): bool {
  for (let i: i32 = 0; i < point.parts.length; i++) {
    const arg = point.parts[i].arg;
    if (arg == null || arg.kind != ast.NodeKind.String) continue;
    if (isGlob((arg as ast.StringExpr).value)) return true;
  }
  return false;
}

function one(body: ast.BlockStmt): ast.BlockStmt[] {
  const list: ast.BlockStmt[] = [];
  list.push(body);
  return list;
}

function isGlobPoint(point: ast.ProbePoint): bool {
  for (let i: i32 = 0; i < point.parts.length; i++) if (isGlob(point.parts[i].name)) return true;
  return false;
}

/** Number of parts of the point that the alias name takes; -1 if it does not match. */
function matchAlias(name: ast.ProbePoint, point: ast.ProbePoint, wild: bool): i32 {
  for (let i: i32 = 0; i < name.parts.length; i++) {
    if (i >= point.parts.length) return -1;
    const part = point.parts[i];
    if (part.name.includes("**")) {
      const last: bool = wild && i == point.parts.length - 1;
      return last && spansNames(part.name, partNames(name), i) ? point.parts.length : -1;
    }
    const same: bool = wild
      ? globMatch(part.name, name.parts[i].name)
      : part.name == name.parts[i].name;
    if (!same) return -1;
    if (!sameArg(part.arg, name.parts[i].arg)) return -1;
  }
  const count: i32 = name.parts.length;
  if (wild && point.parts.length > count) {
    // a wildcard names whole aliases, except for an explicit suffix
    for (let i: i32 = count; i < point.parts.length; i++) {
      if (isGlob(point.parts[i].name)) return -1;
    }
  }
  return count;
}

function sameArg(a: ast.Expr | null, b: ast.Expr | null): bool {
  if (a == null || b == null) return a == null && b == null;
  if (a.kind != b.kind) return false;
  if (a.kind == ast.NodeKind.Number) {
    return (a as ast.NumberExpr).text == (b as ast.NumberExpr).text;
  }
  return (a as ast.StringExpr).value == (b as ast.StringExpr).value;
}

/** The alias's point with what followed the alias name. */
function withSuffix(point: ast.ProbePoint, suffix: ast.PointPart[]): ast.ProbePoint {
  return suffix.length == 0 ? point : withParts(point, point.parts.concat(suffix));
}

function withParts(point: ast.ProbePoint, parts: ast.PointPart[]): ast.ProbePoint {
  return new ast.ProbePoint(
    point.span,
    parts,
    point.optional,
    point.sufficient,
    point.condition,
  );
}

function partNames(point: ast.ProbePoint): string[] {
  const names: string[] = [];
  for (let i: i32 = 0; i < point.parts.length; i++) names.push(point.parts[i].name);
  return names;
}
