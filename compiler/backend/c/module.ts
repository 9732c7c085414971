/**
 * The whole C file: functions, handlers, rows, and what goes around them.
 *
 *     limits, feature macros     #include "tapir.h"
 *     union tapir_frames, struct tapir_entry     #include "context.h" and the value headers
 *     globals, functions, handlers, tapir_rows   #include "module.h"
 */
import * as ir from "../../front/ir/ir.ts";
import type { Span } from "../../front/source/source.ts";
import { Actions, defaultNesting } from "../actions.ts";
import { Analysis, type Lock, LockKind, targetGlobal } from "./analysis.ts";
import { Body } from "./body.ts";
import { conditionOf, valueOf, writeString } from "./expressions.ts";
import { statement } from "./statements.ts";
import { Globals, settable } from "./globals.ts";
import { countersOf, featuresOf, rowFields } from "./rows.ts";
import { cComment, cName, cString, CWriter } from "./text.ts";
import { sessionProgram } from "../session_program.ts";
import { some } from "../walk.ts";
import { emitRegex, regexLimits } from "./regex.ts";

/** Settings of the C back end. */
export interface COptions {
  /** Module name. */
  module: string;
  /** Kernel release. */
  release: string;
  /** -D NAME=VALUE, in order. */
  defines?: [string, string][];
  suppressTimeLimits?: boolean;
  suppressHandlerErrors?: boolean;
}

/** Line that becomes a `#line` back to the C file itself. */
const RESUME = "#line RESUME";

/** What in embedded code can raise an error or fall through to the next overload. */
const FAILING =
  /STAP_ERROR|STAP_NEXT|\b[ku]?(read|write|deref)\w*\s*\(|store_[ku]deref|deref_|FAULT|->\s*error|last_error|CONTEXT|\bc\s*[,)]/;

export class Module {
  readonly program: ir.Program;
  readonly analysis: Analysis;
  readonly actions: Actions;
  readonly globals: Globals;
  readonly maxStringLength: number;
  /** Some handler may reach its limit, so functions count what they do. */
  private readonly countsActions: boolean;
  /** Points and names of all rows are strings that need not be cut. */
  readonly shortNames: boolean;
  /** Handler being emitted. */
  current = 0;
  private readonly code = new CWriter();
  private readonly frames: string[] = [];
  private readonly entries: string[] = [];
  /** Per handler: it needs no context, as it can neither fail nor print nor read where it is. */
  private readonly light: boolean[] = [];
  private readonly names: string[] = [];
  /** Names of the functions that ask conditions, and their text. */
  private readonly conditions = { names: new Map<ir.Expr, string>(), lines: [] as string[] };
  private wrappers = 0;

  constructor(source: ir.Program, readonly options: COptions) {
    const program = sessionProgram(source);
    this.program = program;
    this.maxStringLength = Number(this.define("MAXSTRINGLEN") ?? "512");
    this.shortNames = program.rows.every((r) =>
      r.point.length < this.maxStringLength && r.name.length < this.maxStringLength
    );
    this.analysis = new Analysis(program);
    this.actions = new Actions(program);
    program.funcs.forEach((f, i) => {
      this.analysis.funcs[i].fails = f.body != null || FAILING.test(f.code) || f.nextOverload >= 0;
    });
    this.countsActions = program.handlers.some((_, i) => this.isCounted(i));
    this.globals = new Globals(program, this.analysis);
    const seen = new Set<string>();
    for (const f of program.funcs) {
      let name = "f_" + cName(f.name);
      while (seen.has(name)) name += "_";
      seen.add(name);
      this.names.push(name);
    }
  }

  define(name: string): string | undefined {
    return this.options.defines?.findLast(([n]) => n == name)?.[1];
  }

  /** C text of an address that the loader gives. */
  symbolAddress(n: ir.SymbolAddressExpr): string {
    let at = this.symbols.findIndex((s) => s.name == n.symbol && s.module == n.module);
    if (at < 0) at = this.symbols.push({ name: n.symbol, module: n.module }) - 1;
    const cpu = n.perCpu ? " + per_cpu_offset(raw_smp_processor_id())" : "";
    const offset = n.offset == 0 ? "" : ` + ${n.offset}`;
    return `(s64)(tapir_symbols[${at}]${offset}${cpu})`;
  }

