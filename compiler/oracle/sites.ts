/** Places in the code of an image that a probe point means: functions, statements, labels, callees. */
import {
  calleesIn,
  innermost,
  labelsIn,
  numberOf,
  rootOrigin,
  type UnitFunction,
} from "../debuginfo/dwarf/functions.ts";
import type { LineRow } from "../debuginfo/dwarf/line.ts";
import { At } from "../debuginfo/dwarf/constants.ts";
import { covers, entryOf, rangesOf } from "../debuginfo/dwarf/ranges.ts";
import type { Die, Unit } from "../debuginfo/dwarf/unit.ts";
import { CodeAnswer, type CodeQuery, CodeSite } from "../front/oracle/code.ts";
import { Nearest } from "../front/oracle/similar.ts";
import { globMatch, isGlob } from "../front/source/glob.ts";
import type { DebugImage } from "./image.ts";
import { CodePattern, LinesKind } from "./pattern.ts";

/** What variables are asked at: the code site and what it lies in. */
export interface SiteRecord {
  image: DebugImage;
  /** The function or inlined copy whose variables are meant. */
  scope: Die;
  address: number;
}

/** A function of a unit. */
interface Found {
  unit: Unit;
  f: UnitFunction;
}

/** Levels of callees that anybody wants; their number grows with each. */
const DEEPEST_CALLEES = 20;
const MOST_SITES = 200_000;

export class SiteFinder {
  private answer = new CodeAnswer();
  private init = 0;

  constructor(
    private image: DebugImage,
    private records: SiteRecord[],
    private query: CodeQuery,
  ) {}

  find(): CodeAnswer {
    const { query, answer } = this;
    if (query.address != "") this.atAddress(Number(BigInt.asIntN(64, BigInt(query.address))));
    else {
      const pattern = new CodePattern(query.pattern);
      if (pattern.problem != "") answer.problem = pattern.problem;
      else this.byPattern(pattern);
    }
    answer.sites.sort((a, b) => this.records[a.id].address - this.records[b.id].address);
    if (answer.sites.length == 0 && answer.problem == "" && this.init > 0) {
      answer.problem = "its code is only there while the kernel or module starts";
    }
    return answer;
  }

  // ------------------------------------------------------------------------- candidates

  private byPattern(pattern: CodePattern): void {
    const found: Found[] = [];
    for (const unit of this.unitsFor(pattern)) {
      for (const f of this.image.functionsOf(unit).list) {
        if (pattern.matchesName(f.name) && pattern.matchesFile(f.file)) found.push({ unit, f });
      }
    }
    if (found.length == 0) this.hints(pattern);
    if (this.query.statement) {
      this.statements(pattern, found);
      return;
    }
    // Lines choose no functions: SystemTap does not look at them here either.
    for (const f of found) this.functionSites(f);
  }

  /** Names near one that nothing matches: files first, then functions of the file. */
  private hints(pattern: CodePattern): void {
    const { image } = this;
    if (pattern.file == "" || isGlob(pattern.file)) return;
    const files = image.unitNames().filter((name) => pattern.matchesFile(name));
    const base = (name: string) => name.slice(name.lastIndexOf("/") + 1);
    const wanted = files.length == 0 ? base(pattern.file) : pattern.name;
    if (isGlob(wanted)) return;
    const nearest = new Nearest(wanted, 5);
    if (files.length == 0) {
      for (const name of new Set(image.unitNames().map(base))) nearest.offer(name);
      this.answer.hints = nearest.best().flatMap((name) =>
        image.unitNames().filter((file) => base(file) == name).slice(0, 3)
      );
      return;
    }
    for (const unit of this.unitsFor(new CodePattern(`*@${pattern.file}`))) {
      for (const f of image.functionsOf(unit).list) nearest.offer(f.name);
    }
    this.answer.hints = nearest.best();
  }

  /** Units that may have what a pattern names. */
  private unitsFor(pattern: CodePattern): Unit[] {
    const { image } = this;
    if (pattern.file != "") {
      const names = image.unitNames();
      const units: number[] = [];
      names.forEach((name, i) => {
        if (pattern.matchesFile(name)) units.push(i);
      });
      if (units.length > 0) return units.map((i) => image.dwarf.unit(i));
    }
    // Copies with code of their own are found by their symbols, without the index.
    if (pattern.file == "" && !isGlob(pattern.name) && !this.query.inlined) {
      const units = image.functionAddresses(pattern.name).map((at) => image.unitAt(at));
      const known = [...new Set(units.filter((unit) => unit != null))] as Unit[];
      if (known.length > 0) return known;
    }
    return this.indexedUnits(pattern);
  }

