/**
 * Expressions. Lowest to highest: assignment, `?:`, `||`, `&&`, `|`, `^`, `&`, `in`, comparison,
 * shift, `.`, `+ -`, `* / %`, unary, `++ --`, member paths, primary. Comparison binds tighter
 * than `&`, and concatenation looser than `+`.
 */
import { Reporter } from "../source/diagnostics.ts";
import { didYouMean } from "../source/similar.ts";
import { Source, Span } from "../source/source.ts";
import { i64FromDecimal, i64FromI32, i64Sub, i64ToDecimal } from "../portable/target.ts";
import {
  AddressOfExpr,
  AssignExpr,
  AtVarExpr,
  AutocastExpr,
  BadExpr,
  BinaryExpr,
  CallExpr,
  CastExpr,
  CompareExpr,
  ConcatExpr,
  ConstExpr,
  CrementExpr,
  DefinedExpr,
  DerefExpr,
  EmbeddedExpr,
  EntryExpr,
  EnumConstExpr,
  EnumNameExpr,
  Expr,
  HistIndexExpr,
  IndexExpr,
  InExpr,
  LogicalExpr,
  NodeKind,
  NumberExpr,
  PathStep,
  PerfExpr,
  PrintExpr,
  ProbeWriteExpr,
  RegexExpr,
  RegisterExpr,
  StatExpr,
  StepKind,
  StringExpr,
  SymbolExpr,
  TargetExpr,
  TernaryExpr,
  UnaryExpr,
} from "./ast.ts";
import { badDirective } from "./format_check.ts";
import { Cursor, TokenStream } from "./cursor.ts";
import {
  BAD_SUFFIX,
  FORMAT_BAD,
  FORMAT_LITERAL,
  HIST_ALONE,
  HIST_NUMBERS,
  LITERAL_RIGHT,
  NO_AUTOCAST,
  NUMBER_RANGE,
  PRINT_ARGS,
  SKIPPED,
  TOO_DEEP,
  UNKNOWN_OPERATOR,
  UNPRINTABLE,
} from "./messages.ts";
import { ParseOptions } from "./options.ts";
import { AT_WORDS, atWordSince, Tok, Token } from "./token.ts";

/** Nested parentheses, unary operators and the like in one expression. */
const MAX_DEPTH: i32 = 300;

const ASSIGNMENTS: string[] = [
  "=",
  "+=",
  "-=",
  "*=",
  "/=",
  "%=",
  "<<=",
  ">>=",
  "&=",
  "^=",
  "|=",
  ".=",
  "<<<",
];

/** Level of a left-associative operator (bigger binds tighter); 0 if it is none. */
export function binaryLevel(op: string): i32 {
  switch (op) {
    case "||":
      return 1;
    case "&&":
      return 2;
    case "|":
      return 3;
    case "^":
      return 4;
    case "&":
      return 5;
    // 6 is `in`
    case "<":
    case "<=":
    case ">":
    case ">=":
    case "==":
    case "!=":
    case "=~":
    case "!~":
      return 7;
    case "<<":
    case ">>":
    case ">>>":
      return 8;
    case ".":
      return 9;
    case "+":
    case "-":
      return 10;
    case "*":
    case "/":
    case "%":
      return 11;
    default:
      return 0;
  }
}

const LEVEL_IN: i32 = 6;
const LEVEL_COMPARE: i32 = 7;
const LEVEL_TIGHTEST: i32 = 11;

/** Is this a function of the print family, all of whose spellings are built in? */
export function isPrintName(name: string): bool {
  let rest = name;
  if (rest == "print_char") return true;
  if (rest.startsWith("s")) rest = rest.substring(1);
  if (!rest.startsWith("print")) return false;
  rest = rest.substring(5);
  return rest == "" || rest == "f" || rest == "d" || rest == "ln" || rest == "dln";
}

export abstract class ExprParser extends Cursor {
  private depth: i32 = 0;

  constructor(source: Source, tokens: TokenStream, options: ParseOptions, reporter: Reporter) {
    super(source, tokens, options, reporter);
  }

  protected bad(): Expr {
    return new BadExpr(this.peek().span);
  }

  protected andOf(a: Expr, b: Expr): Expr {
    return new LogicalExpr(a.span, "&&", a, b);
  }

