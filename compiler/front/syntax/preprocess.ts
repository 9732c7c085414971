/**
 * Macros and conditionals: tokens to tokens.
 *
 * Reads the tokens in order. A macro call is replaced by the macro's body, with its parameters
 * put in, and the result is read again; `%( condition %? a %: b %)` keeps one of its branches.
 * What is in the other branch is skipped unread: definitions there do not count.
 *
 * A token from a macro of the user's own files keeps its place in the macro body; one from a
 * library macro is placed at the call, which is where the user can do something about it.
 */
import { codeAt, lookup } from "../portable/target.ts";
import { Diagnostic, Message, Reporter } from "../source/diagnostics.ts";
import { Source, SourceKind, Span } from "../source/source.ts";
import { Condition } from "./condition.ts";
import { TokenList, TokenStream } from "./cursor.ts";
import { Lexer, tokenize } from "./lexer.ts";
import {
  COND_NO_THEN,
  COND_STRAY,
  COND_TWO_ELSE,
  COND_UNCLOSED,
  MACRO_ARGS_UNCLOSED,
  MACRO_BODY,
  MACRO_BUILTIN,
  MACRO_NAME,
  MACRO_NESTED,
  MACRO_NO_ARGS,
  MACRO_ONLY,
  MACRO_PARAMS,
  MACRO_RECURSIVE,
  MACRO_RESERVED,
  MACRO_TOO_BIG,
  MACRO_TOO_FEW,
  MACRO_TOO_MANY,
  MACRO_TWICE,
} from "./messages.ts";
import { ParseOptions } from "./options.ts";
import { AT_WORDS, atWordSince, Comment, Tok, Token } from "./token.ts";

export class Macro {
  params: string[] = [];
  body: Token[] = [];

  /** `name` has no @. */
  constructor(public name: string, public span: Span) {}

  isLibrary(): bool {
    return this.span.source.kind == SourceKind.Library;
  }
}

/** Where macros that the file does not define come from. */
export abstract class MacroLibrary {
  /** The macro (name without @), or null. */
  abstract find(name: string): Macro | null;
}

const PERCENT: i32 = 37;
/** Nested calls allowed. */
const MAX_DEPTH: i32 = 100;
/** Tokens that all calls of one file may give. */
const MAX_TOKENS: i32 = 2000000;

/** What a `%:` means while a branch is skipped. */
enum AtElse {
  Ignore,
  Stop,
  /** There has been one. */
  Report,
}

class Frame {
  at: i32 = 0;
  constructor(public tokens: Token[], public macro: Macro | null) {}
}

/** An open `%(`, and whether its `%:` has been passed. */
class OpenCondition {
  constructor(public open: Token, public inElse: bool) {}
}

/** The tokens of a source after preprocessing. */
export function preprocess(
  source: Source,
  options: ParseOptions,
  macros: MacroLibrary | null,
  reporter: Reporter,
  comments: Comment[],
): TokenStream {
  if (isPlain(source.text, options)) {
    return new PlainTokens(new Lexer(source, options, comments), reporter);
  }
  const tokens = tokenize(source, options, comments);
  return new TokenList(new Preprocessor(tokens, options, macros, reporter).run());
}

/** Has a text no conditional, macro or argument? Most files are so; comments do not count. */
function isPlain(text: string, options: ParseOptions): bool {
  if (text.includes("%(") || text.includes("%)")) return false;
  if (text.includes("%?") || text.includes("%:")) return false;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    let end = at + 1;
    while (isLetterAt(text, end)) end++;
    const word = text.substring(at, end);
    const isWord: bool = AT_WORDS.includes(word) && options.since(atWordSince(word));
    if (!isWord || isNameAt(text, end)) return false;
  }
  for (let at = text.indexOf("$"); at >= 0; at = text.indexOf("$", at + 1)) {
    const next = codeAt(text, at + 1);
    if (next == 35 || (next >= 48 && next <= 57)) return false;
  }
  return true;
}

function isLetterAt(text: string, at: i32): bool {
  const c = codeAt(text, at);
  return c == 95 || (c >= 97 && c <= 122);
}

/** Goes a name on here, with what no @word has? */
function isNameAt(text: string, at: i32): bool {
  const c = codeAt(text, at);
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || c == 36;
}

