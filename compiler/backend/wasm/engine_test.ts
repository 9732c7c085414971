/** Programs built by hand, compiled and run by the engine. */
import assert from "node:assert/strict";
import * as ir from "../../front/ir/ir.ts";
import * as target from "../../front/portable/target.ts";
import { Source, SourceKind, Span } from "../../front/source/source.ts";
import {
  compileForSession,
  runWasm,
  type WasmOptions,
  wasmText,
} from "../../../loader/wasm_engine.ts";

const source = new Source("test.stp", "x / y", SourceKind.User, false);
const at = new Span(source, 2, 3);
const long = (value: number | string) => new ir.LongExpr(at, String(value));
const str = (value: string) => new ir.StrExpr(at, value);
const localLong = (index: number) => new ir.LocalExpr(at, ir.Ty.Long, index);
const localStr = (index: number) => new ir.LocalExpr(at, ir.Ty.String, index);
const binary = (sym: string, a: ir.Expr, b: ir.Expr) => new ir.BinaryExpr(at, sym, a, b);
const evaluate = (expr: ir.Expr) => new ir.EvalStmt(at, expr);
const block = (...body: ir.Stmt[]) => new ir.BlockStmt(at, body);
const setLocal = (index: number, value: ir.Expr, sym = "=") =>
  evaluate(
    new ir.AssignExpr(at, value.type, sym, new ir.LocalExpr(at, value.type, index), value),
  );
const mapGet = (map: number, type: ir.Ty, ...keys: ir.Expr[]) =>
  new ir.MapGetExpr(at, type, map, keys);
const setMap = (target: ir.MapGetExpr, value: ir.Expr) =>
  evaluate(new ir.AssignExpr(at, target.type, "=", target, value));

/** print of values, each in its plain form, and a newline. */
function println(...values: ir.Expr[]): ir.Stmt {
  const pieces: ir.FormatPiece[] = [];
  values.forEach((value, index) => {
    if (index > 0) pieces.push(new ir.FormatPiece(ir.PieceKind.Text, " "));
    const piece = new ir.FormatPiece(
      value.type === ir.Ty.String ? ir.PieceKind.Str : ir.PieceKind.Long,
      "",
    );
    piece.conversion = value.type === ir.Ty.String ? "s" : "d";
    piece.value = value;
    pieces.push(piece);
  });
  pieces.push(new ir.FormatPiece(ir.PieceKind.Text, "\n"));
  return evaluate(new ir.FormatExpr(at, false, pieces));
}

class Build {
  readonly program = new ir.Program();

  global(name: string, type: ir.Ty, keys: ir.Ty[] = []): ir.Global {
    const global = new ir.Global(name, type, at);
    global.keys = keys;
    this.program.globals.push(global);
    return global;
  }

  probe(point: string, locals: ir.Ty[], ...body: ir.Stmt[]): this {
    const handler = new ir.Handler(block(...body), at);
    handler.locals = locals.map((type, index) => new ir.Local(`l${index}`, type));
    const family = /^\w+/.exec(point)![0];
    handler.interruptible = family !== "timer";
    this.program.handlers.push(handler);
    const number = this.program.handlers.length - 1;
    const row = new ir.ProbeRow(family, point, point, number, at);
    const count = /\((-?\d+)\)/.exec(point)?.[1] ?? "0";
    if (family === "timer") {
      row.props.push(new ir.Prop("kind", "interval"), new ir.Prop("period", `${count}000000`));
    } else row.props.push(new ir.Prop("order", count));
    this.program.rows.push(row);
    return this;
  }

  func(name: string, type: ir.Ty, params: ir.Ty[], locals: ir.Ty[], ...body: ir.Stmt[]): number {
    const func = new ir.Func(name, type, at);
    func.locals = [...params, ...locals].map((local, index) => new ir.Local(`l${index}`, local));
    func.params = params.length;
    func.body = block(...body);
    return this.program.funcs.push(func) - 1;
  }

  intrinsic(engine: string, type: ir.Ty, params: ir.Ty[]): number {
    const func = new ir.Func(engine, type, at);
    func.locals = params.map((local, index) => new ir.Local(`l${index}`, local));
    func.params = params.length;
    func.engine = engine;
    return this.program.funcs.push(func) - 1;
  }

  /** exit() as a statement. */
  exit(): ir.Stmt {
    let index = this.program.funcs.findIndex((func) => func.engine === "exit");
    if (index < 0) index = this.intrinsic("exit", ir.Ty.Void, []);
    return evaluate(new ir.CallExpr(at, ir.Ty.Void, index, []));
  }