  /** Expr = Ternary [ assignment-operator Expr ] . */
  protected expr(): Expr {
    if (this.isLost()) return this.bad();
    if (this.depth >= MAX_DEPTH) {
      this.fail(TOO_DEEP, this.peek());
      return this.bad();
    }
    this.depth++;
    const result = this.assignment();
    this.depth--;
    return result;
  }

  private assignment(): Expr {
    const left = this.ternary();
    const token = this.peek();
    if (this.isLost() || token.kind != Tok.Op || !ASSIGNMENTS.includes(token.text)) return left;
    this.advance();
    const value = this.expr();
    return new AssignExpr(this.spanFrom(left.span), token.text, token.span, left, value);
  }

  /** Ternary = Binary [ "?" Expr ":" Ternary ] ; before 4.0 the last part was an Expr. */
  private ternary(): Expr {
    if (this.depth >= MAX_DEPTH) {
      this.fail(TOO_DEEP, this.peek());
      return this.bad();
    }
    const condition = this.binary(1);
    if (this.isLost() || !this.gotOp("?")) return condition;
    const whenTrue = this.expr();
    this.wantOp(":");
    if (this.isLost()) return condition;
    this.depth++;
    const whenFalse = this.options.since("4.0") ? this.ternary() : this.expr();
    this.depth--;
    return new TernaryExpr(this.spanFrom(condition.span), condition, whenTrue, whenFalse);
  }

  /** Operators of this level and tighter ones, by precedence climbing. */
  private binary(level: i32): Expr {
    if (this.isLost()) return this.bad();
    if (level >= LEVEL_COMPARE) return this.operators(this.unary(), level, LEVEL_TIGHTEST);
    return this.operators(this.membership(level), level, LEVEL_IN);
  }

  /** What stands between the operators that bind looser than `in`. */
  private membership(level: i32): Expr {
    if (level <= LEVEL_IN && this.peek().isOp("[")) return this.tupleIn();
    const left = this.operators(this.unary(), LEVEL_COMPARE, LEVEL_TIGHTEST);
    if (level > LEVEL_IN || this.isLost() || !this.peek().isKeyword("in")) return left;
    return this.inArray(left.span, [left]);
  }

  private operators(first: Expr, level: i32, tightest: i32): Expr {
    let left = first;
    while (!this.isLost()) {
      const token = this.peek();
      if (token.kind != Tok.Op) break;
      const tokenLevel = binaryLevel(token.text);
      if (tokenLevel == 0 || tokenLevel < level || tokenLevel > tightest) break;
      const op = token.text;
      this.advance();
      if (op == "=~" || op == "!~") {
        if (this.peek().kind != Tok.String) {
          if (this.peek().kind == Tok.Bad) this.expected("a string literal");
          else this.fail(LITERAL_RIGHT, this.peek()).arg(op);
          break;
        }
        const pattern = this.string("a string literal");
        // Nothing may follow that binds as tightly.
        return new RegexExpr(this.spanFrom(left.span), op == "!~", left, pattern);
      }
      const right = tokenLevel == LEVEL_TIGHTEST ? this.unary() : this.binary(tokenLevel + 1);
      left = this.join(token, tokenLevel, left, right);
    }
    return left;
  }

  private join(token: Token, level: i32, left: Expr, right: Expr): Expr {
    const span = this.spanFrom(left.span);
    if (level <= 2) return new LogicalExpr(span, token.text, left, right);
    if (level == LEVEL_COMPARE) {
      return new CompareExpr(span, token.text, token.span, left, right);
    }
    if (token.text == ".") return new ConcatExpr(span, token.span, left, right);
    return new BinaryExpr(span, token.text, token.span, left, right);
  }

  /** "[" Keys "]" "in" ( name | Histogram ), or one expression in brackets, which are just that. */
  private tupleIn(): Expr {
    const start = this.take().span;
    const keys = this.keys(true);
    this.wantOp("]");
    if (this.isLost()) return this.bad();
    if (!this.peek().isKeyword("in")) {
      const only = keys[0];
      if (keys.length == 1 && only != null) return only;
      this.expected("'in'");
      return this.bad();
    }
    return this.inArray(start, keys);
  }

  private inArray(start: Span, keys: (Expr | null)[]): Expr {
    this.wantKeyword("in");
    const array = !this.isLost() && this.isHistogram(this.peek())
      ? this.stat()
      : this.symbol("an array name");
    return new InExpr(this.spanFrom(start), keys, array);
  }