  funcName(i: number): string {
    return this.names[i];
  }

  statNeeds(stat: ir.Expr): ir.StatNeeds {
    return this.program.globals[targetGlobal(stat)].stat ?? new ir.StatNeeds();
  }

  /** The C file. */
  text(): string {
    const body = this.code, p = this.program;
    p.handlers.forEach((h, i) => this.handler(h, i));
    const handlers = body.lines.splice(0);
    p.funcs.forEach((f, i) => f.body ? this.func(f, i) : this.embeddedFunc(f, i));
    const funcs = body.lines.splice(0);
    this.emitConditions();

    const w = new CWriter();
    this.head(w);
    w.line('#include "tapir.h"');
    this.structs(w);
    w.line();
    w.line('#include "context.h"');
    for (
      const header of [
        "arith.h",
        "str.h",
        "error.h",
        "memory.h",
        "lock.h",
        "stat.h",
        "map.h",
        "format.h",
        "embedded.h",
      ]
    ) w.line(`#include "${header}"`);
    if (this.usesRegisters) w.line('#include "registers.h"');
    if (p.rows.some((row) => row.family == "procfs")) w.line('#include "value.h"');
    if (this.symbols.length > 0) {
      w.line(`#define TAPIR_SYMBOLS ${this.symbols.length}`);
      w.line('#include "symbols.h"');
    }
    const counters = countersOf(p).length;
    if (counters > 0) {
      w.line(`#define TAPIR_COUNTERS ${counters}`);
      w.line('#include "counter.h"');
    }
    if (p.needsCaptures) {
      for (const line of regexLimits(p.regexes)) w.line(line);
      w.line('#include "regex.h"');
    }
    w.raw(`
struct tapir_constant {
	s64 number;
	const char *text;
};`);
    this.globals.define(w);
    this.globals.defineSetup(w);
    p.regexes.forEach((r, i) => emitRegex(w, r, i, p.needsCaptures));
    p.embedded.filter((b) => !/pragma:suffix/.test(b.code)).forEach((b) => {
      w.line();
      this.lineTo(w, b.span);
      w.raw(b.code);
      w.line(RESUME);
    });
    w.line();
    p.funcs.forEach((f, i) => w.line(`${this.signature(f, i)};`));
    w.lines.push(...this.embeddedParts, ...funcs, ...handlers);
    this.rows(w);
    w.line();
    w.line('#include "module.h"');
    p.embedded.filter((b) => /pragma:suffix/.test(b.code)).forEach((b) => {
      w.line();
      this.lineTo(w, b.span);
      w.raw(b.code);
      w.line(RESUME);
    });
    // #line names the line that follows it.
    const lines = w.lines.flatMap((l) => l.split("\n"));
    return lines.map((l, i) => l == RESUME ? `#line ${i + 2} "${this.options.module}.c"` : l)
      .join("\n") + "\n";
  }

  private readonly embeddedParts: string[] = [];
  /** Kernel symbols whose addresses the loader gives with the parameter `symbols`, in order. */
  readonly symbols: { name: string; module: string }[] = [];
  /** Some handler reads a register by number or writes one. */
  usesRegisters = false;

  private lineTo(w: CWriter, span: Span): void {
    w.line(`#line ${span.line} ${cString(span.source.name)}`);
  }

  private head(w: CWriter): void {
    const o = this.options;
    w.line(`/* ${o.module}: generated by tapir for ${cName(o.release)}. */`);
    for (const [name, value] of o.defines ?? []) w.raw(`#undef ${name}\n#define ${name} ${value}`);
    const defaults: [string, string | number][] = [
      ["MAXSTRINGLEN", 512],
      ["MAXACTION", 1000],
      ["MAXACTION_INTERRUPTIBLE", "(MAXACTION * 10)"],
      [
        "MAXNESTING",
        defaultNesting(this.program),
      ],
      ["MAXERRORS", 0],
      ["MAXSKIPPED", 100],
      ["MAXMAPENTRIES", 2048],
      ["MAXTRYLOCK", 100],
      ["TRYLOCKDELAY", 10],
    ];
    for (const [name, value] of defaults) {
      w.raw(`#ifndef ${name}\n#define ${name} ${value}\n#endif`);
    }
    const features = new Set(featuresOf(this.program));
    if (this.usesRegisters) features.add("TAPIR_NEED_REGS");
    for (const feature of features) w.line(`#define ${feature}`);
    w.line("#define TAPIR_HAVE_SETUP");
    if (settable(this.program).length > 0) w.line("#define TAPIR_HAVE_SET_GLOBAL");
    if (o.suppressTimeLimits) w.raw("#define TAPIR_NO_TIME_LIMITS\n#define TAPIR_NO_OVERLOAD");
    if (o.suppressHandlerErrors) w.line("#define TAPIR_SUPPRESS_HANDLER_ERRORS");
    w.line();
  }

