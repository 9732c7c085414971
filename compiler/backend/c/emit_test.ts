/** Programs built by hand become modules that both kernels' compilers take without a warning. */
import assert from "node:assert/strict";
import * as ir from "../../front/ir/ir.ts";
import { Source, SourceKind, Span } from "../../front/source/source.ts";
import { buildModule } from "../../../loader/kbuild.ts";
import { kernels } from "../../../loader/kernels.ts";
import { emitC } from "./emit.ts";

const source = new Source("test.stp", "probe begin { x }\n", SourceKind.User, true);
const at = new Span(source, 14, 15);
const { Long, String: Str, Stats, Void } = ir.Ty;

const num = (n: number | string) => new ir.LongExpr(at, String(n));
const str = (s: string) => new ir.StrExpr(at, s);
const loc = (i: number, type = Long) => new ir.LocalExpr(at, type, i);
const glo = (i: number, type = Long) => new ir.GlobalExpr(at, type, i);
const get = (map: number, type: ir.Ty, ...keys: (ir.Expr | null)[]) =>
  new ir.MapGetExpr(at, type, map, keys);
const bin = (sym: string, a: ir.Expr, b: ir.Expr) => new ir.BinaryExpr(at, sym, a, b);
const ev = (e: ir.Expr) => new ir.EvalStmt(at, e);
const block = (...list: ir.Stmt[]) => new ir.BlockStmt(at, list);
const set = (target: ir.Expr, value: ir.Expr, sym = "=") =>
  ev(new ir.AssignExpr(at, target.type, sym, target, value));
const inc = (target: ir.Expr) => ev(new ir.CrementExpr(at, 1, false, target));

function global(p: ir.Program, name: string, type: ir.Ty, ...keys: ir.Ty[]): number {
  const g = new ir.Global(name, type, at);
  g.keys = keys;
  if (type == Stats) {
    g.stat = new ir.StatNeeds();
    Object.assign(g.stat, { count: true, sum: true, min: true, max: true, avg: true });
  }
  return p.globals.push(g) - 1;
}

function probe(p: ir.Program, family: string, locals: ir.Local[], ...body: ir.Stmt[]): void {
  const h = new ir.Handler(block(...body), at);
  h.locals = locals;
  p.handlers.push(h);
  const row = new ir.ProbeRow(family, family, family, p.handlers.length - 1, at);
  if (family == "function" || family == "return") row.props.push(new ir.Prop("symbol", "vfs_read"));
  if (family == "trace") row.props.push(new ir.Prop("tracepoint", "sched_switch"));
  p.rows.push(row);
}

function print(...parts: (string | [string, ir.Expr, Partial<ir.FormatPiece>?])[]): ir.Stmt {
  return ev(new ir.FormatExpr(at, false, pieces(parts)));
}

function pieces(parts: (string | [string, ir.Expr, Partial<ir.FormatPiece>?])[]) {
  return parts.map((p) => {
    if (typeof p == "string") return new ir.FormatPiece(ir.PieceKind.Text, p);
    const kind = p[0] == "s"
      ? ir.PieceKind.Str
      : p[0] == "hist"
      ? ir.PieceKind.Hist
      : "mM".includes(p[0])
      ? ir.PieceKind.Memory
      : ir.PieceKind.Long;
    return Object.assign(new ir.FormatPiece(kind, ""), {
      conversion: p[0],
      value: p[1],
      ...p[2],
    });
  });
}

