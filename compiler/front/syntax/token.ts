/** Tokens, and the tables that tell which words and marks are special. */
import { Message } from "../source/diagnostics.ts";
import { Span } from "../source/source.ts";

export enum Tok {
  End,
  /** Names, also `$target` names. */
  Ident,
  Keyword,
  /** Text is canonical signed decimal. */
  Number,
  /** Text is the value, escapes resolved. */
  String,
  /** Punctuation. */
  Op,
  /** `@word`, with its @. */
  AtWord,
  /** `%{ ... %}`; text is what is inside. */
  Embedded,
  /** Broken; `message` says how. */
  Bad,
}

/** Shared by the tokens without a message. */
const NO_ARGS: string[] = [];

export class Token {
  /** The macro call whose expansion this token comes from. */
  from: Token | null = null;
  /** It stands in a macro's body for a parameter: a comma among such parts no arguments any more. */
  argument: bool = false;
  /** What is wrong with it; reported when the preprocessor lets the token through. */
  message: Message | null = null;
  messageArgs: string[] = NO_ARGS;
  /** What begins with a digit, as it was written; empty otherwise. */
  written: string = "";

  constructor(
    public kind: Tok,
    public text: string,
    public span: Span,
    /** Nothing stands between this token and the one before. */
    public glued: bool,
    /** How many comments of the file stand before it. */
    public comments: i32,
  ) {}

  isOp(text: string): bool {
    return this.kind == Tok.Op && this.text == text;
  }

  isKeyword(text: string): bool {
    return this.kind == Tok.Keyword && this.text == text;
  }

  /** The same token as a part of the expansion of `call`, shown at `span`. */
  expanded(call: Token, span: Span): Token {
    const copy = new Token(this.kind, this.text, span, this.glued, call.comments);
    copy.message = this.message;
    copy.messageArgs = this.messageArgs;
    copy.written = this.written;
    copy.argument = this.argument;
    copy.from = call;
    return copy;
  }
}

/** A comment as written, with its marks. */
export class Comment {
  constructor(public span: Span, public text: string) {}
}

export const KEYWORDS: string[] = [
  "probe",
  "global",
  "private",
  "function",
  "if",
  "else",
  "for",
  "foreach",
  "in",
  "limit",
  "return",
  "delete",
  "while",
  "break",
  "continue",
  "next",
  "string",
  "long",
  "try",
  "catch",
];

const KEYWORD_SET: Set<string> = new Set<string>();
for (let i: i32 = 0; i < KEYWORDS.length; i++) KEYWORD_SET.add(KEYWORDS[i]);

/** Is it one of the keywords? */
export function isKeywordText(text: string): bool {
  return text.length > 1 && text.length < 9 && KEYWORD_SET.has(text);
}

/** The operators written `@word`. */
export const AT_WORDS: string[] = [
  "@cast",
  "@var",
  "@defined",
  "@entry",
  "@perf",
  "@probewrite",
  "@const",
  "@enum",
  "@enumname",
  "@kregister",
  "@uregister",
  "@kderef",
  "@uderef",
  "@count",
  "@sum",
  "@min",
  "@max",
  "@avg",
  "@variance",
  "@hist_linear",
  "@hist_log",
];

/** Marks of two and three characters, each list searched in order. */
export const MARKS_3: string[] = ["<<<", ">>>", "<<=", ">>="];
export const MARKS_2: string[] = [
  "==",
  "!=",
  "<=",
  ">=",
  "=~",
  "!~",
  "+=",
  "-=",
  "*=",
  "/=",
  "%=",
  "&=",
  "^=",
  "|=",
  ".=",
  "&&",
  "||",
  "++",
  "--",
  "->",
  "<<",
  ">>",
  "%(",
  "%?",
  "%:",
  "%)",
];

/** The language version that made an @word an operator; empty if it always was. */
export function atWordSince(word: string): string {
  if (word == "@kregister" || word == "@uregister") return "4.0";
  if (word == "@kderef" || word == "@uderef") return "4.0";
  if (word == "@enum") return "5.5";
  if (word == "@enumname") return "5.6";
  return "";
}

/** What a token is called in messages: "identifier 'x'", "end of file". */
export function describe(token: Token): string {
  switch (token.kind) {
    case Tok.End:
      return "end of file";
    case Tok.Ident:
      return "identifier '" + token.text + "'";
    case Tok.Keyword:
      return "keyword '" + token.text + "'";
    case Tok.Number:
      return "number '" + token.text + "'";
    case Tok.String:
      return "string '" + token.text + "'";
    case Tok.Embedded:
      return "embedded code";
    default:
      return "operator '" + token.text + "'";
  }
}
