/**
 * What code a unit has: functions with code of their own, inlined copies, labels; and the
 * variables that are visible at an instruction.
 */
import { At, Tag } from "./constants.ts";
import type { LineTable } from "./line.ts";
import { covers, entryOf, type Range, rangesOf } from "./ranges.ts";
import type { Die, Unit } from "./unit.ts";

/** Chains of origins and specifications are short; longer ones go round. */
const DEEPEST_CHAIN = 8;
const DEEPEST_BLOCK = 200;

/** One function of the source as the unit has it. */
export interface UnitFunction {
  name: string;
  /** The entry with its name, file and line. */
  definition: Die;
  file: string;
  line: number;
  /** Its own code: more than one entry if the compiler made several, none if it only inlined it. */
  owns: Die[];
  /** Inlined copies that have code. */
  inlines: Die[];
}

/** An attribute of the entry, or of what it is an instance of. */
export function inherited(die: Die, attribute: number): { die: Die; at: Die } | null {
  let at: Die | null = die;
  for (let i = 0; i < DEEPEST_CHAIN && at != null; i++) {
    if (at.abbrev.find(attribute) >= 0) return { die, at };
    at = origin(at);
  }
  return null;
}

/** What an entry is an instance of, or completes; null if nothing. */
export function origin(die: Die): Die | null {
  const { unit } = die;
  return unit.reference(die, At.abstractOrigin) ?? unit.reference(die, At.specification);
}

export function nameOf(die: Die): string {
  const found = inherited(die, At.name);
  return found == null ? "" : found.at.unit.text(found.at, At.name);
}

export function numberOf(die: Die, attribute: number): number {
  const found = inherited(die, attribute);
  return found == null ? 0 : found.at.unit.number(found.at, attribute) ?? 0;
}

/** The last entry of the chain of origins: the same for all instances of one function. */
export function rootOrigin(die: Die): Die {
  let at = die;
  for (let i = 0; i < DEEPEST_CHAIN; i++) {
    const next = origin(at);
    if (next == null) break;
    at = next;
  }
  return at;
}

/** All functions of a unit that have code, own or inlined. */
export class UnitFunctions {
  readonly list: UnitFunction[] = [];
  private byOrigin = new Map<number, UnitFunction>();

  constructor(readonly unit: Unit, private lines: (unit: Unit) => LineTable | null) {
    const root = unit.root();
    if (root == null) return;
    for (let at = unit.firstChild(root); at != null; at = unit.next(at)) {
      if (at.tag == Tag.subprogram) this.subprogram(at);
    }
  }

  private subprogram(die: Die): void {
    if (rangesOf(die).length == 0) return;
    const f = this.functionOf(die);
    f.owns.push(die);
    this.inlinesIn(die, 0);
  }

  private inlinesIn(die: Die, depth: number): void {
    if (depth > DEEPEST_BLOCK) return;
    for (let at = this.unit.firstChild(die); at != null; at = this.unit.next(at)) {
      if (at.tag == Tag.inlinedSubroutine) {
        this.functionOf(at).inlines.push(at);
        this.inlinesIn(at, depth + 1);
      } else if (at.tag == Tag.lexicalBlock) this.inlinesIn(at, depth + 1);
    }
  }

  private functionOf(die: Die): UnitFunction {
    const definition = rootOrigin(die);
    const key = this.keyOf(definition), known = this.byOrigin.get(key);
    if (known != undefined) return known;
    const made: UnitFunction = {
      name: nameOf(die),
      definition,
      file: this.fileOf(die),
      line: numberOf(die, At.declLine),
      owns: [],
      inlines: [],
    };
    this.byOrigin.set(key, made);
    this.list.push(made);
    return made;
  }

  private fileOf(die: Die): string {
    const found = inherited(die, At.declFile);
    if (found == null) return "";
    const number = found.at.unit.number(found.at, At.declFile) ?? 0;
    return this.lines(found.at.unit)?.files[number] ?? "";
  }

  of(die: Die): UnitFunction | undefined {
    return this.byOrigin.get(this.keyOf(rootOrigin(die)));
  }

  /** Entries of the supplement have offsets of their own. */
  private keyOf(definition: Die): number {
    return definition.unit.file == this.unit.file ? definition.offset : -definition.offset;
  }
}

