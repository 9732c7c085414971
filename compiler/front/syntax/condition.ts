/**
 * The conditions of the preprocessor: comparisons joined by `&&` and `||`, no parentheses.
 *
 * All parts are evaluated, so that a mistake in one is found whatever the others say.
 */
import { i64Compare, i64FromDecimal, i64FromI32, lookup } from "../portable/target.ts";
import { Reporter } from "../source/diagnostics.ts";
import { compareVersions, globMatch, isGlob } from "../source/glob.ts";
import { didYouMean } from "../source/similar.ts";
import {
  COND_GLOB,
  COND_NUMBER,
  COND_NUMERIC,
  COND_OPERAND,
  COND_OPERATOR,
  COND_RIGHT,
  COND_SHAPE,
} from "./messages.ts";
import { ParseOptions } from "./options.ts";
import { Tok, Token } from "./token.ts";

const OPERANDS: string[] = [
  "kernel_v",
  "kernel_vr",
  "systemtap_v",
  "systemtap_privilege",
  "guru_mode",
  "arch",
  "runtime",
];

export class Condition {
  /** Set when something was reported; the value means nothing then. */
  failed: bool = false;
  private at: i32 = 0;

  constructor(
    private tokens: Token[],
    private open: Token,
    private options: ParseOptions,
    private reporter: Reporter,
  ) {}

  /** Condition = Conjunction { "||" Conjunction } . */
  evaluate(): bool {
    let value = this.conjunction();
    while (!this.failed && this.at < this.tokens.length) {
      if (!this.tokens[this.at].isOp("||")) {
        this.shape(this.tokens[this.at]);
        return false;
      }
      this.at++;
      const right = this.conjunction();
      value = value || right;
    }
    return value;
  }

  /** Conjunction = Comparison { "&&" Comparison } . */
  private conjunction(): bool {
    let value = this.comparison();
    while (!this.failed && this.at < this.tokens.length && this.tokens[this.at].isOp("&&")) {
      this.at++;
      const right = this.comparison();
      value = value && right;
    }
    return value;
  }

  private shape(token: Token): bool {
    this.failed = true;
    // A broken token tells its own story.
    const message = token.message;
    if (message == null) this.reporter.report(COND_SHAPE, token.span);
    else {
      const diagnostic = this.reporter.report(message, token.span);
      for (let i: i32 = 0; i < token.messageArgs.length; i++) diagnostic.arg(token.messageArgs[i]);
    }
    return false;
  }

  /** Comparison = operand operator operand . */
  private comparison(): bool {
    for (let i: i32 = 0; i < 3; i++) {
      if (this.at + i >= this.tokens.length) {
        return this.shape(this.at < this.tokens.length ? this.tokens[this.at] : this.open);
      }
      const token = this.tokens[this.at + i];
      if (token.kind == Tok.Bad && token.written == "") return this.shape(token);
    }
    const left = this.tokens[this.at];
    const op = this.tokens[this.at + 1];
    const right = this.tokens[this.at + 2];
    this.at += 3;
    if (!isComparison(op)) return this.wantOperator(op, "a comparison operator");
    if (left.written != "") {
      if (right.written == "") return this.wantRight(right, "a number", left);
      if (!this.isNumber(left) || !this.isNumber(right)) return false;
      return this.numbers(left.written, op.text, right.written);
    }
    if (left.kind == Tok.String) {
      if (right.kind != Tok.String) return this.wantRight(right, "a string literal", left);
      return holds(op.text, compareText(left.text, right.text));
    }
    if (left.kind == Tok.Ident) return this.named(left, op, right);
    return this.shape(left);
  }

  private named(left: Token, op: Token, right: Token): bool {
    const name = left.text;
    if (name.startsWith("CONFIG_")) return this.config(left, op, right);
    if (!OPERANDS.includes(name)) {
      this.failed = true;
      const hint = didYouMean(name, OPERANDS);
      const diagnostic = this.reporter.report(COND_OPERAND, left.span).arg(name);
      if (hint.length > 0) diagnostic.hint(hint);
      return false;
    }
    if (name == "guru_mode") {
      if (!isEquality(op.text)) return this.wantOperator(op, "'==' or '!='");
      if (right.written == "") return this.wantRight(right, "0 or 1", left);
      if (!this.isNumber(right)) return false;
      const mode = i64FromDecimal(right.written);
      const on = i64FromI32(1);
      if (i64Compare(mode, i64FromI32(0)) != 0 && i64Compare(mode, on) != 0) {
        return this.wantRight(right, "0 or 1", left);
      }
      return (this.options.guru == (i64Compare(mode, on) == 0)) == (op.text == "==");
    }
    if (right.kind != Tok.String) return this.wantRight(right, "a string literal", left);
    if (name == "kernel_v" || name == "kernel_vr" || name == "systemtap_v") {
      return this.version(this.versionOf(name), op, right);
    }
    if (!isEquality(op.text)) return this.wantOperator(op, "'==' or '!='");
    if (name == "systemtap_privilege") {
      return (this.options.privilege == right.text) == (op.text == "==");
    }
    const value = name == "arch" ? this.options.arch : this.options.runtime;
    return globMatch(right.text, value) == (op.text == "==");
  }

