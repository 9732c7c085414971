/** Aggregates: additions, what the functions of `@` give, buckets of histograms. */
import * as ir from "../../front/ir/ir.ts";
import { hasEffects } from "../walk.ts";
import { targetGlobal } from "./analysis.ts";
import { Body, fixed, type Value } from "./body.ts";
import { valueOf, valuesOf } from "./expressions.ts";
import { makeEntry } from "./variables.ts";

export function statAdd(body: Body, n: ir.StatAddExpr): Value {
  const keys = n.stat.op == ir.Op.MapGet
    ? valuesOf(body, (n.stat as ir.MapGetExpr).keys, hasEffects(n.value))
    : [];
  const value = body.hold(valueOf(body, n.value), ir.Ty.Long);
  const name = body.m.globals.names[targetGlobal(n.stat)];
  if (n.stat.op == ir.Op.Global) body.w.line(`g_${name}_add(${value});`);
  else {body.w.line(
      `map_${name}_add(&${makeEntry(body, n.stat as ir.MapGetExpr, keys)}->value, ${value});`,
    );}
  return fixed(value);
}

/** C pointer to a tapir_stat with the aggregate's fields; null pointer or count 0 if empty. */
function statPointer(body: Body, stat: ir.Expr): string {
  const name = body.m.globals.names[targetGlobal(stat)];
  if (stat.op == ir.Op.Global) {
    const t = body.temp("struct tapir_stat");
    body.w.line(`g_${name}_fold(&${t});`);
    return `&${t}`;
  }
  const keys = valuesOf(body, (stat as ir.MapGetExpr).keys);
  const e = body.temp(`struct map_${name}_entry *`, `map_${name}_find(${keys.join(", ")})`);
  return body.temp("const struct tapir_stat *", `${e} ? &${e}->value.s : NULL`);
}

export function statGet(body: Body, n: ir.StatGetExpr): Value {
  const g = body.m.program.globals[targetGlobal(n.stat)];
  const p = statPointer(body, n.stat);
  const known = p.startsWith("&");
  const count = known ? `${p.substring(1)}.count` : `${p}->count`;
  if (n.fn == "count" || n.fn == "sum") {
    const v = known ? `${p.substring(1)}.${n.fn}` : `(${p} ? ${p}->${n.fn} : 0)`;
    return fixed(body.temp("s64", v));
  }
  body.failIf(
    known ? `!${count}` : `!${p} || !${count}`,
    `tapir_raise(c, TAPIR_EMPTY_AGGREGATE, ${body.site(n.span)});`,
  );
  return fixed(body.temp("s64", body.m.globals.statValue(g, n.fn, p)));
}

export function histBucket(body: Body, n: ir.HistBucketExpr): Value {
  const buckets = bucketCount(body, n.stat, n.log);
  const p = histPointer(body, n.stat, n.log, body.site(n.span));
  const i = body.temp("s64", valueOf(body, n.index).c);
  body.failIf(
    `${i} < 0 || ${i} >= ${buckets}`,
    `tapir_raise(c, "histogram index out of range", ${body.site(n.span)});`,
  );
  return fixed(body.temp("s64", `${p}[${i}]`));
}

export function bucketCount(body: Body, stat: ir.Expr, log: boolean): number {
  const g = body.m.program.globals[targetGlobal(stat)];
  return log ? 128 : body.m.globals.linear(g);
}

/** C pointer to the buckets of a histogram; an empty aggregate is an error. */
export function histPointer(body: Body, stat: ir.Expr, log: boolean, site: string): string {
  const i = targetGlobal(stat);
  const g = body.m.program.globals[i], name = body.m.globals.names[i];
  const offset = body.m.globals.offset(g, log), count = bucketCount(body, stat, log);
  const empty = `tapir_raise(c, TAPIR_EMPTY_AGGREGATE, ${site});`;
  if (stat.op == ir.Op.MapGet) {
    const keys = valuesOf(body, (stat as ir.MapGetExpr).keys);
    const e = body.temp(`struct map_${name}_entry *`, `map_${name}_find(${keys.join(", ")})`);
    body.failIf(`!${e} || !${e}->value.s.count`, empty);
    return body.temp("const s64 *", `${e}->value.buckets + ${offset}`);
  }
  const t = body.temp("struct tapir_stat");
  body.w.line(`g_${name}_fold(&${t});`);
  body.failIf(`!${t}.count`, empty);
  const member = `hist_${body.temps++}`;
  body.frameMember(`s64 ${member}[${count}];`);
  const b = body.temp("int");
  body.w.line(`for (${b} = 0; ${b} < ${count}; ${b}++)`);
  body.w.line(`\tf->${member}[${b}] = g_${name}_bucket(${offset} + ${b});`);
  return `f->${member}`;
}