/** What a function calls or inlines by name, each once, in the order of the code's description. */
export function calleesIn(die: Die): Die[] {
  const found = new Map<number, Die>();
  const visit = (at: Die, depth: number) => {
    const { unit } = at;
    for (let child = unit.firstChild(at); child != null; child = unit.next(child)) {
      let target: Die | null = null;
      if (child.tag == Tag.lexicalBlock && depth < DEEPEST_BLOCK) visit(child, depth + 1);
      else if (child.tag == Tag.inlinedSubroutine) target = child;
      else if (child.tag == Tag.callSite) target = unit.reference(child, At.callOrigin);
      else if (child.tag == Tag.gnuCallSite) target = unit.reference(child, At.abstractOrigin);
      if (target == null) continue;
      // Each inlined copy is code of its own; calls of one function are one.
      const key = target == child ? child.offset : rootOrigin(target).offset;
      if (!found.has(key)) found.set(key, target);
    }
  };
  visit(die, 0);
  return [...found.values()];
}

/** Labels inside a function (not inside what is inlined in it), with their addresses. */
export function labelsIn(die: Die): { name: string; address: number; die: Die }[] {
  const found: { name: string; address: number; die: Die }[] = [];
  const visit = (at: Die, depth: number) => {
    const { unit } = at;
    for (let child = unit.firstChild(at); child != null; child = unit.next(child)) {
      if (child.tag == Tag.lexicalBlock && depth < DEEPEST_BLOCK) visit(child, depth + 1);
      if (child.tag != Tag.label) continue;
      const address = unit.address(child, At.lowPc);
      if (address != null) found.push({ name: nameOf(child), address, die: child });
    }
  };
  visit(die, 0);
  return found;
}

/** A variable or parameter that is visible at an address. */
export interface Visible {
  name: string;
  die: Die;
  parameter: boolean;
}

/**
 * What is visible at an address inside a function or an inlined copy: the parameters in order, then
 * the locals from the function's own down to the innermost block. A name that is declared again
 * further in hides the outer one.
 */
export function visibleAt(scope: Die, address: number): Visible[] {
  const found: Visible[] = [];
  const visit = (at: Die, depth: number) => {
    const { unit } = at;
    const blocks: Die[] = [];
    for (let child = unit.firstChild(at); child != null; child = unit.next(child)) {
      const parameter = child.tag == Tag.formalParameter;
      if (parameter || child.tag == Tag.variable) {
        const name = nameOf(child);
        if (name == "") continue;
        const before = found.findIndex((v) => v.name == name);
        if (before >= 0 && depth > 0) found.splice(before, 1);
        else if (before >= 0) continue;
        found.push({ name, die: child, parameter });
      } else if (child.tag == Tag.lexicalBlock) blocks.push(child);
    }
    for (const block of blocks) {
      const ranges = rangesOf(block);
      if (depth < DEEPEST_BLOCK && covers(ranges, address)) visit(block, depth + 1);
    }
  };
  visit(scope, 0);
  return found;
}

/** The innermost function or inlined copy in `function_` (with code of its own) at an address. */
export function innermost(function_: Die, address: number): Die {
  let best = function_;
  const visit = (at: Die, depth: number) => {
    if (depth > DEEPEST_BLOCK) return;
    const { unit } = at;
    for (let child = unit.firstChild(at); child != null; child = unit.next(child)) {
      const inline = child.tag == Tag.inlinedSubroutine;
      if (!inline && child.tag != Tag.lexicalBlock) continue;
      if (!covers(rangesOf(child), address)) continue;
      if (inline) best = child;
      visit(child, depth + 1);
      return;
    }
  };
  visit(function_, 0);
  return best;
}

/** The function with code of its own around an entry, the entry itself included. */
export function enclosingFunction(die: Die): Die | null {
  const { unit } = die;
  let at: Die | null = die;
  for (let i = 0; i < DEEPEST_BLOCK && at != null; i++) {
    if (at.tag == Tag.subprogram) return at;
    const parent = unit.parentOf(at.offset);
    at = parent == 0 ? null : unit.die(parent);
  }
  return null;
}

export { entryOf };
export type { Range };
