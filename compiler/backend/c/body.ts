/**
 * The body of one C function: statements and expressions of a handler or a script function.
 *
 * An expression becomes C text, after statements that must run before it were written. Text that
 * a later effect could change ("live": it names a variable) is held in a temporary where order
 * matters. Long values are C variables; strings live in the frame of the function (in the context,
 * not on the stack), literals and array entries are used where they are.
 */
import * as ir from "../../front/ir/ir.ts";
import type { Span } from "../../front/source/source.ts";
import type { ActionPlan } from "../actions.ts";
import type { Module } from "./module.ts";
import { cName, cString, CWriter, siteOf } from "./text.ts";

/** C text of a value. */
export interface Value {
  c: string;
  /** It reads something that a later effect can change. */
  live: boolean;
}

/** A value that nothing changes. */
export const fixed = (c: string): Value => ({ c, live: false });
/** A value that a later effect can change. */
export const live = (c: string): Value => ({ c, live: true });

export class Body {
  readonly w = new CWriter();
  /** Declarations of temporaries, by C type. */
  readonly declared: string[] = [];
  temps = 0;
  labels = 0;
  /** Scratch strings in use, and the most at any time. */
  scratch = 0;
  scratchMost = 0;
  /** Members of the frame beside scratch strings. */
  readonly frame: string[] = [];
  readonly fails: string[] = ["out"];
  readonly used = new Set<string>();
  readonly localNames: string[] = [];
  /** Loops: where continue goes ("" is C's own), innermost last. */
  readonly nexts: string[] = [];
  /** Charges to be made together with the next, as nothing shows before it. */
  putOff: { cost: number; span: Span }[] = [];
  /** All that the function or handler does, or null. */
  root: ir.Stmt | null = null;
  /** Locals that are known to be from 0 to so much here. */
  readonly most = new Map<number, bigint>();
  /**
   * While rounds are written that are paid for at once (rounds.ts): the C variable that sums up
   * charges, or "" where whole rounds are charged; where break and return go.
   */
  paid: { spent: string; stop: string; out: string } | null = null;
  /** What is charged against MAXACTION, or null where nothing need be. */
  plan: ActionPlan | null = null;

  constructor(
    readonly m: Module,
    readonly locals: ir.Local[],
    /** How many of the locals are parameters. */
    readonly params: number,
    /** Parameters that are assigned to, or whose frame copies are needed. */
    readonly copied: Set<number>,
    /** Script function, or null in a handler. */
    readonly func: ir.Func | null,
  ) {
    const seen = new Set<string>();
    for (const l of locals) {
      let name = "l_" + cName(l.name);
      while (seen.has(name)) name += "_";
      seen.add(name);
      this.localNames.push(name);
    }
    this.w.indent = 1;
  }

  /** The frame's name in C: a pointer to this function's struct. */
  get hasFrame(): boolean {
    return this.scratchMost > 0 || this.frame.length > 0;
  }

  localName(i: number): string {
    return this.localNames[i];
  }

  isFrameString(i: number): boolean {
    return this.locals[i].type == ir.Ty.String && (i >= this.params || this.copied.has(i));
  }

  /** C text of a local variable. */
  local(i: number): string {
    return this.isFrameString(i) ? `f->${this.localNames[i]}` : this.localNames[i];
  }

  declarations(): string[] {
    const list: string[] = [];
    this.locals.forEach((l, i) => {
      if (i >= this.params && l.type != ir.Ty.String) {
        list.push(`s64 ${this.localNames[i]} __maybe_unused = 0;`);
      }
    });
    return [...list, ...this.declared];
  }

  /** First statements: empty strings, copies of parameters. */
  prologue(): string[] {
    const list: string[] = [];
    this.locals.forEach((_, i) => {
      if (!this.isFrameString(i)) return;
      if (i >= this.params) list.push(`${this.local(i)}[0] = 0;`);
      else list.push(`tapir_str_copy(${this.local(i)}, ${this.localNames[i]}, MAXSTRINGLEN);`);
    });
    return list;
  }

