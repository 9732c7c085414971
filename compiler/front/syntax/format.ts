/**
 * The formatter: the same tokens and comments, laid out evenly.
 *
 * It works on the tokens as written, before the preprocessor, so macros, conditionals and `$1`
 * stay. The author's line breaks stay too; indentation, blank lines and the spaces inside a line
 * are made regular. The result has the same tokens (this is checked; a text that cannot be
 * formatted comes back unchanged) and formatting it again changes nothing.
 */
import { repeat } from "../portable/target.ts";
import { Source } from "../source/source.ts";
import { tokenize } from "./lexer.ts";
import { ParseOptions } from "./options.ts";
import { Comment, Tok, Token } from "./token.ts";

const STEP: i32 = 2;

/** The formatted text; the text itself if it has lexical errors. */
export function formatScript(source: Source): string {
  const comments: Comment[] = [];
  const tokens = tokenize(source, new ParseOptions(), comments);
  const end = tokens[tokens.length - 1];
  if (end.message != null) return source.text;
  for (let i: i32 = 0; i < tokens.length; i++) {
    if (tokens[i].kind == Tok.Bad && !isArgument(tokens[i])) return source.text;
  }
  const result = new Formatter(source, tokens, comments).run();
  return sameTokens(source, tokens, comments, result) ? result : source.text;
}

/** `$1`, `@1`: broken only because no arguments are given here. */
function isArgument(token: Token): bool {
  if (token.text.length < 2) return false;
  const first = token.text.charCodeAt(0);
  const second = token.text.charCodeAt(1);
  return (first == 36 || first == 64) && second >= 48 && second <= 57;
}

function sameTokens(source: Source, tokens: Token[], comments: Comment[], text: string): bool {
  const newComments: Comment[] = [];
  const copy = new Source(source.name, text, source.kind, source.guru);
  const others = tokenize(copy, new ParseOptions(), newComments);
  if (others.length != tokens.length || newComments.length != comments.length) return false;
  for (let i: i32 = 0; i < tokens.length; i++) {
    const same = tokens[i].kind == others[i].kind && tokens[i].text == others[i].text &&
      tokens[i].comments == others[i].comments;
    if (!same) return false;
  }
  return true;
}

/** What the text at hand belongs to. */
enum Place {
  Code,
  /** From `probe` to its body: names with wildcards. */
  Points,
  /** From `function` to its body. */
  Signature,
  Globals,
}

class Bracket {
  constructor(
    public mark: string,
    /** Indentation of the line that has the opening mark. */
    public indent: i32,
    /** The parentheses of `if`, `while`, `for`, `foreach`; the block of `do`. */
    public isHead: bool,
    /** The place to return to. */
    public place: Place,
  ) {}
}

class Formatter {
  private out: string[] = [];
  private brackets: Bracket[] = [];
  private place: Place = Place.Code;
  private lineIndent: i32 = 0;
  /** Extra indentation of the line at hand: a continuation or a body without braces. */
  private extra: i32 = 0;
  private continued: bool = false;
  /** How much of the indentation is for the continuation. */
  private steps: i32 = 0;
  private before: Token | null = null;
  private beforeThat: Token | null = null;
  /** End in the source of what was written last. */
  private lastEnd: i32 = 0;
  private lastIsLineComment: bool = false;
  /** The `)` before was that of a control statement's head. */
  private afterHead: bool = false;
  private prefix: bool = false;
  private lastPrefix: Token | null = null;
  /** The `}` of a `do` block: the `while` after it has no body. */
  private doEnd: Token | null = null;
  private empty: bool = true;
  /** Does the token before, a mark, stand for an operand's end (`x++`, `k+`)? */
  private postfix: bool = false;

  constructor(
    private source: Source,
    private tokens: Token[],
    private comments: Comment[],
  ) {}

