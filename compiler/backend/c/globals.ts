/**
 * Storage of script globals: what each scalar, aggregate and array becomes in C, with its typed
 * inline look-ups. Names: `g_x` for scalars, `map_x` for arrays; `lock_x` where a lock is needed.
 *
 * An aggregate `x` has `struct stat_x` (a tapir_stat and its buckets), `stat_x_add`.
 * Functions that are not used cost nothing: they are static and marked so.
 */
import * as ir from "../../front/ir/ir.ts";
import type { Analysis } from "./analysis.ts";
import { cComment, cLong, cName, cString, CWriter } from "./text.ts";

/** C declaration of key parameters: `s64 k1, const char *k2`. */
export function keyParams(g: ir.Global): string {
  return g.keys.map((t, i) => t == ir.Ty.String ? `const char *k${i + 1}` : `s64 k${i + 1}`)
    .join(", ");
}

export class Globals {
  readonly names: string[] = [];
  /** Orders asked for, by map: name of the function to its text. */
  private readonly orders = new Map<string, string>();
  private readonly locked = new Set<number>();

  constructor(readonly program: ir.Program, readonly analysis: Analysis) {
    const seen = new Set<string>();
    for (const g of program.globals) {
      let name = cName(g.name);
      while (seen.has(name)) name += "_";
      seen.add(name);
      this.names.push(name);
    }
  }

  needLock(global: number): string {
    this.locked.add(global);
    return `lock_${this.names[global]}`;
  }

  /** A comparison function for a foreach: `by` is a key number, or 0 for the value. */
  order(map: number, by: number, descending: boolean, statFunction: string): string {
    const g = this.program.globals[map];
    const m = this.names[map];
    const stat = by == 0 && g.type == ir.Ty.Stats;
    const fn = stat ? statFunction || "count" : "";
    const name = `map_${m}_${descending ? "down" : "up"}_${by == 0 ? "value" + fn : "k" + by}`;
    if (!this.orders.has(name)) {
      const type = by == 0 ? g.type : g.keys[by - 1];
      const field = by == 0 ? "value" : `k${by}`;
      let a = `x->${field}`, b = `y->${field}`;
      if (stat) [a, b] = [this.statValue(g, fn, `&${a}.s`), this.statValue(g, fn, `&${b}.s`)];
      if (descending) [a, b] = [b, a];
      const compare = type == ir.Ty.String ? "tapir_str_compare" : "tapir_order_long";
      this.orders.set(
        name,
        `static int ${name}(const struct tapir_map *m, u32 a, u32 b)\n{\n` +
          `\tconst struct map_${m}_entry *x = (const struct map_${m}_entry *)m->entries + a;\n` +
          `\tconst struct map_${m}_entry *y = (const struct map_${m}_entry *)m->entries + b;\n\n` +
          `\treturn ${compare}(${a}, ${b});\n}\n`,
      );
    }
    return name;
  }

  /** Value of an aggregate function; `stat` is a C pointer to a tapir_stat that is not empty. */
  statValue(g: ir.Global, fn: string, stat: string): string {
    switch (fn) {
      case "avg":
        return `tapir_stat_avg(${stat})`;
      case "variance":
        return `tapir_stat_variance(${stat}, ${g.stat?.varianceShift ?? 0}, ${!g.isMap()})`;
      default:
        return `(${stat})->${fn}`;
    }
  }

  /** Definitions, in the order of the program. */
  define(w: CWriter): void {
    this.program.globals.forEach((g, i) => {
      w.line();
      w.line(cComment(`global ${g.name} at ${g.span.where()}`));
      const lock = `lock_${this.names[i]}`;
      if (this.locked.has(i) && this.analysis.perCpu[i]) {
        w.line(`static DEFINE_PER_CPU(struct tapir_lock, ${lock});`);
      } else if (this.locked.has(i)) w.line(`static struct tapir_lock ${lock};`);
      if (g.type == ir.Ty.Stats) this.defineStat(w, i);
      if (g.isMap()) this.defineMap(w, i);
      else if (g.type == ir.Ty.Stats) this.defineScalarStat(w, i);
      else this.defineScalar(w, i);
    });
    for (const text of this.orders.values()) {
      w.line();
      w.raw(text.trimEnd());
    }
  }