  async run(options: WasmOptions = {}) {
    let out = "";
    let err = "";
    const result = await runWasm(this.program, options, {
      stdout: (bytes) => void (out += String.fromCharCode(...bytes)),
      stderr: (bytes) => void (err += String.fromCharCode(...bytes)),
    });
    return { out, err, status: result.status };
  }
}

const { Long, String: Str, Stats, Void } = ir.Ty;

Deno.test("arithmetic wraps and is defined in every corner", async () => {
  const min = "-9223372036854775808";
  const build = new Build();
  build.probe(
    "begin",
    [],
    println(binary("/", long(min), long(-1)), binary("%", long(min), long(-1))),
    println(binary("/", long(-7), long(2)), binary("%", long(-7), long(2))),
    println(binary("<<", long(1), long(65)), binary(">>", long(-8), long(65))),
    println(binary(">>>", long(-1), long(60)), binary("*", long(min), long(2))),
    println(binary("-", long(min), long(1))),
    build.exit(),
  );
  assert.deepEqual(await build.run(), {
    out: `${min} 0\n-3 -1\n2 -4\n15 0\n9223372036854775807\n`,
    err: "",
    status: 0,
  });
});

Deno.test("an error ends the session, a caught one does not", async () => {
  const divide = () => println(binary("/", long(1), long(0)));
  const build = new Build();
  build.probe(
    "begin",
    [Str],
    new ir.TryStmt(at, divide(), 0, println(str("caught"), localStr(0))),
    divide(),
    println(str("never")),
  );
  build.probe("end", [], println(str("end")));
  build.probe("error", [], println(str("error probe")));
  assert.deepEqual(await build.run(), {
    out: "caught division by 0\nerror probe\n",
    err: "ERROR: division by 0 near operator '/' at test.stp:1:3 in probe begin\n" +
      "WARNING: Number of errors: 1, skipped probes: 0\n",
    status: 1,
  });
});

Deno.test("strings are values, cut at MAXSTRINGLEN - 1", async () => {
  const build = new Build();
  const twice = build.func(
    "twice",
    Str,
    [Str],
    [],
    setLocal(0, str("!"), "."),
    new ir.ReturnStmt(at, new ir.ConcatExpr(at, [localStr(0), localStr(0)])),
  );
  const change = new ir.AssignExpr(at, Str, "=", localStr(0), str("new"));
  build.probe(
    "begin",
    [Str],
    setLocal(0, str("ab")),
    println(new ir.CallExpr(at, Str, twice, [localStr(0)]), localStr(0)),
    println(new ir.CompareStrExpr(at, "<", str("a\xff"), str("b"))),
    // The old value is printed beside the new one.
    println(localStr(0), change),
    setLocal(0, str("0123456789")),
    println(localStr(0)),
    build.exit(),
  );
  assert.equal(
    (await build.run({ defines: { MAXSTRINGLEN: "8" } })).out,
    "ab!ab! ab\n1\nab new\n0123456\n",
  );
});

Deno.test("arrays: keys of both types, order, limit, slices, deletion", async () => {
  const build = new Build();
  build.global("m", Long, [Str, Long]);
  const put = (a: string, b: number, v: number) =>
    setMap(mapGet(0, Long, str(a), long(b)), long(v));
  const loop = new ir.ForeachStmt(at, 0, println(localStr(0), localLong(1), localLong(2)));
  loop.keyLocals = [0, 1];
  loop.valueLocal = 2;
  loop.sortBy = 0;
  loop.descending = true;
  loop.limit = long(2);
  const slice = new ir.ForeachStmt(at, 0, println(localStr(0), localLong(1)));
  slice.keyLocals = [0, 1];
  slice.slice = [null, long(1)];
  build.probe(
    "begin",
    [Str, Long, Long],
    put("a", 1, 5),
    put("b", 1, 7),
    put("a", 2, 9),
    loop,
    new ir.DeleteStmt(at, mapGet(0, Long, str("b"), long(1))),
    slice,
    println(
      new ir.MapHasExpr(at, 0, [str("a"), null]),
      new ir.MapHasExpr(at, 0, [str("b"), null]),
      mapGet(0, Long, str("zz"), long(0)),
      new ir.CrementExpr(at, 1, false, mapGet(0, Long, str("n"), long(0))),
      mapGet(0, Long, str("n"), long(0)),
    ),
    build.exit(),
  );
  assert.equal((await build.run()).out, "a 2 9\nb 1 7\na 1\n1 0 0 0 1\n");
});

