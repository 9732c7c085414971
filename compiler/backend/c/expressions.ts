/** Expressions as C text; see body.ts for when a value is held in a temporary. */
import * as ir from "../../front/ir/ir.ts";
import { hasEffects } from "../walk.ts";
import { histBucket, statAdd, statGet } from "./aggregates.ts";
import { Body, fixed, live, type Value } from "./body.ts";
import { emitFormat } from "./format.ts";
import { mostOf, shortDivision } from "./ranges.ts";
import { countersOf } from "./rows.ts";
import { cLong, cString } from "./text.ts";
import { assign, crement, mapHas } from "./variables.ts";

/** Values of several expressions, evaluated in order. */
export function valuesOf(body: Body, list: (ir.Expr | null)[], after: boolean = false): string[] {
  return list.map((e, i) => {
    if (!e) return "";
    const v = valueOf(body, e);
    const later = after || list.slice(i + 1).some((x) => x != null && hasEffects(x));
    return later ? body.hold(v, e.type) : v.c;
  });
}

/** C condition. */
export function conditionOf(body: Body, e: ir.Expr): string {
  return valueOf(body, e).c;
}

export function valueOf(body: Body, e: ir.Expr): Value {
  switch (e.op) {
    case ir.Op.Long:
      return fixed(cLong((e as ir.LongExpr).text));
    case ir.Op.Str:
      return fixed(cString((e as ir.StrExpr).value.split("\0")[0]));
    case ir.Op.Local:
      return live(body.local((e as ir.LocalExpr).index));
    case ir.Op.Global:
      return live(globalText(body, (e as ir.GlobalExpr).index));
    case ir.Op.MapGet: {
      const n = e as ir.MapGetExpr;
      return live(`map_${body.m.globals.names[n.map]}_get(${valuesOf(body, n.keys).join(", ")})`);
    }
    case ir.Op.MapHas:
      return mapHas(body, e as ir.MapHasExpr);
    case ir.Op.Unary: {
      const n = e as ir.UnaryExpr, v = valueOf(body, n.operand);
      return { c: `(${n.sym}${wide(v.c)})`, live: v.live };
    }
    case ir.Op.Not: {
      const v = valueOf(body, (e as ir.NotExpr).operand);
      return { c: `(!${v.c})`, live: v.live };
    }
    case ir.Op.Binary:
      return binaryOf(body, e as ir.BinaryExpr);
    case ir.Op.CompareLong: {
      const n = e as ir.CompareLongExpr;
      const [a, b] = valuesOf(body, [n.left, n.right]);
      return live(`(${a} ${n.sym} ${b})`);
    }
    case ir.Op.CompareStr: {
      const n = e as ir.CompareStrExpr;
      const [a, b] = valuesOf(body, [n.left, n.right]);
      if (n.sym == "==") return live(`tapir_str_equal(${a}, ${b})`);
      if (n.sym == "!=") return live(`(!tapir_str_equal(${a}, ${b}))`);
      return live(`(tapir_str_compare(${a}, ${b}) ${n.sym} 0)`);
    }
    case ir.Op.And:
    case ir.Op.Or:
      return logicalOf(body, e as ir.AndExpr);
    case ir.Op.Cond:
      return condOf(body, e as ir.CondExpr);
    case ir.Op.Concat: {
      const s = body.scratchString();
      writeString(body, e, s);
      return fixed(s);
    }
    case ir.Op.Regex: {
      const n = e as ir.RegexExpr, text = valueOf(body, n.text);
      const captures = body.m.program.needsCaptures;
      const match = `tapir_regex_${n.regex}(${captures ? "c, " : ""}${text.c})`;
      // A match changes what matched() gives, so it runs in its place.
      if (captures) return fixed(body.temp("s64", n.negated ? `!${match}` : match));
      return live(n.negated ? `(!${match})` : match);
    }
    case ir.Op.Assign:
      return assign(body, e as ir.AssignExpr, true);
    case ir.Op.Crement:
      return crement(body, e as ir.CrementExpr, true);
    case ir.Op.StatAdd:
      return statAdd(body, e as ir.StatAddExpr);
    case ir.Op.StatGet:
      return statGet(body, e as ir.StatGetExpr);
    case ir.Op.HistBucket:
      return histBucket(body, e as ir.HistBucketExpr);
    case ir.Op.Call:
      return callOf(body, e as ir.CallExpr);
    case ir.Op.Format: {
      const n = e as ir.FormatExpr;
      if (!n.toString_) {
        emitFormat(body, n, null);
        return fixed("0");
      }
      const s = body.scratchString();
      writeString(body, e, s);
      return fixed(s);
    }
    case ir.Op.Context:
      if ((e as ir.ContextExpr).name.endsWith("register")) {
        return registerOf(body, e as ir.ContextExpr);
      }
      if ((e as ir.ContextExpr).name == "counter") return counterOf(body, e as ir.ContextExpr);
      return fixed(contextOf(e as ir.ContextExpr));
    case ir.Op.RowConst: {
      const n = e as ir.RowConstExpr;
      const at = `((const struct tapir_constant *)c->row->constants)[${n.index}]`;
      return fixed(n.type == ir.Ty.String ? `${at}.text` : `${at}.number`);
    }
    case ir.Op.EntryValue: {
      const n = e as ir.EntryValueExpr;
      const at = `c->entry->h${body.m.current}.v${n.slot}`;
      return fixed(n.type == ir.Ty.String ? `(c->entry ? ${at} : "")` : `(c->entry ? ${at} : 0)`);
    }
    case ir.Op.Deref:
      return derefOf(body, e as ir.DerefExpr);
    case ir.Op.ContextStore:
      return contextStore(body, e as ir.ContextStoreExpr);
    case ir.Op.SymbolAddress:
      return fixed(body.m.symbolAddress(e as ir.SymbolAddressExpr));
    case ir.Op.Store:
      return storeOf(body, e as ir.StoreExpr);
    case ir.Op.EmbeddedExpr: {
      const n = e as ir.EmbeddedExpr;
      const name = body.m.embeddedExpr(n);
      if (n.type == ir.Ty.String) {
        const s = body.scratchString();
        body.w.line(`${name}(c, &${s});`);
        body.checkError();
        return fixed(s);
      }
      const t = body.temp("s64", `${name}(c)`);
      body.checkError();
      return fixed(t);
    }
  }
  throw new Error(`internal error: expression ${ir.Op[e.op]}`);
}

