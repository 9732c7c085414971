/** The IR as text for people: `-p2 -v`, golden tests, and the key under which equal handlers merge. */
import * as ir from "./ir.ts";
import { codeAt, repeat } from "../portable/target.ts";

const TYPES: string[] = ["void", "long", "string", "stats"];

export function tyText(type: ir.Ty): string {
  return TYPES[type as i32];
}

export function exprText(e: ir.Expr): string {
  return new Printer(null).expr(e);
}

/** Statements at an indentation, without names of globals. */
export function stmtText(s: ir.Stmt): string {
  const printer = new Printer(null);
  printer.stmt(s, 0);
  return printer.lines.join("\n");
}

/** A whole program. */
export function programText(program: ir.Program): string {
  const printer = new Printer(program);
  printer.program();
  return printer.lines.join("\n") + "\n";
}

export function quoted(text: string): string {
  const out: string[] = ['"'];
  for (let i: i32 = 0; i < text.length; i++) {
    const c: i32 = codeAt(text, i);
    if (c == 10) out.push("\\n");
    else if (c == 9) out.push("\\t");
    else if (c == 34 || c == 92) out.push("\\" + text.charAt(i));
    else if (c < 32 || c > 126) out.push("\\" + c.toString(8).padStart(3, "0"));
    else out.push(text.charAt(i));
  }
  out.push('"');
  return out.join("");
}

class Printer {
  lines: string[] = [];

  constructor(private owner: ir.Program | null) {}

  private line(depth: i32, text: string): void {
    this.lines.push(repeat("  ", depth) + text);
  }

  // ---------------------------------------------------------------------------- declarations

  program(): void {
    const p = this.owner;
    if (p == null) return;
    for (let i: i32 = 0; i < p.globals.length; i++) this.global(p.globals[i]);
    for (let i: i32 = 0; i < p.regexes.length; i++) {
      this.line(0, `regex ${i.toString()} ${quoted(p.regexes[i].pattern)}`);
    }
    for (let i: i32 = 0; i < p.funcs.length; i++) this.func(p.funcs[i]);
    for (let i: i32 = 0; i < p.handlers.length; i++) this.handler(i, p.handlers[i]);
    for (let i: i32 = 0; i < p.rows.length; i++) this.row(p.rows[i]);
  }

  private global(g: ir.Global): void {
    const keys: string[] = [];
    for (let i: i32 = 0; i < g.keys.length; i++) keys.push(tyText(g.keys[i]));
    let text = `global ${g.name}:${tyText(g.type)}`;
    if (keys.length > 0) text += " [" + keys.join(", ") + "]";
    if (g.size > 0) text += " size " + g.size.toString();
    if (g.wraps) text += " wraps";
    if (g.hasInitial) text += " = " + (g.type == ir.Ty.String ? quoted(g.initial) : g.initial);
    if (g.use.read) text += " read";
    if (g.use.written) text += " written";
    if (g.use.added) text += " added";
    if (g.autoDisplay) text += " display";
    this.line(0, text);
  }

  private locals(locals: ir.Local[], from: i32): string {
    const out: string[] = [];
    for (let i: i32 = from; i < locals.length; i++) {
      out.push(locals[i].name + ":" + tyText(locals[i].type));
    }
    return out.join(", ");
  }

  private func(f: ir.Func): void {
    const params = this.locals(f.locals.slice(0, f.params), 0);
    let text = `function ${f.name}:${tyText(f.type)} (${params})`;
    if (f.engine != "") text += " engine " + f.engine;
    if (f.nextOverload >= 0) text += " next " + f.nextOverload.toString();
    if (f.handler >= 0) text += " of handler " + f.handler.toString();
    this.line(0, text);
    const body = f.body;
    if (body == null) return;
    if (f.locals.length > f.params) this.line(1, "locals " + this.locals(f.locals, f.params));
    this.stmt(body, 1);
  }

