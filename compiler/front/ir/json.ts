/**
 * The IR as JSON (`--dump-ir`): one object, versioned by IR_VERSION. Nodes are objects with "op",
 * the name of the operation, and "at", the byte offset of their span; field names are those of
 * `ir.ts`. 64-bit numbers are strings. Nothing depends on the build: both compilers give the same
 * bytes.
 */
import * as ir from "./ir.ts";
import { JsonWriter } from "../source/json.ts";

/** The operation names of the JSON form, indexed by ir.Op. */
export const OP_NAMES: string[] = [
  "long",
  "str",
  "local",
  "global",
  "map.get",
  "map.has",
  "unary",
  "binary",
  "and",
  "or",
  "not",
  "cond",
  "cmp.long",
  "cmp.str",
  "concat",
  "regex",
  "assign",
  "crement",
  "stat.add",
  "stat.get",
  "hist.bucket",
  "call",
  "format",
  "context",
  "row.const",
  "entry.value",
  "deref",
  "store",
  "contextStore",
  "symbolAddress",
  "embedded.expr",
  "eval",
  "block",
  "if",
  "loop",
  "foreach",
  "foreach.hist",
  "break",
  "continue",
  "return",
  "next",
  "delete",
  "try",
  "embedded.stmt",
];

const TYPE_NAMES: string[] = ["void", "long", "string", "stats"];
const PIECE_NAMES: string[] = ["text", "long", "str", "memory", "hist"];

/** Name of a type as in dumps: long, string, stats, void. */
export function typeName(type: ir.Ty): string {
  return TYPE_NAMES[type];
}

/** The whole program as one line of JSON. */
export function programToJson(program: ir.Program): string {
  return new IrJson().program(program);
}

class IrJson {
  private out: JsonWriter = new JsonWriter();

  program(program: ir.Program): string {
    const out = this.out;
    out.openObject();
    out.name("version").int(program.version);
    out.name("globals").openArray();
    for (let i: i32 = 0; i < program.globals.length; i++) this.global(program.globals[i]);
    out.closeArray();
    out.name("functions").openArray();
    for (let i: i32 = 0; i < program.funcs.length; i++) this.func(program.funcs[i]);
    out.closeArray();
    out.name("handlers").openArray();
    for (let i: i32 = 0; i < program.handlers.length; i++) this.handler(program.handlers[i]);
    out.closeArray();
    out.name("rows").openArray();
    for (let i: i32 = 0; i < program.rows.length; i++) this.row(program.rows[i]);
    out.closeArray();
    out.name("regexes").openArray();
    for (let i: i32 = 0; i < program.regexes.length; i++) out.text(program.regexes[i].pattern);
    out.closeArray();
    out.name("embedded").openArray();
    for (let i: i32 = 0; i < program.embedded.length; i++) out.text(program.embedded[i].code);
    out.closeArray();
    out.name("needsCaptures").bool_(program.needsCaptures);
    out.closeObject();
    return out.finish();
  }

  private global(global: ir.Global): void {
    const out = this.out;
    out.openObject();
    out.name("name").text(global.name);
    out.name("type").text(TYPE_NAMES[global.type]);
    out.name("keys").openArray();
    for (let i: i32 = 0; i < global.keys.length; i++) out.text(TYPE_NAMES[global.keys[i]]);
    out.closeArray();
    out.name("size").int(global.size);
    out.name("wraps").bool_(global.wraps);
    if (global.hasInitial) out.name("initial").text(global.initial);
    const stat = global.stat;
    if (stat != null) this.statNeeds(stat);
    const use = global.use;
    out.name("use").openObject();
    out.name("read").bool_(use.read).name("written").bool_(use.written);
    out.name("added").bool_(use.added).name("iterated").bool_(use.iterated);
    out.name("deleted").bool_(use.deleted).closeObject();
    out.name("autoDisplay").bool_(global.autoDisplay);
    out.closeObject();
  }

  private statNeeds(stat: ir.StatNeeds): void {
    const out = this.out;
    out.name("stat").openObject();
    out.name("count").bool_(stat.count).name("sum").bool_(stat.sum);
    out.name("min").bool_(stat.min).name("max").bool_(stat.max);
    out.name("avg").bool_(stat.avg).name("variance").bool_(stat.variance);
    out.name("varianceShift").int(stat.varianceShift);
    out.name("histLog").bool_(stat.histLog).name("histLinear").bool_(stat.histLinear);
    out.name("low").text(stat.low).name("high").text(stat.high).name("width").text(stat.width);
    out.name("buckets").int(stat.buckets).closeObject();
  }

  private locals(locals: ir.Local[]): void {
    const out = this.out;
    out.name("locals").openArray();
    for (let i: i32 = 0; i < locals.length; i++) {
      out.openObject().name("name").text(locals[i].name);
      out.name("type").text(TYPE_NAMES[locals[i].type]).closeObject();
    }
    out.closeArray();
  }