/** Comparisons are int in C; operators that overflow or complement need 64 bits. */
function wide(c: string): string {
  return /^[a-z]/.test(c) || /^\(?-?[0-9]/.test(c) ? c : `(s64)${c}`;
}

function globalText(body: Body, i: number): string {
  const name = `g_${body.m.globals.names[i]}`;
  return body.m.analysis.perCpu[i] ? `${name}_read()` : name;
}

function binaryOf(body: Body, n: ir.BinaryExpr): Value {
  const [a, b] = valuesOf(body, [n.left, n.right]);
  switch (n.sym) {
    case "/":
    case "%": {
      const most = mostOf(body, n.left);
      const short = most == null ? null : shortDivision(a, most, n.sym, n.right);
      if (short != null) return live(short);
      const constant = n.right.op == ir.Op.Long && (n.right as ir.LongExpr).text != "0";
      const divisor = constant ? b : body.temp("s64", b);
      const left = constant ? a : body.hold(live(a), ir.Ty.Long);
      const at = n.span.source.text.indexOf(n.sym, n.left.span.end);
      if (!constant) {
        const place = at >= 0 && at < n.right.span.start ? at : n.span.start;
        body.failIf(
          `!${divisor}`,
          `tapir_raise(c, "division by 0", ${body.site(n.span, place)});`,
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
      return live(`(${wide(a)} ${n.sym} ${b})`);
  }
}

function logicalOf(body: Body, n: ir.AndExpr): Value {
  const left = conditionOf(body, n.left);
  let right = "";
  const mark = body.w.indent;
  body.w.indent = mark + 1;
  const before = body.apart(() => right = conditionOf(body, n.right));
  body.w.indent = mark;
  const and = n.op == ir.Op.And;
  if (before.length == 0) return live(`(${left} ${and ? "&&" : "||"} ${right})`);
  const t = body.temp("s64", `!!(${left})`);
  body.w.line(`if (${and ? "" : "!"}${t}) {`);
  body.w.lines.push(...before);
  body.w.line(`\t${t} = !!(${right});`);
  body.w.line("}");
  return fixed(t);
}

function condOf(body: Body, n: ir.CondExpr): Value {
  const test = conditionOf(body, n.condition);
  if (n.type == ir.Ty.String) {
    const s = body.temp("const char *");
    branch(body, test, n.whenTrue, n.whenFalse, (e) => `${s} = ${valueOf(body, e).c};`);
    return live(s);
  }
  const t = body.temp("s64");
  branch(body, test, n.whenTrue, n.whenFalse, (e) => `${t} = ${valueOf(body, e).c};`);
  return fixed(t);
}

function branch(
  body: Body,
  test: string,
  a: ir.Expr,
  b: ir.Expr,
  set: (e: ir.Expr) => string,
): void {
  body.w.open(`if (${test}) {`);
  body.w.line(set(a));
  body.w.close("} else {");
  body.w.indent++;
  body.w.line(set(b));
  body.w.close();
}

/** Evaluates a string expression into a buffer of MAXSTRINGLEN that it does not read. */
export function writeString(body: Body, e: ir.Expr, to: string): void {
  if (e.op == ir.Op.Format && (e as ir.FormatExpr).toString_) {
    emitFormat(body, e as ir.FormatExpr, to);
  } else if (e.op == ir.Op.Concat) {
    writeParts(body, (e as ir.ConcatExpr).parts, to, "");
  } else if (e.op == ir.Op.Str) {
    const text = (e as ir.StrExpr).value.split("\0")[0];
    if (text == "") body.w.line(`${to}[0] = 0;`);
    else body.w.line(`tapir_str_copy(${to}, ${cString(text)}, MAXSTRINGLEN);`);
  } else {
    const v = valueOf(body, e);
    if (v.c != to) body.w.line(`tapir_str_copy(${to}, ${v.c}, MAXSTRINGLEN);`);
  }
}

/** Writes parts one after the other to `to`, from its end on if `keep`. */
export function writeParts(body: Body, parts: ir.Expr[], to: string, keep: string): void {
  const texts = valuesOf(body, parts);
  const at = body.temp("char *", keep == "" ? to : `${to} + strlen(${to})`);
  const end = `${to} + MAXSTRINGLEN - 1`;
  parts.forEach((p, i) => {
    if (p.op == ir.Op.Str) {
      const length = (p as ir.StrExpr).value.split("\0")[0].length;
      body.w.line(`${at} = tapir_put_text(${at}, ${end}, ${texts[i]}, ${length});`);
    } else body.w.line(`${at} = tapir_str_append(${at}, ${end}, ${texts[i]});`);
  });
  body.w.line(`*${at} = 0;`);
}

function contextOf(n: ir.ContextExpr): string {
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
      return `(c->row->function ?: c->row->symbol ?: "")`;
    case "value":
      return "tapir_value_text(c)";
  }
  throw new Error(`internal error: context value ${n.name}`);
}

const REGISTER_FAULT = '"register access fault [man error::fault]"';

function registerOf(body: Body, n: ir.ContextExpr): Value {
  body.m.usesRegisters = true;
  const regs = n.name == "uregister" ? "tapir_user_regs()" : "c->regs";
  const at = body.temp("struct pt_regs *", regs);
  body.failIf(`!${at}`, `tapir_raise(c, ${REGISTER_FAULT}, ${body.site(n.span)});`);
  const cut = n.size < 8 ? `(${n.signed ? "s" : "u"}${n.size * 8})` : "";
  return fixed(body.temp("s64", `${cut}*tapir_register(${at}, ${n.number})`));
}

function counterOf(body: Body, n: ir.ContextExpr): Value {
  const name = countersOf(body.m.program)[n.number].prop("counter");
  const error = cString(`perf counter '${name}' is not there on this processor`);
  const value = body.temp("s64");
  const fault = `tapir_raise(c, ${error}, ${body.site(n.span)});`;
  body.failIf(`!tapir_counter_read(${n.number}, &${value})`, fault);
  return fixed(value);
}

function contextStore(body: Body, n: ir.ContextStoreExpr): Value {
  if (n.name == "value") {
    const text = body.hold(valueOf(body, n.value), ir.Ty.String);
    body.w.line(`tapir_value_put(c, ${text}, ${n.number == 1});`);
    return fixed(text);
  }
  if (n.name == "tparg") {
    const value = body.temp("s64", valueOf(body, n.value).c);
    body.w.line(`((u64 *)c->args)[${n.number}] = ${value};`);
    return fixed(value);
  }
  body.m.usesRegisters = true;
  const value = body.temp("s64", valueOf(body, n.value).c);
  body.failIf("!c->regs", `tapir_raise(c, ${REGISTER_FAULT}, ${body.site(n.span)});`);
  const place = n.name == "arg" ? "tapir_argument" : "tapir_register";
  const cut = n.size < 8 ? `(u${n.size * 8})` : "";
  body.w.line(`*${place}(c->regs, ${n.number}) = ${cut}${value};`);
  return fixed(value);
}

function derefOf(body: Body, n: ir.DerefExpr): Value {
  const address = body.temp("s64", valueOf(body, n.address).c);
  const fault = `tapir_read_fault(c, ${address}, ${body.site(n.span)});`;
  if (n.type == ir.Ty.String) {
    const s = body.scratchString();
    body.failIf(`!tapir_read_string(${s}, ${address}, MAXSTRINGLEN, ${n.user})`, fault);
    return fixed(s);
  }
  const t = body.temp("s64");
  const sign = n.bitSize > 0 ? false : n.signed;
  body.failIf(`!tapir_read_int(&${t}, ${address}, ${n.size}, ${sign}, ${n.user})`, fault);
  if (n.bitSize > 0) {
    body.w.line(`${t} = tapir_bits(${t}, ${n.bitOffset}, ${n.bitSize}, ${n.signed});`);
  }
  return fixed(t);
}

function storeOf(body: Body, n: ir.StoreExpr): Value {
  const [a, v] = valuesOf(body, [n.address, n.value]);
  const address = body.temp("s64", a), value = body.temp("s64", v);
  const fault = `tapir_write_fault(c, ${address}, ${body.site(n.span)});`;
  let stored = value;
  if (n.bitSize > 0) {
    const old = body.temp("s64");
    body.failIf(`!tapir_read_int(&${old}, ${address}, ${n.size}, false, ${n.user})`, fault);
    const mask = `${((1n << BigInt(n.bitSize)) - 1n) << BigInt(n.bitOffset)}ULL`;
    stored = body.temp(
      "s64",
      `(s64)(((u64)${old} & ~${mask}) | (((u64)${value} << ${n.bitOffset}) & ${mask}))`,
    );
  }
  body.failIf(`!tapir_write_int(${address}, ${n.size}, ${stored}, ${n.user})`, fault);
  return fixed(value);
}

function callOf(body: Body, n: ir.CallExpr): Value {
  const f = body.m.program.funcs[n.func];
  if (f.library && (f.engine == "pp" || f.engine == "pn") && body.m.shortNames) {
    return fixed(f.engine == "pp" ? "c->row->point" : "c->row->name");
  }
  const facts = body.m.analysis.funcs[n.func];
  const writes = [...facts.accesses.values()].some((a) => a.set || a.adds > 0);
  const args = n.args.map((e, i) => {
    const v = valueOf(body, e);
    const later = n.args.slice(i + 1).some(hasEffects);
    // What the callee reads in place, it must not be able to change.
    const shared = writes && e.type == ir.Ty.String && e.op != ir.Op.Local;
    return later || shared ? body.hold(v, e.type) : v.c;
  });
  const name = body.m.funcName(n.func);
  const check = () => {
    if (!facts.fails) return;
    if (f.body == null && !/STAP_NEXT/.test(f.code)) body.checkError();
    else body.checkCall(n.span);
  };
  const list = body.m.takesRoom(n.func) ? ["c", "below", ...args] : ["c", ...args];
  if (f.body == null && facts.fails) {
    body.w.line(`c->error_site = ${body.site(n.span)};`);
  }
  if (f.type == ir.Ty.String) {
    const s = body.scratchString();
    body.w.line(`${name}(${[...list, `&${s}`].join(", ")});`);
    check();
    return fixed(s);
  }
  if (f.type != ir.Ty.Long) {
    body.w.line(`${name}(${list.join(", ")});`);
    check();
    return fixed("0");
  }
  const t = body.temp("s64", `${name}(${list.join(", ")})`);
  check();
  return fixed(t);
}