  /** tapir_setup(), tapir_teardown() and tapir_set_global(). */
  defineSetup(w: CWriter): void {
    w.raw("\nstatic void tapir_teardown(void)\n{");
    this.program.globals.forEach((g, i) => {
      if (g.isMap()) w.line(`\ttapir_map_destroy(&map_${this.names[i]});`);
    });
    if (this.program.needsCaptures) w.line("\ttapir_re_destroy();");
    w.raw("}\n\nstatic int tapir_setup(void)\n{\n\tint rc = 0, cpu;\n");
    w.line("\tfor_each_possible_cpu(cpu) {");
    this.program.globals.forEach((g, i) => {
      if (!g.isMap() && g.type == ir.Ty.Stats) {
        w.line(`\t\ttapir_stat_clear(&per_cpu(g_${this.names[i]}, cpu).s);`);
      }
    });
    w.line("\t}");
    this.program.globals.forEach((g, i) => {
      if (!g.isMap()) return;
      const m = this.names[i];
      const size = g.size > 0 ? `${g.size}` : "MAXMAPENTRIES";
      w.line(
        `\trc = rc ?: tapir_map_create(&map_${m}, ${size}, sizeof(struct map_${m}_entry));`,
      );
    });
    if (this.program.needsCaptures) w.line("\trc = rc ?: tapir_re_create();");
    w.raw("\tif (rc)\n\t\ttapir_teardown();\n\treturn rc;\n}");
    w.raw("\nstatic int tapir_set_global(unsigned int index, const char *text)\n{");
    w.raw("\tlong long __maybe_unused number;\n\tint __maybe_unused rc;\n\n\tswitch (index) {");
    settable(this.program).forEach((i, index) => {
      const g = this.program.globals[i], name = `g_${this.names[i]}`;
      w.line(`\tcase ${index}:`);
      if (g.type == ir.Ty.String) {
        w.line(`\t\tif (strlen(text) >= MAXSTRINGLEN)\n\t\t\treturn -E2BIG;`);
        w.line(`\t\ttapir_str_copy(${name}, text, MAXSTRINGLEN);\n\t\treturn 0;`);
      } else {
        w.line(`\t\trc = kstrtoll(text, 0, &number);\n\t\tif (!rc)\n\t\t\t${name} = number;`);
        w.line("\t\treturn rc;");
      }
    });
    w.raw("\tdefault:\n\t\treturn -EINVAL;\n\t}\n}");
  }

  private defineScalar(w: CWriter, i: number): void {
    const g = this.program.globals[i], name = `g_${this.names[i]}`;
    if (g.type == ir.Ty.String) {
      w.line(`static string_t ${name} = ${g.hasInitial ? cString(g.initial) : '""'};`);
      return;
    }
    const initial = g.hasInitial ? ` = ${cLong(g.initial)}` : "";
    w.line(`static s64 ${name} __maybe_unused${initial};`);
    if (!this.analysis.perCpu[i]) return;
    w.raw(`static DEFINE_PER_CPU(s64, ${name}_added);

static __maybe_unused s64 ${name}_read(void)
{
	s64 sum = ${name};
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(${name}_added, cpu));
	return sum;
}

/* Only where nobody adds: in begin, end and error probes. */
static __maybe_unused void ${name}_set(s64 value)
{
	int cpu;

	for_each_possible_cpu(cpu)
		per_cpu(${name}_added, cpu) = 0;
	${name} = value;
}`);
  }

  private buckets(g: ir.Global): number {
    const s = g.stat;
    if (!s) return 0;
    // Both kinds on one aggregate: the logarithmic ones come first.
    return (s.histLog ? 128 : 0) + (s.histLinear ? this.linear(g) : 0);
  }

  /** Number of linear buckets with the two for outliers. */
  linear(g: ir.Global): number {
    const s = g.stat!;
    const n = (BigInt(s.high) - BigInt(s.low)) / BigInt(s.width) + 1n;
    return Number(n) + 2;
  }

  /** Offset in `buckets` of the histogram of a kind. */
  offset(g: ir.Global, log: boolean): number {
    return !log && g.stat!.histLog ? 128 : 0;
  }

  private defineStat(w: CWriter, i: number): void {
    const g = this.program.globals[i], m = this.names[i], buckets = this.buckets(g);
    w.open(`struct stat_${m} {`);
    w.line("struct tapir_stat s;");
    if (buckets) w.line(`s64 buckets[${buckets}];`);
    w.close("};");
    w.raw(`
static __maybe_unused void stat_${m}_clear(struct stat_${m} *x)
{
	tapir_stat_clear(&x->s);${buckets ? "\n\tmemset(x->buckets, 0, sizeof(x->buckets));" : ""}
}

static __maybe_unused void stat_${m}_merge(struct stat_${m} *to, const struct stat_${m} *from)
{${buckets ? "\n\tint i;\n" : ""}
	tapir_stat_merge(&to->s, &from->s);${
      buckets ? `\n\tfor (i = 0; i < ${buckets}; i++)\n\t\tto->buckets[i] += from->buckets[i];` : ""
    }
}`);
  }