  /**
   * Keys = Key { "," Key } ; Key = Expr | "*" . The `*` gives null. The keys before `in` (`compared`)
   * hold at least as tightly as a comparison.
   */
  protected keys(compared: bool): Array<Expr | null> {
    const keys: (Expr | null)[] = [];
    do {
      const next = this.peekAt(1);
      if (this.peek().isOp("*") && (next.isOp(",") || next.isOp("]"))) {
        this.advance();
        keys.push(null);
      } else if (compared) keys.push(this.operators(this.unary(), LEVEL_COMPARE, LEVEL_TIGHTEST));
      else keys.push(this.expr());
    } while (!this.isLost() && this.gotOp(","));
    return keys;
  }

  /** Unary = ("+" | "-" | "!" | "~") Unary | ("++" | "--") Value | Value ["++" | "--"] . */
  private unary(): Expr {
    if (this.isLost()) return this.bad();
    const token = this.peek();
    if (token.kind == Tok.Op) {
      const op = token.text;
      if (op == "-" || op == "+" || op == "!" || op == "~") {
        if (this.depth >= MAX_DEPTH) {
          this.fail(TOO_DEEP, token);
          return this.bad();
        }
        this.advance();
        this.depth++;
        const operand = this.unary();
        this.depth--;
        return new UnaryExpr(this.spanFrom(token.span), op, operand);
      }
      if (op == "++" || op == "--") {
        this.advance();
        const operand = this.value();
        return new CrementExpr(this.spanFrom(token.span), op, true, operand);
      }
    }
    const value = this.value();
    if (this.isLost()) return value;
    const after = this.peek();
    if (!after.isOp("++") && !after.isOp("--")) return value;
    this.advance();
    return new CrementExpr(this.spanFrom(value.span), after.text, false, value);
  }

  /** Value = ["&"] Primary [ Path ] . */
  private value(): Expr {
    if (this.isLost()) return this.bad();
    const token = this.peek();
    if (token.isOp("&")) {
      this.advance();
      if (this.peek().isOp("&")) {
        this.expected("a target variable after '&'");
        return this.bad();
      }
      const operand = this.value();
      if (this.isLost()) return this.bad();
      return new AddressOfExpr(this.spanFrom(token.span), operand);
    }
    const base = this.primary();
    if (this.isLost()) return base;
    const next = this.peek();
    if (!this.beginsPath(base, next)) return base;
    if (!this.options.since("2.6")) {
      this.fail(NO_AUTOCAST, next);
      return base;
    }
    const path: PathStep[] = [];
    this.path(path);
    return new AutocastExpr(this.spanFrom(base.span), base, path);
  }

  /** Does a path go on after `base`, which has none of its own? */
  private beginsPath(base: Expr, next: Token): bool {
    switch (base.kind) {
      case NodeKind.Target:
      case NodeKind.Cast:
      case NodeKind.AtVar:
      case NodeKind.HistIndex:
        return next.isOp("->");
      default:
        return next.isOp("->") || next.isOp("[") || isPrintSuffix(next);
    }
  }

  /** Path = { "->" member | "[" Expr "]" } ["$" | "$$"] ; the suffix may end a member's name. */
  private path(path: PathStep[]): void {
    while (!this.isLost()) {
      const token = this.peek();
      if (isPrintSuffix(token)) {
        this.advance();
        this.pushSuffix(path, token.text.length, token.span);
        return;
      }
      if (token.isOp("[")) {
        this.advance();
        const index = this.expr();
        this.wantOp("]");
        path.push(new PathStep(StepKind.Index, this.spanFrom(token.span), "", index));
        continue;
      }
      if (!token.isOp("->")) return;
      this.advance();
      const member = this.peek();
      if (member.kind != Tok.Ident && member.kind != Tok.Keyword) {
        this.expected("a member name after '->'");
        return;
      }
      this.advance();
      const dollars = trailingDollars(member.text);
      const name = member.text.substring(0, member.text.length - dollars);
      path.push(new PathStep(StepKind.Member, member.span, name, null));
      if (dollars > 0) {
        this.pushSuffix(path, dollars, member.span);
        return;
      }
    }
  }

