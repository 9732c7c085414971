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
import { targetGlobal } from "./analysis.ts";
import type { Module } from "./module.ts";
import { cLong, cName, cString, CWriter, siteOf } from "./text.ts";
import { hasEffects, some } from "../walk.ts";
import { emitFormat } from "./format.ts";

/** C text of a value. */
export interface Value {
  c: string;
  /** It reads something that a later effect can change. */
  live: boolean;
}

const fixed = (c: string): Value => ({ c, live: false });
const live = (c: string): Value => ({ c, live: true });

export class Body {
  readonly w = new CWriter();
  /** Declarations of temporaries, by C type. */
  private readonly declared: string[] = [];
  private temps = 0;
  private labels = 0;
  /** Scratch strings in use, and the most at any time. */
  private scratch = 0;
  scratchMost = 0;
  /** Members of the frame beside scratch strings. */
  readonly frame: string[] = [];
  private readonly fails: string[] = ["out"];
  readonly used = new Set<string>();
  private readonly localNames: string[] = [];
  /** Loops: where continue goes ("" is C's own), innermost last. */
  private readonly nexts: string[] = [];
  /** Loops are counted against MAXACTION. */
  counted = true;

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

  /** After something that may have raised an error by itself. */
  checkError(): void {
    this.w.line("if (unlikely(c->error))");
    this.w.line("\t" + this.goto(this.failLabel));
  }

  /** The value where no later effect can change it. */
  hold(v: Value, type: ir.Ty): string {
    if (!v.live) return v.c;
    if (type != ir.Ty.String) return this.temp("s64", v.c);
    const s = this.scratchString();
    this.w.line(`tapir_str_copy(${s}, ${v.c}, MAXSTRINGLEN);`);
    return s;
  }

  /** Values of several expressions, evaluated in order. */
  values(list: (ir.Expr | null)[], after: boolean = false): string[] {
    return list.map((e, i) => {
      if (!e) return "";
      const v = this.value(e);
      const later = after || list.slice(i + 1).some((x) => x != null && hasEffects(x));
      return later ? this.hold(v, e.type) : v.c;
    });
  }

  /** C condition. */
  condition(e: ir.Expr): string {
    return this.value(e).c;
  }

  /** The statements that `run` writes, apart. */
  apart(run: () => void): string[] {
    const kept = this.w.lines.splice(0);
    run();
    const made = this.w.lines.splice(0);
    this.w.lines.push(...kept);
    return made;
  }

  // ------------------------------------------------------------------------ expressions

  value(e: ir.Expr): Value {
    switch (e.op) {
      case ir.Op.Long:
        return fixed(cLong((e as ir.LongExpr).text));
      case ir.Op.Str:
        return fixed(cString((e as ir.StrExpr).value.split("\0")[0]));
      case ir.Op.Local:
        return live(this.local((e as ir.LocalExpr).index));
      case ir.Op.Global:
        return live(this.global((e as ir.GlobalExpr).index));
      case ir.Op.MapGet: {
        const n = e as ir.MapGetExpr;
        return live(`map_${this.m.globals.names[n.map]}_get(${this.values(n.keys).join(", ")})`);
      }
      case ir.Op.MapHas:
        return this.mapHas(e as ir.MapHasExpr);
      case ir.Op.Unary: {
        const n = e as ir.UnaryExpr, v = this.value(n.operand);
        return { c: `(${n.sym}${this.wide(v.c)})`, live: v.live };
      }
      case ir.Op.Not: {
        const v = this.value((e as ir.NotExpr).operand);
        return { c: `(!${v.c})`, live: v.live };
      }
      case ir.Op.Binary:
        return this.binary(e as ir.BinaryExpr);
      case ir.Op.CompareLong: {
        const n = e as ir.CompareLongExpr;
        const [a, b] = this.values([n.left, n.right]);
        return live(`(${a} ${n.sym} ${b})`);
      }
      case ir.Op.CompareStr: {
        const n = e as ir.CompareStrExpr;
        const [a, b] = this.values([n.left, n.right]);
        if (n.sym == "==") return live(`tapir_str_equal(${a}, ${b})`);
        if (n.sym == "!=") return live(`(!tapir_str_equal(${a}, ${b}))`);
        return live(`(tapir_str_compare(${a}, ${b}) ${n.sym} 0)`);
      }
      case ir.Op.And:
      case ir.Op.Or:
        return this.logical(e as ir.AndExpr);
      case ir.Op.Cond:
        return this.cond(e as ir.CondExpr);
      case ir.Op.Concat: {
        const s = this.scratchString();
        this.into(e, s);
        return fixed(s);
      }
      case ir.Op.Regex: {
        const n = e as ir.RegexExpr, text = this.value(n.text);
        const captures = this.m.program.needsCaptures;
        const match = `tapir_regex_${n.regex}(${captures ? "c, " : ""}${text.c})`;
        // A match changes what matched() gives, so it runs in its place.
        if (captures) return fixed(this.temp("s64", n.negated ? `!${match}` : match));
        return live(n.negated ? `(!${match})` : match);
      }
      case ir.Op.Assign:
        return this.assign(e as ir.AssignExpr, true);
      case ir.Op.Crement:
        return this.crement(e as ir.CrementExpr, true);
      case ir.Op.StatAdd:
        return this.statAdd(e as ir.StatAddExpr);
      case ir.Op.StatGet:
        return this.statGet(e as ir.StatGetExpr);
      case ir.Op.HistBucket:
        return this.histBucket(e as ir.HistBucketExpr);
      case ir.Op.Call:
        return this.call(e as ir.CallExpr);
      case ir.Op.Format: {
        const n = e as ir.FormatExpr;
        if (!n.toString_) {
          emitFormat(this, n, null);
          return fixed("0");
        }
        const s = this.scratchString();
        this.into(e, s);
        return fixed(s);
      }
      case ir.Op.Context:
        return fixed(this.context(e as ir.ContextExpr));
      case ir.Op.RowConst: {
        const n = e as ir.RowConstExpr;
        const at = `((const struct tapir_constant *)c->row->constants)[${n.index}]`;
        return fixed(n.type == ir.Ty.String ? `${at}.text` : `${at}.number`);
      }
      case ir.Op.EntryValue: {
        const n = e as ir.EntryValueExpr;
        const at = `c->entry->h${this.m.current}.v${n.slot}`;
        return fixed(n.type == ir.Ty.String ? `(c->entry ? ${at} : "")` : `(c->entry ? ${at} : 0)`);
      }
      case ir.Op.Deref:
        return this.deref(e as ir.DerefExpr);
      case ir.Op.Store:
        return this.store(e as ir.StoreExpr);
      case ir.Op.EmbeddedExpr: {
        const n = e as ir.EmbeddedExpr;
        const name = this.m.embeddedExpr(n);
        if (n.type == ir.Ty.String) {
          const s = this.scratchString();
          this.w.line(`${name}(c, &${s});`);
          this.checkError();
          return fixed(s);
        }
        const t = this.temp("s64", `${name}(c)`);
        this.checkError();
        return fixed(t);
      }
    }
    throw new Error(`internal error: expression ${ir.Op[e.op]}`);
  }