  private structs(w: CWriter): void {
    w.line();
    w.line("typedef char tapir_string[MAXSTRINGLEN];");
    w.open("union tapir_frames {");
    w.line("char none;");
    for (const f of this.frames) w.raw(f);
    w.close("};");
    w.line();
    w.open("struct tapir_entry {");
    w.line("char none;");
    if (this.entries.length > 0) {
      w.open("union {");
      for (const e of this.entries) w.raw(e);
      w.close("};");
    }
    w.close("};");
  }

  private frame(name: string, b: Body): void {
    const members = b.frameMembers().map((m) => m.replace("string_t ", "tapir_string "));
    this.frames.push(
      `\tstruct {\n${members.map((m) => "\t\t" + m).join("\n")}\n\t} ${name};`,
    );
  }

  // -------------------------------------------------------------------------- functions

  /** The function must know how many more calls may be made in each other. */
  takesRoom(i: number): boolean {
    const func = this.program.funcs[i];
    return func.body != null || func.nextOverload >= 0;
  }

  private signature(f: ir.Func, i: number, b: Body | null = null): string {
    const params = ["struct tapir_ctx *c"];
    if (this.takesRoom(i)) params.push("s32 room");
    for (let p = 0; p < f.params; p++) {
      const type = f.locals[p].type == ir.Ty.String ? "const char *" : "s64 ";
      params.push(`${type}${b ? b.localName(p) : "a" + p}`);
    }
    if (f.type == ir.Ty.String) params.push("string_t *ret");
    const type = f.type == ir.Ty.Long ? "s64" : "void";
    return `static notrace __maybe_unused ${type} ${this.names[i]}(${params.join(", ")})`;
  }

  private func(f: ir.Func, i: number): void {
    const w = this.code;
    this.current = f.handler;
    const copied = new Set<number>();
    some(f.body!, (n) => {
      const at = assignedLocal(n);
      for (const l of at) if (l >= 0 && l < f.params) copied.add(l);
      return false;
    });
    const b = new Body(this, f.locals, f.params, copied, f);
    b.root = f.body;
    if (this.countsActions && this.actions.countsItself(i)) b.plan = this.actions.plan(f.body!);
    statement(b, f.body!);
    b.charge(b.plan?.rest, f.span);
    const members = b.frameMembers();
    const nested = members.length > 0 || f.recursive;
    w.line();
    w.line(cComment(`function ${f.name} at ${f.span.where()}`));
    w.line(this.signature(f, i, b));
    w.open("{");
    if (members.length > 0) {
      this.frame(this.names[i], b);
      w.line(`typeof(c->frames[0].${this.names[i]}) *f;`);
    }
    for (const d of b.declarations()) w.line(d);
    if (f.type == ir.Ty.Long) w.line("s64 ret = 0;");
    w.line(`const s32 below __maybe_unused = ${nested ? "room - 1" : "room"};`);
    w.line();
    if (f.type == ir.Ty.String) w.line("(*ret)[0] = 0;");
    if (nested) {
      w.open("if (unlikely(room <= 0)) {");
      w.line(`tapir_raise(c, "MAXNESTING exceeded", NULL);`);
      w.line(f.type == ir.Ty.Long ? "return 0;" : "return;");
      w.close();
    }
    if (members.length > 0) w.line(`f = &c->frames[room].${this.names[i]};`);
    for (const s of b.prologue()) w.line(s);
    w.lines.push(...b.w.lines);
    if (b.used.has("out")) w.label("out");
    if (f.type != ir.Ty.Long && b.used.has("out")) w.line(";");
    if (f.type == ir.Ty.Long) w.line("return ret;");
    w.close();
  }

