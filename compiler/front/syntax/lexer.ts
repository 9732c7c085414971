/**
 * Bytes to tokens.
 *
 * The lexer never fails and never reports: a broken token carries its message, which counts only
 * if the preprocessor keeps the token (a branch not taken may name arguments that are not given).
 * `$1` puts the argument's text in place of itself before scanning goes on, so that an argument
 * can be a part of a token; its tokens are placed where the `$1` stands.
 */
import { codeAt, i64FromHalves, i64ToDecimal } from "../portable/target.ts";
import { Message } from "../source/diagnostics.ts";
import { Source, SourceKind, Span } from "../source/source.ts";
import {
  ARG_NESTED,
  ARG_RANGE,
  BAD_CHARACTER,
  BAD_NUMBER,
  EMBEDDED_TAIL,
  NUL_BYTE,
  NUMBER_RANGE,
  UNCLOSED_COMMENT,
  UNCLOSED_EMBEDDED,
  UNCLOSED_STRING,
} from "./messages.ts";
import { ParseOptions } from "./options.ts";
import { Comment, isKeywordText, MARKS_2, MARKS_3, Tok, Token } from "./token.ts";

const NEWLINE: i32 = 10;
const QUOTE: i32 = 34;
const HASH: i32 = 35;
const DOLLAR: i32 = 36;
const STAR: i32 = 42;
const SLASH: i32 = 47;
const AT: i32 = 64;
const BACKSLASH: i32 = 92;

/** All tokens of the source, the last one is Tok.End. */
export function tokenize(source: Source, options: ParseOptions, comments: Comment[]): Token[] {
  const lexer = new Lexer(source, options, comments);
  const tokens: Token[] = [];
  do tokens.push(lexer.next()); while (tokens[tokens.length - 1].kind != Tok.End);
  return tokens;
}

export class Lexer {
  private text: string;
  private at: i32 = 0;
  /** Offsets below this one are inside the text of an argument. */
  private pasteEnd: i32 = 0;
  /** Place in the file of the `$1` that was replaced. */
  private pasteFrom: i32 = 0;
  /** From offsets at or after `pasteEnd` to places in the file. */
  private shift: i32 = 0;
  private spaced: bool = true;
  private openComment: Span | null = null;
  /** A NUL byte comes before the end of the file. */
  private ended: bool;

  constructor(
    private source: Source,
    private options: ParseOptions,
    private comments: Comment[],
  ) {
    const nul = source.text.indexOf("\0");
    this.ended = nul >= 0;
    this.text = nul < 0 ? source.text : source.text.substring(0, nul);
    if (codeAt(this.text, 0) == HASH && codeAt(this.text, 1) == 33) this.lineComment();
  }

  next(): Token {
    this.spaced = this.at == 0 && this.shift == 0;
    for (;;) {
      this.skipBlank();
      const c = codeAt(this.text, this.at);
      if (c != DOLLAR && c != AT) break;
      const after = codeAt(this.text, this.at + 1);
      if (after != HASH && !isDigit(after)) break;
      const start = this.at;
      this.at += 2;
      if (after != HASH) { while (isDigit(codeAt(this.text, this.at))) this.at++; }
      if (start < this.pasteEnd) return this.bad(start, ARG_NESTED, "", "");
      let value = this.options.args.length.toString();
      if (after != HASH) {
        const index = this.argumentIndex(start + 1);
        if (index < 0) {
          const word = this.text.substring(start + 1, this.at);
          return this.bad(start, ARG_RANGE, word, value);
        }
        value = this.options.args[index];
        if (this.source.kind == SourceKind.User) this.options.markUsed(index);
      }
      if (c == AT) return this.token(Tok.String, value, start);
      this.paste(start, value);
    }
    return this.scan();
  }

  /** Index from 0 of the argument whose number starts at `start`; -1 if there is none. */
  private argumentIndex(start: i32): i32 {
    let value: i32 = 0;
    for (let i = start; i < this.at; i++) {
      value = value * 10 + this.text.charCodeAt(i) - 48;
      if (value > this.options.args.length) return -1;
    }
    return value - 1;
  }

  /** Puts `value` in place of the text from `start` to here. */
  private paste(start: i32, value: string): void {
    this.pasteFrom = start + this.shift;
    this.shift = this.at + this.shift - value.length;
    this.text = value + this.text.substring(this.at);
    this.pasteEnd = value.length;
    this.at = 0;
  }

