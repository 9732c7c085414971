/**
 * Tokens to the syntax tree, by recursive descent.
 *
 * The grammar rule is the comment on the method that parses it. After the first thing that does
 * not fit, the parser is *lost*: nothing more is reported and every rule returns at once, until
 * the statement or declaration list that holds the broken part finds the next sure place to go
 * on. So one mistake gives one message, and the next mistake is still found.
 */
import { lookup } from "../portable/target.ts";
import { Diagnostic, Message, Reporter } from "../source/diagnostics.ts";
import { didYouMean } from "../source/similar.ts";
import { Source, SourceKind, Span } from "../source/source.ts";
import {
  AliasDecl,
  BadStmt,
  BlockStmt,
  BreakStmt,
  ContinueStmt,
  DeleteStmt,
  DoWhileStmt,
  EmbeddedDecl,
  EmbeddedStmt,
  EmptyStmt,
  Expr,
  ExprStmt,
  ForeachKey,
  ForeachStmt,
  ForStmt,
  FunctionDecl,
  GlobalDecl,
  IfStmt,
  NextStmt,
  Param,
  PointPart,
  ProbeDecl,
  ProbePoint,
  ReturnStmt,
  ScriptFile,
  Sort,
  StatExpr,
  Stmt,
  StringExpr,
  SymbolExpr,
  TryStmt,
  TypeName,
  WhileStmt,
} from "./ast.ts";
import { TokenStream } from "./cursor.ts";
import { ExprParser } from "./expressions.ts";
import {
  ALIAS_EPILOGUE,
  ALIAS_OF_LIST,
  ALIAS_SUFFIX,
  ARG_UNUSED,
  BRACE_SUFFIX,
  EMPTY_FILE,
  GLOBAL_SIZE,
  GLOBAL_TWICE,
  MISSING_BRACE,
  ONE_SORT,
  PARAM_TWICE,
  PRIORITY_RANGE,
  RETURN_OUTSIDE,
  TOO_DEEP,
  TOO_MANY_POINTS,
} from "./messages.ts";
import { ParseOptions } from "./options.ts";
import { MacroLibrary, preprocess } from "./preprocess.ts";
import { Comment, Tok, Token } from "./token.ts";

/** Probe points that one list item may expand to. */
const MAX_POINTS: i32 = 10000;
const MAX_BLOCKS: i32 = 200;
const MAX_31: i32 = 2147483647;

/** Parses one file; what is wrong goes to `reporter`, a tree comes back in any case. */
export function parseScript(
  source: Source,
  options: ParseOptions,
  macros: MacroLibrary | null,
  reporter: Reporter,
): ScriptFile {
  const comments: Comment[] = [];
  const first = reporter.list.length;
  const errors = reporter.errors;
  const tokens = preprocess(source, options, macros, reporter, comments);
  const parser = new Parser(source, tokens, comments, options, reporter);
  const end = parser.onlyToken();
  const tree = parser.file();
  if (end != null && source.kind == SourceKind.User && reporter.errors == errors) {
    reporter.report(EMPTY_FILE, end.span).arg(source.name);
  }
  const found = reporter.list.splice(first, reporter.list.length - first);
  found.sort(byPlace);
  for (let i: i32 = 0; i < found.length; i++) reporter.list.push(found[i]);
  return tree;
}

/** Source order; the preprocessor reports before the parser does. */
function byPlace(a: Diagnostic, b: Diagnostic): i32 {
  const placeA = a.span;
  const placeB = b.span;
  if (placeA == null || placeB == null) return 0;
  if (placeA.start != placeB.start) return placeA.start - placeB.start;
  return a.message.code - b.message.code;
}

/** Warns about arguments that no file parsed with these options has named. */
export function warnUnusedArgs(options: ParseOptions, reporter: Reporter): void {
  for (let i: i32 = 0; i < options.args.length; i++) {
    if (options.isUsed(i)) continue;
    reporter.report(ARG_UNUSED, null).arg("$" + (i + 1).toString() + "/@" + (i + 1).toString());
  }
}

