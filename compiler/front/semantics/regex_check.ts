/**
 * Patterns of `=~` that cannot be compiled, found in the analysis. The back ends' own parser reads
 * patterns for good; this one only says what is wrong.
 *
 *   alternation = sequence { "|" sequence } .
 *   sequence    = { atom { "*" | "+" | "?" | "{" n [ "," [ m ] ] "}" } } .
 *   atom        = "(" [ "?:" ] alternation ")" | "[" class "]" | "." | "^" | "$" | byte .
 */
import { codeAt } from "../portable/target.ts";

/** Repeat counts must stay below this. */
const REPEAT_LIMIT: i32 = 12345;
const MAX_DEPTH: i32 = 200;

const CLASSES: string[] = [
  "alpha",
  "alnum",
  "blank",
  "cntrl",
  "digit",
  "d",
  "xdigit",
  "graph",
  "lower",
  "l",
  "print",
  "punct",
  "space",
  "s",
  "upper",
  "u",
];

/** What is wrong with a pattern; "" if nothing is. */
export function regexProblem(text: string): string {
  const checker = new RegexChecker(text);
  checker.alternation(0);
  return checker.problem;
}

class RegexChecker {
  problem: string = "";
  private at: i32 = 0;

  constructor(private text: string) {}

  private fail(what: string): void {
    if (this.problem == "") this.problem = what;
    this.at = this.text.length;
  }

  private sees(mark: string): bool {
    return this.at < this.text.length && this.text.charAt(this.at) == mark;
  }

  private got(mark: string): bool {
    if (!this.sees(mark)) return false;
    this.at++;
    return true;
  }

  /** At depth 0 a lone `)` is left for the back ends to judge. */
  alternation(depth: i32): void {
    if (depth > MAX_DEPTH) this.fail("it is nested too deeply");
    while (this.at < this.text.length) {
      if (this.sees(")")) {
        if (depth > 0) return;
        this.at++;
      } else if (!this.got("|")) this.repeated(depth);
    }
  }

  private repeated(depth: i32): void {
    const anchor: bool = this.sees("^") || this.sees("$");
    this.atom(depth);
    while (this.at < this.text.length) {
      const mark = this.text.charAt(this.at);
      if (mark != "*" && mark != "+" && mark != "?" && mark != "{") return;
      this.at++;
      if (anchor) this.fail("an anchor cannot be repeated");
      else if (mark == "{") this.counts();
    }
  }

  /** After `{`. */
  private counts(): void {
    this.count();
    if (this.got(",") && !this.sees("}")) this.count();
    if (!this.got("}")) this.fail("'}' is missing after a repeat count");
  }

  private count(): void {
    const start = this.at;
    let value: i32 = 0;
    while (codeAt(this.text, this.at) >= 48 && codeAt(this.text, this.at) <= 57) {
      if (value < REPEAT_LIMIT) value = value * 10 + codeAt(this.text, this.at) - 48;
      this.at++;
    }
    if (this.at == start) this.fail("a repeat count is missing");
    else if (value >= REPEAT_LIMIT) {
      this.fail("repeat counts must be below " + REPEAT_LIMIT.toString());
    }
  }

  private atom(depth: i32): void {
    const mark = this.text.charAt(this.at);
    this.at++;
    if (mark == "(") {
      if (this.text.substring(this.at, this.at + 2) == "?:") this.at += 2;
      this.alternation(depth + 1);
      if (!this.got(")")) this.fail("'(' is not closed");
    } else if (mark == "[") this.bracket();
    else if (mark == "\\") this.escaped();
    else if (mark == "*" || mark == "+" || mark == "?" || mark == "{") {
      this.fail("'" + mark + "' has nothing to repeat");
    }
  }

  /** After a backslash. */
  private escaped(): void {
    if (this.at >= this.text.length) this.fail("a backslash ends it");
    else this.at++;
  }

  /** After `[`; the first `]` stands for itself. */
  private bracket(): void {
    this.got("^");
    let first = true;
    while (first || !this.sees("]")) {
      first = false;
      if (this.at >= this.text.length) {
        this.fail("'[' is not closed");
        return;
      }
      if (this.text.substring(this.at, this.at + 2) == "[:") this.named();
      else this.range();
    }
    this.at++;
  }

  private named(): void {
    const end = this.text.indexOf(":]", this.at);
    const name = end < 0 ? "" : this.text.substring(this.at + 2, end);
    if (!CLASSES.includes(name)) this.fail("there is no class [:" + name + ":]");
    else this.at = end + 2;
  }

  private range(): void {
    const low = this.byte();
    const next = this.text.charAt(this.at + 1);
    if (!this.sees("-") || this.at + 1 >= this.text.length || next == "]") return;
    this.at++;
    if (this.byte() < low) this.fail("a range is inverted");
  }

  /** A byte of a range; escapes other than codes stand for themselves here. */
  private byte(): i32 {
    if (this.got("\\") && this.at >= this.text.length) {
      this.fail("a backslash ends it");
      return 0;
    }
    const value = codeAt(this.text, this.at);
    this.at++;
    return value;
  }
}