  private scan(): Token {
    const start = this.at;
    const c = codeAt(this.text, start);
    if (c < 0) return this.endToken();
    if (isNameStart(c)) {
      this.at++;
      while (isNamePart(codeAt(this.text, this.at))) this.at++;
      const name = this.text.substring(start, this.at);
      if (c == AT && name.length > 1) return this.token(Tok.AtWord, name, start);
      if (c == AT) return this.token(Tok.Op, name, start);
      return this.token(this.isKeyword(name) ? Tok.Keyword : Tok.Ident, name, start);
    }
    if (isDigit(c)) return this.number(start);
    if (c == QUOTE) return this.string(start);
    if (c == 37 && codeAt(this.text, start + 1) == 123) return this.embedded(start);
    if (c <= 32 || c >= 127) {
      this.at++;
      return this.bad(start, BAD_CHARACTER, "code " + c.toString(), "");
    }
    return this.mark(start);
  }

  private isKeyword(name: string): bool {
    if (!isKeywordText(name)) return false;
    return name != "private" || this.options.since("3.0");
  }

  private mark(start: i32): Token {
    const second = codeAt(this.text, start + 1);
    // All longer marks go on with one of these.
    if (second < 0 || !"=&|+-><~(?:)".includes(this.text.charAt(start + 1))) this.at++;
    else {
      const three = this.text.substring(start, start + 3);
      if (MARKS_3.includes(three)) this.at += 3;
      else if (MARKS_2.includes(three.substring(0, 2))) this.at += 2;
      else this.at++;
    }
    return this.token(Tok.Op, this.text.substring(start, this.at), start);
  }

  private number(start: i32): Token {
    const token = this.numberValue(start);
    token.written = this.text.substring(start, this.at);
    return token;
  }

  /** An alphanumeric run that starts with a digit: decimal, 0x hex, 0b binary or 0 octal. */
  private numberValue(start: i32): Token {
    while (isAlnum(codeAt(this.text, this.at))) this.at++;
    let at = start;
    let base: i32 = 10;
    if (codeAt(this.text, at) == 48 && this.at - at > 1) {
      const second = codeAt(this.text, at + 1);
      if (second == 120 || second == 88) {
        base = 16;
        at += 2;
        if (at == this.at) return this.bad(start, BAD_NUMBER, "", "");
      } else if (second == 98 || second == 66) {
        base = 2;
        at += 2;
        if (at == this.at) return this.bad(start, BAD_NUMBER, "", "");
      } else {
        base = 8;
        at++;
      }
    }
    // Four limbs of 16 bits, the lowest first.
    let a: i32 = 0;
    let b: i32 = 0;
    let c: i32 = 0;
    let d: i32 = 0;
    let tooBig = false;
    for (; at < this.at; at++) {
      const digit = digitValue(codeAt(this.text, at));
      if (digit >= base) return this.bad(start, BAD_NUMBER, "", "");
      a = a * base + digit;
      b = b * base + (a >> 16);
      c = c * base + (b >> 16);
      d = d * base + (c >> 16);
      if (d > 65535) tooBig = true;
      a &= 65535;
      b &= 65535;
      c &= 65535;
      d &= 65535;
    }
    if (tooBig) return this.bad(start, NUMBER_RANGE, "", "");
    const value = i64FromHalves((b << 16 | a) as u32, (d << 16 | c) as u32);
    return this.token(Tok.Number, i64ToDecimal(value), start);
  }

  private string(start: i32): Token {
    this.at++;
    const parts: string[] = [];
    let from = this.at;
    for (;;) {
      const c = codeAt(this.text, this.at);
      if (c < 0 || c == NEWLINE) return this.bad(start, UNCLOSED_STRING, "", "");
      if (c == QUOTE) break;
      if (c != BACKSLASH) {
        this.at++;
        continue;
      }
      parts.push(this.text.substring(from, this.at));
      this.at++;
      if (this.at >= this.text.length) return this.bad(start, UNCLOSED_STRING, "", "");
      parts.push(String.fromCharCode(this.escape()));
      from = this.at;
    }
    parts.push(this.text.substring(from, this.at));
    this.at++;
    return this.token(Tok.String, parts.join(""), start);
  }