class Parser extends ExprParser {
  private blocks: i32 = 0;
  private inFunction: bool = false;
  /** Where each global of the file was declared. */
  private globals: Map<string, Span> = new Map<string, Span>();
  private tree: ScriptFile;

  constructor(
    source: Source,
    tokens: TokenStream,
    private comments: Comment[],
    options: ParseOptions,
    reporter: Reporter,
  ) {
    super(source, tokens, options, reporter);
    this.tree = new ScriptFile(new Span(source, 0, source.text.length));
  }

  // --------------------------------------------------------------------- declarations

  /** The end, if there is nothing before it. */
  onlyToken(): Token | null {
    const first = this.peek();
    return first.kind == Tok.End ? first : null;
  }

  /** File = { Probe | Global | Function | Embedded } . */
  file(): ScriptFile {
    while (this.peek().kind != Tok.End) {
      const before = this.at;
      this.declaration();
      if (this.isLost()) this.syncDeclaration(before);
    }
    return this.tree;
  }

  private declaration(): void {
    const token = this.peek();
    if (token.kind == Tok.Embedded) {
      this.guruOnly(token);
      this.advance();
      this.declared("e", this.tree.embedded.length);
      this.tree.embedded.push(new EmbeddedDecl(token.span, token.text));
    } else if (token.isKeyword("probe")) this.probe();
    else if (token.isKeyword("global")) {
      this.advance();
      this.globalList(false);
    } else if (token.isKeyword("function")) this.functionDecl(token, false);
    else if (token.isKeyword("private")) {
      this.advance();
      if (this.peek().isKeyword("function")) this.functionDecl(token, true);
      else {
        this.gotKeyword("global");
        this.globalList(true);
      }
    } else {
      const wanted = "'probe', 'global', 'private', 'function', or '%{'";
      const diagnostic = this.expected(wanted);
      if (diagnostic == null) return;
      if (token.isOp(";")) diagnostic.hint("only 'global' declarations may end with ';'");
      if (token.kind != Tok.Ident) return;
      const hint = didYouMean(token.text, ["probe", "global", "private", "function"]);
      if (hint.length > 0) diagnostic.hint(hint);
    }
  }

  private declared(what: string, index: i32): void {
    this.tree.orderWhat.push(what);
    this.tree.orderIndex.push(index);
  }

  /** Text of the comments right above a declaration, which begins at `token`. */
  private docAbove(token: Token): string {
    if (token.from != null || token.span.source != this.source) return "";
    const parts: string[] = [];
    let line = token.span.line;
    for (let i = token.comments - 1; i >= 0; i--) {
      const comment = this.comments[i];
      const last = this.source.lineOf(
        comment.span.end > comment.span.start ? comment.span.end - 1 : comment.span.start,
      );
      if (last != line && last != line - 1) break;
      if (this.at > 0 && comment.span.line == this.before().span.line) break;
      parts.unshift(comment.text);
      line = comment.span.line;
    }
    return parts.join("\n");
  }

  /** Global = ("global" | "private" ["global"]) Variable { "," Variable } [";"] . */
  private globalList(isPrivate: bool): void {
    do this.global(isPrivate); while (!this.isLost() && this.gotOp(","));
    this.gotOp(";");
  }

  /** Variable = name ["%"] ["[" number "]"] ["=" Literal] . */
  private global(isPrivate: bool): void {
    const nameToken = this.peek();
    const name = this.name("a variable name");
    if (this.isLost()) return;
    const wraps = this.gotOp("%");
    let size: i32 = 0;
    if (this.gotOp("[")) {
      const number = this.peek();
      size = number.kind == Tok.Number && number.text.length < 11 ? parse31(number.text) : 0;
      if (size < 1 || (size == MAX_31 && number.text != "2147483647")) {
        this.fail(GLOBAL_SIZE, number);
        return;
      }
      this.advance();
      this.wantOp("]");
    }
    let initial: Expr | null = null;
    if (!this.isLost() && this.gotOp("=")) initial = this.literal();
    if (this.isLost()) return;
    const known = lookup<string, Span>(this.globals, name);
    if (known != null) {
      this.note(this.report(GLOBAL_TWICE, nameToken).arg(name), known);
      return;
    }
    this.globals.set(name, nameToken.span);
    const span = this.spanFrom(nameToken.span);
    this.declared("g", this.tree.globals.length);
    this.tree.globals.push(new GlobalDecl(span, name, isPrivate, size, wraps, initial));
  }