  run(): string {
    let comment: i32 = 0;
    for (let i: i32 = 0; i < this.tokens.length; i++) {
      const token = this.tokens[i];
      for (; comment < token.comments; comment++) this.comment(this.comments[comment], token);
      if (token.kind == Tok.End) break;
      this.token(token, this.tokens[i + 1]);
    }
    if (this.out.length > 0) this.out.push("\n");
    return this.out.join("");
  }

  /** Line breaks in the source before this offset, since what was written last. */
  private breaks(start: i32): i32 {
    let count: i32 = 0;
    for (let at = this.lastEnd; at < start; at++) {
      if (this.source.text.charCodeAt(at) == 10) count++;
    }
    return count;
  }

  /** Starts a line, after a blank one if the author left one. */
  private newLine(breaks: i32, indent: i32): void {
    if (this.empty) return;
    this.out.push(breaks > 1 ? "\n\n" : "\n");
    this.out.push(repeat(" ", indent * STEP));
  }

  private comment(comment: Comment, next: Token): void {
    const breaks = this.breaks(comment.span.start);
    if (breaks > 0 || this.lastIsLineComment) {
      const indent = this.indentOf(next) + this.extraFor(next);
      this.newLine(breaks, indent);
    } else if (!this.empty) this.out.push(" ");
    this.out.push(trimEnd(comment.text));
    this.empty = false;
    this.lastEnd = comment.span.end;
    this.lastIsLineComment = !comment.text.startsWith("/*");
  }

  private token(token: Token, next: Token): void {
    const breaks = this.breaks(token.span.start);
    const starts = breaks > 0 || this.lastIsLineComment || this.empty;
    this.enter(token);
    this.prefix = this.isPrefix(token);
    const wasPostfix = this.postfix;
    const extra = this.extraFor(token);
    const continued = this.isContinuation(token);
    this.postfix = this.isPostfix(token, next);
    if (starts) {
      this.extra = extra;
      if (continued && !this.continued) this.steps = this.place == Place.Points ? 2 : 1;
      this.continued = continued;
      this.lineIndent = this.indentOf(token) + this.extra;
      this.newLine(breaks, this.lineIndent);
    } else if (this.spaced(token, wasPostfix)) this.out.push(" ");
    this.out.push(token.span.text());
    this.empty = false;
    this.track(token);
    if (this.prefix) this.lastPrefix = token;
    this.beforeThat = this.before;
    this.before = token;
    this.lastEnd = token.span.end;
    this.lastIsLineComment = false;
  }

  // ----------------------------------------------------------------------- structure

  /** A declaration word changes the place. */
  private enter(token: Token): void {
    if (token.kind != Tok.Keyword || this.isComponent()) return;
    if (this.place != Place.Code && this.place != Place.Globals) return;
    if (token.text == "probe") this.place = Place.Points;
    else if (token.text == "function") this.place = Place.Signature;
    else if (token.text == "global" || token.text == "private") this.place = Place.Globals;
  }

  private isComponent(): bool {
    const before = this.before;
    return before != null && before.isOp(".");
  }

  /** Opens and closes brackets, after the token was written. */
  private track(token: Token): void {
    const head = this.afterHead;
    this.afterHead = false;
    if (token.kind == Tok.Embedded && this.place == Place.Signature) this.place = Place.Code;
    if (token.kind == Tok.AtWord || token.kind == Tok.Keyword) {
      if (token.isKeyword("else")) this.afterHead = true;
      return;
    }
    if (token.kind != Tok.Op) return;
    const mark = token.text;
    if (mark == "(" || mark == "[" || mark == "{" || mark == "%(") {
      const before = this.before;
      const isHead = this.isHeadBracket(mark);
      const place = this.place;
      if (mark == "{" && !this.isGroup(before)) this.place = Place.Code;
      if (mark == "(" && before != null && before.isKeyword("if")) this.place = Place.Code;
      const after = mark == "{" ? this.place : place;
      const indent = mark == "{" && this.continued ? this.lineIndent - this.steps : this.lineIndent;
      this.brackets.push(new Bracket(mark, indent, isHead, after));
    } else if (mark == ")" || mark == "]" || mark == "}" || mark == "%)") {
      if (this.brackets.length == 0) return;
      const open = this.brackets.pop();
      if (open == null) return;
      this.afterHead = open.isHead && mark == ")";
      if (open.isHead && mark == "}") this.doEnd = token;
      this.place = open.place;
    } else if (mark == ";" && this.place == Place.Globals) this.place = Place.Code;
    if (head && mark == ";") this.afterHead = false;
  }