  private handler(index: i32, h: ir.Handler): void {
    this.line(0, `handler ${index.toString()}`);
    if (h.locals.length > 0) this.line(1, "locals " + this.locals(h.locals, 0));
    for (let i: i32 = 0; i < h.entrySlots.length; i++) {
      this.line(1, `entry ${i.toString()} = ${this.expr(h.entrySlots[i].value)}`);
    }
    this.stmt(h.body, 1);
  }

  private row(r: ir.ProbeRow): void {
    let text = `probe ${r.point} name ${r.name} handler ${r.handler.toString()} ${r.family}`;
    for (let i: i32 = 0; i < r.props.length; i++) {
      text += " " + r.props[i].name + "=" + r.props[i].value;
    }
    const condition = r.condition;
    if (condition != null) text += " if " + this.expr(condition);
    this.line(0, text);
  }

  // ------------------------------------------------------------------------------ statements

  stmt(s: ir.Stmt, depth: i32): void {
    switch (s.op) {
      case ir.Op.Eval:
        this.line(depth, this.expr((s as ir.EvalStmt).expr));
        break;
      case ir.Op.Block: {
        const body = (s as ir.BlockStmt).body;
        for (let i: i32 = 0; i < body.length; i++) this.stmt(body[i], depth);
        break;
      }
      case ir.Op.If: {
        const branch = s as ir.IfStmt;
        this.line(depth, "if " + this.expr(branch.condition));
        this.stmt(branch.whenTrue, depth + 1);
        const whenFalse = branch.whenFalse;
        if (whenFalse == null) break;
        this.line(depth, "else");
        this.stmt(whenFalse, depth + 1);
        break;
      }
      case ir.Op.Loop:
        this.loop(s as ir.LoopStmt, depth);
        break;
      case ir.Op.Foreach:
        this.foreach(s as ir.ForeachStmt, depth);
        break;
      case ir.Op.ForeachHist: {
        const loop = s as ir.ForeachHistStmt;
        const fn = loop.log ? "hist_log" : "hist_linear";
        this.line(depth, `foreach %${loop.keyLocal.toString()} in ${fn} ${this.expr(loop.stat)}`);
        this.stmt(loop.body, depth + 1);
        break;
      }
      case ir.Op.Break:
        this.line(depth, "break");
        break;
      case ir.Op.Continue:
        this.line(depth, "continue");
        break;
      case ir.Op.Next:
        this.line(depth, "next");
        break;
      case ir.Op.Return: {
        const value = (s as ir.ReturnStmt).value;
        this.line(depth, value == null ? "return" : "return " + this.expr(value));
        break;
      }
      case ir.Op.Delete:
        this.line(depth, "delete " + this.expr((s as ir.DeleteStmt).target));
        break;
      case ir.Op.Try: {
        const guarded = s as ir.TryStmt;
        this.line(depth, "try");
        this.stmt(guarded.body, depth + 1);
        this.line(
          depth,
          guarded.catchLocal < 0 ? "catch" : "catch %" + guarded.catchLocal.toString(),
        );
        this.stmt(guarded.handler, depth + 1);
        break;
      }
      default:
        this.line(depth, "embedded " + quoted((s as ir.EmbeddedStmt).code));
        break;
    }
  }

  private loop(loop: ir.LoopStmt, depth: i32): void {
    const condition = loop.condition;
    const step = loop.step;
    let text = loop.testLast ? "do while" : "while";
    text += condition == null ? " 1" : " " + this.expr(condition);
    if (step != null) text += " step " + this.expr(step);
    this.line(depth, text);
    this.stmt(loop.body, depth + 1);
  }

  private foreach(loop: ir.ForeachStmt, depth: i32): void {
    const keys: string[] = [];
    for (let i: i32 = 0; i < loop.keyLocals.length; i++) {
      keys.push("%" + loop.keyLocals[i].toString());
    }
    let text = "foreach ";
    if (loop.valueLocal >= 0) text += "%" + loop.valueLocal.toString() + " = ";
    text += "[" + keys.join(", ") + "] in " + this.name(loop.map);
    const slice = loop.slice;
    if (slice != null) text += this.keys(slice);
    if (loop.sortBy >= 0) {
      text += " sort " + loop.sortBy.toString() + (loop.descending ? " descending" : " ascending");
    }
    if (loop.sortFunction != "") text += " @" + loop.sortFunction;
    const limit = loop.limit;
    if (limit != null) text += " limit " + this.expr(limit);
    this.line(depth, text);
    this.stmt(loop.body, depth + 1);
  }