Deno.test("a full array is an error, a wrapping one forgets the oldest", async () => {
  for (const wraps of [false, true]) {
    const build = new Build();
    build.global("m", Long, [Long]).size = 2;
    build.program.globals[0].wraps = wraps;
    build.probe(
      "begin",
      [],
      ...[1, 2, 3].map((key) => setMap(mapGet(0, Long, long(key)), long(key))),
      println(mapGet(0, Long, long(1)), mapGet(0, Long, long(3))),
      build.exit(),
    );
    const { out, err } = await build.run();
    if (wraps) assert.equal(out, "0 3\n");
    else assert.match(err, /^ERROR: Array overflow, check size limit \(2\) near /);
  }
});

Deno.test("aggregates and histograms", async () => {
  const build = new Build();
  const needs = new ir.StatNeeds();
  needs.histLog = true;
  needs.variance = true;
  build.global("s", Stats).stat = needs;
  const stat = () => new ir.GlobalExpr(at, Stats, 0);
  const get = (fn: string) => new ir.StatGetExpr(at, fn, stat());
  const hist = new ir.FormatPiece(ir.PieceKind.Hist, "");
  hist.value = stat();
  hist.log = true;
  build.probe(
    "begin",
    [],
    ...[1, 2, 3, 100].map((value) => evaluate(new ir.StatAddExpr(at, stat(), long(value)))),
    println(...["count", "sum", "min", "max", "avg", "variance"].map(get)),
    evaluate(new ir.FormatExpr(at, false, [hist])),
    new ir.DeleteStmt(at, stat()),
    println(get("min")),
  );
  const { out, err } = await build.run();
  assert.equal(
    out,
    "4 106 1 100 26 2477\n" + `value |${"-".repeat(50)} count\n` +
      [[0, 0], [1, 1], [2, 2], [4, 0], [8, 0], [16, 0], [32, 0], [64, 1], [128, 0], [256, 0]]
        .map(([label, count]) =>
          `${`${label}`.padStart(5)} |${"@".repeat(count).padEnd(50)} ${count}\n`
        ).join("") +
      "\n",
  );
  assert.match(err, /^ERROR: empty aggregate near /);
});

Deno.test("MAXACTION, MAXNESTING and the sandbox's limits end what runs away", async () => {
  const forever = () => {
    const build = new Build();
    build.probe("begin", [Long], new ir.LoopStmt(at, null, null, block(), false));
    return build;
  };
  assert.match((await forever().run()).err, /^ERROR: MAXACTION exceeded near /);
  const fuel = await forever().run({ suppressTimeLimits: true, fuel: 1000n });
  assert.equal(fuel.err, "ERROR: the sandbox's instruction limit (1000) is used up\n");
  assert.equal(fuel.status, 1);

  const build = new Build();
  const down = build.func("down", Long, [Long], []);
  build.program.funcs[down].recursive = true;
  build.program.funcs[down].body = block(
    new ir.ReturnStmt(at, new ir.CallExpr(at, Long, down, [localLong(0)])),
  );
  build.probe("begin", [], println(new ir.CallExpr(at, Long, down, [long(1)])));
  assert.match((await build.run()).err, /^ERROR: MAXNESTING exceeded near /);
});

Deno.test("overloads fall through with next", async () => {
  const build = new Build();
  const head = build.func(
    "f",
    Long,
    [Long],
    [],
    new ir.IfStmt(
      at,
      new ir.CompareLongExpr(at, ">", setExpr(0, binary("+", localLong(0), long(10))), long(13)),
      new ir.NextStmt(at),
      null,
    ),
    new ir.ReturnStmt(at, long(1)),
  );
  const tail = build.func(
    "f#1",
    Long,
    [Long],
    [],
    new ir.IfStmt(
      at,
      new ir.CompareLongExpr(at, ">", localLong(0), long(5)),
      new ir.NextStmt(at),
      null,
    ),
    new ir.ReturnStmt(at, localLong(0)),
  );
  build.program.funcs[head].nextOverload = tail;
  const call = (value: number) => new ir.CallExpr(at, Long, head, [long(value)]);
  build.probe("begin", [], println(call(1), call(4)), println(call(9)));
  const { out, err } = await build.run();
  assert.equal(out, "1 4\n");
  assert.match(err, /^ERROR: all functions exhausted near /);
});