  private tags(tags: ir.Tags): void {
    const out = this.out;
    out.name("tags").openObject();
    out.name("pure").bool_(tags.pure).name("stable").bool_(tags.stable);
    out.name("unprivileged").bool_(tags.unprivileged);
    out.name("myprocUnprivileged").bool_(tags.myprocUnprivileged);
    out.name("guru").bool_(tags.guru).name("unmodifiedFnargs").bool_(tags.unmodifiedFnargs);
    out.name("unmangled").bool_(tags.unmangled);
    this.ints("reads", tags.reads);
    this.ints("writes", tags.writes);
    this.texts("pragmas", tags.pragmas);
    out.closeObject();
  }

  private ints(name: string, values: i32[]): void {
    this.out.name(name).openArray();
    for (let i: i32 = 0; i < values.length; i++) this.out.int(values[i]);
    this.out.closeArray();
  }

  private texts(name: string, values: string[]): void {
    this.out.name(name).openArray();
    for (let i: i32 = 0; i < values.length; i++) this.out.text(values[i]);
    this.out.closeArray();
  }

  private func(func: ir.Func): void {
    const out = this.out;
    out.openObject();
    out.name("name").text(func.name).name("type").text(TYPE_NAMES[func.type]);
    out.name("params").int(func.params);
    this.locals(func.locals);
    const body = func.body;
    if (body != null) {
      out.name("body");
      this.stmt(body);
    } else {
      out.name("code").text(func.code);
      this.tags(func.tags);
    }
    out.name("engine").text(func.engine);
    out.name("nextOverload").int(func.nextOverload);
    if (func.handler >= 0) out.name("handler").int(func.handler);
    out.name("recursive").bool_(func.recursive).name("library").bool_(func.library);
    out.closeObject();
  }

  private handler(handler: ir.Handler): void {
    const out = this.out;
    out.openObject();
    this.locals(handler.locals);
    out.name("entrySlots").openArray();
    for (let i: i32 = 0; i < handler.entrySlots.length; i++) {
      out.openObject().name("type").text(TYPE_NAMES[handler.entrySlots[i].type]).name("value");
      this.expr(handler.entrySlots[i].value);
      out.closeObject();
    }
    out.closeArray();
    out.name("interruptible").bool_(handler.interruptible);
    this.ints("reads", handler.reads);
    this.ints("writes", handler.writes);
    out.name("body");
    this.stmt(handler.body);
    out.closeObject();
  }

  private row(row: ir.ProbeRow): void {
    const out = this.out;
    out.openObject();
    out.name("family").text(row.family).name("point").text(row.point).name("name").text(row.name);
    out.name("handler").int(row.handler).name("props").openObject();
    for (let i: i32 = 0; i < row.props.length; i++) {
      out.name(row.props[i].name).text(row.props[i].value);
    }
    out.closeObject();
    const condition = row.condition;
    if (condition != null) {
      out.name("condition");
      this.expr(condition);
      this.ints("conditionGlobals", row.conditionGlobals);
    }
    this.texts("constants", row.constants);
    out.closeObject();
  }

  private exprs(name: string, list: (ir.Expr | null)[]): void {
    this.out.name(name).openArray();
    for (let i: i32 = 0; i < list.length; i++) this.exprOrNull(list[i]);
    this.out.closeArray();
  }

  private exprOrNull(expr: ir.Expr | null): void {
    if (expr == null) this.out.null_();
    else this.expr(expr);
  }

  private named(name: string, expr: ir.Expr | null): void {
    this.out.name(name);
    this.exprOrNull(expr);
  }

  private open(node: ir.IrNode): void {
    this.out.openObject().name("op").text(OP_NAMES[node.op]).name("at").int(node.span.start);
  }

  private pair(symbol: string, left: ir.Expr, right: ir.Expr): void {
    if (symbol.length > 0) this.out.name("sym").text(symbol);
    this.named("left", left);
    this.named("right", right);
  }

  private expr(expr: ir.Expr): void {
    const out = this.out;
    this.open(expr);
    out.name("type").text(TYPE_NAMES[expr.type]);
    this.exprFields(expr);
    out.closeObject();
  }