  /** The byte that the escape at hand stands for; the backslash has been taken. */
  private escape(): i32 {
    const c = codeAt(this.text, this.at);
    this.at++;
    switch (c) {
      case 97:
        return 7;
      case 98:
        return 8;
      case 116:
        return 9;
      case 110:
        return 10;
      case 118:
        return 11;
      case 102:
        return 12;
      case 114:
        return 13;
      default:
        break;
    }
    if (c >= 48 && c <= 55) {
      let value = c - 48;
      for (let i: i32 = 0; i < 2; i++) {
        const digit = codeAt(this.text, this.at);
        if (digit < 48 || digit > 55) break;
        value = value * 8 + digit - 48;
        this.at++;
      }
      return value & 255;
    }
    if (c != 120 || !this.options.since("2.3")) return c;
    if (digitValue(codeAt(this.text, this.at)) > 15) return c;
    let value: i32 = 0;
    for (let i: i32 = 0; i < 2; i++) {
      const digit = digitValue(codeAt(this.text, this.at));
      if (digit > 15) break;
      value = value * 16 + digit;
      this.at++;
    }
    return value;
  }

  private embedded(start: i32): Token {
    const end = this.text.indexOf("%}", start + 2);
    if (end < 0) {
      this.at = this.text.length;
      return this.bad(start, UNCLOSED_EMBEDDED, "", "");
    }
    this.at = end + 2;
    const token = this.token(Tok.Embedded, this.text.substring(start + 2, end), start);
    if (token.text.includes("}%")) token.message = EMBEDDED_TAIL;
    return token;
  }

  private endToken(): Token {
    const token = this.token(Tok.End, "", this.at);
    const open = this.openComment;
    if (open != null) {
      token.message = UNCLOSED_COMMENT;
      token.span = open;
    } else if (this.ended) token.message = NUL_BYTE;
    return token;
  }

  private skipBlank(): void {
    for (;;) {
      const c = codeAt(this.text, this.at);
      if (c == 32 || (c >= 9 && c <= 13)) this.at++;
      else if (c == HASH) this.lineComment();
      else if (c == SLASH && codeAt(this.text, this.at + 1) == SLASH) this.lineComment();
      else if (c == SLASH && codeAt(this.text, this.at + 1) == STAR) this.blockComment();
      else return;
      this.spaced = true;
    }
  }

  private lineComment(): void {
    const start = this.at;
    const end = this.text.indexOf("\n", start);
    this.at = end < 0 ? this.text.length : end;
    this.addComment(start);
  }

  private blockComment(): void {
    const start = this.at;
    const end = this.text.indexOf("*/", start + 2);
    this.at = end < 0 ? this.text.length : end + 2;
    this.addComment(start);
    if (end < 0) this.openComment = this.span(start, start + 2);
  }

  private addComment(start: i32): void {
    this.comments.push(
      new Comment(this.span(start, this.at), this.text.substring(start, this.at)),
    );
  }

  private span(start: i32, end: i32): Span {
    const from = start < this.pasteEnd ? this.pasteFrom : start + this.shift;
    const to = end < this.pasteEnd ? this.pasteEnd + this.shift : end + this.shift;
    return new Span(this.source, from, to);
  }

  private token(kind: Tok, text: string, start: i32): Token {
    const span = this.span(start, this.at);
    return new Token(kind, text, span, !this.spaced, this.comments.length);
  }

  private bad(start: i32, message: Message, first: string, second: string): Token {
    const token = this.token(Tok.Bad, this.text.substring(start, this.at), start);
    token.message = message;
    token.messageArgs = [first, second];
    return token;
  }
}

function isDigit(c: i32): bool {
  return c >= 48 && c <= 57;
}

function isLetter(c: i32): bool {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90);
}

function isAlnum(c: i32): bool {
  return isDigit(c) || isLetter(c);
}

function isNameStart(c: i32): bool {
  return isLetter(c) || c == 95 || c == DOLLAR || c == AT;
}

function isNamePart(c: i32): bool {
  return isAlnum(c) || c == 95 || c == DOLLAR;
}

/** Value of a digit in any base up to 36; 99 for anything else. */
function digitValue(c: i32): i32 {
  if (isDigit(c)) return c - 48;
  if (c >= 97 && c <= 122) return c - 87;
  if (c >= 65 && c <= 90) return c - 55;
  return 99;
}