  /** Which parts of tapir_stat the program reads; count is always kept. */
  private parts(g: ir.Global): { sum: boolean; range: boolean; variance: boolean } {
    const s = g.stat ?? new ir.StatNeeds();
    const all = g.autoDisplay;
    return {
      sum: all || s.sum || s.avg || s.variance,
      range: all || s.min || s.max,
      variance: s.variance,
    };
  }

  private addBuckets(g: ir.Global, update: (index: string) => string): string {
    const s = g.stat;
    let text = "";
    if (s?.histLog) text += `\t${update("tapir_hist_log_bucket(value)")}\n`;
    if (s?.histLinear) {
      const at = `tapir_hist_linear_bucket(value, ${cLong(s.low)}, ${cLong(s.width)}, ${
        this.linear(g)
      })`;
      text += `\t${update(s.histLog ? `128 + ${at}` : at)}\n`;
    }
    return text;
  }

  private defineScalarStat(w: CWriter, i: number): void {
    const g = this.program.globals[i], m = this.names[i], p = this.parts(g);
    const shift = g.stat?.varianceShift ?? 0;
    w.raw(`static DEFINE_PER_CPU(struct stat_${m}, g_${m});

static __always_inline void g_${m}_add(s64 value)
{`);
    if (p.variance) w.line("\tunsigned long flags;\n\n\traw_local_irq_save(flags);");
    if (p.range) w.line(`\ttapir_stat_pcpu_range(g_${m}.s, value);`);
    if (p.sum) w.line(`\ttapir_stat_pcpu_sum(g_${m}.s, value);`);
    w.line(`\ttapir_stat_pcpu_count(g_${m}.s);`);
    const buckets = this.addBuckets(g, (at) => `this_cpu_inc(g_${m}.buckets[${at}]);`);
    if (buckets) w.raw(buckets.trimEnd());
    if (p.variance) {
      w.line(`\ttapir_stat_add_variance(&this_cpu_ptr(&g_${m})->s, value, ${shift});`);
      w.line("\traw_local_irq_restore(flags);");
    }
    w.raw(`}

static __maybe_unused void g_${m}_fold(struct tapir_stat *to)
{
	int cpu;

	tapir_stat_clear(to);
	for_each_possible_cpu(cpu)
		tapir_stat_merge(to, &per_cpu(g_${m}, cpu).s);
}

static __maybe_unused void g_${m}_clear(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		stat_${m}_clear(&per_cpu(g_${m}, cpu));
}`);
    if (this.buckets(g)) {
      w.raw(`
static __maybe_unused s64 g_${m}_bucket(int i)
{
	s64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu(g_${m}, cpu).buckets[i];
	return sum;
}`);
    }
  }