  private note(diagnostic: Diagnostic, first: Span): void {
    diagnostic.note(first, "first declared here");
  }

  /** Function = ["private"] "function" name [Type] ["(" Params ")"] [":" number] Body . */
  private functionDecl(start: Token, isPrivate: bool): void {
    const doc = this.docAbove(start);
    this.wantKeyword("function");
    const nameToken = this.peek();
    let name = nameToken.text;
    if (nameToken.isKeyword("string") || nameToken.isKeyword("long")) this.advance();
    else name = this.name("a function name");
    const returnType = this.typeOrNone();
    const params: Param[] = [];
    this.wantOp("(");
    if (!this.isLost() && !this.gotOp(")")) {
      do params.push(this.param(params)); while (
        !this.isLost() && this.gotOp(",") && !this.peek().isOp(")")
      );
      this.wantOp(")");
    }
    let priority: i32 = -1;
    if (!this.isLost() && this.gotOp(":")) {
      const number = this.peek();
      priority = number.kind == Tok.Number ? parse31(number.text) : 0;
      if (priority < 1) {
        this.fail(PRIORITY_RANGE, number);
        return;
      }
      this.advance();
    }
    if (this.isLost()) return;
    let body: BlockStmt | null = null;
    let code = "";
    const token = this.peek();
    if (token.kind == Tok.Embedded) {
      this.guruOnly(token);
      this.advance();
      code = token.text;
    } else if (token.isOp("{")) {
      this.inFunction = true;
      body = this.block();
      this.inFunction = false;
    } else {
      this.expected("'{' or '%{' to begin the body of the function");
      return;
    }
    const span = this.spanFrom(start.span);
    this.declared("f", this.tree.functions.length);
    this.tree.functions.push(
      new FunctionDecl(
        span,
        nameToken.span,
        name,
        isPrivate,
        returnType,
        params,
        priority,
        body,
        code,
        doc,
      ),
    );
  }

  /** Param = name [Type] . */
  private param(others: Param[]): Param {
    const token = this.peek();
    const name = this.name("a parameter name");
    for (let i: i32 = 0; i < others.length && !this.isLost(); i++) {
      if (others[i].name != name) continue;
      this.note(this.report(PARAM_TWICE, token).arg(name), others[i].span);
    }
    const type = this.typeOrNone();
    return new Param(token.span, name, type);
  }

  /** Type = ":" ("long" | "string") . */
  private typeOrNone(): TypeName {
    if (this.isLost() || !this.gotOp(":")) return TypeName.None;
    if (this.gotKeyword("long")) return TypeName.Long;
    if (this.gotKeyword("string")) return TypeName.String;
    this.expected("'string' or 'long'");
    return TypeName.None;
  }

  // ------------------------------------------------------------------------- probes