  /** Macros that embedded code sees; `kind` is what STAP_RETVALUE is. */
  private embeddedMacros(tags: ir.Tags, f: ir.Func | null): string[] {
    const macros: [string, string][] = [];
    for (let p = 0; f && p < f.params; p++) {
      macros.push([`STAP_ARG_${cName(f.locals[p].name)}`, `a${p}`]);
    }
    if (f?.type == ir.Ty.String) macros.push(["STAP_RETVALUE", "(*ret)"]);
    else if (f?.type == ir.Ty.Long) macros.push(["STAP_RETVALUE", "ret"]);
    for (const g of new Set([...tags.reads, ...tags.writes])) {
      const global = this.program.globals[g], name = cName(global.name), c = this.globals.names[g];
      const keys = global.keys.map((_, k) => `k${k + 1}`).join(", ");
      if (global.isMap()) {
        macros.push([`STAP_GLOBAL_GET_${name}(${keys})`, `map_${c}_get(${keys})`]);
        const set = global.type == ir.Ty.String
          ? "tapir_str_copy(_e->value, v, MAXSTRINGLEN)"
          : "(_e->value = (v))";
        macros.push([
          `STAP_GLOBAL_SET_${name}(${keys}, v)`,
          `({ struct map_${c}_entry *_e = map_${c}_make(c, ${keys}, TAPIR_SITE); ` +
          `if (!_e) goto out; ${set}; })`,
        ]);
      } else {
        const value = this.analysis.perCpu[g] ? `g_${c}_read()` : `g_${c}`;
        macros.push([`STAP_GLOBAL_GET_${name}()`, value]);
        macros.push([
          `STAP_GLOBAL_SET_${name}(v)`,
          global.type == ir.Ty.String
            ? `tapir_str_copy(g_${c}, v, MAXSTRINGLEN)`
            : this.analysis.perCpu[g]
            ? `g_${c}_set(v)`
            : `(g_${c} = (v))`,
        ]);
      }
    }
    return macros.map(([name, text]) => `#define ${name} ${text}`);
  }

  private undefine(macros: string[]): string[] {
    return macros.map((m) => `#undef ${/^#define (\w+)/.exec(m)![1]}`);
  }

  private embeddedBody(w: CWriter, code: string, span: Span, tags: ir.Tags, f: ir.Func | null) {
    const macros = this.embeddedMacros(tags, f);
    if (f?.type == ir.Ty.String) {
      macros.push(
        "#define STAP_RETURN(...) do { __VA_OPT__(tapir_str_copy(*ret, __VA_ARGS__, " +
          "MAXSTRINGLEN);) goto out; } while (0)",
      );
    } else if (f?.type == ir.Ty.Long) {
      macros.push(
        "#define STAP_RETURN(...) do { __VA_OPT__(ret = (s64)(__VA_ARGS__);) goto out; } while (0)",
      );
    } else macros.push("#define STAP_RETURN(...) goto out");
    const plain = code.replace(/\/\*[^]*?\*\//g, "")
      .replace(/"(\\.|[^"\\])*"|'(\\.|[^'\\])+'/g, '""');
    if (/\breturn\b/.test(plain)) macros.push("#define return goto out");
    if (/STAP_NEXT/.test(plain)) {
      macros.push("#define STAP_NEXT do { tapir_next = true; goto out; } while (0)");
    }
    macros.push("#define TAPIR_SITE c->error_site");
    for (const m of macros) w.line(m);
    w.open("{");
    this.lineTo(w, span);
    w.raw(code);
    w.line(RESUME);
    w.close();
    w.line(
      /\bgoto\b|\breturn\b|STAP_(RETURN|ERROR|NEXT|GLOBAL_SET)|read|deref|write|FAULT/.test(plain)
        ? "out: __maybe_unused;"
        : "",
    );
    for (const m of this.undefine(macros)) w.line(m);
  }