/** Tokens straight from the lexer, made when they are asked for. */
class PlainTokens extends TokenStream {
  private end: Token | null = null;

  constructor(private lexer: Lexer, private reporter: Reporter) {
    super();
  }

  next(): Token {
    const end = this.end;
    if (end != null) return end;
    const token = this.lexer.next();
    if (token.kind == Tok.End) this.end = token;
    const message = token.message;
    if (message != null) {
      const diagnostic = this.reporter.report(message, token.span);
      for (let i: i32 = 0; i < token.messageArgs.length; i++) diagnostic.arg(token.messageArgs[i]);
    }
    return token;
  }
}

/** The macros that a library file (`*.stpm`) defines. */
export function parseMacroFile(
  source: Source,
  options: ParseOptions,
  macros: MacroLibrary | null,
  reporter: Reporter,
): Macro[] {
  const tokens = tokenize(source, options, []);
  const preprocessor = new Preprocessor(tokens, options, macros, reporter);
  const rest = preprocessor.run();
  if (rest.length > 1) reporter.report(MACRO_ONLY, rest[0].span);
  return preprocessor.defined;
}

class Preprocessor {
  /** The macros of this file, in order. */
  defined: Macro[] = [];
  private local: Map<string, Macro> = new Map<string, Macro>();
  private frames: Frame[] = [];
  private open: OpenCondition[] = [];
  private out: Token[] = [];
  private end: Token;
  private outerDepth: i32 = 0;
  private produced: i32 = 0;

  constructor(
    tokens: Token[],
    private options: ParseOptions,
    private macros: MacroLibrary | null,
    private reporter: Reporter,
  ) {
    this.end = tokens[tokens.length - 1];
    this.frames.push(new Frame(tokens, null));
  }

  run(): Token[] {
    for (;;) {
      const token = this.next();
      if (token.kind == Tok.End) break;
      if (token.kind != Tok.Op || token.text.charCodeAt(0) != PERCENT) this.emit(token);
      else if (token.isOp("%(")) this.conditional(token);
      else if (token.isOp("%:")) this.elseMark(token);
      else if (token.isOp("%)")) this.closeMark(token);
      else if (token.isOp("%?")) this.report(COND_STRAY, token).arg("%?");
      else this.emit(token);
    }
    if (this.open.length > 0) {
      this.report(COND_UNCLOSED, this.open[this.open.length - 1].open);
    }
    this.emit(this.end);
    return this.out;
  }

  private emit(token: Token): void {
    const message = token.message;
    if (message != null) {
      const diagnostic = this.report(message, token);
      for (let i: i32 = 0; i < token.messageArgs.length; i++) {
        diagnostic.arg(token.messageArgs[i]);
      }
    }
    this.out.push(token);
  }

  private report(message: Message, token: Token): Diagnostic {
    const diagnostic = this.reporter.report(message, token.span);
    const call = token.from;
    if (call != null) diagnostic.note(call.span, "in expansion of macro '" + call.text + "'");
    return diagnostic;
  }

  // -------------------------------------------------------------------- conditionals

  /** Reads the condition after `%(` and enters the branch it selects. */
  private conditional(open: Token): void {
    const condition: Token[] = [];
    for (;;) {
      const token = this.next();
      if (token.isOp("%?")) break;
      const wrong = token.kind == Tok.End || token.isOp("%(") || token.isOp("%)") ||
        token.isOp("%:");
      if (wrong) {
        this.report(COND_NO_THEN, open);
        if (token.kind == Tok.End) return;
        if (token.isOp("%(")) this.skip(open, AtElse.Ignore);
        if (!token.isOp("%)")) this.skip(open, AtElse.Ignore);
        return;
      }
      condition.push(token);
    }
    const evaluator = new Condition(condition, open, this.options, this.reporter);
    const value = evaluator.evaluate();
    if (evaluator.failed) this.skip(open, AtElse.Ignore);
    else if (value) this.open.push(new OpenCondition(open, false));
    else if (this.skip(open, AtElse.Stop)) this.open.push(new OpenCondition(open, true));
  }

