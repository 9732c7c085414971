/**
 * The syntax tree as text that parses again to the same tree.
 *
 * Two forms: with the fewest parentheses, or with all of them (which shows the structure). The
 * printer adds a semicolon after a statement only where the next one would be read as its
 * continuation.
 */
import { repeat } from "../portable/target.ts";
import {
  AliasDecl,
  BlockStmt,
  DeleteStmt,
  DoWhileStmt,
  EmbeddedStmt,
  Expr,
  ExprStmt,
  ForeachStmt,
  ForStmt,
  FunctionDecl,
  GlobalDecl,
  IfStmt,
  NodeKind,
  ProbePoint,
  ReturnStmt,
  ScriptFile,
  Sort,
  Stmt,
  TryStmt,
  TypeName,
  WhileStmt,
} from "./ast.ts";
import { ASSIGN, ExprPrinter, PRIMARY } from "./print_expr.ts";

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
export class Printer extends ExprPrinter {
  private indent: i32 = 0;

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
    if (slice != null) this.keys(slice, ASSIGN);
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