  private embeddedFunc(f: ir.Func, i: number): void {
    const w = this.code;
    w.line();
    w.line(cComment(`function ${f.name} at ${f.span.where()}`));
    w.line(this.signature(f, i));
    w.open("{");
    if (f.type == ir.Ty.Long) w.line("s64 ret = 0;");
    const next = /STAP_NEXT/.test(f.code);
    if (next) w.line("bool tapir_next = false;");
    w.line();
    if (f.type == ir.Ty.String) w.line("(*ret)[0] = 0;");
    this.embeddedBody(w, f.code, f.span, f.tags, f);
    if (next) {
      w.open("if (tapir_next) {");
      if (f.nextOverload < 0) {
        w.line('tapir_raise(c, "all functions exhausted", NULL);');
      } else {
        const args = this.takesRoom(f.nextOverload) ? ["c", "room"] : ["c"];
        for (let p = 0; p < f.params; p++) args.push(`a${p}`);
        if (f.type == ir.Ty.String) args.push("ret");
        const call = `${this.names[f.nextOverload]}(${args.join(", ")});`;
        w.line(f.type == ir.Ty.Long ? `ret = ${call}` : call);
      }
      w.close();
    }
    if (f.type == ir.Ty.Long) w.line("return ret;");
    else w.line("return;");
    w.close();
  }

  /** A function around `%{ expression %}`; gives its name. */
  embeddedExpr(n: ir.EmbeddedExpr): string {
    const w = new CWriter(), name = `embedded_${this.wrappers++}`;
    const text = n.type == ir.Ty.String;
    w.line();
    w.line(
      text
        ? `static void ${name}(struct tapir_ctx *c, string_t *ret)`
        : `static s64 ${name}(struct tapir_ctx *c)`,
    );
    w.open("{");
    if (!text) w.line("s64 ret = 0;\n");
    const f = new ir.Func(name, n.type, n.span);
    const code = text
      ? `tapir_str_copy(*ret, (${n.code}), MAXSTRINGLEN);`
      : `ret = (s64)(${n.code});`;
    this.embeddedBody(w, code, n.span, n.tags, f);
    w.line(text ? "return;" : "return ret;");
    w.close();
    this.embeddedParts.push(...w.lines);
    return name;
  }

  /** A function around an embedded statement; gives its name. */
  embeddedStmt(n: ir.EmbeddedStmt): string {
    const w = new CWriter(), name = `embedded_${this.wrappers++}`;
    w.line();
    w.line(`static void ${name}(struct tapir_ctx *c)`);
    w.open("{");
    this.embeddedBody(w, n.code, n.span, n.tags, null);
    w.line("return;");
    w.close();
    this.embeddedParts.push(...w.lines);
    return name;
  }

  // --------------------------------------------------------------------------- handlers

  /** A handler may reach its limit of actions. */
  private isCounted(i: number): boolean {
    const handler = this.program.handlers[i];
    if (handler.uncounted) return false;
    const most = this.actions.most(handler.body);
    const given = this.define("MAXACTION") ?? "1000";
    const longer = this.define("MAXACTION_INTERRUPTIBLE") ?? given + "0";
    const limit = this.analysis.alone(i) ? longer : given;
    return !(/^[0-9]+$/.test(limit) && most < Number(limit));
  }