  private versionOf(name: string): string {
    if (name == "systemtap_v") return this.options.systemtapVersion;
    const release = this.options.kernelRelease;
    if (name == "kernel_vr") return release;
    const dash = release.indexOf("-");
    return dash < 0 ? release : release.substring(0, dash);
  }

  private version(value: string, op: Token, right: Token): bool {
    if (isEquality(op.text)) return globMatch(right.text, value) == (op.text == "==");
    if (isGlob(right.text)) {
      this.failed = true;
      this.reporter.report(COND_GLOB, right.span).arg(op.text);
      return false;
    }
    return holds(op.text, compareVersions(value, right.text));
  }

  private configValue(name: string): string {
    const value = lookup<string, string>(this.options.config, name);
    return value == null ? "" : value;
  }

  private config(left: Token, op: Token, right: Token): bool {
    const value = this.configValue(left.text);
    if (right.kind == Tok.String) {
      if (!isEquality(op.text)) return this.wantOperator(op, "'==' or '!='");
      return globMatch(right.text, value) == (op.text == "==");
    }
    if (right.written != "") {
      if (!this.isNumber(right) || value == "") return false;
      if (!isDecimal(value)) {
        this.failed = true;
        this.reporter.report(COND_NUMERIC, left.span).arg(left.text).arg(value);
        return false;
      }
      return this.numbers(value, op.text, right.written);
    }
    if (right.kind == Tok.Ident && right.text.startsWith("CONFIG_")) {
      const other = this.configValue(right.text);
      if (isDecimal(value) && isDecimal(other)) return this.numbers(value, op.text, other);
      return holds(op.text, compareText(value, other));
    }
    return this.wantRight(right, "a string, a number or a CONFIG_ name", left);
  }

  /** Reports a number that is not decimal: the script language's other spellings mean none here. */
  private isNumber(token: Token): bool {
    if (isDecimal(token.written)) return true;
    this.failed = true;
    this.reporter.report(COND_NUMBER, token.span).arg(token.written);
    return false;
  }

  private numbers(left: string, op: string, right: string): bool {
    return holds(op, i64Compare(i64FromDecimal(left), i64FromDecimal(right)));
  }

  private wantOperator(token: Token, what: string): bool {
    this.failed = true;
    this.reporter.report(COND_OPERATOR, token.span).arg(what);
    return false;
  }

  private wantRight(token: Token, what: string, left: Token): bool {
    this.failed = true;
    this.reporter.report(COND_RIGHT, token.span).arg(what).arg(left.text);
    return false;
  }
}

function isComparison(token: Token): bool {
  if (token.kind != Tok.Op) return false;
  return isEquality(token.text) || token.text == "<" || token.text == "<=" ||
    token.text == ">" || token.text == ">=";
}

function isEquality(op: string): bool {
  return op == "==" || op == "!=";
}

function compareText(a: string, b: string): i32 {
  return a < b ? -1 : (a > b ? 1 : 0);
}

/** Does `op` hold for operands that compare so? */
function holds(op: string, order: i32): bool {
  if (op == "==") return order == 0;
  if (op == "!=") return order != 0;
  if (op == "<") return order < 0;
  if (op == "<=") return order <= 0;
  if (op == ">") return order > 0;
  return order >= 0;
}

/** Decimal digits with an optional minus, of a value that 64 bits hold. */
function isDecimal(text: string): bool {
  const start: i32 = text.startsWith("-") ? 1 : 0;
  let first: i32 = start;
  while (first + 1 < text.length && text.charCodeAt(first) == 48) first++;
  const digits = text.substring(first);
  if (digits == "" || digits.length > 19) return false;
  if (digits.length == 19 && digits > "9223372036854775807") return false;
  for (let i = start; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 48 || c > 57) return false;
  }
  return true;
}