  private elseMark(token: Token): void {
    if (this.open.length == 0) {
      this.report(COND_STRAY, token).arg("%:");
      return;
    }
    const current = this.open[this.open.length - 1];
    if (current.inElse) {
      this.report(COND_TWO_ELSE, token).note(current.open.span, "conditional begins here");
    }
    this.skip(current.open, AtElse.Report);
    this.open.pop();
  }

  private closeMark(token: Token): void {
    if (this.open.length == 0) this.report(COND_STRAY, token).arg("%)");
    else this.open.pop();
  }

  /** Skips to the `%)` that ends this conditional, or to its `%:`; true if at `%:`. */
  private skip(open: Token, atElse: AtElse): bool {
    let depth: i32 = 0;
    let token = this.raw();
    while (token.kind != Tok.End) {
      if (token.isOp("%(")) depth++;
      else if (token.isOp("%)")) {
        if (depth == 0) return false;
        depth--;
      } else if (depth == 0 && token.isOp("%:")) {
        if (atElse == AtElse.Stop) return true;
        if (atElse == AtElse.Report) {
          this.report(COND_TWO_ELSE, token).note(open.span, "conditional begins here");
        }
      }
      token = this.raw();
    }
    this.report(COND_UNCLOSED, open);
    return false;
  }

  // --------------------------------------------------------------------------- macros

  /** The next token after macro expansion. */
  private next(): Token {
    let token = this.raw();
    while (token.kind == Tok.AtWord) {
      if (token.text == "@define") this.define(token);
      else {
        const macro = this.findMacro(token.text);
        if (macro == null) break;
        this.call(macro, token);
      }
      token = this.raw();
    }
    return token;
  }

  private findMacro(word: string): Macro | null {
    const name = word.substring(1);
    const own = lookup<string, Macro>(this.local, name);
    if (own != null) return own;
    if (AT_WORDS.includes(word) && this.options.since(atWordSince(word))) return null;
    const library = this.macros;
    return library == null ? null : library.find(name);
  }

  /** The next token as it stands in the file or in the expansion being read. */
  private raw(): Token {
    const token = this.peekRaw();
    if (token.kind != Tok.End) this.frames[this.frames.length - 1].at++;
    return token;
  }

  private peekRaw(): Token {
    while (this.frames.length > 0) {
      const frame = this.frames[this.frames.length - 1];
      if (frame.at < frame.tokens.length) return frame.tokens[frame.at];
      this.frames.pop();
    }
    return this.end;
  }

  /** `@define NAME [(a, b)] %( BODY %)`. */
  private define(word: Token): void {
    const call = word.from;
    if (call != null) this.report(MACRO_NESTED, word).arg(call.text.substring(1));
    const nameToken = this.peekRaw();
    if (nameToken.kind != Tok.Ident) {
      this.report(MACRO_NAME, nameToken.kind == Tok.End ? word : nameToken);
      this.skipDefinition();
      return;
    }
    this.raw();
    const macro = new Macro(nameToken.text, nameToken.span);
    if (this.peekRaw().isOp("(")) {
      this.raw();
      if (!this.params(macro)) {
        this.skipDefinition();
        return;
      }
    }
    if (!this.peekRaw().isOp("%(")) {
      this.report(MACRO_BODY, this.peekRaw()).arg(macro.name);
      return;
    }
    const open = this.raw();
    let depth: i32 = 0;
    for (;;) {
      const token = this.raw();
      if (token.kind == Tok.End) {
        this.report(MACRO_BODY, open).arg(macro.name);
        return;
      }
      if (token.isOp("%(")) depth++;
      if (token.isOp("%)")) {
        if (depth == 0) break;
        depth--;
      }
      macro.body.push(token);
    }
    this.add(macro, nameToken);
  }

  /** Goes past the body of a broken definition, if it has one. */
  private skipDefinition(): void {
    let token = this.peekRaw();
    while (token.kind != Tok.End && token.kind != Tok.Keyword && !token.isOp("{")) {
      this.raw();
      if (token.isOp("%(")) {
        this.skip(token, AtElse.Ignore);
        return;
      }
      token = this.peekRaw();
    }
  }