  /** Is it the `(` of a control statement that a body follows, or the `{` of a `do`? */
  private isHeadBracket(mark: string): bool {
    const before = this.before;
    if (before == null || this.place != Place.Code) return false;
    if (mark == "{") return before.kind == Tok.Ident && before.text == "do";
    if (mark != "(" || before.kind != Tok.Keyword || !isHeadWord(before.text)) return false;
    const end = this.doEnd;
    return end == null || this.beforeThat != end;
  }

  /** Is a `{` after this token a group of probe point components? */
  private isGroup(before: Token | null): bool {
    if (this.place != Place.Points || before == null) return false;
    return before.isOp(".") || before.isOp(",") || before.isOp("{") || before.isOp("=") ||
      before.isOp("+=") || before.isKeyword("probe");
  }

  private indentOf(token: Token): i32 {
    const depth = this.brackets.length;
    if (depth == 0) return 0;
    const top = this.brackets[depth - 1];
    const closes = token.isOp(")") || token.isOp("]") || token.isOp("}") || token.isOp("%)") ||
      (top.mark == "%(" && token.isOp("%:"));
    return closes ? top.indent : top.indent + 1;
  }

  /** Further steps for a line that goes on with what the line before began. */
  private extraFor(token: Token): i32 {
    const before = this.before;
    if (before == null || token.isOp("{") || token.isOp("}") || token.kind == Tok.End) return 0;
    if (this.afterHead) return this.extra + 1;
    if (!this.isContinuation(token)) return 0;
    // Probe points stand deeper than the body that follows them.
    return this.continued ? this.extra : this.extra + (this.place == Place.Points ? 2 : 1);
  }

  private isContinuation(token: Token): bool {
    const before = this.before;
    if (before == null || token.isOp("{") || token.isOp("}")) return false;
    const depth = this.brackets.length;
    if (depth > 0) {
      const mark = this.brackets[depth - 1].mark;
      if (mark == "(" || mark == "[") return false;
    }
    if (token.kind == Tok.Op && !this.isPrefix(token)) {
      if (isBinary(token.text) && !token.isOp("++") && !token.isOp("--")) return true;
    }
    if (before.kind != Tok.Op || this.postfix) return false;
    return isBinary(before.text) || before.isOp(",");
  }

  // -------------------------------------------------------------------------- spaces

  /** Can the token before end an operand? */
  private afterOperand(): bool {
    const before = this.before;
    if (before == null || this.afterHead) return false;
    switch (before.kind) {
      case Tok.Op:
        return before.text == ")" || before.text == "]" || this.postfix;
      case Tok.Keyword:
        return before.text == "string" || before.text == "long" ||
          this.place == Place.Points;
      default:
        return true;
    }
  }

  private isPrefix(token: Token): bool {
    if (token.kind != Tok.Op || this.place == Place.Points) return false;
    const mark = token.text;
    if (mark == "!" || mark == "~") return true;
    const either = mark == "-" || mark == "+" || mark == "&" || mark == "++" || mark == "--";
    return either && !this.afterOperand();
  }

  private isPostfix(token: Token, next: Token): bool {
    if (token.kind != Tok.Op || this.prefix) return false;
    if (token.text == "++" || token.text == "--") return true;
    if (token.text != "+" && token.text != "-") return false;
    return next.isOp(",") || next.isOp(")") || next.isOp("]") || next.isOp("=") ||
      next.isKeyword("in") || next.isKeyword("limit");
  }