function setExpr(index: number, value: ir.Expr): ir.Expr {
  return new ir.AssignExpr(at, value.type, "=", new ir.LocalExpr(at, value.type, index), value);
}

Deno.test("timers run in order of time; begin(N) and end(N) by N", async () => {
  const build = new Build();
  build.probe("end(2)", [], println(str("end 2")));
  build.probe("end(-1)", [], println(str("end -1")));
  build.probe("timer.ms(20)", [], println(str("20")));
  build.probe("timer.ms(50)", [], println(str("50")), build.exit());
  build.probe("begin(1)", [], println(str("begin 1")));
  build.probe("begin", [], println(str("begin")));
  assert.equal((await build.run()).out, "begin\nbegin 1\n20\n20\n50\nend -1\nend 2\n");
});

Deno.test("kernel probes need a recording, which then drives them", async () => {
  const build = new Build();
  build.global("n", Long);
  build.probe(
    'kernel.function("vfs_read@fs/read_write.c:450")',
    [],
    println(
      new ir.ContextExpr(at, Long, "arg", 2, 4, true),
      new ir.DerefExpr(at, Str, new ir.ContextExpr(at, Long, "arg", 1, 8, false), 0, false, false),
    ),
  );
  const refused = await build.run();
  assert.match(refused.err, /^ERROR: test.stp:1:3: the WebAssembly engine cannot arm kernel/);
  assert.equal(refused.status, 1);
  const event = (address: string) =>
    JSON.stringify({
      probe: 'kernel.function("vfs_read")',
      args: [0, address, 4294967295],
      memory: [{ address: "0xffff888000001000", bytes: "686900" }],
    });
  const ran = await build.run({
    replay: event("0xffff888000001000") + "\n" + event("0x10") + "\n",
  });
  assert.equal(ran.out, "-1 hi\n");
  assert.match(ran.err, /^ERROR: read fault \[man error::fault\] at 0x10 near /);
});

Deno.test("an embedded function without an engine entry is refused with its place", async () => {
  const build = new Build();
  const func = build.intrinsic("", Void, []);
  build.program.funcs[func].name = "dump_stack";
  build.probe("begin", [], evaluate(new ir.CallExpr(at, Void, func, [])));
  assert.equal(
    (await build.run()).err,
    "ERROR: test.stp:1:3: the WebAssembly engine has no dump_stack(): its body is embedded C\n",
  );
});

Deno.test("the text form is valid", async () => {
  const build = new Build();
  build.probe("begin", [], new ir.TryStmt(at, block(), -1, block()), build.exit());
  assert.match(await wasmText(compileForSession(build.program).binary), /^\(module/);
});

Deno.test("-c: target() is the command, its output and its end belong to the session", async () => {
  const build = new Build();
  const target = build.intrinsic("target", Long, []);
  build.probe(
    "begin",
    [],
    println(
      new ir.CompareLongExpr(at, ">", new ir.CallExpr(at, Long, target, []), long(0)),
    ),
  );
  build.probe("end", [], println(str("end")));
  assert.deepEqual(await build.run({ command: "echo from the command" }), {
    out: "1\nfrom the command\nend\n",
    err: "",
    status: 0,
  });
});

Deno.test("every operator agrees with the front end's constant folding on corner values", async () => {
  const values = ["0", "1", "-1", "2", "-7", "63", "64", "65", "-64", "4294967296"];
  values.push("9223372036854775807", "-9223372036854775808");
  const operators: [string, (a: bigint, b: bigint) => bigint][] = [
    ["+", target.i64Add],
    ["-", target.i64Sub],
    ["*", target.i64Mul],
    ["/", target.i64Div],
    ["%", target.i64Rem],
    ["&", target.i64And],
    ["|", target.i64Or],
    ["^", target.i64Xor],
    ["<<", target.i64Shl],
    [">>", target.i64ShrS],
    [">>>", target.i64ShrU],
  ];
  const body: ir.Stmt[] = [];
  let expected = "";
  for (const [sym, fold] of operators) {
    for (const a of values) {
      for (const b of values) {
        if ((sym === "/" || sym === "%") && b === "0") continue;
        body.push(setLocal(0, long(a)), setLocal(1, long(b)));
        body.push(println(binary(sym, localLong(0), localLong(1))));
        expected += `${fold(BigInt(a), BigInt(b))}\n`;
      }
    }
  }
  const build = new Build();
  build.probe("begin", [Long, Long], ...body, build.exit());
  assert.equal((await build.run({ optimize: true })).out, expected);
});