  private indexedUnits(pattern: CodePattern): Unit[] {
    const { image } = this;
    if (image.unitNames().length <= 4) return image.unitNames().map((_, i) => image.dwarf.unit(i));
    const index = image.index();
    let units: Set<number> | null = null;
    if (pattern.name != "*") {
      const lists = pattern.globName
        ? index.functions.matching((name) => pattern.matchesName(name)).map((e) => e.numbers)
        : [index.functions.get(pattern.name)];
      units = new Set(lists.flat());
    }
    if (pattern.file != "") {
      const files = index.files.matching((name) => pattern.matchesFile(name)).map((e) => e.numbers);
      const named = new Set(files.flat());
      units = units == null ? named : new Set([...units].filter((n) => named.has(n)));
    }
    units ??= new Set(image.unitNames().keys());
    return [...units].sort((a, b) => a - b).map((i) => image.dwarf.unit(i));
  }

  // ---------------------------------------------------------------------------- functions

  /** The code of a function that the query wants. */
  private scopes(f: UnitFunction): Die[] {
    return [...this.query.own ? f.owns : [], ...this.query.inlined ? f.inlines : []];
  }

  private functionSites(found: Found): void {
    const { query } = this;
    if (query.callee != "") {
      for (const scope of found.f.owns) {
        this.callees(found, scope, [this.textOf(found.f)], query.depth, new Set([found.f]));
      }
      return;
    }
    for (const scope of this.scopes(found.f)) {
      if (query.label != "") this.labels(found, scope);
      else this.entry(found, scope);
    }
  }

  private entry(found: Found, scope: Die): CodeSite | null {
    const address = entryOf(scope);
    return address == null ? null : this.site(found.f, scope, address, found.f.line);
  }

  private site(f: UnitFunction, scope: Die, address: number, line: number): CodeSite | null {
    const { image, answer, records } = this;
    if (image.isInitial(address)) {
      this.init++;
      return null;
    }
    const place = image.symbolFor(address);
    if (place == null || answer.sites.length >= MOST_SITES) return null;
    const site = new CodeSite(f.name, image.module, f.file, line);
    site.symbol = place.symbol;
    site.offset = place.offset.toString();
    site.inlined = f.inlines.includes(scope);
    site.entry = !site.inlined && entryOf(scope) == address;
    site.returnType = image.types.prototype(f.definition).target();
    site.id = records.length;
    records.push({ image, scope, address });
    answer.sites.push(site);
    return site;
  }

  private labels(found: Found, scope: Die): void {
    for (const label of labelsIn(scope)) {
      if (!globMatch(this.query.label, label.name)) continue;
      const site = this.site(found.f, scope, label.address, numberOf(label.die, At.declLine));
      if (site != null) site.label = label.name;
    }
  }

  private textOf(f: UnitFunction): string {
    return f.file == "" ? f.name : `${f.name}@${f.file}:${f.line}`;
  }

  private callees(
    found: Found,
    scope: Die,
    callers: string[],
    depth: number,
    above: Set<UnitFunction>,
  ): void {
    const functions = this.image.functionsOf(found.unit);
    for (const target of calleesIn(scope)) {
      const f = functions.of(target);
      if (f == undefined || above.has(f)) continue;
      const inlined = f.inlines.some((die) => die.offset == target.offset);
      const scopes = inlined ? [target] : f.owns;
      for (const inner of scopes) {
        if (globMatch(this.query.callee, f.name)) {
          this.calleeSite({ unit: found.unit, f }, inner, scope, callers);
        }
        if (depth > 1 && callers.length < DEEPEST_CALLEES) {
          const next = new Set([...above, f]);
          this.callees(
            { unit: found.unit, f },
            inner,
            [...callers, this.textOf(f)],
            depth - 1,
            next,
          );
        }
      }
    }
  }

  private calleeSite(found: Found, scope: Die, caller: Die, callers: string[]): void {
    const inlined = found.f.inlines.some((die) => die.offset == scope.offset);
    if (inlined ? !this.query.inlined : !this.query.own) return;
    const site = this.entry(found, scope);
    if (site == null) return;
    site.inlined = inlined;
    site.entry = !inlined;
    site.callers = callers;
    const range = rangesOf(caller)[0];
    const place = range == undefined ? null : this.image.symbolFor(range.low);
    if (inlined || place == null) return;
    site.callerSymbol = place.symbol;
    site.callerOffset = place.offset.toString();
    site.callerSize = (range.high - range.low).toString();
  }

  // --------------------------------------------------------------------------- statements

  private statements(pattern: CodePattern, found: Found[]): void {
    if (pattern.lines == LinesKind.None) {
      for (const one of found) for (const scope of this.scopes(one.f)) this.entry(one, scope);
      return;
    }
    const lines = new Set<number>();
    for (const one of found) {
      const wanted = this.wantedLines(pattern, one);
      for (const scope of this.scopes(one.f)) {
        // Of lines that begin at one instruction the first in the table stands for all.
        const taken = new Set<number>();
        for (const [line, rows] of this.rowsByLine(one, scope)) {
          lines.add(line);
          if (!wanted(line)) continue;
          for (const row of chosen(scope, rows)) {
            if (!taken.has(row.address)) this.site(one.f, scope, row.address, line);
            taken.add(row.address);
          }
        }
      }
    }
    if (this.answer.sites.length > 0 || found.length == 0) return;
    this.noLine(pattern, found, [...lines].sort((a, b) => a - b));
  }