  private add(macro: Macro, nameToken: Token): void {
    const name = macro.name;
    if (name == "define") {
      this.report(MACRO_RESERVED, nameToken);
      return;
    }
    const known = lookup<string, Macro>(this.local, name);
    if (known != null) {
      this.report(MACRO_TWICE, nameToken).arg(name).note(known.span, "first defined here");
      return;
    }
    if (AT_WORDS.includes("@" + name) && this.options.since(atWordSince("@" + name))) {
      this.report(MACRO_BUILTIN, nameToken).arg(name);
    }
    this.local.set(name, macro);
    this.defined.push(macro);
  }

  private params(macro: Macro): bool {
    let mark: Token;
    do {
      const token = this.raw();
      if (token.kind != Tok.Ident) {
        this.report(MACRO_PARAMS, token).arg(macro.name);
        return false;
      }
      macro.params.push(token.text);
      mark = this.raw();
    } while (mark.isOp(","));
    if (mark.isOp(")")) return true;
    this.report(MACRO_PARAMS, mark).arg(macro.name);
    return false;
  }

  /** Starts reading the expansion of a call. */
  private call(macro: Macro, word: Token): void {
    const args: Token[][] = [];
    if (macro.params.length > 0) {
      if (!this.peekRaw().isOp("(")) {
        const count = macro.params.length == 1
          ? "1 parameter"
          : macro.params.length.toString() + " parameters";
        this.report(MACRO_NO_ARGS, word).arg(macro.name).arg(count);
        return;
      }
      this.raw();
      if (!this.callArgs(macro, word, args)) return;
    }
    if (this.isActive(macro) || this.outerDepth + this.frames.length > MAX_DEPTH) {
      this.report(MACRO_RECURSIVE, word).arg(macro.name);
      return;
    }
    const expansion: Token[] = [];
    for (let i: i32 = 0; i < macro.body.length; i++) {
      const token = macro.body[i];
      const param = token.kind == Tok.AtWord ? macro.params.indexOf(token.text.substring(1)) : -1;
      if (param < 0) {
        const copy = token.expanded(word, macro.isLibrary() ? word.span : token.span);
        if (i == 0) copy.glued = word.glued;
        expansion.push(copy);
        continue;
      }
      const arg = args[param];
      for (let j: i32 = 0; j < arg.length; j++) {
        arg[j].argument = true;
        expansion.push(arg[j]);
      }
      this.produced += arg.length;
      if (this.produced > MAX_TOKENS) break;
    }
    this.produced += macro.body.length;
    if (this.produced > MAX_TOKENS) {
      this.report(MACRO_TOO_BIG, word);
      return;
    }
    this.frames.push(new Frame(expansion, macro));
  }

  private isActive(macro: Macro): bool {
    for (let i: i32 = 0; i < this.frames.length; i++) {
      if (this.frames[i].macro == macro) return true;
    }
    return false;
  }

  /** Reads `a, b)` into `args`, each expanded; false (and a report) if they do not fit. */
  private callArgs(macro: Macro, word: Token, args: Token[][]): bool {
    let current: Token[] = [];
    let depth: i32 = 0;
    for (;;) {
      const token = this.raw();
      if (token.kind == Tok.End) {
        this.report(MACRO_ARGS_UNCLOSED, word).arg(macro.name);
        return false;
      }
      if (depth == 0 && token.isOp(")")) break;
      if (depth == 0 && token.isOp(",") && !token.argument) {
        args.push(this.expandAll(current));
        current = [];
        continue;
      }
      if (token.isOp("(") || token.isOp("[")) depth++;
      if (token.isOp(")") || token.isOp("]")) depth--;
      current.push(token);
    }
    const wanted = macro.params.length;
    args.push(this.expandAll(current));
    if (args.length == wanted) return true;
    const message = args.length > wanted ? MACRO_TOO_MANY : MACRO_TOO_FEW;
    this.report(message, word).arg(macro.name).arg(wanted.toString())
      .note(macro.span, "defined here");
    return false;
  }

  /** Macro expansion of an argument by itself, as the place of the call sees it. */
  private expandAll(tokens: Token[]): Token[] {
    const saved = this.frames;
    this.outerDepth += saved.length + 1;
    this.frames = [new Frame(tokens, null)];
    const result: Token[] = [];
    if (this.outerDepth <= MAX_DEPTH) {
      for (;;) {
        const token = this.next();
        if (token.kind == Tok.End) break;
        result.push(token);
      }
    }
    this.outerDepth -= saved.length + 1;
    this.frames = saved;
    return result;
  }
}