/** One of nearly everything. */
function everything(): ir.Program {
  const p = new ir.Program();
  const n = global(p, "n", Long), m = global(p, "m", Long, Long);
  const five = global(p, "five", Str, Long, Str, Long, Str, Long);
  const s = global(p, "s", Stats), sm = global(p, "sm", Stats, Long, Str);
  const text = global(p, "text", Str), shown = global(p, "shown", Long, Str);
  for (const i of [s, sm]) {
    Object.assign(p.globals[i].stat!, {
      histLog: true,
      histLinear: true,
      low: "0",
      high: "100",
      width: "10",
      variance: true,
    });
  }
  p.globals[five].wraps = true;
  p.globals[five].size = 10;
  p.globals[shown].autoDisplay = true;
  p.globals[n].initial = "5";
  p.globals[n].hasInitial = true;
  p.regexes.push(new ir.Regex("^a[bc]+|d$", at));

  const pid = new ir.Func("pid", Long, at);
  pid.code = " STAP_RETURN(current->tgid); ";
  const name = new ir.Func("execname", Str, at);
  name.code = " strscpy(STAP_RETVALUE, current->comm, MAXSTRINGLEN); ";
  const error = new ir.Func("error", Void, at);
  error.locals = [new ir.Local("msg", Str)];
  error.params = 1;
  error.code = ' STAP_ERROR("%s", STAP_ARG_msg); ';
  const read = new ir.Func("read", Long, at);
  read.locals = [new ir.Local("p", Long)];
  read.params = 1;
  read.code =
    " STAP_RETURN(kread(&((struct task_struct *)STAP_ARG_p)->pid) + kderef(4, STAP_ARG_p)); ";
  const fib = new ir.Func("fib", Long, at);
  fib.locals = [new ir.Local("i", Long)];
  fib.params = 1;
  fib.recursive = true;
  const call = (f: number, type: ir.Ty, ...args: ir.Expr[]) => new ir.CallExpr(at, type, f, args);
  fib.body = block(
    new ir.IfStmt(
      at,
      new ir.CompareLongExpr(at, "<", loc(0), num(2)),
      new ir.ReturnStmt(at, loc(0)),
      null,
    ),
    new ir.ReturnStmt(
      at,
      bin(
        "+",
        call(4, Long, bin("-", loc(0), num(1))),
        call(4, Long, bin("-", loc(0), num(2))),
      ),
    ),
  );
  const twice = new ir.Func("twice", Str, at);
  twice.locals = [new ir.Local("t", Str), new ir.Local("u", Str)];
  twice.params = 1;
  twice.body = block(
    set(loc(1, Str), new ir.ConcatExpr(at, [loc(0, Str), str("/"), loc(0, Str)])),
    set(loc(0, Str), loc(1, Str)),
    new ir.ReturnStmt(at, loc(0, Str)),
  );
  p.funcs.push(pid, name, error, read, fib, twice);

  const each = new ir.ForeachStmt(
    at,
    m,
    block(print(["d", loc(0)], " ", ["x", loc(2), { alternate: true }], "\n")),
  );
  each.keyLocals = [0];
  each.valueLocal = 2;
  each.sortBy = 0;
  each.descending = true;
  each.limit = num(10);
  const eachStat = new ir.ForeachStmt(
    at,
    sm,
    block(
      new ir.IfStmt(at, loc(0), new ir.ContinueStmt(at), new ir.BreakStmt(at)),
      print(["hist", get(sm, Stats, loc(0), loc(1, Str)), { log: true }]),
    ),
  );
  eachStat.keyLocals = [0, 1];
  eachStat.valueLocal = 2;
  eachStat.sortBy = 0;
  eachStat.sortFunction = "avg";
  eachStat.slice = [null, call(1, Str)];
  const eachHist = new ir.ForeachHistStmt(at, true, glo(s, Stats), 0, block(inc(loc(2))));
  const locals = [new ir.Local("a", Long), new ir.Local("b", Str), new ir.Local("v", Long)];
  const loop = new ir.LoopStmt(
    at,
    new ir.CompareLongExpr(at, "<", loc(0), num(10)),
    new ir.CrementExpr(at, 1, false, loc(0)),
    block(new ir.ContinueStmt(at)),
    false,
  );
  probe(
    p,
    "begin",
    locals,
    loop,
    set(loc(0), bin("/", glo(n), loc(2))),
    set(loc(1, Str), call(5, Str, call(1, Str))),
    set(loc(1, Str), str("x"), "."),
    set(glo(text, Str), new ir.ConcatExpr(at, [glo(text, Str), loc(1, Str), call(1, Str)])),
    new ir.TryStmt(at, block(ev(call(2, Void, str("oh")))), 1, block(print(["s", loc(1, Str)]))),
    ev(call(4, Long, num(10))),
    new ir.IfStmt(
      at,
      new ir.AndExpr(
        at,
        new ir.RegexExpr(at, false, loc(1, Str), 0),
        new ir.OrExpr(at, new ir.NotExpr(at, call(0, Long)), bin("%", num(5), loc(0))),
      ),
      print(
        "pid ",
        ["d", call(0, Long), { width: 5 }],
        ["s", call(1, Str), { width: 10, left: true, precision: 3 }],
        ["p", num(4096)],
        ["c", num(65)],
        ["b", num(65), { width: 1 }],
        ["M", num(65), { precision: 16 }],
        ["u", num(-1), { widthArg: loc(0) }],
        "\n",
      ),
      print(["hist", glo(s, Stats)]),
    ),
    ev(
      new ir.FormatExpr(
        at,
        true,
        pieces(["a", ["d", loc(0)], ["s", loc(1, Str)], ["X", num(3), { zero: true, width: 8 }]]),
      ),
    ),
    new ir.DeleteStmt(at, get(m, Long)),
  );
  probe(p, "function", [], inc(glo(n)));
  probe(
    p,
    "function",
    [],
    inc(get(m, Long, call(0, Long))),
    ev(new ir.StatAddExpr(at, glo(s, Stats), new ir.ContextExpr(at, Long, "arg", 2, 4, true))),
    ev(new ir.StatAddExpr(at, get(sm, Stats, num(1), call(1, Str)), num(3))),
    set(get(shown, Long, call(1, Str)), num(1), "+"),
  );
  probe(p, "function", [], ev(new ir.StatAddExpr(at, glo(s, Stats), num(1))));
  probe(
    p,
    "return",
    [],
    set(get(five, Str, num(1), str("a"), num(2), str("b"), num(3)), call(1, Str)),
    set(get(five, Str, num(1), str("a"), num(2), str("b"), num(3)), str("more"), "."),
    ev(new ir.EntryValueExpr(at, Long, 0)),
    new ir.IfStmt(
      at,
      new ir.MapHasExpr(at, five, [null, str("a"), null, null, null]),
      new ir.DeleteStmt(at, get(five, Str, null, str("a"), null, null, null)),
      null,
    ),
    ev(call(3, Long, new ir.ContextExpr(at, Long, "retval", 0, 8, true))),
  );
  p.handlers[p.handlers.length - 1].entrySlots.push(
    new ir.EntrySlot(Long, new ir.ContextExpr(at, Long, "arg", 0, 8, false)),
    new ir.EntrySlot(Str, new ir.DerefExpr(at, Str, num(1), 1, false, true)),
  );
  probe(
    p,
    "trace",
    [],
    set(
      glo(n),
      new ir.DerefExpr(
        at,
        Long,
        new ir.ContextExpr(at, Long, "tparg", 1, 8, false),
        4,
        true,
        false,
      ),
    ),
  );
  const minimum = new ir.StatGetExpr(at, "min", glo(s, Stats));
  probe(p, "end", locals, each, eachStat, eachHist, print(["d", minimum], "\n"));
  p.rows[p.rows.length - 1].condition = new ir.CompareLongExpr(at, ">", glo(n), num(0));
  return p;
}