  // ----------------------------------------------------------------------------- expressions

  private name(global: i32): string {
    const p = this.owner;
    if (p != null && global >= 0 && global < p.globals.length) return p.globals[global].name;
    return "@" + global.toString();
  }

  private keys(keys: (ir.Expr | null)[]): string {
    const out: string[] = [];
    for (let i: i32 = 0; i < keys.length; i++) {
      const key = keys[i];
      out.push(key == null ? "*" : this.expr(key));
    }
    return "[" + out.join(", ") + "]";
  }

  private infix(left: ir.Expr, sym: string, right: ir.Expr): string {
    return "(" + this.expr(left) + " " + sym + " " + this.expr(right) + ")";
  }

  expr(e: ir.Expr): string {
    switch (e.op) {
      case ir.Op.Long:
        return (e as ir.LongExpr).text;
      case ir.Op.Str:
        return quoted((e as ir.StrExpr).value);
      case ir.Op.Local:
        return "%" + (e as ir.LocalExpr).index.toString();
      case ir.Op.Global:
        return this.name((e as ir.GlobalExpr).index);
      case ir.Op.MapGet:
        return this.name((e as ir.MapGetExpr).map) + this.keys((e as ir.MapGetExpr).keys);
      case ir.Op.MapHas:
        return "(" + this.keys((e as ir.MapHasExpr).keys) + " in " +
          this.name((e as ir.MapHasExpr).map) + ")";
      case ir.Op.Unary:
        return (e as ir.UnaryExpr).sym + this.expr((e as ir.UnaryExpr).operand);
      case ir.Op.Not:
        return "!" + this.expr((e as ir.NotExpr).operand);
      case ir.Op.Binary: {
        const b = e as ir.BinaryExpr;
        return this.infix(b.left, b.sym, b.right);
      }
      case ir.Op.And:
        return this.infix((e as ir.AndExpr).left, "&&", (e as ir.AndExpr).right);
      case ir.Op.Or:
        return this.infix((e as ir.OrExpr).left, "||", (e as ir.OrExpr).right);
      case ir.Op.Cond: {
        const c = e as ir.CondExpr;
        return "(" + this.expr(c.condition) + " ? " + this.expr(c.whenTrue) + " : " +
          this.expr(c.whenFalse) + ")";
      }
      case ir.Op.CompareLong: {
        const c = e as ir.CompareLongExpr;
        return this.infix(c.left, c.sym, c.right);
      }
      case ir.Op.CompareStr: {
        const c = e as ir.CompareStrExpr;
        return this.infix(c.left, "str" + c.sym, c.right);
      }
      case ir.Op.Concat:
        return "concat" + this.list((e as ir.ConcatExpr).parts);
      case ir.Op.Regex: {
        const r = e as ir.RegexExpr;
        const sym = r.negated ? " !~ " : " =~ ";
        return "(" + this.expr(r.text) + sym + r.regex.toString() + ")";
      }
      case ir.Op.Assign: {
        const a = e as ir.AssignExpr;
        return this.infix(a.target, a.sym == "=" ? "=" : a.sym + "=", a.value);
      }
      case ir.Op.StatAdd:
        return this.infix((e as ir.StatAddExpr).stat, "<<<", (e as ir.StatAddExpr).value);
      case ir.Op.StatGet:
        return "@" + (e as ir.StatGetExpr).fn + "(" + this.expr((e as ir.StatGetExpr).stat) + ")";
      case ir.Op.Crement: {
        const c = e as ir.CrementExpr;
        const sym = c.delta > 0 ? "++" : "--";
        return c.prefix ? sym + this.expr(c.target) : this.expr(c.target) + sym;
      }
      default:
        return this.other(e);
    }
  }

  private list(list: ir.Expr[]): string {
    const out: string[] = [];
    for (let i: i32 = 0; i < list.length; i++) out.push(this.expr(list[i]));
    return "(" + out.join(", ") + ")";
  }

