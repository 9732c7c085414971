/**
 * The syntax tree as text that parses again to the same tree.
 *
 * Two forms: with the fewest parentheses, or with all of them (which shows the structure). The
 * printer adds a semicolon after a statement only where the next one would be read as its
 * continuation.
 */
import {
  i64And,
  i64FromDecimal,
  i64FromI32,
  i64ShrU,
  i64ToI32,
  repeat,
} from "../portable/target.ts";
import {
  AddressOfExpr,
  AliasDecl,
  AssignExpr,
  AtVarExpr,
  AutocastExpr,
  BinaryExpr,
  BlockStmt,
  CallExpr,
  CastExpr,
  CompareExpr,
  ConcatExpr,
  ConstExpr,
  CrementExpr,
  DefinedExpr,
  DeleteStmt,
  DerefExpr,
  DoWhileStmt,
  EmbeddedExpr,
  EmbeddedStmt,
  EntryExpr,
  EnumConstExpr,
  EnumNameExpr,
  Expr,
  ExprStmt,
  ForeachStmt,
  ForStmt,
  FunctionDecl,
  GlobalDecl,
  HistIndexExpr,
  IfStmt,
  IndexExpr,
  InExpr,
  LogicalExpr,
  NodeKind,
  NumberExpr,
  PathStep,
  PerfExpr,
  PrintExpr,
  ProbePoint,
  ProbeWriteExpr,
  RegexExpr,
  RegisterExpr,
  ReturnStmt,
  ScriptFile,
  Sort,
  StatExpr,
  StepKind,
  Stmt,
  StringExpr,
  SymbolExpr,
  TargetExpr,
  TernaryExpr,
  TryStmt,
  TypeName,
  UnaryExpr,
  WhileStmt,
} from "./ast.ts";
import { binaryLevel } from "./expressions.ts";
import { Tok, Token } from "./token.ts";

// How tightly an expression holds together; binaryLevel() + 2 is between ternary and unary.
const ASSIGN: i32 = 1;
const TERNARY: i32 = 2;
const UNARY: i32 = 14;
const CREMENT: i32 = 15;
const ADDRESS: i32 = 16;
const PRIMARY: i32 = 17;

/** The declarations in source order. `full`: all parentheses. */
export function printScript(file: ScriptFile, full: bool): string {
  const printer = new Printer(full);
  for (let i: i32 = 0; i < file.orderWhat.length; i++) {
    const index = file.orderIndex[i];
    const what = file.orderWhat[i];
    if (what == "g") printer.global(file.globals[index]);
    else if (what == "f") printer.func(file.functions[index]);
    else if (what == "a") printer.alias(file.aliases[index]);
    else if (what == "e") printer.embedded(file.embedded[index].code);
    else printer.probe(file.probes[index].points, file.probes[index].body);
  }
  return printer.text();
}

/** One expression. */
export function printExpr(expr: Expr, full: bool): string {
  const printer = new Printer(full);
  printer.expr(expr, ASSIGN);
  return printer.text();
}

/** The bytes as a string literal. */
export function quote(value: string): string {
  const parts: string[] = ['"'];
  for (let i: i32 = 0; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if (c == 34) parts.push('\\"');
    else if (c == 92) parts.push("\\\\");
    else if (c == 10) parts.push("\\n");
    else if (c == 9) parts.push("\\t");
    else if (c < 32 || c == 127) {
      parts.push("\\" + (c >> 6).toString() + (c >> 3 & 7).toString() + (c & 7).toString());
    } else parts.push(value.charAt(i));
  }
  parts.push('"');
  return parts.join("");
}

/** One token a line: kind, text as written, line:column. */
export function printTokens(tokens: Token[]): string {
  const lines: string[] = [];
  for (let i: i32 = 0; i < tokens.length; i++) {
    const token = tokens[i];
    const text = token.kind == Tok.String ? quote(token.text) : token.text.split("\n").join("\\n");
    const where = token.span.line.toString() + ":" + token.span.column.toString();
    lines.push(where + "\t" + tokenKind(token.kind) + "\t" + text + "\n");
  }
  return lines.join("");
}