function hello(): ir.Program {
  const p = new ir.Program();
  probe(p, "begin", [], print("hello world\n"));
  return p;
}

for (const [name, make] of [["hello", hello], ["everything", everything]] as const) {
  for (const kernel of kernels()) {
    Deno.test(`C of ${name} compiles without warnings on ${kernel.release}`, async () => {
      const product = emitC(make(), { module: `tapir_${name}`, release: kernel.release });
      const built = await buildModule(product, {
        kernel,
        runtime: new URL("../../../runtime-c", import.meta.url).pathname,
        make: ["KCFLAGS=-Werror"],
        cache: false,
        folder: Deno.env.get("TAPIR_TEST_FOLDER") || undefined,
      });
      assert.ok(built.path.endsWith(".ko"));
    });
  }
}

Deno.test("rounds that can be counted are charged at once, others one by one", () => {
  const below = (bound: ir.Expr) => new ir.CompareLongExpr(at, "<", loc(0), bound);
  const step = new ir.CrementExpr(at, 1, false, loc(0));
  const loop = (bound: ir.Expr, ...body: ir.Stmt[]) =>
    new ir.LoopStmt(at, below(bound), step, block(...body), false);
  const text = (make: (n: number) => ir.Stmt) => {
    const p = new ir.Program();
    const n = global(p, "n", Long);
    probe(p, "begin", [new ir.Local("i", Long), new ir.Local("x", Long)], make(n));
    return emitC(p, { module: "tapir_loop", release: "6.1" }).source;
  };
  const add = set(loc(1), bin("/", loc(0), num(7)), "+");
  assert.match(text(() => loop(num(1000), add)), /tapir_rounds\(c->actions, 2, .*\n.*\n#pragma/);
  assert.match(text(() => loop(num(1000), add)), /tapir_short_div\(l_i, /);
  assert.match(text((n) => loop(glo(n), add)), /tapir_rounds[^]*l_i \/ 7LL/);
  const others: ((n: number) => ir.Stmt)[] = [
    (n) => loop(glo(n), inc(glo(n))), // the bound changes
    () => loop(num(1000), set(loc(0), num(5))), // so does the counter
    () => loop(bin("+", loc(1), num(1)), add),
    () => loop(num(1000), new ir.TryStmt(at, add, -1, block())),
  ];
  for (const make of others) assert.doesNotMatch(text(make), /tapir_rounds\(/);
});