  /**
   * Probe = "probe" Points Block .
   * Alias = "probe" { Point "=" } Points Block ["," Block] | "probe" Point "+=" Points Block .
   */
  private probe(): void {
    const start = this.peek();
    const doc = this.docAbove(start);
    this.advance();
    const names: ProbePoint[] = [];
    let points: ProbePoint[] = [];
    let epilogue = false;
    for (;;) {
      if (this.peek().kind == Tok.End || this.peek().isKeyword("probe")) {
        if (!isAfterPoint(this.peekAt(1))) this.expected("a probe point");
      }
      const item = this.point();
      if (this.isLost()) return;
      for (let i: i32 = 0; i < item.length; i++) points.push(item[i]);
      if (points.length > MAX_POINTS) {
        this.fail(TOO_MANY_POINTS, start);
        return;
      }
      if (this.gotOp(",")) continue;
      const token = this.peek();
      if (!token.isOp("=") && !token.isOp("+=")) break;
      if (points.length != 1) {
        this.fail(ALIAS_OF_LIST, token).arg(token.text);
        return;
      }
      const name = points[0];
      if (name.optional || name.sufficient) {
        this.failAt(ALIAS_SUFFIX, name.span);
        return;
      }
      if (token.isOp("+=")) epilogue = true;
      names.push(name);
      points = [];
      this.advance();
    }
    if (!this.peek().isOp("{")) {
      this.expected("one of '. , ( ? ! { = +='");
      return;
    }
    const body = this.block();
    let second: BlockStmt | null = null;
    if (names.length > 0 && this.peek().isOp(",") && !this.isLost()) {
      if (epilogue) {
        this.fail(ALIAS_EPILOGUE, this.peek());
        return;
      }
      this.advance();
      second = this.block();
    }
    const span = this.spanFrom(start.span);
    if (names.length == 0) {
      this.declared("p", this.tree.probes.length);
      this.tree.probes.push(new ProbeDecl(span, points, body));
      return;
    }
    this.declared("a", this.tree.aliases.length);
    const before: BlockStmt | null = epilogue ? null : body;
    const after: BlockStmt | null = epilogue ? body : second;
    this.tree.aliases.push(new AliasDecl(span, names, points, before, after, doc));
  }

  /** Point = Sequence ["?" | "!"] ["if" "(" Expr ")"] ; braces make it several points. */
  private point(): ProbePoint[] {
    let points: ProbePoint[] = this.component();
    while (!this.isLost() && this.gotOp(".")) {
      for (let i: i32 = 0; i < points.length; i++) {
        if (points[i].optional || points[i].condition != null) {
          this.failAt(BRACE_SUFFIX, points[i].span);
          return points;
        }
      }
      points = this.product(points, this.component());
    }
    if (this.isLost()) return points;
    const optional = this.peek().isOp("?");
    const sufficient = this.peek().isOp("!");
    if (optional || sufficient) this.advance();
    let condition: Expr | null = null;
    if (this.gotKeyword("if")) {
      this.wantOp("(");
      condition = this.expr();
      this.wantOp(")");
    }
    for (let i: i32 = 0; i < points.length; i++) {
      if (optional || sufficient) points[i].optional = true;
      if (sufficient) points[i].sufficient = true;
      if (condition != null) points[i].condition = this.both(points[i].condition, condition);
    }
    return points;
  }

  private product(lefts: ProbePoint[], rights: ProbePoint[]): ProbePoint[] {
    const all: ProbePoint[] = [];
    if (lefts.length * rights.length > MAX_POINTS) {
      this.failAt(TOO_MANY_POINTS, lefts[0].span);
      return lefts;
    }
    for (let i: i32 = 0; i < lefts.length; i++) {
      for (let j: i32 = 0; j < rights.length; j++) {
        const right = rights[j];
        const parts = lefts[i].parts.concat(right.parts);
        const span = lefts[i].span.to(right.span);
        all.push(
          new ProbePoint(span, parts, right.optional, right.sufficient, right.condition),
        );
      }
    }
    return all;
  }

  /** Component = "{" Point { "," Point } "}" | Name [ "(" Literal ")" ] . */
  private component(): ProbePoint[] {
    const start = this.peek();
    if (start.isOp("{")) {
      const all: ProbePoint[] = [];
      if (++this.blocks > MAX_BLOCKS) {
        this.fail(TOO_DEEP, start);
        return all;
      }
      this.advance();
      do {
        const item = this.point();
        for (let i: i32 = 0; i < item.length; i++) all.push(item[i]);
        if (all.length > MAX_POINTS) this.fail(TOO_MANY_POINTS, start);
      } while (!this.isLost() && this.gotOp(","));
      this.wantOp("}");
      this.blocks--;
      return all;
    }
    const name = this.componentName();
    let arg: Expr | null = null;
    if (!this.isLost() && this.gotOp("(")) {
      arg = this.literal();
      this.wantOp(")");
    }
    const span = this.spanFrom(start.span);
    return [new ProbePoint(span, [new PointPart(span, name, arg)], false, false, null)];
  }