  private exprFields(expr: ir.Expr): void {
    const out = this.out;
    switch (expr.op) {
      case ir.Op.Long:
        out.name("value").text((expr as ir.LongExpr).text);
        break;
      case ir.Op.Str:
        out.name("value").text((expr as ir.StrExpr).value);
        break;
      case ir.Op.Local:
        out.name("index").int((expr as ir.LocalExpr).index);
        break;
      case ir.Op.Global:
        out.name("index").int((expr as ir.GlobalExpr).index);
        break;
      case ir.Op.MapGet:
        out.name("map").int((expr as ir.MapGetExpr).map);
        this.exprs("keys", (expr as ir.MapGetExpr).keys);
        break;
      case ir.Op.MapHas:
        out.name("map").int((expr as ir.MapHasExpr).map);
        this.exprs("keys", (expr as ir.MapHasExpr).keys);
        break;
      case ir.Op.Unary:
        out.name("sym").text((expr as ir.UnaryExpr).sym);
        this.named("operand", (expr as ir.UnaryExpr).operand);
        break;
      case ir.Op.Not:
        this.named("operand", (expr as ir.NotExpr).operand);
        break;
      case ir.Op.Binary: {
        const e = expr as ir.BinaryExpr;
        this.pair(e.sym, e.left, e.right);
        break;
      }
      case ir.Op.And:
        this.pair("", (expr as ir.AndExpr).left, (expr as ir.AndExpr).right);
        break;
      case ir.Op.Or:
        this.pair("", (expr as ir.OrExpr).left, (expr as ir.OrExpr).right);
        break;
      case ir.Op.CompareLong: {
        const e = expr as ir.CompareLongExpr;
        this.pair(e.sym, e.left, e.right);
        break;
      }
      case ir.Op.CompareStr: {
        const e = expr as ir.CompareStrExpr;
        this.pair(e.sym, e.left, e.right);
        break;
      }
      default:
        this.moreFields(expr);
    }
  }

  private moreFields(expr: ir.Expr): void {
    const out = this.out;
    switch (expr.op) {
      case ir.Op.Cond: {
        const e = expr as ir.CondExpr;
        this.named("condition", e.condition);
        this.named("whenTrue", e.whenTrue);
        this.named("whenFalse", e.whenFalse);
        break;
      }
      case ir.Op.Concat: {
        const parts = (expr as ir.ConcatExpr).parts;
        out.name("parts").openArray();
        for (let i: i32 = 0; i < parts.length; i++) this.expr(parts[i]);
        out.closeArray();
        break;
      }
      case ir.Op.Regex: {
        const e = expr as ir.RegexExpr;
        out.name("negated").bool_(e.negated).name("regex").int(e.regex);
        this.named("text", e.text);
        break;
      }
      case ir.Op.Assign: {
        const e = expr as ir.AssignExpr;
        out.name("sym").text(e.sym);
        this.named("target", e.target);
        this.named("value", e.value);
        break;
      }
      case ir.Op.Crement: {
        const e = expr as ir.CrementExpr;
        out.name("delta").int(e.delta).name("prefix").bool_(e.prefix);
        this.named("target", e.target);
        break;
      }
      case ir.Op.StatAdd:
        this.named("stat", (expr as ir.StatAddExpr).stat);
        this.named("value", (expr as ir.StatAddExpr).value);
        break;
      case ir.Op.StatGet:
        out.name("fn").text((expr as ir.StatGetExpr).fn);
        this.named("stat", (expr as ir.StatGetExpr).stat);
        break;
      case ir.Op.HistBucket:
        out.name("log").bool_((expr as ir.HistBucketExpr).log);
        this.named("stat", (expr as ir.HistBucketExpr).stat);
        this.named("index", (expr as ir.HistBucketExpr).index);
        break;
      case ir.Op.Call: {
        const call = expr as ir.CallExpr;
        out.name("func").int(call.func).name("args").openArray();
        for (let i: i32 = 0; i < call.args.length; i++) this.expr(call.args[i]);
        out.closeArray();
        break;
      }
      case ir.Op.Format:
        this.format(expr as ir.FormatExpr);
        break;
      default:
        this.machineFields(expr);
    }
  }

  private machineFields(expr: ir.Expr): void {
    const out = this.out;
    switch (expr.op) {
      case ir.Op.Context: {
        const e = expr as ir.ContextExpr;
        out.name("name").text(e.name).name("number").int(e.number);
        out.name("size").int(e.size).name("signed").bool_(e.signed);
        break;
      }
      case ir.Op.RowConst:
        out.name("index").int((expr as ir.RowConstExpr).index);
        break;
      case ir.Op.EntryValue:
        out.name("slot").int((expr as ir.EntryValueExpr).slot);
        break;
      case ir.Op.Deref: {
        const e = expr as ir.DerefExpr;
        out.name("size").int(e.size).name("signed").bool_(e.signed).name("user").bool_(e.user);
        out.name("bitOffset").int(e.bitOffset).name("bitSize").int(e.bitSize);
        this.named("address", e.address);
        break;
      }
      case ir.Op.Store: {
        const e = expr as ir.StoreExpr;
        out.name("size").int(e.size).name("user").bool_(e.user);
        out.name("bitOffset").int(e.bitOffset).name("bitSize").int(e.bitSize);
        this.named("address", e.address);
        this.named("value", e.value);
        break;
      }
      case ir.Op.ContextStore: {
        const e = expr as ir.ContextStoreExpr;
        out.name("name").text(e.name).name("number").int(e.number).name("size").int(e.size);
        this.named("value", e.value);
        break;
      }
      case ir.Op.SymbolAddress: {
        const e = expr as ir.SymbolAddressExpr;
        out.name("symbol").text(e.symbol).name("module").text(e.module);
        out.name("offset").int(e.offset).name("perCpu").bool_(e.perCpu);
        break;
      }
      case ir.Op.EmbeddedExpr:
        out.name("code").text((expr as ir.EmbeddedExpr).code);
        this.tags((expr as ir.EmbeddedExpr).tags);
        break;
      default:
        break;
    }
  }