  private pushSuffix(path: PathStep[], dollars: i32, span: Span): void {
    const kind = dollars == 1 ? StepKind.Print : StepKind.PrintDeep;
    path.push(new PathStep(kind, span, "", null));
    const next = this.peek();
    if (next.isOp("->") || next.isOp("[")) this.failAt(BAD_SUFFIX, next.span);
  }

  // ------------------------------------------------------------------------ primary

  /** Primary = literal | "(" Expr ")" | name ... | $target ... | @word ... | embedded . */
  private primary(): Expr {
    const token = this.peek();
    switch (token.kind) {
      case Tok.Number:
        this.advance();
        return new NumberExpr(token.span, token.text);
      case Tok.String:
        return this.string("");
      case Tok.AtWord:
        return this.operator(token);
      case Tok.Embedded:
        this.guruOnly(token);
        this.advance();
        return new EmbeddedExpr(token.span, token.text);
      case Tok.Ident:
        return token.text.startsWith("$") ? this.target(token) : this.named(token);
      default:
        break;
    }
    if (token.isOp("(")) {
      this.advance();
      const inner = this.expr();
      this.wantOp(")");
      return inner;
    }
    this.expected("a value");
    return this.bad();
  }

  /** Adjacent literals are one. */
  protected string(what: string): StringExpr {
    const start = this.peek();
    if (this.isLost() || start.kind != Tok.String) {
      this.expected(what);
      return new StringExpr(start.span, "");
    }
    let value = "";
    const overComments = this.options.since("2.0");
    while (this.peek().kind == Tok.String) {
      if (!overComments && this.peek().comments != start.comments) break;
      value += this.take().text;
    }
    return new StringExpr(this.spanFrom(start.span), value);
  }

  protected symbol(what: string): SymbolExpr {
    const span = this.peek().span;
    return new SymbolExpr(span, this.name(what));
  }

  /** name | name "[" Keys "]" | name "(" [Expr { "," Expr }] ")" */
  private named(token: Token): Expr {
    this.advance();
    const name = token.text;
    if (name == "argc" || name.startsWith("argv")) this.options.markAllUsed();
    if (this.peek().isOp("(")) {
      if (isPrintName(name)) return this.print(token);
      const args = this.args(token);
      return new CallExpr(this.spanFrom(token.span), name, token.span, args);
    }
    if (isPrintName(name)) {
      this.expected("'('");
      return this.bad();
    }
    const symbol = new SymbolExpr(token.span, name);
    if (!this.peek().isOp("[")) return symbol;
    this.advance();
    const keys = this.keys(false);
    this.wantOp("]");
    return new IndexExpr(this.spanFrom(token.span), symbol, keys);
  }

  /** "(" [Expr { "," Expr }] ")" */
  private args(_name: Token): Expr[] {
    const args: Expr[] = [];
    this.wantOp("(");
    if (!this.gotOp(")")) {
      do args.push(this.expr()); while (!this.isLost() && this.gotOp(","));
      this.closeList();
    }
    return args;
  }

  private closeList(): void {
    if (this.isLost() || this.gotOp(")")) return;
    this.expected("',' or ')'");
  }

  /** $name Path ; the name may end in the print suffix. */
  private target(token: Token): Expr {
    this.advance();
    const path: PathStep[] = [];
    let dollars = trailingDollars(token.text);
    // What has no other name is one; whether there is such a variable is for the analysis to say.
    if (dollars == token.text.length) dollars = 0;
    else if (dollars > 2) dollars = 2;
    const name = token.text.substring(0, token.text.length - dollars);
    if (dollars > 0) this.pushSuffix(path, dollars, token.span);
    else this.path(path);
    return new TargetExpr(this.spanFrom(token.span), name, path);
  }

  // --------------------------------------------------------------------------- print