function tokenKind(kind: Tok): string {
  switch (kind) {
    case Tok.End:
      return "end";
    case Tok.Ident:
      return "identifier";
    case Tok.Keyword:
      return "keyword";
    case Tok.Number:
      return "number";
    case Tok.String:
      return "string";
    case Tok.Op:
      return "operator";
    case Tok.AtWord:
      return "at-word";
    case Tok.Embedded:
      return "embedded";
    default:
      return "bad";
  }
}

/** A negative number where only an unsigned one can be written. */
function hex(text: string): string {
  const value = i64FromDecimal(text);
  const digits: string[] = [];
  for (let shift: i32 = 60; shift >= 0; shift -= 4) {
    const digit = i64And(i64ShrU(value, i64FromI32(shift)), i64FromI32(15));
    digits.push("0123456789abcdef".charAt(i64ToI32(digit, 0)));
  }
  return "0x" + digits.join("");
}

function levelOf(expr: Expr): i32 {
  switch (expr.kind) {
    case NodeKind.Assign:
      return ASSIGN;
    case NodeKind.Ternary:
      return TERNARY;
    case NodeKind.Logical:
      return binaryLevel((expr as LogicalExpr).op) + 2;
    case NodeKind.Binary:
      return binaryLevel((expr as BinaryExpr).op) + 2;
    case NodeKind.In:
      return 8;
    case NodeKind.Compare:
    case NodeKind.Regex:
      return 9;
    case NodeKind.Concat:
      return 11;
    case NodeKind.Unary:
      return UNARY;
    case NodeKind.Crement:
      return CREMENT;
    case NodeKind.AddressOf:
      return ADDRESS;
    default:
      return PRIMARY;
  }
}

export class Printer {
  private parts: string[] = [];
  private indent: i32 = 0;

  constructor(private full: bool) {}

  text(): string {
    return this.parts.join("");
  }

  private put(text: string): void {
    this.parts.push(text);
  }

  private line(): void {
    this.parts.push("\n" + repeat("  ", this.indent));
  }

  // --------------------------------------------------------------------- declarations

  global(decl: GlobalDecl): void {
    this.put((decl.isPrivate ? "private global " : "global ") + decl.name);
    if (decl.wraps) this.put("%");
    if (decl.size > 0) this.put("[" + decl.size.toString() + "]");
    const initial = decl.initial;
    if (initial != null) {
      this.put(" = ");
      this.literal(initial);
    }
    this.put("\n");
  }

  private literal(expr: Expr): void {
    if (expr.kind == NodeKind.Number) this.put((expr as NumberExpr).text);
    else this.expr(expr, PRIMARY);
  }

  func(decl: FunctionDecl): void {
    if (decl.isPrivate) this.put("private ");
    this.put("function " + decl.name + typeText(decl.returnType) + "(");
    for (let i: i32 = 0; i < decl.params.length; i++) {
      const param = decl.params[i];
      this.put((i > 0 ? ", " : "") + param.name + typeText(param.type));
    }
    this.put(")");
    if (decl.priority >= 0) this.put(":" + decl.priority.toString());
    this.put(" ");
    const body = decl.body;
    if (body == null) this.put("%{" + decl.code + "%}");
    else this.block(body);
    this.put("\n");
  }

  probe(points: ProbePoint[], body: BlockStmt): void {
    this.put("probe ");
    this.points(points);
    this.put(" ");
    this.block(body);
    this.put("\n");
  }

  alias(decl: AliasDecl): void {
    const prologue = decl.prologue;
    const epilogue = decl.epilogue;
    this.put("probe ");
    for (let i: i32 = 0; i < decl.names.length; i++) {
      this.point(decl.names[i]);
      const last = i == decl.names.length - 1;
      this.put(last && prologue == null ? " += " : " = ");
    }
    this.points(decl.points);
    this.put(" ");
    if (prologue != null) this.block(prologue);
    if (epilogue != null) {
      if (prologue != null) this.put(", ");
      this.block(epilogue);
    }
    this.put("\n");
  }

  embedded(code: string): void {
    this.put("%{" + code + "%}\n");
  }