  /** The name with its wildcards; its pieces touch. */
  private componentName(): string {
    let name = "";
    for (;;) {
      const token = this.peek();
      if (name.length > 0 && !token.glued) break;
      const isWord = token.kind == Tok.Ident || token.kind == Tok.Keyword ||
        (token.kind == Tok.Number && name.length > 0);
      const isStar = token.isOp("*");
      if (!isWord && !isStar) break;
      name += token.kind == Tok.Number ? token.span.text() : token.text;
      this.advance();
    }
    if (name.length == 0) this.expected("a probe point component");
    return name;
  }

  // --------------------------------------------------------------------- statements

  /** Block = "{" { Stmt } "}" . */
  private block(): BlockStmt {
    const start = this.peek();
    const body: Stmt[] = [];
    if (this.blocks > MAX_BLOCKS) {
      this.fail(TOO_DEEP, start);
      return new BlockStmt(start.span, body);
    }
    this.blocks++;
    this.wantOp("{");
    while (!this.isLost()) {
      const token = this.peek();
      if (this.gotOp("}")) break;
      if (token.kind == Tok.End || isDeclarationWord(token)) {
        const diagnostic = this.fail(MISSING_BRACE, token)
          .arg(token.kind == Tok.End ? "end of file" : token.text);
        if (start.isOp("{")) diagnostic.note(start.span, "to match this '{'");
        break;
      }
      const before = this.at;
      body.push(this.stmt());
      if (this.isLost()) {
        this.syncStatement(before);
        if (isDeclarationWord(this.peek()) || this.peek().kind == Tok.End) break;
        this.found();
      }
    }
    this.blocks--;
    return new BlockStmt(this.spanFrom(start.span), body);
  }

  /** Stmt = Block | "if" ... | Expr [";"] | ";" ... ; a semicolon after any is its end. */
  private stmt(): Stmt {
    if (this.blocks > MAX_BLOCKS) {
      this.fail(TOO_DEEP, this.peek());
      return new BadStmt(this.peek().span);
    }
    this.blocks++;
    const result = this.stmtInner();
    this.blocks--;
    return result;
  }

  private stmtInner(): Stmt {
    const token = this.peek();
    if (token.kind == Tok.Op) {
      if (token.text == "{") return this.block();
      if (token.text == ";") {
        this.advance();
        return new EmptyStmt(token.span);
      }
    }
    if (token.kind == Tok.Keyword) return this.keywordStmt(token);
    if (token.kind == Tok.Ident && token.text == "do" && this.isDoWhile()) {
      return this.doWhile();
    }
    if (token.kind == Tok.Embedded) {
      const next = this.peekAt(1);
      const alone = next.kind != Tok.Op || next.text == ";" || next.text == "}" ||
        next.text == "{";
      if (alone) {
        this.guruOnly(token);
        this.advance();
        this.gotOp(";");
        return new EmbeddedStmt(token.span, token.text);
      }
    }
    const start = token.span;
    const expr = this.expr();
    if (this.isLost()) return new BadStmt(this.spanFrom(start));
    const result = new ExprStmt(this.spanFrom(start), expr);
    this.gotOp(";");
    return result;
  }

  private keywordStmt(token: Token): Stmt {
    const start = token.span;
    switch (token.text) {
      case "if":
        return this.ifStmt();
      case "while":
        return this.whileStmt();
      case "for":
        return this.forStmt();
      case "foreach":
        return this.foreachStmt();
      case "return":
        return this.returnStmt();
      case "delete":
        return this.deleteStmt();
      case "try":
        return this.tryStmt();
      default:
        break;
    }
    if (token.text == "break" || token.text == "continue" || token.text == "next") {
      this.advance();
      this.gotOp(";");
      if (token.text == "break") return new BreakStmt(start);
      if (token.text == "continue") return new ContinueStmt(start);
      return new NextStmt(start);
    }
    this.expected("a statement");
    return new BadStmt(start);
  }