  private handler(h: ir.Handler, i: number): void {
    this.current = i;
    const w = this.code, rows = this.program.rows.filter((r) => r.handler == i);
    const points = rows.slice(0, 3).map((r) => r.point).join(", ") +
      (rows.length > 3 ? ", ..." : "");
    const b = new Body(this, h.locals, 0, new Set(), null);
    b.root = h.body;
    if (this.isCounted(i)) b.plan = this.actions.plan(h.body);
    statement(b, h.body);
    b.charge(b.plan?.rest, h.body.span);
    const locks = this.analysis.locks(i);
    const members = b.frameMembers();
    const lines = [...b.prologue(), ...b.w.lines];
    this.light.push(
      locks.length == 0 && members.length == 0 && h.entrySlots.length == 0 &&
        rows.every((r) => !r.condition) && !lines.some((line) => /\bc\b/.test(line)),
    );
    if (h.entrySlots.length > 0) this.entryHandler(h, i);
    w.line();
    w.line(cComment(`probe ${points} at ${h.span.where()}`));
    w.line(`static void tapir_handler_${i}(struct tapir_ctx *c)`);
    w.open("{");
    if (members.length > 0) {
      this.frame(`h${i}`, b);
      w.line(`typeof(c->frames[0].h${i}) *f = &c->frames[0].h${i};`);
    }
    for (const d of b.declarations()) w.line(d);
    w.line("const s32 below __maybe_unused = MAXNESTING;");
    if (locks.length > 0) w.line("unsigned long flags;");
    w.line();
    if (locks.length > 0) w.line("raw_local_irq_save(flags);");
    const kind = (l: Lock) => {
      const exclusive = l.kind == LockKind.Exclusive;
      if (this.analysis.perCpu[l.global]) return exclusive ? "all" : "own";
      return exclusive ? "write" : "read";
    };
    const names = locks.map((l) => this.globals.needLock(l.global));
    locks.forEach((l, n) => {
      w.line(`if (unlikely(!tapir_lock_${kind(l)}(&${names[n]})))`);
      w.line(`\tgoto skip_${n};`);
    });
    w.lines.push(...lines);
    if (b.used.has("out")) w.label("out");
    for (let n = locks.length - 1; n >= 0; n--) {
      w.line(`tapir_unlock_${kind(locks[n])}(&${names[n]});`);
    }
    if (locks.length > 0) w.line("raw_local_irq_restore(flags);");
    if (this.changesCondition(h)) w.line("tapir_conditions_changed();");
    if (locks.length > 0) {
      w.line("return;");
      for (let n = locks.length - 1; n >= 0; n--) {
        w.label(`skip_${n}`);
        if (n > 0) w.line(`tapir_unlock_${kind(locks[n - 1])}(&${names[n - 1]});`);
      }
      w.line("raw_local_irq_restore(flags);");
      w.line("tapir_skip_lock(c);");
    } else if (b.used.has("out")) w.line("return;");
    w.close();
    if (rows.some((r) => r.family == "trace")) this.traceProbe(h, i);
  }

  /** The handler, or what it calls, writes what some row's condition reads. */
  private changesCondition(h: ir.Handler): boolean {
    return this.program.rows.some((row) =>
      row.conditionGlobals.some((global) => h.writes.includes(global))
    );
  }

  /** Fills c->entry for a return probe. */
  private entryHandler(h: ir.Handler, i: number): void {
    const w = this.code;
    const b = new Body(this, h.locals, 0, new Set(), null);
    const members: string[] = [];
    h.entrySlots.forEach((slot, s) => {
      members.push(slot.type == ir.Ty.String ? `tapir_string v${s};` : `s64 v${s};`);
      if (slot.type == ir.Ty.String) writeString(b, slot.value, `c->entry->h${i}.v${s}`);
      else b.w.line(`c->entry->h${i}.v${s} = ${valueOf(b, slot.value).c};`);
    });
    this.entries.push(`\t\tstruct {\n${members.map((m) => "\t\t\t" + m).join("\n")}\n\t\t} h${i};`);
    w.line();
    w.line(`static void tapir_entry_${i}(struct tapir_ctx *c)`);
    w.open("{");
    if (b.frameMembers().length > 0) {
      this.frame(`e${i}`, b);
      w.line(`typeof(c->frames[0].e${i}) *f = &c->frames[0].e${i};`);
    }
    for (const d of b.declarations()) w.line(d);
    w.line("const s32 below __maybe_unused = MAXNESTING;");
    w.line();
    for (const s of b.prologue()) w.line(s);
    w.lines.push(...b.w.lines);
    if (b.used.has("out")) {
      w.label("out");
      w.line("return;");
    }
    w.close();
  }

  /** The function that a tracepoint calls: integers arrive in registers whatever their width. */
  private traceProbe(h: ir.Handler, i: number): void {
    let most = -1;
    const called = new Set<number>();
    const look = (body: ir.Stmt) =>
      some(body, (n) => {
        if (n.op == ir.Op.Context && (n as ir.ContextExpr).name == "tparg") {
          most = Math.max(most, (n as ir.ContextExpr).number);
        }
        if (n.op == ir.Op.Call) called.add((n as ir.CallExpr).func);
        return false;
      });
    look(h.body);
    // A set goes on to what is added to it on the way.
    for (const f of called) {
      const { body, nextOverload, tags } = this.program.funcs[f];
      if (body != null) look(body);
      // Embedded code says which is the last argument that it looks at.
      for (const word of tags?.pragmas ?? []) {
        if (word.startsWith("tparg:")) most = Math.max(most, Number(word.slice(6)));
      }
      if (nextOverload >= 0) called.add(nextOverload);
    }
    const w = this.code, params = ["void *row"], values: string[] = [];
    for (let a = 0; a <= most; a++) {
      params.push(`u64 a${a}`);
      values.push(`a${a}`);
    }
    w.line();
    w.line(`static notrace void tapir_trace_${i}(${params.join(", ")})`);
    w.open("{");
    if (most >= 0) {
      w.line(`u64 args[] = { ${values.join(", ")} };\n`);
      w.line("tapir_event_arguments(row, ARRAY_SIZE(args));");
    }
    const args = most >= 0 ? "args" : "NULL";
    if (this.light[i]) w.line(`tapir_fire_light(row, tapir_handler_${i});`);
    else w.line(`tapir_trace_hit(row, tapir_handler_${i}, ${args});`);
    w.close();
  }