  /** Comparisons are int in C; operators that overflow or complement need 64 bits. */
  private wide(c: string): string {
    return /^[a-z]/.test(c) || /^\(?-?[0-9]/.test(c) ? c : `(s64)${c}`;
  }

  private global(i: number): string {
    const name = `g_${this.m.globals.names[i]}`;
    return this.m.analysis.perCpu[i] ? `${name}_read()` : name;
  }

  private binary(n: ir.BinaryExpr): Value {
    const [a, b] = this.values([n.left, n.right]);
    switch (n.sym) {
      case "/":
      case "%": {
        const constant = n.right.op == ir.Op.Long && (n.right as ir.LongExpr).text != "0";
        const divisor = constant ? b : this.temp("s64", b);
        const left = constant ? a : this.hold(live(a), ir.Ty.Long);
        const at = n.span.source.text.indexOf(n.sym, n.left.span.end);
        if (!constant) {
          const place = at >= 0 && at < n.right.span.start ? at : n.span.start;
          this.failIf(
            `!${divisor}`,
            `tapir_raise(c, "division by 0", ${this.site(n.span, place)});`,
          );
        }
        const text = (n.right as ir.LongExpr).text;
        if (constant && text != "-1") return live(`(${left} ${n.sym} ${divisor})`);
        return live(`tapir_${n.sym == "/" ? "div" : "mod"}(${left}, ${divisor})`);
      }
      case "<<":
        return live(`tapir_shl(${a}, ${b})`);
      case ">>":
        return live(`tapir_sar(${a}, ${b})`);
      case ">>>":
        return live(`tapir_shr(${a}, ${b})`);
      default:
        return live(`(${this.wide(a)} ${n.sym} ${b})`);
    }
  }

  private logical(n: ir.AndExpr): Value {
    const left = this.condition(n.left);
    let right = "";
    const mark = this.w.indent;
    this.w.indent = mark + 1;
    const before = this.apart(() => right = this.condition(n.right));
    this.w.indent = mark;
    const and = n.op == ir.Op.And;
    if (before.length == 0) return live(`(${left} ${and ? "&&" : "||"} ${right})`);
    const t = this.temp("s64", `!!(${left})`);
    this.w.line(`if (${and ? "" : "!"}${t}) {`);
    this.w.lines.push(...before);
    this.w.line(`\t${t} = !!(${right});`);
    this.w.line("}");
    return fixed(t);
  }

  private cond(n: ir.CondExpr): Value {
    const test = this.condition(n.condition);
    if (n.type == ir.Ty.String) {
      const s = this.temp("const char *");
      this.branch(test, n.whenTrue, n.whenFalse, (e) => `${s} = ${this.value(e).c};`);
      return live(s);
    }
    const t = this.temp("s64");
    this.branch(test, n.whenTrue, n.whenFalse, (e) => `${t} = ${this.value(e).c};`);
    return fixed(t);
  }

  private branch(test: string, a: ir.Expr, b: ir.Expr, set: (e: ir.Expr) => string): void {
    this.w.open(`if (${test}) {`);
    this.w.line(set(a));
    this.w.close("} else {");
    this.w.indent++;
    this.w.line(set(b));
    this.w.close();
  }

  /** Evaluates a string expression into a buffer of MAXSTRINGLEN that it does not read. */
  into(e: ir.Expr, to: string): void {
    if (e.op == ir.Op.Format && (e as ir.FormatExpr).toString_) {
      emitFormat(this, e as ir.FormatExpr, to);
    } else if (e.op == ir.Op.Concat) {
      this.join((e as ir.ConcatExpr).parts, to, "");
    } else if (e.op == ir.Op.Str) {
      const text = (e as ir.StrExpr).value.split("\0")[0];
      if (text == "") this.w.line(`${to}[0] = 0;`);
      else this.w.line(`tapir_str_copy(${to}, ${cString(text)}, MAXSTRINGLEN);`);
    } else {
      const v = this.value(e);
      if (v.c != to) this.w.line(`tapir_str_copy(${to}, ${v.c}, MAXSTRINGLEN);`);
    }
  }

  /** Writes parts one after the other to `to`, from its end on if `keep`. */
  private join(parts: ir.Expr[], to: string, keep: string): void {
    const texts = this.values(parts);
    const at = this.temp("char *", keep == "" ? to : `${to} + strlen(${to})`);
    const end = `${to} + MAXSTRINGLEN - 1`;
    parts.forEach((p, i) => {
      if (p.op == ir.Op.Str) {
        const length = (p as ir.StrExpr).value.split("\0")[0].length;
        this.w.line(`${at} = tapir_put_text(${at}, ${end}, ${texts[i]}, ${length});`);
      } else this.w.line(`${at} = tapir_str_append(${at}, ${end}, ${texts[i]});`);
    });
    this.w.line(`*${at} = 0;`);
  }

  private context(n: ir.ContextExpr): string {
    const narrow = (c: string) => {
      if (n.size == 0 || n.size >= 8) return `(s64)${c}`;
      return `(s64)(${n.signed ? "s" : "u"}${n.size * 8})${c}`;
    };
    switch (n.name) {
      case "arg":
        return narrow(`regs_get_kernel_argument(c->regs, ${n.number})`);
      case "retval":
        return narrow("regs_return_value(c->regs)");
      case "tparg":
        return narrow(`c->args[${n.number}]`);
      case "pp":
        return "c->row->point";
      case "pn":
        return "c->row->name";
      case "ppfunc":
        return `(c->row->symbol ?: "")`;
    }
    throw new Error(`internal error: context value ${n.name}`);
  }

  private deref(n: ir.DerefExpr): Value {
    const address = this.temp("s64", this.value(n.address).c);
    const fault = `tapir_read_fault(c, ${address}, ${this.site(n.span)});`;
    if (n.type == ir.Ty.String) {
      const s = this.scratchString();
      this.failIf(`!tapir_read_string(${s}, ${address}, MAXSTRINGLEN, ${n.user})`, fault);
      return fixed(s);
    }
    const t = this.temp("s64");
    const sign = n.bitSize > 0 ? false : n.signed;
    this.failIf(`!tapir_read_int(&${t}, ${address}, ${n.size}, ${sign}, ${n.user})`, fault);
    if (n.bitSize > 0) {
      this.w.line(`${t} = tapir_bits(${t}, ${n.bitOffset}, ${n.bitSize}, ${n.signed});`);
    }
    return fixed(t);
  }

  private store(n: ir.StoreExpr): Value {
    const [a, v] = this.values([n.address, n.value]);
    const address = this.temp("s64", a), value = this.temp("s64", v);
    const fault = `tapir_write_fault(c, ${address}, ${this.site(n.span)});`;
    let stored = value;
    if (n.bitSize > 0) {
      const old = this.temp("s64");
      this.failIf(`!tapir_read_int(&${old}, ${address}, ${n.size}, false, ${n.user})`, fault);
      const mask = `${((1n << BigInt(n.bitSize)) - 1n) << BigInt(n.bitOffset)}ULL`;
      stored = this.temp(
        "s64",
        `(s64)(((u64)${old} & ~${mask}) | (((u64)${value} << ${n.bitOffset}) & ${mask}))`,
      );
    }
    this.failIf(`!tapir_write_int(${address}, ${n.size}, ${stored}, ${n.user})`, fault);
    return fixed(value);
  }

  private call(n: ir.CallExpr): Value {
    const f = this.m.program.funcs[n.func];
    const facts = this.m.analysis.funcs[n.func];
    const writes = [...facts.accesses.values()].some((a) => a.set || a.adds > 0);
    const args = n.args.map((e, i) => {
      const v = this.value(e);
      const later = n.args.slice(i + 1).some(hasEffects);
      // What the callee reads in place, it must not be able to change.
      const shared = writes && e.type == ir.Ty.String && e.op != ir.Op.Local;
      return later || shared ? this.hold(v, e.type) : v.c;
    });
    const name = this.m.funcName(n.func);
    const list = ["c", ...args];
    if (f.body == null && facts.fails) {
      this.w.line(`c->error_site = ${this.site(n.span)};`);
    }
    if (f.type == ir.Ty.String) {
      const s = this.scratchString();
      this.w.line(`${name}(${[...list, `&${s}`].join(", ")});`);
      if (facts.fails) this.checkError();
      return fixed(s);
    }
    if (f.type != ir.Ty.Long) {
      this.w.line(`${name}(${list.join(", ")});`);
      if (facts.fails) this.checkError();
      return fixed("0");
    }
    const t = this.temp("s64", `${name}(${list.join(", ")})`);
    if (facts.fails) this.checkError();
    return fixed(t);
  }

  // --------------------------------------------------------------- variables and arrays

  /** Pointer to the entry of an element, made if need be. */
  private make(target: ir.MapGetExpr, keys: string[]): string {
    const name = this.m.globals.names[target.map];
    const e = this.temp(
      `struct map_${name}_entry *`,
      `map_${name}_make(c, ${keys.join(", ")}, ${this.site(target.span)})`,
    );
    this.w.line(`if (unlikely(!${e}))`);
    this.w.line("\t" + this.goto(this.failLabel));
    return e;
  }

  /** `used`: the value of the expression matters. */
  assign(n: ir.AssignExpr, used: boolean): Value {
    const t = n.target;
    const keys = t.op == ir.Op.MapGet
      ? this.values((t as ir.MapGetExpr).keys, hasEffects(n.value))
      : [];
    if (t.type == ir.Ty.String) return this.assignString(n, keys);

    if (n.sym == "=") {
      const v = this.value(n.value);
      if (t.op == ir.Op.MapGet) {
        const value = this.hold(v, ir.Ty.Long);
        this.w.line(`${this.make(t as ir.MapGetExpr, keys)}->value = ${value};`);
        return fixed(value);
      }
      if (!used) {
        this.w.line(`${this.plain(t)} = ${v.c};`);
        return fixed("0");
      }
      const value = this.hold(v, ir.Ty.Long);
      this.w.line(`${this.plain(t)} = ${value};`);
      return fixed(value);
    }
    let v = this.value(n.value).c;
    const global = targetGlobal(t);
    if (!used && global >= 0 && this.m.analysis.perCpu[global]) {
      const add = n.sym == "+" ? v : `-(s64)(${v})`;
      this.w.line(`this_cpu_add(g_${this.m.globals.names[global]}_added, ${add});`);
      return fixed("0");
    }
    if (n.sym == "/" || n.sym == "%") {
      v = this.temp("s64", v);
      const at = n.span.source.text.indexOf(n.sym + "=", t.span.end);
      this.failIf(
        `!${v}`,
        `tapir_raise(c, "division by 0", ${
          this.site(n.span, at >= 0 && at < n.value.span.start ? at : n.span.start)
        });`,
      );
    } else if (t.op == ir.Op.MapGet) v = this.hold(live(v), ir.Ty.Long);
    const place = t.op == ir.Op.MapGet
      ? `${this.make(t as ir.MapGetExpr, keys)}->value`
      : this.plain(t);
    this.w.line(`${place} = ${operate(n.sym, place, v)};`);
    return used ? fixed(this.temp("s64", place)) : fixed("0");
  }

  private assignString(n: ir.AssignExpr, keys: string[]): Value {
    const t = n.target;
    if (t.op == ir.Op.MapGet) {
      const parts = n.sym == "." ? [t, n.value] : [n.value];
      const s = this.scratchString();
      if (n.sym == ".") {
        const v = this.hold(this.value(n.value), ir.Ty.String);
        const e = this.make(t as ir.MapGetExpr, keys);
        const at = this.temp("char *", `${e}->value + strlen(${e}->value)`);
        this.w.line(`*tapir_str_append(${at}, ${e}->value + MAXSTRINGLEN - 1, ${v}) = 0;`);
        return live(`${e}->value`);
      }
      this.into(parts[0], s);
      const e = this.make(t as ir.MapGetExpr, keys);
      this.w.line(`tapir_str_copy(${e}->value, ${s}, MAXSTRINGLEN);`);
      return fixed(s);
    }
    const place = this.plain(t);
    const reads = (e: ir.Expr) =>
      some(e, (x) =>
        (x.op == t.op && this.plainOrNull(x) == place) ||
        (t.op == ir.Op.Global && x.op == ir.Op.Call));
    if (n.sym == ".") {
      const parts = n.value.op == ir.Op.Concat ? (n.value as ir.ConcatExpr).parts : [n.value];
      if (!reads(n.value)) this.join(parts, place, place);
      else this.join([t, ...parts], this.copyAfter(place), "");
    } else if (
      n.value.op == ir.Op.Concat && !(n.value as ir.ConcatExpr).parts.slice(1).some(reads) &&
      this.plainOrNull((n.value as ir.ConcatExpr).parts[0]) == place
    ) {
      this.join((n.value as ir.ConcatExpr).parts.slice(1), place, place);
      return live(place);
    } else if (!reads(n.value)) {
      this.into(n.value, place);
      return live(place);
    } else {
      const s = this.scratchString();
      this.into(n.value, s);
      this.w.line(`tapir_str_copy(${place}, ${s}, MAXSTRINGLEN);`);
      return live(place);
    }
    this.flushCopy();
    return live(place);
  }

  private pendingCopy: [string, string] | null = null;

  /** A scratch string that flushCopy() copies to `place`. */
  private copyAfter(place: string): string {
    const s = this.scratchString();
    this.pendingCopy = [place, s];
    return s;
  }

  private flushCopy(): void {
    if (!this.pendingCopy) return;
    const [place, s] = this.pendingCopy;
    this.pendingCopy = null;
    this.w.line(`tapir_str_copy(${place}, ${s}, MAXSTRINGLEN);`);
  }

  private plainOrNull(e: ir.Expr | ir.Stmt): string | null {
    return e.op == ir.Op.Local || e.op == ir.Op.Global ? this.plain(e as ir.Expr) : null;
  }

  /** C lvalue of a scalar. */
  private plain(e: ir.Expr): string {
    if (e.op == ir.Op.Local) return this.local((e as ir.LocalExpr).index);
    return `g_${this.m.globals.names[(e as ir.GlobalExpr).index]}`;
  }

  crement(n: ir.CrementExpr, used: boolean): Value {
    const t = n.target, global = targetGlobal(t);
    if (!used && global >= 0 && this.m.analysis.perCpu[global]) {
      const name = `g_${this.m.globals.names[global]}_added`;
      this.w.line(n.delta == 1 ? `this_cpu_inc(${name});` : `this_cpu_add(${name}, ${n.delta});`);
      return fixed("0");
    }
    let place: string;
    if (t.op == ir.Op.MapGet) {
      const keys = this.values((t as ir.MapGetExpr).keys);
      place = `${this.make(t as ir.MapGetExpr, keys)}->value`;
    } else place = this.plain(t);
    const step = n.delta > 0 ? `${place} += ${n.delta};` : `${place} -= ${-n.delta};`;
    if (!used) {
      this.w.line(step);
      return fixed("0");
    }
    if (n.prefix) {
      this.w.line(step);
      return fixed(this.temp("s64", place));
    }
    const old = this.temp("s64", place);
    this.w.line(step);
    return fixed(old);
  }

  /** C condition: entry `e` has these keys; wildcards skipped. "" if all are wildcards. */
  private keysMatch(map: number, keys: (ir.Expr | null)[], held: string[], e: string): string {
    const types = this.m.program.globals[map].keys;
    return keys.map((k, i) => {
      if (!k) return "";
      return types[i] == ir.Ty.String
        ? `tapir_str_equal(${e}->k${i + 1}, ${held[i]})`
        : `${e}->k${i + 1} == ${held[i]}`;
    }).filter((x) => x != "").join(" && ");
  }

  /** Values of keys, each usable many times. */
  private heldKeys(keys: (ir.Expr | null)[]): string[] {
    return keys.map((k) => {
      if (!k) return "";
      const v = this.value(k);
      return k.op == ir.Op.Long || k.op == ir.Op.Str
        ? v.c
        : this.hold({ ...v, live: true }, k.type);
    });
  }

  private mapHas(n: ir.MapHasExpr): Value {
    const name = this.m.globals.names[n.map];
    if (!n.keys.some((k) => k == null)) {
      return live(`(map_${name}_find(${this.values(n.keys).join(", ")}) != NULL)`);
    }
    const keys = this.heldKeys(n.keys);
    const found = this.temp("s64", "0"), i = this.temp("u32");
    const match = this.keysMatch(n.map, n.keys, keys, `map_${name}_at(${i})`);
    this.w.open(
      `for (${i} = map_${name}.oldest; ${i} && !${found}; ${i} = map_${name}_at(${i})->head.newer)`,
    );
    this.w.line(`${found} = ${match || "1"};`);
    this.w.indent--;
    return fixed(found);
  }

  // ------------------------------------------------------------------------- aggregates

  private statAdd(n: ir.StatAddExpr): Value {
    const keys = n.stat.op == ir.Op.MapGet
      ? this.values((n.stat as ir.MapGetExpr).keys, hasEffects(n.value))
      : [];
    const value = this.hold(this.value(n.value), ir.Ty.Long);
    const name = this.m.globals.names[targetGlobal(n.stat)];
    if (n.stat.op == ir.Op.Global) this.w.line(`g_${name}_add(${value});`);
    else {this.w.line(
        `map_${name}_add(&${this.make(n.stat as ir.MapGetExpr, keys)}->value, ${value});`,
      );}
    return fixed(value);
  }

  /** C pointer to a tapir_stat with the aggregate's fields; null pointer or count 0 if empty. */
  private statPointer(stat: ir.Expr): string {
    const name = this.m.globals.names[targetGlobal(stat)];
    if (stat.op == ir.Op.Global) {
      const t = this.temp("struct tapir_stat");
      this.w.line(`g_${name}_fold(&${t});`);
      return `&${t}`;
    }
    const keys = this.values((stat as ir.MapGetExpr).keys);
    const e = this.temp(`struct map_${name}_entry *`, `map_${name}_find(${keys.join(", ")})`);
    return this.temp("const struct tapir_stat *", `${e} ? &${e}->value.s : NULL`);
  }

  private statGet(n: ir.StatGetExpr): Value {
    const g = this.m.program.globals[targetGlobal(n.stat)];
    const p = this.statPointer(n.stat);
    const known = p.startsWith("&");
    const count = known ? `${p.substring(1)}.count` : `${p}->count`;
    if (n.fn == "count" || n.fn == "sum") {
      const v = known ? `${p.substring(1)}.${n.fn}` : `(${p} ? ${p}->${n.fn} : 0)`;
      return fixed(this.temp("s64", v));
    }
    this.failIf(
      known ? `!${count}` : `!${p} || !${count}`,
      `tapir_raise(c, TAPIR_EMPTY_AGGREGATE, ${this.site(n.span)});`,
    );
    return fixed(this.temp("s64", this.m.globals.statValue(g, n.fn, p)));
  }

  private histBucket(n: ir.HistBucketExpr): Value {
    const buckets = this.bucketCount(n.stat, n.log);
    const p = this.histPointer(n.stat, n.log, this.site(n.span));
    const i = this.temp("s64", this.value(n.index).c);
    this.failIf(
      `${i} < 0 || ${i} >= ${buckets}`,
      `tapir_raise(c, "histogram index out of range", ${this.site(n.span)});`,
    );
    return fixed(this.temp("s64", `${p}[${i}]`));
  }

  bucketCount(stat: ir.Expr, log: boolean): number {
    const g = this.m.program.globals[targetGlobal(stat)];
    return log ? 128 : this.m.globals.linear(g);
  }

  /** C pointer to the buckets of a histogram; an empty aggregate is an error. */
  histPointer(stat: ir.Expr, log: boolean, site: string): string {
    const i = targetGlobal(stat);
    const g = this.m.program.globals[i], name = this.m.globals.names[i];
    const offset = this.m.globals.offset(g, log), count = this.bucketCount(stat, log);
    const empty = `tapir_raise(c, TAPIR_EMPTY_AGGREGATE, ${site});`;
    if (stat.op == ir.Op.MapGet) {
      const keys = this.values((stat as ir.MapGetExpr).keys);
      const e = this.temp(`struct map_${name}_entry *`, `map_${name}_find(${keys.join(", ")})`);
      this.failIf(`!${e} || !${e}->value.s.count`, empty);
      return this.temp("const s64 *", `${e}->value.buckets + ${offset}`);
    }
    const t = this.temp("struct tapir_stat");
    this.w.line(`g_${name}_fold(&${t});`);
    this.failIf(`!${t}.count`, empty);
    const member = `hist_${this.temps++}`;
    this.frameMember(`s64 ${member}[${count}];`);
    const b = this.temp("int");
    this.w.line(`for (${b} = 0; ${b} < ${count}; ${b}++)`);
    this.w.line(`\tf->${member}[${b}] = g_${name}_bucket(${offset} + ${b});`);
    return `f->${member}`;
  }

  // ------------------------------------------------------------------------- statements

  /** A statement; scratch strings that it used are free after it. */
  statement(s: ir.Stmt | null): void {
    if (!s) return;
    const mark = this.scratch;
    this.statementInner(s);
    this.scratch = mark;
  }

  private statementInner(s: ir.Stmt): void {
    const w = this.w;
    switch (s.op) {
      case ir.Op.Eval:
        this.effect((s as ir.EvalStmt).expr);
        return;
      case ir.Op.Block:
        for (const x of (s as ir.BlockStmt).body) this.statement(x);
        return;
      case ir.Op.If: {
        const n = s as ir.IfStmt;
        w.open(`if (${unwrap(this.condition(n.condition))}) {`);
        this.statement(n.whenTrue);
        if (n.whenFalse) {
          w.close("} else {");
          w.indent++;
          this.statement(n.whenFalse);
        }
        w.close();
        return;
      }
      case ir.Op.Loop:
        this.loop(s as ir.LoopStmt);
        return;
      case ir.Op.Foreach:
        this.foreach(s as ir.ForeachStmt);
        return;
      case ir.Op.ForeachHist:
        this.foreachHist(s as ir.ForeachHistStmt);
        return;
      case ir.Op.Break:
        w.line("break;");
        return;
      case ir.Op.Continue: {
        const next = this.nexts[this.nexts.length - 1] ?? "";
        w.line(next == "" ? "continue;" : this.goto(next));
        return;
      }
      case ir.Op.Return: {
        const value = (s as ir.ReturnStmt).value;
        if (value && this.func?.type == ir.Ty.String) this.into(value, "(*ret)");
        else if (value && this.func?.type == ir.Ty.Long) w.line(`ret = ${this.value(value).c};`);
        else if (value) this.effect(value);
        w.line(this.goto("out"));
        return;
      }
      case ir.Op.Next:
        this.next(s.span);
        return;
      case ir.Op.Delete:
        this.remove((s as ir.DeleteStmt).target);
        return;
      case ir.Op.Try:
        this.tryCatch(s as ir.TryStmt);
        return;
      case ir.Op.EmbeddedStmt: {
        w.line(`${this.m.embeddedStmt(s as ir.EmbeddedStmt)}(c);`);
        this.checkError();
        return;
      }
    }
    throw new Error(`internal error: statement ${ir.Op[s.op]}`);
  }

  /** An expression whose value nobody uses. */
  private effect(e: ir.Expr): void {
    if (e.op == ir.Op.Assign) this.assign(e as ir.AssignExpr, false);
    else if (e.op == ir.Op.Crement) this.crement(e as ir.CrementExpr, false);
    else if (e.op == ir.Op.Format) emitFormat(this, e as ir.FormatExpr, null);
    else {
      const v = this.value(e);
      if (v.live && !/^[A-Za-z_>.\[\]0-9-]+$/.test(v.c)) this.w.line(`(void)${v.c};`);
    }
  }

  private next(span: Span): void {
    const f = this.func;
    if (!f) {
      this.w.line(this.goto("out"));
      return;
    }
    if (f.nextOverload < 0) {
      this.w.line(`tapir_raise(c, "all functions exhausted", ${this.site(span)});`);
      this.w.line(this.goto(this.failLabel));
      return;
    }
    const args = ["c"];
    for (let i = 0; i < f.params; i++) args.push(this.local(i));
    if (f.type == ir.Ty.String) args.push("ret");
    const call = `${this.m.funcName(f.nextOverload)}(${args.join(", ")});`;
    this.w.line(f.type == ir.Ty.Long ? `ret = ${call}` : call);
    this.w.line(this.goto("out"));
  }

  /** Counts the actions of one round of a loop. */
  private count(body: ir.Stmt, span: Span): void {
    if (!this.counted) return;
    const cost = Math.max(1, this.m.analysis.cost(body));
    this.failIf(
      `(c->actions -= ${cost}) < 0 && tapir_actions_over(c)`,
      `tapir_raise(c, "MAXACTION exceeded", ${this.site(span)});`,
    );
  }

  private loop(n: ir.LoopStmt): void {
    const w = this.w;
    const next = n.step || n.testLast ? this.label("next") : "";
    const test = (e: ir.Expr) => {
      w.line(`if (!${this.condition(e)})`);
      w.line("\tbreak;");
    };
    this.nexts.push(next);
    w.open("for (;;) {");
    if (n.condition && !n.testLast) test(n.condition);
    this.count(n.body, n.span);
    this.statement(n.body);
    if (next != "" && this.used.has(next)) w.label(next);
    if (next != "" && this.used.has(next)) w.line(";");
    if (n.step) {
      const mark = this.scratch;
      this.effect(n.step);
      this.scratch = mark;
    }
    if (n.condition && n.testLast) test(n.condition);
    w.close();
    this.nexts.pop();
  }

  private foreach(n: ir.ForeachStmt): void {
    const w = this.w, g = this.m.program.globals[n.map], m = this.m.globals.names[n.map];
    const site = this.m.globals.sites[n.map]++;
    const left = n.limit ? this.temp("s64", this.value(n.limit).c) : "";
    const slice = n.slice ? this.heldKeys(n.slice) : [];
    const list = this.temp("u32 *", `map_${m}.index + ${site}ULL * 2 * map_${m}.capacity`);
    const count = this.temp("u32", `tapir_map_list(&map_${m}, ${list})`);
    const at = this.temp("u32");
    const e = this.temp(`struct map_${m}_entry *`);
    if (n.sortBy >= 0) {
      const order = this.m.globals.order(n.map, n.sortBy, n.descending, n.sortFunction);
      w.line(`${list} = tapir_map_sort(&map_${m}, ${list}, ${count}, ${order});`);
    }
    w.open(`for (${at} = 0; ${at} < ${count}${left ? ` && ${left} > 0` : ""}; ${at}++) {`);
    w.line(`${e} = map_${m}_at(${list}[${at}]);`);
    const match = n.slice ? this.keysMatch(n.map, n.slice, slice, e) : "";
    if (match) {
      w.line(`if (!(${match}))`);
      w.line("\tcontinue;");
    }
    if (left) w.line(`${left}--;`);
    this.count(n.body, n.span);
    n.keyLocals.forEach((l, k) => {
      if (l < 0) return;
      if (g.keys[k] == ir.Ty.String) {
        w.line(`tapir_str_copy(${this.local(l)}, ${e}->k${k + 1}, MAXSTRINGLEN);`);
      } else w.line(`${this.local(l)} = ${e}->k${k + 1};`);
    });
    if (n.valueLocal >= 0) {
      const v = this.local(n.valueLocal);
      if (g.type == ir.Ty.String) w.line(`tapir_str_copy(${v}, ${e}->value, MAXSTRINGLEN);`);
      else if (g.type == ir.Ty.Stats) {
        const fn = n.sortFunction || "count";
        w.line(`${v} = ${this.m.globals.statValue(g, fn, `&${e}->value.s`)};`);
      } else w.line(`${v} = ${e}->value;`);
    }
    this.nexts.push("");
    this.statement(n.body);
    this.nexts.pop();
    w.close();
  }

  private foreachHist(n: ir.ForeachHistStmt): void {
    const w = this.w, count = this.bucketCount(n.stat, n.log);
    const p = this.histPointer(n.stat, n.log, this.site(n.span));
    const left = n.limit ? this.temp("s64", this.value(n.limit).c) : "";
    const at = this.temp("int");
    w.open(`for (${at} = 0; ${at} < ${count}${left ? ` && ${left}-- > 0` : ""}; ${at}++) {`);
    this.count(n.body, n.span);
    if (n.keyLocal >= 0) w.line(`${this.local(n.keyLocal)} = ${at};`);
    if (n.valueLocal >= 0) w.line(`${this.local(n.valueLocal)} = ${p}[${at}];`);
    this.nexts.push("");
    this.statement(n.body);
    this.nexts.pop();
    w.close();
  }

  private remove(target: ir.Expr): void {
    const w = this.w;
    if (target.op == ir.Op.Local) {
      const place = this.plain(target);
      w.line(target.type == ir.Ty.String ? `${place}[0] = 0;` : `${place} = 0;`);
      return;
    }
    const i = targetGlobal(target), g = this.m.program.globals[i];
    const name = this.m.globals.names[i];
    if (!g.isMap()) {
      if (g.type == ir.Ty.Stats) w.line(`g_${name}_clear();`);
      else w.line(g.type == ir.Ty.String ? `g_${name}[0] = 0;` : `g_${name} = 0;`);
      return;
    }
    const keys = target.op == ir.Op.MapGet ? (target as ir.MapGetExpr).keys : [];
    if (keys.every((k) => k == null)) {
      w.line(`tapir_map_clear(&map_${name});`);
    } else if (keys.some((k) => k == null)) {
      const held = this.heldKeys(keys);
      const at = this.temp("u32"), next = this.temp("u32");
      const match = this.keysMatch(i, keys, held, `map_${name}_at(${at})`);
      w.open(`for (${at} = map_${name}.oldest; ${at}; ${at} = ${next}) {`);
      w.line(`${next} = map_${name}_at(${at})->head.newer;`);
      w.line(`if (${match})`);
      w.line(`\ttapir_map_remove(&map_${name}, ${at});`);
      w.close();
    } else w.line(`map_${name}_delete(${this.values(keys).join(", ")});`);
  }

  private tryCatch(n: ir.TryStmt): void {
    const w = this.w, caught = this.label("caught");
    this.fails.push(caught);
    w.open("{");
    this.statement(n.body);
    w.close();
    this.fails.pop();
    if (!this.used.has(caught)) return; // nothing in it can fail
    w.open("if (0) {");
    w.label(caught);
    if (this.counted) {
      // Nothing is left for the handler of one who ran too long.
      w.line("if (unlikely(c->actions < 0 || c->error == tapir_aborted))");
      w.line("\t" + this.goto(this.failLabel));
    }
    if (n.catchLocal >= 0) {
      w.line(`tapir_str_copy(${this.local(n.catchLocal)}, c->error, MAXSTRINGLEN);`);
    }
    w.line("c->error = NULL;");
    this.statement(n.handler);
    w.close();
  }
}

function operate(sym: string, a: string, b: string): string {
  switch (sym) {
    case "/":
      return `tapir_div(${a}, ${b})`;
    case "%":
      return `tapir_mod(${a}, ${b})`;
    case "<<":
      return `tapir_shl(${a}, ${b})`;
    case ">>":
      return `tapir_sar(${a}, ${b})`;
    case ">>>":
      return `tapir_shr(${a}, ${b})`;
    default:
      return `${a} ${sym} ${b}`;
  }
}

/** Without the parentheses that enclose all of it. */
function unwrap(c: string): string {
  if (!c.startsWith("(") || !c.endsWith(")")) return c;
  let depth = 0;
  for (let i = 0; i < c.length; i++) {
    if (c[i] == '"' || c[i] == "'") return c;
    if (c[i] == "(") depth++;
    else if (c[i] == ")" && --depth == 0 && i < c.length - 1) return c;
  }
  return c.substring(1, c.length - 1);
}