  /** A space before this token, on the same line? */
  private spaced(token: Token, wasPostfix: bool): bool {
    const before = this.before;
    // After a comment in the line.
    if (before == null || this.lastEnd != before.span.end) return true;
    if (token.isOp(",") || token.isOp(";")) return before.isOp("{");
    if (before.isOp(";")) return !token.isOp(")");
    if (before.isOp(",")) return true;
    const besideArgument = (before.kind == Tok.Bad && token.kind != Tok.Op) ||
      (token.kind == Tok.Bad && before.kind != Tok.Op);
    if (besideArgument) return !token.glued;
    if (token.isOp("{") && !this.isGroup(before)) return true;
    if (this.place == Place.Points) return this.spacedInPoints(token, before);
    if (before.isOp("(") || before.isOp("[") || token.isOp(")") || token.isOp("]")) return false;
    if (before.isOp("{") && token.isOp("}")) return false;
    if (token.isOp("->") || before.isOp("->")) return false;
    if (this.place == Place.Signature && (token.isOp(":") || before.isOp(":"))) return false;
    if (this.place == Place.Globals && token.isOp("%")) return false;
    if (token.kind == Tok.Ident && token.glued && isDollars(token.text)) return false;
    if (token.isOp("(")) return this.spaceBeforeParenthesis(before);
    if (token.isOp("[")) return this.spaceBeforeBracket(token, before);
    if (this.postfix) return false;
    if (this.isPrefixBefore(before, wasPostfix)) {
      return token.kind == Tok.Op && token.text.charAt(0) == before.text.charAt(0);
    }
    return true;
  }

  /** Was the token before a prefix operator? */
  private isPrefixBefore(before: Token, wasPostfix: bool): bool {
    if (before.kind != Tok.Op || wasPostfix) return false;
    const mark = before.text;
    if (mark == "!" || mark == "~") return true;
    const either = mark == "-" || mark == "+" || mark == "&" || mark == "++" || mark == "--";
    return either && this.lastPrefix == before;
  }

  private spacedInPoints(token: Token, before: Token): bool {
    if (token.isOp(".") || before.isOp(".")) return false;
    if (token.isOp("(") && !before.isKeyword("if")) return false;
    if (before.isOp("(") || token.isOp(")")) return false;
    if (before.isKeyword("if") && token.isOp("(")) return true;
    if (token.isOp("=") || token.isOp("+=") || before.isOp("=") || before.isOp("+=")) return true;
    if (before.isOp("-") || before.isOp("{") || token.isOp("}")) return false;
    return !token.glued;
  }

  private spaceBeforeParenthesis(before: Token): bool {
    if (this.isPrefixBefore(before, false)) return false;
    if (before.kind == Tok.Ident || before.kind == Tok.AtWord) return false;
    return !before.isKeyword("string") && !before.isKeyword("long");
  }

  private spaceBeforeBracket(token: Token, before: Token): bool {
    if (before.kind == Tok.Ident) return false;
    if (this.place == Place.Globals && before.isOp("%")) return false;
    if (before.isOp(")") || before.isOp("]")) return !token.glued;
    return true;
  }
}

function isHeadWord(word: string): bool {
  return word == "if" || word == "while" || word == "for" || word == "foreach";
}

function isDollars(text: string): bool {
  return text == "$" || text == "$$";
}

/** Marks that join two operands. */
function isBinary(mark: string): bool {
  return mark != "(" && mark != ")" && mark != "[" && mark != "]" && mark != "{" &&
    mark != "}" && mark != ";" && mark != "," && mark != "!" && mark != "~" && mark != "%(" &&
    mark != "%)" && mark != "%?" && mark != "%:" && mark != "@";
}

function trimEnd(text: string): string {
  let end = text.length;
  while (
    end > 0 && (text.charCodeAt(end - 1) == 32 || text.charCodeAt(end - 1) == 9 ||
      text.charCodeAt(end - 1) == 13)
  ) end--;
  return text.substring(0, end);
}