  /** "if" "(" Expr ")" Stmt [ "else" Stmt ] */
  private ifStmt(): Stmt {
    const start = this.take().span;
    const condition = this.inParentheses();
    if (this.isLost()) return new BadStmt(start);
    const whenTrue = this.stmt();
    let whenFalse: Stmt | null = null;
    if (!this.isLost() && this.gotKeyword("else")) whenFalse = this.stmt();
    return new IfStmt(this.spanFrom(start), condition, whenTrue, whenFalse);
  }

  private inParentheses(): Expr {
    this.wantOp("(");
    const expr = this.expr();
    this.wantOp(")");
    return expr;
  }

  /** "while" "(" Expr ")" Stmt */
  private whileStmt(): Stmt {
    const start = this.take().span;
    const condition = this.inParentheses();
    if (this.isLost()) return new BadStmt(start);
    const body = this.stmt();
    return new WhileStmt(this.spanFrom(start), condition, body);
  }

  /** `do` is a name like any other, but before a block that `while` follows. */
  private isDoWhile(): bool {
    if (!this.peekAt(1).isOp("{")) return false;
    let depth: i32 = 0;
    let at: i32 = 1;
    while (this.peekAt(at).kind != Tok.End) {
      const token = this.peekAt(at++);
      if (token.isOp("{")) depth++;
      if (token.isOp("}") && --depth == 0) return this.peekAt(at).isKeyword("while");
    }
    return true;
  }

  /** "do" Block "while" "(" Expr ")" [";"] */
  private doWhile(): Stmt {
    const start = this.take().span;
    const body = this.block();
    if (this.isLost()) return new BadStmt(start);
    this.wantKeyword("while");
    const condition = this.inParentheses();
    const result = new DoWhileStmt(this.spanFrom(start), body, condition);
    if (!this.isLost()) this.gotOp(";");
    return result;
  }

  /** "for" "(" [Expr] ";" [Expr] ";" [Expr] ")" Stmt */
  private forStmt(): Stmt {
    const start = this.take().span;
    let init: Expr | null = null;
    let condition: Expr | null = null;
    let step: Expr | null = null;
    this.wantOp("(");
    if (!this.peek().isOp(";")) init = this.expr();
    this.wantOp(";");
    if (!this.peek().isOp(";")) condition = this.expr();
    this.wantOp(";");
    if (!this.peek().isOp(")")) step = this.expr();
    this.wantOp(")");
    if (this.isLost()) return new BadStmt(start);
    const body = this.stmt();
    return new ForStmt(this.spanFrom(start), init, condition, step, body);
  }