  // ------------------------------------------------------------------------------- rows

  /** A function for each condition, asked before the handler runs or apart from any. */
  private emitConditions(): void {
    const w = this.code, { names } = this.conditions;
    for (const { condition } of this.program.rows) {
      if (!condition || names.has(condition)) continue;
      const name = `tapir_condition_${names.size}`;
      names.set(condition, name);
      const b = new Body(this, [], 0, new Set(), null);
      const value = conditionOf(b, condition);
      w.line();
      w.line(`static bool ${name}(struct tapir_ctx *c)`);
      w.open("{");
      if (b.hasFrame) {
        this.frame(name, b);
        w.line(`typeof(c->frames[0].${name}) *f = &c->frames[0].${name};`);
      }
      for (const d of b.declarations()) w.line(d);
      w.line("const s32 below __maybe_unused = MAXNESTING;");
      w.line("bool result = false;\n");
      w.lines.push(...b.w.lines);
      w.line(`result = ${value};`);
      if (b.used.has("out")) w.label("out");
      w.line("return result;");
      w.close();
    }
    this.conditions.lines.push(...w.lines.splice(0));
  }

  private rows(w: CWriter): void {
    const p = this.program;
    p.rows.forEach((r, i) => {
      if (r.constants.length == 0) return;
      w.line();
      w.open(`static const struct tapir_constant constants_${i}[] = {`);
      for (const text of r.constants) {
        const number = /^-?[0-9]{1,20}$/.test(text)
          ? BigInt.asIntN(64, BigInt(text)).toString()
          : "0";
        w.line(
          `{ ${number == "-9223372036854775808" ? "S64_MIN" : number + "LL"}, ${cString(text)} },`,
        );
      }
      w.close("};");
    });
    const { names, lines } = this.conditions;
    w.lines.push(...lines);
    w.line();
    w.open("static struct tapir_row tapir_rows[] = {");
    p.rows.forEach((r, i) => {
      const fields = rowFields(r);
      fields.push(`.handler = tapir_handler_${r.handler}`);
      if (p.handlers[r.handler].entrySlots.length > 0) {
        fields.push(`.entry = tapir_entry_${r.handler}`);
      }
      if (r.family == "return" && this.light[r.handler]) fields.push(".light = true");
      if (r.condition) fields.push(`.condition = ${names.get(r.condition)}`);
      if (r.constants.length > 0) fields.push(`.constants = constants_${i}`);
      if (r.family == "trace") fields.push(`.probe = tapir_trace_${r.handler}`);
      w.line(`{ ${fields.join(", ")} },`);
    });
    w.close("};");
  }
}

function assignedLocal(n: ir.Expr | ir.Stmt): number[] {
  switch (n.op) {
    case ir.Op.Assign: {
      const t = (n as ir.AssignExpr).target;
      return t.op == ir.Op.Local && t.type == ir.Ty.String ? [(t as ir.LocalExpr).index] : [];
    }
    case ir.Op.Delete: {
      const t = (n as ir.DeleteStmt).target;
      return t.op == ir.Op.Local ? [(t as ir.LocalExpr).index] : [];
    }
    case ir.Op.Foreach:
      return [...(n as ir.ForeachStmt).keyLocals, (n as ir.ForeachStmt).valueLocal];
    case ir.Op.Try:
      return [(n as ir.TryStmt).catchLocal];
    default:
      return [];
  }
}