  private points(points: ProbePoint[]): void {
    for (let i: i32 = 0; i < points.length; i++) {
      if (i > 0) this.put(", ");
      this.point(points[i]);
    }
  }

  private point(point: ProbePoint): void {
    for (let i: i32 = 0; i < point.parts.length; i++) {
      const part = point.parts[i];
      this.put((i > 0 ? "." : "") + part.name);
      const arg = part.arg;
      if (arg == null) continue;
      this.put("(");
      this.literal(arg);
      this.put(")");
    }
    if (point.sufficient) this.put("!");
    else if (point.optional) this.put("?");
    const condition = point.condition;
    if (condition == null) return;
    this.put(" if (");
    this.expr(condition, ASSIGN);
    this.put(")");
  }

  // ----------------------------------------------------------------------- statements

  private block(block: BlockStmt): void {
    if (block.body.length == 0) {
      this.put("{}");
      return;
    }
    this.put("{");
    this.indent++;
    let end: i32 = -1;
    for (let i: i32 = 0; i < block.body.length; i++) {
      const stmt = block.body[i];
      this.line();
      const start = this.parts.length;
      this.stmt(stmt);
      if (end >= 0 && this.continues(block.body[i - 1], this.parts[start])) this.parts[end] = ";";
      end = this.parts.length;
      this.put("");
    }
    this.indent--;
    this.line();
    this.put("}");
  }