  /**
   * "foreach" "(" [name [Sort] "="] Keys "in" Array ["limit" Expr] ")" Stmt
   * Keys = name [Sort] | "[" name [Sort] { "," name [Sort] } "]"
   */
  private foreachStmt(): Stmt {
    const start = this.take().span;
    let value: SymbolExpr | null = null;
    let valueSort = Sort.None;
    const keys: ForeachKey[] = [];
    let sorts: i32 = 0;
    this.wantOp("(");
    if (!this.isLost() && !this.peek().isOp("[")) {
      const name = this.symbol("a name to iterate with");
      const sort = this.sort();
      if (sort != Sort.None) sorts++;
      if (!this.isLost() && this.gotOp("=")) {
        value = name;
        valueSort = sort;
      } else keys.push(new ForeachKey(name, sort));
    }
    if (!this.isLost() && keys.length == 0) {
      const tuple = this.gotOp("[");
      do {
        const name = this.symbol("a name to iterate with");
        const sort = this.sort();
        if (sort != Sort.None) {
          if (sorts++ > 0) this.fail(ONE_SORT, this.before());
        }
        keys.push(new ForeachKey(name, sort));
      } while (tuple && !this.isLost() && this.gotOp(","));
      if (tuple) this.wantOp("]");
    }
    this.wantKeyword("in");
    let array: SymbolExpr | null = null;
    let hist: StatExpr | null = null;
    let slice: (Expr | null)[] | null = null;
    let sortFunction = "";
    if (!this.isLost() && this.isHistogram(this.peek())) {
      hist = this.stat() as StatExpr;
    } else {
      array = this.symbol("an array to iterate over");
      if (!this.isLost() && this.gotOp("[")) {
        slice = this.keys(false);
        this.wantOp("]");
      }
      const word = this.peek();
      if (!this.isLost() && this.isSortFunction(word)) {
        sortFunction = word.text.substring(1);
        this.advance();
      }
    }
    const arraySort = this.sort();
    if (arraySort != Sort.None && sorts > 0) this.fail(ONE_SORT, this.before());
    if (sortFunction.length > 0 && arraySort == Sort.None) this.expected("'+' or '-'");
    let limit: Expr | null = null;
    if (!this.isLost() && this.gotKeyword("limit")) limit = this.expr();
    this.wantOp(")");
    if (this.isLost()) return new BadStmt(start);
    const body = this.stmt();
    return new ForeachStmt(
      this.spanFrom(start),
      value,
      valueSort,
      keys,
      array,
      hist,
      slice,
      arraySort,
      sortFunction,
      limit,
      body,
    );
  }

  private isSortFunction(token: Token): bool {
    if (token.kind != Tok.AtWord) return false;
    const word = token.text;
    return word == "@count" || word == "@sum" || word == "@min" || word == "@max" ||
      word == "@avg" || word == "@variance";
  }

  private sort(): Sort {
    if (this.isLost()) return Sort.None;
    if (this.gotOp("+")) return Sort.Ascending;
    if (this.gotOp("-")) return Sort.Descending;
    return Sort.None;
  }

  /** "return" [Expr] */
  private returnStmt(): Stmt {
    const token = this.take();
    if (!this.inFunction) {
      this.fail(RETURN_OUTSIDE, token).hint("'next' leaves a probe handler");
      return new BadStmt(token.span);
    }
    const next = this.peek();
    let value: Expr | null = null;
    const ends = next.isOp(";") || next.isOp("}") || next.kind == Tok.End;
    if (!ends) value = this.expr();
    const result = new ReturnStmt(this.spanFrom(token.span), value);
    if (!this.isLost()) this.gotOp(";");
    return result;
  }

  /** "delete" Expr ; what can be deleted is for the analysis to say. */
  private deleteStmt(): Stmt {
    const start = this.take().span;
    const target = this.expr();
    const result = new DeleteStmt(this.spanFrom(start), target);
    if (!this.isLost()) this.gotOp(";");
    return result;
  }

  /** "try" Block "catch" ["(" name ")"] Block */
  private tryStmt(): Stmt {
    const start = this.take().span;
    const body = this.block();
    if (this.isLost()) return new BadStmt(start);
    this.wantKeyword("catch");
    let name: SymbolExpr | null = null;
    if (!this.isLost() && this.gotOp("(")) {
      name = this.symbol("the name of a string variable");
      this.wantOp(")");
    }
    if (this.isLost()) return new BadStmt(start);
    const handler = this.block();
    return new TryStmt(this.spanFrom(start), body, name, handler);
  }

  // ----------------------------------------------------------------------- recovery

  /** Goes to the next declaration. */
  private syncDeclaration(before: i32): void {
    if (this.at == before) this.advance();
    let depth: i32 = 0;
    for (;;) {
      const token = this.peek();
      if (token.kind == Tok.End) break;
      if (isDeclarationWord(token) && this.startsDeclaration(depth)) break;
      if (token.isOp("{")) depth++;
      if (token.isOp("}")) depth--;
      this.advance();
    }
    this.blocks = 0;
    this.inFunction = false;
    this.found();
  }