  /** Which lines of the file are meant. `:*` after a name is the lines of that function's text. */
  private wantedLines(pattern: CodePattern, found: Found): (line: number) => boolean {
    const { f } = found;
    if (pattern.lines == LinesKind.Relative) return (line) => pattern.wants(line - f.line);
    if (pattern.lines == LinesKind.Absolute) return (line) => pattern.wants(line);
    if (pattern.name == "*") return () => true;
    let last = Infinity;
    for (const other of this.image.functionsOf(found.unit).list) {
      if (other.file == f.file && other.line > f.line) last = Math.min(last, other.line - 1);
    }
    return (line) => line >= f.line && line <= last;
  }

  /** No code at the wanted lines: the next one if `.nearest` asks for it, else hints. */
  private noLine(pattern: CodePattern, found: Found[], lines: number[]): void {
    const base = pattern.lines == LinesKind.Relative ? found[0].f.line : 0;
    const wanted = base + pattern.spans[0][0];
    const after = lines.find((line) => line >= wanted);
    const before = lines.filter((line) => line < wanted).at(-1);
    const near = after ?? before;
    if (this.query.nearest && near != undefined) {
      const next = new CodePattern(`${pattern.name}@${pattern.file}:${near}`);
      this.statements(next, found);
      return;
    }
    const file = found[0].f.file;
    const others = [before, after].filter((line) => line != undefined).map((line) => `:${line}`);
    this.answer.problem = `no line records for ${file}:${wanted}` +
      (others.length > 0 ? ` (try ${others.join(" or ")})` : "");
  }

  /** Rows of the function's file inside a scope, by line, in the order of addresses. */
  private rowsByLine(found: Found, scope: Die): Map<number, LineRow[]> {
    const table = this.image.linesOf(found.unit), ranges = rangesOf(scope);
    const lines = new Map<number, LineRow[]>();
    for (const row of table?.rows() ?? []) {
      if (row.end || table!.files[row.file] != found.f.file || !covers(ranges, row.address)) {
        continue;
      }
      const known = lines.get(row.line);
      if (known == undefined) lines.set(row.line, [row]);
      else known.push(row);
    }
    for (const rows of lines.values()) rows.sort((a, b) => a.address - b.address);
    return lines;
  }

  // ---------------------------------------------------------------------------- addresses

  private atAddress(address: number): void {
    const unit = this.image.unitAt(address);
    const functions = unit == null ? null : this.image.functionsOf(unit);
    const f = functions?.list.find((f) => f.owns.some((die) => covers(rangesOf(die), address)));
    if (unit == null || f == undefined) {
      this.answer.problem = "no function of the debuginfo has code at this address";
      return;
    }
    const scope = f.owns.find((die) => covers(rangesOf(die), address))!;
    if (!this.query.statement) {
      const inline = functions!.list.flatMap((g) => g.inlines.map((die) => ({ f: g, die })))
        .find(({ die }) => entryOf(die) == address);
      if (entryOf(scope) == address) this.site(f, scope, address, f.line);
      else if (inline != undefined) this.site(inline.f, inline.die, address, inline.f.line);
      else {this.answer.problem = `the function at this address begins at 0x${
          hex(entryOf(scope) ?? 0)
        }`;}
      return;
    }
    this.statementAt(f, scope, unit, address);
  }

  private statementAt(f: UnitFunction, scope: Die, unit: Unit, address: number): void {
    const table = this.image.linesOf(unit);
    const rows = (table?.rows() ?? []).filter((row) =>
      !row.end && covers(rangesOf(scope), row.address)
    );
    let at = address;
    if (!rows.some((row) => row.address == address)) {
      const addresses = rows.map((row) => row.address).sort((a, b) => a - b);
      const after = addresses.find((a) => a > address);
      const before = addresses.filter((a) => a < address).at(-1);
      if (!this.query.nearest) {
        const others = [before, after].filter((a) => a != undefined).map((a) => "0x" + hex(a!));
        this.answer.problem = `no line begins at this address (try ${others.join(" or ")})`;
        return;
      }
      at = after ?? before ?? address;
    }
    const row = rows.filter((row) => row.address == at).at(-1);
    this.site(
      f,
      scope,
      at,
      row == undefined || table?.files[row.file] != f.file ? f.line : row.line,
    );
  }
}

/**
 * Of the rows of one line the first; if it is of an inlined function that the scope has several
 * copies of, the first of each copy.
 */
function chosen(scope: Die, rows: LineRow[]): LineRow[] {
  const first = new Map<number, LineRow>();
  let inlined = -1;
  for (const row of rows) {
    const copy = innermost(scope, row.address);
    if (first.size == 0) inlined = copy == scope ? -1 : rootOrigin(copy).offset;
    else if (copy == scope || rootOrigin(copy).offset != inlined) continue;
    if (!first.has(copy.offset)) first.set(copy.offset, row);
  }
  return [...first.values()];
}

function hex(address: number): string {
  return BigInt.asUintN(64, BigInt(address)).toString(16);
}