  private other(e: ir.Expr): string {
    switch (e.op) {
      case ir.Op.HistBucket: {
        const h = e as ir.HistBucketExpr;
        return (h.log ? "@hist_log(" : "@hist_linear(") + this.expr(h.stat) + ")[" +
          this.expr(h.index) + "]";
      }
      case ir.Op.Call: {
        const call = e as ir.CallExpr;
        const p = this.owner;
        const known: bool = p != null && call.func >= 0 && call.func < p.funcs.length;
        const name = known ? (p as ir.Program).funcs[call.func].name : "f" + call.func.toString();
        return name + this.list(call.args);
      }
      case ir.Op.Format:
        return this.format(e as ir.FormatExpr);
      case ir.Op.Context: {
        const c = e as ir.ContextExpr;
        const sign = c.signed ? "s" : "u";
        return `${c.name}(${c.number.toString()}):${sign}${(c.size * 8).toString()}`;
      }
      case ir.Op.RowConst:
        return "const(" + (e as ir.RowConstExpr).index.toString() + ")";
      case ir.Op.EntryValue:
        return "entry(" + (e as ir.EntryValueExpr).slot.toString() + ")";
      case ir.Op.Deref: {
        const d = e as ir.DerefExpr;
        return this.memory(d.type, d.size, d.signed, d.user, d.bitOffset, d.bitSize) + "[" +
          this.expr(d.address) + "]";
      }
      case ir.Op.Store: {
        const s = e as ir.StoreExpr;
        return "(" + this.memory(ir.Ty.Long, s.size, false, s.user, s.bitOffset, s.bitSize) + "[" +
          this.expr(s.address) + "] = " + this.expr(s.value) + ")";
      }
      case ir.Op.ContextStore: {
        const s = e as ir.ContextStoreExpr;
        return `(${s.name}(${s.number.toString()}):u${(s.size * 8).toString()} = ${
          this.expr(s.value)
        })`;
      }
      case ir.Op.SymbolAddress: {
        const a = e as ir.SymbolAddressExpr;
        const where = (a.perCpu ? "percpu " : "") + (a.module == "" ? "" : a.module + ":") +
          a.symbol;
        return "&" + where + (a.offset == 0 ? "" : "+" + a.offset.toString());
      }
      default:
        return "embedded " + quoted((e as ir.EmbeddedExpr).code);
    }
  }

  private memory(type: ir.Ty, size: i32, signed: bool, user: bool, at: i32, bits: i32): string {
    let text = user ? "user" : "kernel";
    text += type == ir.Ty.String ? ":string" : (signed ? ":s" : ":u");
    if (type != ir.Ty.String) text += (size * 8).toString();
    if (bits > 0) text += "{" + at.toString() + "," + bits.toString() + "}";
    return text;
  }

  private format(e: ir.FormatExpr): string {
    const out: string[] = [];
    for (let i: i32 = 0; i < e.pieces.length; i++) out.push(this.piece(e.pieces[i]));
    return (e.toString_ ? "sprint(" : "print(") + out.join(", ") + ")";
  }

  private piece(p: ir.FormatPiece): string {
    if (p.kind == ir.PieceKind.Text) return quoted(p.text);
    const value = p.value;
    const text = value == null ? "" : this.expr(value);
    if (p.kind == ir.PieceKind.Hist) {
      return (p.log ? "@hist_log(" : "@hist_linear(") + text + ")";
    }
    let spec = "%";
    if (p.zero) spec += "0";
    if (p.plus) spec += "+";
    if (p.space) spec += " ";
    if (p.left) spec += "-";
    if (p.alternate) spec += "#";
    const widthArg = p.widthArg;
    if (widthArg != null) spec += "*" + this.expr(widthArg);
    else if (p.width >= 0) spec += p.width.toString();
    const precisionArg = p.precisionArg;
    if (precisionArg != null) spec += ".*" + this.expr(precisionArg);
    else if (p.precision >= 0) spec += "." + p.precision.toString();
    return spec + p.conversion + " " + text;
  }
}