  private print(token: Token): Expr {
    const name = token.text;
    const toString = name.startsWith("s");
    const newline = name.endsWith("ln");
    const isChar = name == "print_char";
    const isFormat = name.endsWith("f");
    const isDelimited = !isChar && (name.endsWith("d") || name.endsWith("dln"));
    const args: Expr[] = [];
    let literal: StringExpr | null = null;
    this.wantOp("(");
    let more = !this.peek().isOp(")");
    if (isFormat || isDelimited) {
      if (this.peek().kind == Tok.String) {
        literal = this.string("");
        if (isFormat) this.checkFormat(literal);
      }
      if (literal != null) more = true;
      else if (this.peek().kind == Tok.Bad) this.expected("a string literal");
      else {
        this.fail(FORMAT_LITERAL, this.peek()).arg(isFormat ? "format" : "delimiter").arg(name);
      }
      more = !this.isLost() && this.gotOp(",");
    }
    if (more && !isFormat && !isDelimited && !isChar && this.isHistogram(this.peek())) {
      const first = this.peek();
      const hist = this.stat();
      if (this.peek().isOp("[")) args.push(this.afterHistogram(hist as StatExpr));
      else {
        args.push(hist);
        if (this.peek().isOp(",")) this.fail(UNPRINTABLE, first).arg(name);
        more = false;
      }
      if (more) more = this.gotOp(",");
    }
    if (more) {
      do args.push(this.expr()); while (!this.isLost() && this.gotOp(","));
    }
    this.closeList();
    const least: i32 = isDelimited ? 2 : (isFormat || newline ? 0 : 1);
    if (!this.isLost() && args.length < least) {
      this.failAt(PRINT_ARGS, this.spanFrom(token.span)).arg(name).arg(least.toString());
    }
    return new PrintExpr(
      this.spanFrom(token.span),
      name,
      toString,
      newline,
      isChar,
      isFormat ? literal : null,
      isDelimited ? literal : null,
      args,
    );
  }

  private checkFormat(format: StringExpr): void {
    const bad = badDirective(format.value);
    if (bad == "" || this.isLost()) return;
    this.reporter.report(FORMAT_BAD, format.span).arg(bad)
      .hint("'%%' prints a percent sign");
  }

  // ---------------------------------------------------------------------- @operators

  protected isHistogram(token: Token): bool {
    return token.kind == Tok.AtWord &&
      (token.text == "@hist_log" || token.text == "@hist_linear");
  }

  /** Statistic = "@fn" "(" Expr { "," Literal } ")" . */
  protected stat(): Expr {
    const token = this.take();
    const fn = token.text.substring(1);
    const args: Expr[] = [];
    this.wantOp("(");
    const stat = this.expr();
    const numbers: i32 = fn == "hist_linear" ? 3 : 0;
    for (let i: i32 = 0; i < numbers && !this.isLost(); i++) {
      this.wantOp(",");
      args.push(this.signedNumber(i, fn));
    }
    if (!this.isHistogram(token)) {
      this.skipToMark(fn);
      if (fn == "variance" && !this.isLost() && this.gotOp(",")) {
        args.push(this.signedNumber(0, fn));
        this.skipToMark(fn);
      }
    }
    this.wantOp(")");
    return new StatExpr(this.spanFrom(token.span), fn, stat, args);
  }

  /** Goes to the next `,` or `)`, as SystemTap does in the parentheses of a statistic. */
  private skipToMark(fn: string): void {
    if (this.isLost()) return;
    const first = this.peek();
    for (;;) {
      const token = this.peek();
      if (token.kind == Tok.End || token.isOp(",") || token.isOp(")")) break;
      this.advance();
    }
    const isWhole: bool = this.peek() != first && this.peek().kind != Tok.End;
    if (isWhole) this.reporter.report(SKIPPED, first.span).arg(fn);
  }

  /** ["-"] number */
  protected literalNumber(what: string): Expr {
    if (this.isLost()) return this.bad();
    const start = this.peek();
    const negative = this.gotOp("-");
    const number = this.peek();
    if (number.kind != Tok.Number) {
      this.expected(negative ? "a number" : what);
      return this.bad();
    }
    this.advance();
    const text = negative ? this.negated(number) : number.text;
    return new NumberExpr(this.spanFrom(start.span), text);
  }

  private signedNumber(index: i32, fn: string): Expr {
    if (this.isLost()) return this.bad();
    const start = this.peek();
    const negative = this.gotOp("-");
    const number = this.peek();
    if (number.kind != Tok.Number) {
      const what = fn == "variance"
        ? "the shift"
        : (index == 0 ? "the low end" : (index == 1 ? "the high end" : "the width"));
      if (number.kind == Tok.Bad) this.expected("a number");
      else this.fail(HIST_NUMBERS, number).arg(what).arg(fn);
      return this.bad();
    }
    this.advance();
    const text = negative ? this.negated(number) : number.text;
    return new NumberExpr(this.spanFrom(start.span), text);
  }

