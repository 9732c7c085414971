/** The place in the token list, and the reports of the parser: at most one while it is lost. */
import { Diagnostic, Message, Reporter } from "../source/diagnostics.ts";
import { Source, Span } from "../source/source.ts";
import { EXPECTED, NEEDS_GURU } from "./messages.ts";
import { ParseOptions } from "./options.ts";
import { Tok, Token } from "./token.ts";

export abstract class Cursor {
  protected at: i32 = 0;
  private lost: bool = false;
  private atEnd: Token;

  constructor(
    protected source: Source,
    private tokens: Token[],
    protected options: ParseOptions,
    protected reporter: Reporter,
  ) {
    this.atEnd = tokens[tokens.length - 1];
  }

  protected peek(): Token {
    return this.tokens[this.at];
  }

  protected peekAt(offset: i32): Token {
    const at = this.at + offset;
    return at < this.tokens.length ? this.tokens[at] : this.atEnd;
  }

  /** The token taken last. */
  protected before(): Token {
    return this.tokens[this.at > 0 ? this.at - 1 : 0];
  }

  protected advance(): void {
    if (this.at < this.tokens.length - 1) this.at++;
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