  /** Does the declaration word at hand begin a declaration, not name a probe component? */
  private startsDeclaration(depth: i32): bool {
    const token = this.peek();
    if (this.at > 0 && this.before().isOp(".")) return false;
    if (token.isKeyword("probe") || depth <= 0) return true;
    return this.isFirstOnLine(token);
  }

  private isFirstOnLine(token: Token): bool {
    if (this.at == 0) return true;
    const before = this.before();
    return before.span.source != token.span.source || before.span.line != token.span.line;
  }

  /** Goes to the next statement of this block, or to its end. */
  private syncStatement(start: i32): void {
    if (this.at == start && !this.peek().isOp("}")) this.advance();
    let parens = this.openParens(start);
    let depth: i32 = 0;
    let first = true;
    for (;;) {
      const token = this.peek();
      if (token.kind == Tok.End || isDeclarationWord(token)) return;
      // What closes nothing any more stands outside of the parentheses, at the mistake itself too.
      const outside = depth == 0 && (parens <= 0 || first);
      if (token.kind == Tok.Keyword && depth == 0 && startsStatement(token.text)) return;
      if (outside && token.kind == Tok.Ident && this.isFirstOnLine(token)) {
        if (this.looksLikeStatement()) return;
      }
      if (token.kind == Tok.Op) {
        if (token.text == "}" && depth == 0) return;
        if (token.text == ";" && outside) {
          this.advance();
          return;
        }
        if (token.text == "(") parens++;
        if (token.text == ")") parens--;
        if (token.text == "{") depth++;
        if (token.text == "}" && --depth == 0) {
          this.advance();
          if (!this.peek().isKeyword("else") && !this.peek().isKeyword("catch")) return;
          continue;
        }
      }
      // An unclosed string has hidden the rest of its line.
      if (token.kind == Tok.Bad) parens = 0;
      first = false;
      this.advance();
    }
  }

  /** Parentheses that are open here, of those opened since token `start` in this block. */
  private openParens(start: i32): i32 {
    let open: i32 = 0;
    for (let i = start - this.at; i < 0; i++) {
      const token = this.peekAt(i);
      if (token.isOp("(")) open++;
      if (token.isOp(")")) open--;
      if (token.isOp("{") || token.isOp("}")) open = 0;
    }
    return open;
  }

  /** A name at the start of a line, followed by what makes it an assignment or a call. */
  private looksLikeStatement(): bool {
    const next = this.peekAt(1);
    if (next.kind != Tok.Op) return false;
    const op = next.text;
    return op == "(" || op == "[" || op == "=" || op == "++" || op == "--" || op == "<<<" ||
      op == "+=" || op == ".=" || op == "->";
  }

  protected both(a: Expr | null, b: Expr): Expr {
    return a == null ? b : this.andOf(a, b);
  }

  private literal(): Expr {
    if (this.isLost()) return this.bad();
    const token = this.peek();
    if (token.kind == Tok.String) return this.stringLiteral();
    return this.literalNumber("a literal string or number");
  }

  private stringLiteral(): StringExpr {
    return this.string("a string literal");
  }

  /** Reports without losing the way. */
  private report(message: Message, token: Token): Diagnostic {
    return this.reporter.report(message, token.span);
  }
}

/** May a probe point whose first word is `probe` go on so? */
function isAfterPoint(token: Token): bool {
  return token.isOp(".") || token.isOp("{") || token.isOp("=") || token.isOp("+=") ||
    token.isOp(",") || token.isOp("(");
}

function isDeclarationWord(token: Token): bool {
  if (token.kind != Tok.Keyword) return false;
  return token.text == "probe" || token.text == "global" || token.text == "function" ||
    token.text == "private";
}

function startsStatement(word: string): bool {
  return word != "in" && word != "limit" && word != "else" && word != "string" &&
    word != "long" && word != "catch";
}

/** Value of decimal digits, at most MAX_31; 0 if negative. */
function parse31(text: string): i32 {
  let value: i32 = 0;
  for (let i: i32 = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0) return 0;
    if (value > 214748364 || (value == 214748364 && digit > 7)) return MAX_31;
    value = value * 10 + digit;
  }
  return value;
}