  /** The text of minus this number. */
  protected negated(number: Token): string {
    const smallest = "-9223372036854775808";
    if (number.text.startsWith("-") && number.text != smallest) {
      this.fail(NUMBER_RANGE, number);
      return "0";
    }
    return i64ToDecimal(i64Sub(i64FromI32(0), i64FromDecimal(number.text)));
  }

  private afterHistogram(hist: StatExpr): Expr {
    if (this.isLost()) return hist;
    if (!this.peek().isOp("[")) {
      this.failAt(HIST_ALONE, hist.span)
        .hint("index a bucket, print it, or walk it with foreach");
      return hist;
    }
    this.advance();
    const index = this.expr();
    this.wantOp("]");
    return new HistIndexExpr(this.spanFrom(hist.span), hist, index);
  }

  private operator(token: Token): Expr {
    const word = token.text;
    if (!AT_WORDS.includes(word) || !this.options.since(atWordSince(word))) {
      const diagnostic = this.fail(UNKNOWN_OPERATOR, token).arg(word);
      const hint = didYouMean(word, AT_WORDS);
      if (hint.length > 0) diagnostic.hint(hint);
      return this.bad();
    }
    if (this.isHistogram(token)) return this.afterHistogram(this.stat() as StatExpr);
    if (word == "@cast" || word == "@var") return this.castOrVar(token);
    switch (word) {
      case "@count":
      case "@sum":
      case "@min":
      case "@max":
      case "@avg":
      case "@variance":
        return this.stat();
      default:
        break;
    }
    this.advance();
    this.wantOp("(");
    const result = this.operands(token);
    this.wantOp(")");
    result.span = this.spanFrom(token.span);
    return result;
  }

  /** What is between the parentheses of an @operator without a member path. */
  private operands(token: Token): Expr {
    const span = token.span;
    switch (token.text) {
      case "@defined":
        return new DefinedExpr(span, this.expr());
      case "@entry":
        return new EntryExpr(span, this.expr());
      case "@perf":
        return new PerfExpr(span, this.string("the name of a counter").value);
      case "@probewrite":
        return new ProbeWriteExpr(span, this.name("a variable name"));
      case "@const":
        this.guruOnly(token);
        return new ConstExpr(span, this.string("a string literal").value);
      case "@enum": {
        const name = this.string("the name of an enumerator").value;
        return new EnumConstExpr(span, name, "");
      }
      case "@enumname": {
        const operand = this.expr();
        const type = this.optionalString();
        return new EnumNameExpr(span, operand, type, this.optionalString());
      }
      case "@kregister":
        this.guruOnly(token);
        return new RegisterExpr(span, false, this.literalNumber("the number of a register"));
      case "@uregister":
        return new RegisterExpr(span, true, this.literalNumber("the number of a register"));
      default: {
        if (token.text == "@kderef") this.guruOnly(token);
        const size = this.literalNumber("a size in bytes");
        this.wantOp(",");
        return new DerefExpr(span, token.text == "@uderef", size, this.expr());
      }
    }
  }

  /** [ "," string ] */
  private optionalString(): string {
    if (this.isLost() || !this.gotOp(",")) return "";
    return this.string("a string literal").value;
  }

  /** "@cast" "(" Expr "," type ["," module] ")" Path | "@var" "(" name ["," module] ")" Path */
  private castOrVar(token: Token): Expr {
    this.advance();
    this.wantOp("(");
    const path: PathStep[] = [];
    if (token.text == "@var") {
      const name = this.string("the name of a variable").value;
      const module = this.optionalString();
      this.wantOp(")");
      this.path(path);
      return new AtVarExpr(this.spanFrom(token.span), name, module, path);
    }
    const operand = this.expr();
    this.wantOp(",");
    const type = this.string("the name of a type").value;
    const module = this.optionalString();
    this.wantOp(")");
    this.path(path);
    return new CastExpr(this.spanFrom(token.span), operand, type, module, path);
  }
}

/** `$` or `$$` alone. */
function isPrintSuffix(token: Token): bool {
  return token.kind == Tok.Ident && (token.text == "$" || token.text == "$$");
}

function trailingDollars(text: string): i32 {
  let count: i32 = 0;
  while (count < text.length && text.charCodeAt(text.length - 1 - count) == 36) count++;
  return count;
}