  private defineMap(w: CWriter, i: number): void {
    const g = this.program.globals[i], m = this.names[i];
    const params = keyParams(g), args = g.keys.map((_, k) => `k${k + 1}`).join(", ");
    const entry = `struct map_${m}_entry`;
    const valueType = g.type == ir.Ty.Stats
      ? `struct stat_${m} value;`
      : g.type == ir.Ty.String
      ? "string_t value;"
      : "s64 value;";
    w.open(`${entry} {`);
    w.line("struct tapir_entry_head head;");
    g.keys.forEach((t, k) => t == ir.Ty.Long && w.line(`s64 k${k + 1};`));
    w.line(valueType);
    g.keys.forEach((t, k) =>
      t == ir.Ty.String && w.line(`char k${k + 1}[TAPIR_KEY_BYTES] __aligned(8);`)
    );
    w.close("} __aligned(8);");
    w.line();
    w.line(`static struct tapir_map map_${m};`);
    w.line();
    w.raw(`
static __always_inline ${entry} *map_${m}_at(u32 n)
{
	return (${entry} *)map_${m}.entries + n;
}

struct map_${m}_keys {`);
    g.keys.forEach((t, k) =>
      w.line(t == ir.Ty.String ? `\tstruct tapir_key k${k + 1};` : `\ts64 k${k + 1};`)
    );
    w.raw(`	u32 bucket;
};

static __always_inline void map_${m}_keys(struct map_${m}_keys *to, ${params})
{
	u64 hash = 0;
`);
    g.keys.forEach((t, k) => {
      const key = `k${k + 1}`;
      if (t == ir.Ty.String) w.line(`\thash = tapir_key_make(&to->${key}, hash, ${key});`);
      else w.line(`\tto->${key} = ${key};\n\thash = tapir_hash_mix(hash, ${key});`);
    });
    const order = g.keys.map((t, k) => ({ t, k })).sort((a, b) => a.t - b.t);
    const equal = order.map(({ t, k }) =>
      t == ir.Ty.String
        ? `tapir_key_equal(&keys->k${k + 1}, e->k${k + 1})`
        : `e->k${k + 1} == keys->k${k + 1}`
    ).join(" && ");
    w.raw(`	to->bucket = tapir_map_bucket(&map_${m}, hash);
}

static __always_inline ${entry} *map_${m}_in(const struct map_${m}_keys *keys)
{
	u32 n;

	for (n = map_${m}.heads[keys->bucket]; n; n = map_${m}_at(n)->head.chain) {
		${entry} *e = map_${m}_at(n);

		if (likely(${equal}))
			return e;
	}
	return NULL;
}

static __maybe_unused ${entry} *map_${m}_find(${params})
{
	struct map_${m}_keys keys TAPIR_UNSET;

	map_${m}_keys(&keys, ${args});
	return map_${m}_in(&keys);
}

/* The entry, made if there is none; NULL with an error raised if the array is full. */
static __maybe_unused ${entry} *map_${m}_make(struct tapir_ctx *c, ${params}, const char *site)
{
	struct map_${m}_keys keys TAPIR_UNSET;
	${entry} *e;
	u32 n;

	map_${m}_keys(&keys, ${args});
	e = map_${m}_in(&keys);
	if (likely(e))
		return e;
	n = tapir_map_insert(&map_${m}, keys.bucket, ${g.wraps});
	if (unlikely(!n)) {
		tapir_raise(c, ${
      g.size > 0
        ? cString(`Array overflow, check size limit (${g.size})`)
        : '"Array overflow, check MAXMAPENTRIES"'
    }, site);
		return NULL;
	}
	e = map_${m}_at(n);`);
    g.keys.forEach((t, k) =>
      w.line(
        t == ir.Ty.String
          ? `\ttapir_key_keep(e->k${k + 1}, &keys.k${k + 1});`
          : `\te->k${k + 1} = k${k + 1};`,
      )
    );
    if (g.type == ir.Ty.Stats) w.line(`\tstat_${m}_clear(&e->value);`);
    else if (g.type == ir.Ty.String) w.line("\te->value[0] = 0;");
    else w.line("\te->value = 0;");
    w.raw("\treturn e;\n}");
    if (g.type == ir.Ty.Long || g.type == ir.Ty.String) {
      const [type, none] = g.type == ir.Ty.Long ? ["s64 ", "0"] : ["const char *", '""'];
      w.raw(`
static __maybe_unused ${type}map_${m}_get(${params})
{
	const ${entry} *e = map_${m}_find(${args});

	return e ? e->value : ${none};
}`);
    } else {
      const p = this.parts(g), shift = g.stat?.varianceShift ?? 0;
      w.raw(`
static __always_inline void map_${m}_add(struct stat_${m} *x, s64 value)
{
	tapir_stat_add_count(&x->s);`);
      if (p.sum) w.line("\ttapir_stat_add_sum(&x->s, value);");
      if (p.range) w.line("\ttapir_stat_add_range(&x->s, value);");
      if (p.variance) w.line(`\ttapir_stat_add_variance(&x->s, value, ${shift});`);
      const buckets = this.addBuckets(g, (at) => `x->buckets[${at}]++;`);
      if (buckets) w.raw(buckets.trimEnd());
      w.raw("}");
    }
    w.raw(`
static __maybe_unused void map_${m}_delete(${params})
{
	${entry} *e = map_${m}_find(${args});

	if (e)
		tapir_map_remove(&map_${m}, e - map_${m}_at(0));
}`);
  }
}

/** Scalar globals that -G may set, in the order of the manifest. */
export function settable(program: ir.Program): number[] {
  const list: number[] = [];
  program.globals.forEach((g, i) => {
    if (!g.isMap() && (g.type == ir.Ty.Long || g.type == ir.Ty.String)) list.push(i);
  });
  return list;
}
