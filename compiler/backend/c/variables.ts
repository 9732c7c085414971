/** Assignments, and where variables and array elements are in C. */
import * as ir from "../../front/ir/ir.ts";
import { hasEffects, some } from "../walk.ts";
import { targetGlobal } from "./analysis.ts";
import { Body, fixed, live, type Value } from "./body.ts";
import { valueOf, valuesOf, writeParts, writeString } from "./expressions.ts";

/** Pointer to the entry of an element, made if need be. */
export function makeEntry(body: Body, target: ir.MapGetExpr, keys: string[]): string {
  const name = body.m.globals.names[target.map];
  const e = body.temp(
    `struct map_${name}_entry *`,
    `map_${name}_make(c, ${keys.join(", ")}, ${body.site(target.span)})`,
  );
  body.w.line(`if (unlikely(!${e}))`);
  body.w.line("\t" + body.goto(body.failLabel));
  return e;
}

/** `used`: the value of the expression matters. */
export function assign(body: Body, n: ir.AssignExpr, used: boolean): Value {
  const t = n.target;
  const keys = t.op == ir.Op.MapGet
    ? valuesOf(body, (t as ir.MapGetExpr).keys, hasEffects(n.value))
    : [];
  if (t.type == ir.Ty.String) return assignString(body, n, keys);

  if (n.sym == "=") {
    const v = valueOf(body, n.value);
    if (t.op == ir.Op.MapGet) {
      const value = body.hold(v, ir.Ty.Long);
      body.w.line(`${makeEntry(body, t as ir.MapGetExpr, keys)}->value = ${value};`);
      return fixed(value);
    }
    const value = used ? body.hold(v, ir.Ty.Long) : v.c;
    storeLong(body, t, value);
    return fixed(used ? value : "0");
  }
  let v = valueOf(body, n.value).c;
  const shared = sharedCounter(body, t);
  if (!used && shared != "" && (n.sym == "+" || n.sym == "-")) {
    body.w.line(`this_cpu_add(${shared}_added, ${n.sym == "+" ? v : `-(s64)(${v})`});`);
    return fixed("0");
  }
  if (n.sym == "/" || n.sym == "%") {
    v = body.temp("s64", v);
    const at = n.span.source.text.indexOf(n.sym + "=", t.span.end);
    body.failIf(
      `!${v}`,
      `tapir_raise(c, "division by 0", ${
        body.site(n.span, at >= 0 && at < n.value.span.start ? at : n.span.start)
      });`,
    );
  } else if (t.op == ir.Op.MapGet) v = body.hold(live(v), ir.Ty.Long);
  if (shared != "") {
    const value = body.temp("s64", operate(n.sym, `${shared}_read()`, v));
    storeLong(body, t, value);
    return fixed(value);
  }
  const place = t.op == ir.Op.MapGet
    ? `${makeEntry(body, t as ir.MapGetExpr, keys)}->value`
    : placeOf(body, t);
  body.w.line(`${place} = ${operate(n.sym, place, v)};`);
  return used ? fixed(body.temp("s64", place)) : fixed("0");
}

/** C name of a scalar that is kept as a part per CPU, or "". */
function sharedCounter(body: Body, target: ir.Expr): string {
  const global = targetGlobal(target);
  return global >= 0 && body.m.analysis.perCpu[global] ? `g_${body.m.globals.names[global]}` : "";
}

/** Sets a scalar number. */
export function storeLong(body: Body, target: ir.Expr, value: string): void {
  const shared = sharedCounter(body, target);
  body.w.line(shared == "" ? `${placeOf(body, target)} = ${value};` : `${shared}_set(${value});`);
}