  /** Would text that begins so be read as part of the statement before it? */
  private continues(before: Stmt, text: string): bool {
    const leaf = lastStmt(before);
    const kind = leaf.kind;
    if (kind == NodeKind.Block || kind == NodeKind.Try || kind == NodeKind.Empty) return false;
    if (kind == NodeKind.Return && (leaf as ReturnStmt).value == null) return true;
    const c: i32 = text.length > 0 ? text.charCodeAt(0) : 0;
    const isLetter = (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c == 95;
    return !isLetter && c != 36 && c != 64;
  }

  stmt(stmt: Stmt): void {
    switch (stmt.kind) {
      case NodeKind.Empty:
        this.put(";");
        break;
      case NodeKind.ExprStmt: {
        const expr = (stmt as ExprStmt).expr;
        if (expr.kind != NodeKind.EmbeddedExpr) this.expr(expr, ASSIGN);
        else {
          this.put("(");
          this.expr(expr, ASSIGN);
          this.put(")");
        }
        break;
      }
      case NodeKind.Block:
        this.block(stmt as BlockStmt);
        break;
      case NodeKind.If: {
        const branch = stmt as IfStmt;
        this.headed("if (", branch.condition, branch.whenTrue);
        const otherwise = branch.whenFalse;
        if (otherwise == null) break;
        if (branch.whenTrue.kind == NodeKind.Block) this.put(" ");
        else this.line();
        this.put("else ");
        this.stmt(otherwise);
        break;
      }
      case NodeKind.While:
        this.headed("while (", (stmt as WhileStmt).condition, (stmt as WhileStmt).body);
        break;
      case NodeKind.DoWhile:
        this.put("do ");
        this.stmt((stmt as DoWhileStmt).body);
        this.put(" while (");
        this.expr((stmt as DoWhileStmt).condition, ASSIGN);
        this.put(")");
        break;
      case NodeKind.For:
        this.forStmt(stmt as ForStmt);
        break;
      case NodeKind.Foreach:
        this.foreachStmt(stmt as ForeachStmt);
        break;
      case NodeKind.Break:
        this.put("break");
        break;
      case NodeKind.Continue:
        this.put("continue");
        break;
      case NodeKind.Next:
        this.put("next");
        break;
      case NodeKind.Return: {
        this.put("return");
        const value = (stmt as ReturnStmt).value;
        if (value == null) break;
        this.put(" ");
        this.expr(value, ASSIGN);
        break;
      }
      case NodeKind.Delete:
        this.put("delete ");
        this.expr((stmt as DeleteStmt).target, ASSIGN);
        break;
      case NodeKind.Try: {
        const guarded = stmt as TryStmt;
        this.put("try ");
        this.stmt(guarded.body);
        this.put(" catch ");
        const name = guarded.catchName;
        if (name != null) this.put("(" + name.name + ") ");
        this.stmt(guarded.handler);
        break;
      }
      case NodeKind.EmbeddedStmt:
        this.put("%{" + (stmt as EmbeddedStmt).code + "%}");
        break;
      default:
        this.put("/* broken */ ;");
        break;
    }
  }

  /** `if (`, `while (`: head, condition, body. */
  private headed(head: string, condition: Expr, body: Stmt): void {
    this.put(head);
    this.expr(condition, ASSIGN);
    this.put(") ");
    this.stmt(body);
  }

  private forStmt(stmt: ForStmt): void {
    this.put("for (");
    const init = stmt.init;
    if (init != null) this.expr(init, ASSIGN);
    this.put("; ");
    const condition = stmt.condition;
    if (condition != null) this.expr(condition, ASSIGN);
    this.put("; ");
    const step = stmt.step;
    if (step != null) this.expr(step, ASSIGN);
    this.put(") ");
    this.stmt(stmt.body);
  }

  private foreachStmt(stmt: ForeachStmt): void {
    this.put("foreach (");
    const value = stmt.value;
    if (value != null) this.put(value.name + sortText(stmt.valueSort) + " = ");
    const tuple = stmt.keys.length > 1;
    if (tuple) this.put("[");
    for (let i: i32 = 0; i < stmt.keys.length; i++) {
      const key = stmt.keys[i];
      this.put((i > 0 ? ", " : "") + key.name.name + sortText(key.sort));
    }
    this.put(tuple ? "] in " : " in ");
    const array = stmt.array;
    const hist = stmt.hist;
    if (array != null) this.put(array.name);
    if (hist != null) this.expr(hist, PRIMARY);
    const slice = stmt.slice;
    if (slice != null) this.keys(slice);
    if (stmt.sortFunction.length > 0) this.put(" @" + stmt.sortFunction);
    this.put(sortText(stmt.arraySort));
    const limit = stmt.limit;
    if (limit != null) {
      this.put(" limit ");
      this.expr(limit, ASSIGN);
    }
    this.put(") ");
    this.stmt(stmt.body);
  }

  // ---------------------------------------------------------------------- expressions

  /** The expression, in parentheses if it holds less tightly than `level`. */
  expr(expr: Expr, level: i32): void {
    const own = levelOf(expr);
    const wrap = own < level || (this.full && level > ASSIGN && own < ADDRESS);
    if (wrap) this.put("(");
    this.bare(expr, own);
    if (wrap) this.put(")");
  }

  private infix(left: Expr, op: string, right: Expr, level: i32): void {
    this.expr(left, level);
    this.put(" " + op + " ");
    this.expr(right, level + 1);
  }

  private bare(expr: Expr, level: i32): void {
    switch (expr.kind) {
      case NodeKind.Assign: {
        const assign = expr as AssignExpr;
        this.expr(assign.target, TERNARY);
        this.put(" " + assign.op + " ");
        this.expr(assign.value, this.full ? TERNARY : ASSIGN);
        break;
      }
      case NodeKind.Ternary: {
        const ternary = expr as TernaryExpr;
        this.expr(ternary.condition, TERNARY + 1);
        this.put(" ? ");
        this.expr(ternary.whenTrue, this.full ? TERNARY : ASSIGN);
        this.put(" : ");
        this.expr(ternary.whenFalse, TERNARY);
        break;
      }
      case NodeKind.Logical: {
        const logical = expr as LogicalExpr;
        this.infix(logical.left, logical.op, logical.right, level);
        break;
      }
      case NodeKind.Binary: {
        const binary = expr as BinaryExpr;
        this.infix(binary.left, binary.op, binary.right, level);
        break;
      }
      case NodeKind.Compare: {
        const compare = expr as CompareExpr;
        this.infix(compare.left, compare.op, compare.right, level);
        break;
      }
      case NodeKind.Concat: {
        const concat = expr as ConcatExpr;
        this.infix(concat.left, ".", concat.right, level);
        break;
      }
      case NodeKind.Regex: {
        const regex = expr as RegexExpr;
        this.expr(regex.left, regex.left.kind == NodeKind.Regex ? PRIMARY + 1 : level);
        this.put(regex.negated ? " !~ " : " =~ ");
        this.put(quote(regex.pattern.value));
        break;
      }
      case NodeKind.In:
        this.inExpr(expr as InExpr);
        break;
      case NodeKind.Unary: {
        const unary = expr as UnaryExpr;
        const signed = unary.operand.kind == NodeKind.Unary ||
          (unary.operand.kind == NodeKind.Crement && (unary.operand as CrementExpr).prefix);
        this.put(unary.op);
        this.expr(unary.operand, signed ? PRIMARY : UNARY);
        break;
      }
      case NodeKind.Crement: {
        const crement = expr as CrementExpr;
        if (crement.prefix) this.put(crement.op);
        this.expr(crement.operand, ADDRESS);
        if (!crement.prefix) this.put(crement.op);
        break;
      }
      case NodeKind.AddressOf:
        this.put("&");
        this.expr((expr as AddressOfExpr).operand, ADDRESS);
        break;
      default:
        this.primary(expr);
        break;
    }
  }

  private inExpr(expr: InExpr): void {
    const first = expr.keys[0];
    if (expr.keys.length == 1 && first != null && levelOf(first) > 8) this.expr(first, 9);
    else this.keys(expr.keys);
    this.put(" in ");
    this.expr(expr.array, PRIMARY);
  }

  /** `[a, *, b]` */
  private keys(keys: Array<Expr | null>): void {
    this.put("[");
    for (let i: i32 = 0; i < keys.length; i++) {
      if (i > 0) this.put(", ");
      const key = keys[i];
      if (key == null) this.put("*");
      else this.expr(key, ASSIGN);
    }
    this.put("]");
  }

  private args(args: Expr[], before: bool): void {
    for (let i: i32 = 0; i < args.length; i++) {
      if (i > 0 || before) this.put(", ");
      this.expr(args[i], ASSIGN);
    }
  }

  private path(path: PathStep[]): void {
    for (let i: i32 = 0; i < path.length; i++) {
      const step = path[i];
      const index = step.index;
      if (step.kind == StepKind.Member) this.put("->" + step.name);
      else if (step.kind == StepKind.Print) this.put("$");
      else if (step.kind == StepKind.PrintDeep) this.put("$$");
      else if (index != null) {
        this.put("[");
        this.expr(index, ASSIGN);
        this.put("]");
      }
    }
  }

  private primary(expr: Expr): void {
    switch (expr.kind) {
      case NodeKind.Number: {
        const text = (expr as NumberExpr).text;
        this.put(text.startsWith("-") ? hex(text) : text);
        break;
      }
      case NodeKind.String:
        this.put(quote((expr as StringExpr).value));
        break;
      case NodeKind.Symbol:
        this.put((expr as SymbolExpr).name);
        break;
      case NodeKind.Index:
        this.put((expr as IndexExpr).base.name);
        this.keys((expr as IndexExpr).keys);
        break;
      case NodeKind.Call:
        this.put((expr as CallExpr).name + "(");
        this.args((expr as CallExpr).args, false);
        this.put(")");
        break;
      case NodeKind.Target:
        this.put((expr as TargetExpr).name);
        this.path((expr as TargetExpr).path);
        break;
      case NodeKind.Cast: {
        const cast = expr as CastExpr;
        this.put("@cast(");
        this.expr(cast.operand, ASSIGN);
        this.strings(cast.type, cast.module, true);
        this.put(")");
        this.path(cast.path);
        break;
      }
      case NodeKind.AtVar: {
        const variable = expr as AtVarExpr;
        this.put("@var(" + quote(variable.name));
        this.strings(variable.module, "", false);
        this.put(")");
        this.path(variable.path);
        break;
      }
      case NodeKind.Autocast: {
        const cast = expr as AutocastExpr;
        const kind = cast.base.kind;
        const wrap = kind == NodeKind.Target || kind == NodeKind.Cast ||
          kind == NodeKind.AtVar || kind == NodeKind.Autocast;
        this.expr(cast.base, wrap ? PRIMARY + 1 : PRIMARY);
        this.path(cast.path);
        break;
      }
      case NodeKind.Stat:
        this.put("@" + (expr as StatExpr).fn + "(");
        this.expr((expr as StatExpr).stat, ASSIGN);
        this.statArgs((expr as StatExpr).args);
        break;
      case NodeKind.HistIndex:
        this.expr((expr as HistIndexExpr).hist, PRIMARY);
        this.put("[");
        this.expr((expr as HistIndexExpr).index, ASSIGN);
        this.put("]");
        break;
      case NodeKind.EmbeddedExpr:
        this.put("%{" + (expr as EmbeddedExpr).code + "%}");
        break;
      case NodeKind.Print:
        this.print(expr as PrintExpr);
        break;
      default:
        this.operator(expr);
        break;
    }
  }

  private statArgs(args: Expr[]): void {
    for (let i: i32 = 0; i < args.length; i++) {
      this.put(", ");
      this.literal(args[i]);
    }
    this.put(")");
  }

  private print(expr: PrintExpr): void {
    this.put(expr.name + "(");
    const format = expr.format;
    const delimiter = expr.delimiter;
    if (format != null) this.put(quote(format.value));
    if (delimiter != null) this.put(quote(delimiter.value));
    this.args(expr.args, format != null || delimiter != null);
    this.put(")");
  }

  /** `, "a", "b"` without the empty ones at the end; `always`: the first in any case. */
  private strings(first: string, second: string, always: bool): void {
    if (always || first.length > 0 || second.length > 0) this.put(", " + quote(first));
    if (second.length > 0) this.put(", " + quote(second));
  }

  private operator(expr: Expr): void {
    switch (expr.kind) {
      case NodeKind.Defined:
        this.put("@defined(");
        this.expr((expr as DefinedExpr).operand, ASSIGN);
        break;
      case NodeKind.Entry:
        this.put("@entry(");
        this.expr((expr as EntryExpr).operand, ASSIGN);
        break;
      case NodeKind.EnumConst:
        this.put("@enum(" + quote((expr as EnumConstExpr).name));
        this.strings((expr as EnumConstExpr).module, "", false);
        break;
      case NodeKind.EnumName:
        this.put("@enumname(");
        this.expr((expr as EnumNameExpr).operand, ASSIGN);
        this.strings((expr as EnumNameExpr).type, (expr as EnumNameExpr).module, false);
        break;
      case NodeKind.Const:
        this.put("@const(" + quote((expr as ConstExpr).text));
        break;
      case NodeKind.ProbeWrite:
        this.put("@probewrite(" + (expr as ProbeWriteExpr).name);
        break;
      case NodeKind.Perf:
        this.put("@perf(" + quote((expr as PerfExpr).counter));
        break;
      case NodeKind.Register:
        this.put((expr as RegisterExpr).user ? "@uregister(" : "@kregister(");
        this.expr((expr as RegisterExpr).number, ASSIGN);
        break;
      case NodeKind.Deref:
        this.put((expr as DerefExpr).user ? "@uderef(" : "@kderef(");
        this.expr((expr as DerefExpr).size, ASSIGN);
        this.put(", ");
        this.expr((expr as DerefExpr).address, ASSIGN);
        break;
      default:
        this.put("(0 /* broken */");
        break;
    }
    this.put(")");
  }
}

/** The statement that ends last in this one. */
function lastStmt(stmt: Stmt): Stmt {
  if (stmt.kind == NodeKind.If) {
    const otherwise = (stmt as IfStmt).whenFalse;
    return otherwise == null ? lastStmt((stmt as IfStmt).whenTrue) : lastStmt(otherwise);
  }
  if (stmt.kind == NodeKind.While) return lastStmt((stmt as WhileStmt).body);
  if (stmt.kind == NodeKind.For) return lastStmt((stmt as ForStmt).body);
  if (stmt.kind == NodeKind.Foreach) return lastStmt((stmt as ForeachStmt).body);
  return stmt;
}

function typeText(type: TypeName): string {
  if (type == TypeName.None) return "";
  return type == TypeName.Long ? ":long" : ":string";
}

function sortText(sort: Sort): string {
  if (sort == Sort.None) return "";
  return sort == Sort.Ascending ? "+" : "-";
}