  private format(format: ir.FormatExpr): void {
    const out = this.out;
    out.name("toString").bool_(format.toString_).name("pieces").openArray();
    for (let i: i32 = 0; i < format.pieces.length; i++) this.piece(format.pieces[i]);
    out.closeArray();
  }

  private piece(piece: ir.FormatPiece): void {
    const out = this.out;
    out.openObject().name("kind").text(PIECE_NAMES[piece.kind]);
    if (piece.kind == ir.PieceKind.Text) {
      out.name("text").text(piece.text).closeObject();
      return;
    }
    const flags: string[] = [];
    if (piece.zero) flags.push("0");
    if (piece.plus) flags.push("+");
    if (piece.space) flags.push(" ");
    if (piece.left) flags.push("-");
    if (piece.alternate) flags.push("#");
    out.name("flags").text(flags.join(""));
    out.name("width").int(piece.width).name("precision").int(piece.precision);
    this.named("widthArg", piece.widthArg);
    this.named("precisionArg", piece.precisionArg);
    out.name("conversion").text(piece.conversion).name("log").bool_(piece.log);
    this.named("value", piece.value);
    out.closeObject();
  }

  private stmt(stmt: ir.Stmt): void {
    this.open(stmt);
    this.stmtFields(stmt);
    this.out.closeObject();
  }

  private stmtFields(stmt: ir.Stmt): void {
    const out = this.out;
    switch (stmt.op) {
      case ir.Op.Eval:
        this.named("expr", (stmt as ir.EvalStmt).expr);
        break;
      case ir.Op.Block: {
        const body = (stmt as ir.BlockStmt).body;
        out.name("body").openArray();
        for (let i: i32 = 0; i < body.length; i++) this.stmt(body[i]);
        out.closeArray();
        break;
      }
      case ir.Op.If: {
        const s = stmt as ir.IfStmt;
        this.named("condition", s.condition);
        this.body("whenTrue", s.whenTrue);
        const whenFalse = s.whenFalse;
        if (whenFalse != null) this.body("whenFalse", whenFalse);
        break;
      }
      case ir.Op.Loop: {
        const s = stmt as ir.LoopStmt;
        this.named("condition", s.condition);
        this.named("step", s.step);
        out.name("testLast").bool_(s.testLast);
        this.body("body", s.body);
        break;
      }
      case ir.Op.Foreach:
        this.foreach_(stmt as ir.ForeachStmt);
        break;
      case ir.Op.ForeachHist: {
        const s = stmt as ir.ForeachHistStmt;
        out.name("log").bool_(s.log).name("keyLocal").int(s.keyLocal);
        out.name("valueLocal").int(s.valueLocal);
        this.named("stat", s.stat);
        this.named("limit", s.limit);
        this.body("body", s.body);
        break;
      }
      case ir.Op.Return:
        this.named("value", (stmt as ir.ReturnStmt).value);
        break;
      case ir.Op.Delete:
        this.named("target", (stmt as ir.DeleteStmt).target);
        break;
      case ir.Op.Try: {
        const s = stmt as ir.TryStmt;
        this.body("body", s.body);
        out.name("catchLocal").int(s.catchLocal);
        this.body("handler", s.handler);
        break;
      }
      case ir.Op.EmbeddedStmt:
        out.name("code").text((stmt as ir.EmbeddedStmt).code);
        this.tags((stmt as ir.EmbeddedStmt).tags);
        break;
      default:
        break;
    }
  }

  private body(name: string, stmt: ir.Stmt): void {
    this.out.name(name);
    this.stmt(stmt);
  }

  private foreach_(s: ir.ForeachStmt): void {
    const out = this.out;
    out.name("map").int(s.map);
    this.ints("keyLocals", s.keyLocals);
    out.name("valueLocal").int(s.valueLocal);
    const slice = s.slice;
    if (slice != null) this.exprs("slice", slice);
    out.name("sortBy").int(s.sortBy).name("descending").bool_(s.descending);
    out.name("sortFunction").text(s.sortFunction);
    this.named("limit", s.limit);
    this.body("body", s.body);
  }
}