  frameMembers(): string[] {
    const list: string[] = [];
    this.locals.forEach((_, i) => {
      if (this.isFrameString(i)) list.push(`string_t ${this.localNames[i]};`);
    });
    list.push(...this.frame);
    if (this.scratchMost > 0) list.push(`string_t s[${this.scratchMost}];`);
    return list;
  }

  // ---------------------------------------------------------------------------- helpers

  temp(type: string, value?: string): string {
    const name = `t${this.temps++}`;
    this.declared.push(`${type}${type.endsWith("*") ? "" : " "}${name};`);
    if (value !== undefined) this.w.line(`${name} = ${value};`);
    return name;
  }

  /** A scratch string of the frame, free again after the statement. */
  scratchString(): string {
    const name = `f->s[${this.scratch++}]`;
    this.scratchMost = Math.max(this.scratchMost, this.scratch);
    return name;
  }

  frameMember(declaration: string): void {
    if (!this.frame.includes(declaration)) this.frame.push(declaration);
  }

  label(stem: string): string {
    return `${stem}_${this.labels++}`;
  }

  goto(label: string): string {
    this.used.add(label);
    return `goto ${label};`;
  }

  get failLabel(): string {
    return this.fails[this.fails.length - 1];
  }

  /** Where the function ends. */
  get outLabel(): string {
    return this.paid?.out ?? "out";
  }

  site(span: Span, at?: number): string {
    return cString(siteOf(span, at));
  }

  /** `if (condition) { raise; goto fail; }` */
  failIf(condition: string, raise: string): void {
    this.w.open(`if (unlikely(${condition})) {`);
    this.w.line(raise);
    this.w.line(this.goto(this.failLabel));
    this.w.close();
  }

  /** Charges actions, with those that are put off; too many are an error. */
  charge(cost: number | undefined, span: Span): void {
    if (!cost) return;
    const list = [...this.putOff, { cost, span }];
    this.putOff = [];
    const sum = list.reduce((n, part) => n + part.cost, 0);
    if (this.paid) {
      if (this.paid.spent != "") this.w.line(`${this.paid.spent} += ${sum};`);
      return;
    }
    // The place named is that of the part that was one too many.
    let later = sum;
    const sites = list.map((part) => {
      later -= part.cost;
      const site = this.site(part.span);
      return later == 0 ? site : `c->actions + ${later} <= 0 ? ${site} : `;
    });
    this.failIf(
      `(c->actions -= ${sum}) <= 0 && tapir_actions_over(c)`,
      `tapir_raise(c, "MAXACTION exceeded", ${sites.join("")});`,
    );
  }

  /** Charges what was put off. */
  chargePutOff(): void {
    const last = this.putOff.at(-1);
    if (!last) return;
    this.putOff = this.putOff.slice(0, -1);
    this.charge(last.cost, last.span);
  }

  /** After something that may have raised an error by itself. */
  checkError(): void {
    this.w.line("if (unlikely(c->error))");
    this.w.line("\t" + this.goto(this.failLabel));
  }

  /** After the call of a script function that may have raised an error. */
  checkCall(span: Span): void {
    this.failIf("c->error", `tapir_called_from(c, ${this.site(span)});`);
  }

  /** The value where no later effect can change it. */
  hold(v: Value, type: ir.Ty): string {
    if (!v.live) return v.c;
    if (type != ir.Ty.String) return this.temp("s64", v.c);
    const s = this.scratchString();
    this.w.line(`tapir_str_copy(${s}, ${v.c}, MAXSTRINGLEN);`);
    return s;
  }

  /** The statements that `run` writes, apart. */
  apart(run: () => void): string[] {
    const kept = this.w.lines.splice(0);
    run();
    const made = this.w.lines.splice(0);
    this.w.lines.push(...kept);
    return made;
  }
}