function assignString(body: Body, n: ir.AssignExpr, keys: string[]): Value {
  const t = n.target;
  if (t.op == ir.Op.MapGet) {
    const parts = n.sym == "." ? [t, n.value] : [n.value];
    const s = body.scratchString();
    if (n.sym == ".") {
      const v = body.hold(valueOf(body, n.value), ir.Ty.String);
      const e = makeEntry(body, t as ir.MapGetExpr, keys);
      const at = body.temp("char *", `${e}->value + strlen(${e}->value)`);
      body.w.line(`*tapir_str_append(${at}, ${e}->value + MAXSTRINGLEN - 1, ${v}) = 0;`);
      return live(`${e}->value`);
    }
    writeString(body, parts[0], s);
    const e = makeEntry(body, t as ir.MapGetExpr, keys);
    body.w.line(`tapir_str_copy(${e}->value, ${s}, MAXSTRINGLEN);`);
    return fixed(s);
  }
  const place = placeOf(body, t);
  const reads = (e: ir.Expr) =>
    some(e, (x) =>
      (x.op == t.op && placeOrNull(body, x) == place) ||
      (t.op == ir.Op.Global && x.op == ir.Op.Call));
  if (n.sym == ".") {
    const parts = n.value.op == ir.Op.Concat ? (n.value as ir.ConcatExpr).parts : [n.value];
    if (!reads(n.value)) writeParts(body, parts, place, place);
    else {
      const s = body.scratchString();
      writeParts(body, [t, ...parts], s, "");
      body.w.line(`tapir_str_copy(${place}, ${s}, MAXSTRINGLEN);`);
    }
  } else if (
    n.value.op == ir.Op.Concat && !(n.value as ir.ConcatExpr).parts.slice(1).some(reads) &&
    placeOrNull(body, (n.value as ir.ConcatExpr).parts[0]) == place
  ) {
    writeParts(body, (n.value as ir.ConcatExpr).parts.slice(1), place, place);
    return live(place);
  } else if (!reads(n.value)) {
    writeString(body, n.value, place);
    return live(place);
  } else {
    const s = body.scratchString();
    writeString(body, n.value, s);
    body.w.line(`tapir_str_copy(${place}, ${s}, MAXSTRINGLEN);`);
    return live(place);
  }
  return live(place);
}

function placeOrNull(body: Body, e: ir.Expr | ir.Stmt): string | null {
  return e.op == ir.Op.Local || e.op == ir.Op.Global ? placeOf(body, e as ir.Expr) : null;
}

/** C lvalue of a scalar. */
export function placeOf(body: Body, e: ir.Expr): string {
  if (e.op == ir.Op.Local) return body.local((e as ir.LocalExpr).index);
  return `g_${body.m.globals.names[(e as ir.GlobalExpr).index]}`;
}

export function crement(body: Body, n: ir.CrementExpr, used: boolean): Value {
  const t = n.target, shared = sharedCounter(body, t);
  if (shared != "" && !used) {
    const name = `${shared}_added`;
    body.w.line(n.delta == 1 ? `this_cpu_inc(${name});` : `this_cpu_add(${name}, ${n.delta});`);
    return fixed("0");
  }
  if (shared != "") {
    const old = body.temp("s64", `${shared}_read()`);
    storeLong(body, t, `${old} + ${n.delta}`);
    return fixed(n.prefix ? `(${old} + ${n.delta})` : old);
  }
  let place: string;
  if (t.op == ir.Op.MapGet) {
    const keys = valuesOf(body, (t as ir.MapGetExpr).keys);
    place = `${makeEntry(body, t as ir.MapGetExpr, keys)}->value`;
  } else place = placeOf(body, t);
  const step = n.delta > 0 ? `${place} += ${n.delta};` : `${place} -= ${-n.delta};`;
  if (!used) {
    body.w.line(step);
    return fixed("0");
  }
  if (n.prefix) {
    body.w.line(step);
    return fixed(body.temp("s64", place));
  }
  const old = body.temp("s64", place);
  body.w.line(step);
  return fixed(old);
}

/** C condition: entry `e` has these keys; wildcards skipped. "" if all are wildcards. */
export function keysMatch(
  body: Body,
  map: number,
  keys: (ir.Expr | null)[],
  held: string[],
  e: string,
): string {
  const types = body.m.program.globals[map].keys;
  return keys.map((k, i) => {
    if (!k) return "";
    return types[i] == ir.Ty.String
      ? `tapir_str_equal(${e}->k${i + 1}, ${held[i]})`
      : `${e}->k${i + 1} == ${held[i]}`;
  }).filter((x) => x != "").join(" && ");
}

/** Values of keys, each usable many times. */
export function heldKeys(body: Body, keys: (ir.Expr | null)[]): string[] {
  return keys.map((k) => {
    if (!k) return "";
    const v = valueOf(body, k);
    return k.op == ir.Op.Long || k.op == ir.Op.Str ? v.c : body.hold({ ...v, live: true }, k.type);
  });
}

export function mapHas(body: Body, n: ir.MapHasExpr): Value {
  const name = body.m.globals.names[n.map];
  if (!n.keys.some((k) => k == null)) {
    return live(`(map_${name}_find(${valuesOf(body, n.keys).join(", ")}) != NULL)`);
  }
  const keys = heldKeys(body, n.keys);
  const found = body.temp("s64", "0"), i = body.temp("u32");
  const match = keysMatch(body, n.map, n.keys, keys, `map_${name}_at(${i})`);
  body.w.open(
    `for (${i} = map_${name}.oldest; ${i} && !${found}; ${i} = map_${name}_at(${i})->head.newer)`,
  );
  body.w.line(`${found} = ${match || "1"};`);
  body.w.indent--;
  return fixed(found);
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
