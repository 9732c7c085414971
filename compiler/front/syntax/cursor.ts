/** The place in the tokens, and the reports of the parser: at most one while it is lost. */
import { Diagnostic, Message, Reporter } from "../source/diagnostics.ts";
import { Source, Span } from "../source/source.ts";
import { EXPECTED, NEEDS_GURU } from "./messages.ts";
import { ParseOptions } from "./options.ts";
import { Tok, Token } from "./token.ts";

/** Gives tokens one after the other; the last one, Tok.End, again and again. */
export abstract class TokenStream {
  abstract next(): Token;
}

/** Tokens that are known already. */
export class TokenList extends TokenStream {
  private at: i32 = 0;

  constructor(private tokens: Token[]) {
    super();
  }

  next(): Token {
    const token = this.tokens[this.at];
    if (this.at < this.tokens.length - 1) this.at++;
    return token;
  }
}

/** All that a stream still gives, the end too. */
export function allTokens(stream: TokenStream): Token[] {
  const tokens: Token[] = [];
  do tokens.push(stream.next()); while (tokens[tokens.length - 1].kind != Tok.End);
  return tokens;
}

/** Tokens taken last that can still be looked at; the older ones are given up. */
const WINDOW: i32 = 4096;

export abstract class Cursor {
  /** Number of the token at hand. */
  protected at: i32 = 0;
  private lost: bool = false;
  private window: Token[] = [];
  /** Number of the first token of the window. */
  private base: i32 = 0;

  constructor(
    protected source: Source,
    private stream: TokenStream,
    protected options: ParseOptions,
    protected reporter: Reporter,
  ) {
    this.window.push(stream.next());
  }

  protected peek(): Token {
    return this.window[this.at - this.base];
  }

  protected peekAt(offset: i32): Token {
    let index = this.at + offset - this.base;
    if (index < 0) index = 0;
    while (index >= this.window.length) {
      const last = this.window[this.window.length - 1];
      if (last.kind == Tok.End) return last;
      this.window.push(this.stream.next());
    }
    return this.window[index];
  }

  /** The token taken last. */
  protected before(): Token {
    return this.window[this.at > this.base ? this.at - this.base - 1 : 0];
  }

  protected advance(): void {
    if (this.peek().kind == Tok.End) return;
    this.peekAt(1);
    this.at++;
    if (this.at - this.base < 2 * WINDOW) return;
    this.window = this.window.slice(WINDOW);
    this.base += WINDOW;
  }

  protected take(): Token {
    const token = this.peek();
    this.advance();
    return token;
  }

  protected gotOp(text: string): bool {
    if (!this.peek().isOp(text)) return false;
    this.advance();
    return true;
  }

  protected gotKeyword(text: string): bool {
    if (!this.peek().isKeyword(text)) return false;
    this.advance();
    return true;
  }

  /** Takes the mark or reports that it is missing. */
  protected wantOp(text: string): void {
    if (this.lost || this.gotOp(text)) return;
    this.expected("'" + text + "'");
  }

  protected wantKeyword(text: string): void {
    if (this.lost || this.gotKeyword(text)) return;
    this.expected("'" + text + "'");
  }

  /** Takes a name that is no keyword; `$x` is a name too, though it can be declared only. */
  protected name(what: string): string {
    if (this.lost) return "";
    const token = this.peek();
    if (token.kind != Tok.Ident) {
      this.expected(what);
      return "";
    }
    this.advance();
    return token.text;
  }

  protected spanFrom(start: Span): Span {
    return start.to(this.before().span);
  }

  /** After a report: nothing more is reported until `found`. */
  protected isLost(): bool {
    return this.lost;
  }

  protected found(): void {
    this.lost = false;
  }

  /** Reports what should stand here; null if that has been said or the token is broken itself. */
  protected expected(what: string): Diagnostic | null {
    if (this.lost) return null;
    const token = this.peek();
    if (token.kind == Tok.Bad) {
      this.lost = true;
      return null;
    }
    return this.fail(EXPECTED, token).arg(what);
  }

  /** Reports a mistake and gets lost. Once lost, a diagnostic that goes nowhere comes back. */
  protected fail(message: Message, token: Token): Diagnostic {
    const diagnostic = this.failAt(message, token.span);
    const call = token.from;
    if (call != null) diagnostic.note(call.span, "in expansion of macro '" + call.text + "'");
    return diagnostic;
  }

  protected failAt(message: Message, span: Span): Diagnostic {
    if (this.lost) return new Diagnostic(message, span);
    this.lost = true;
    return this.reporter.report(message, span);
  }

  /** Embedded C is for guru mode and the library. */
  protected guruOnly(token: Token): void {
    if (this.source.guru) return;
    this.reporter.report(NEEDS_GURU, token.span)
      .hint("embedded C can crash the kernel; -g allows it");
  }
}
