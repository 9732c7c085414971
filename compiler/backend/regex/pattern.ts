/**
 * Patterns of `=~`: POSIX-like operators over bytes.
 *
 *   alternation   = sequence { "|" sequence } .
 *   sequence      = { atom { "*" | "+" | "?" | "{" n [ "," [ m ] ] "}" } } .
 *   atom          = "(" [ "?:" ] alternation ")" | "[" class "]" | "." | "^" | "$" | byte .
 */

/** A pattern that cannot be compiled: what, and at which byte of it. */
export class RegexError extends Error {
  constructor(message: string, readonly at: number) {
    super(message);
  }
}

export type Node =
  | { kind: "empty" }
  | { kind: "bytes"; set: boolean[] }
  | { kind: "begin" }
  | { kind: "end" }
  | { kind: "group"; number: number; body: Node }
  | { kind: "sequence"; parts: Node[] }
  | { kind: "either"; parts: Node[] }
  /** max: -1 for no limit. */
  | { kind: "repeat"; body: Node; min: number; max: number };

export interface Pattern {
  root: Node;
  /** Capturing groups, without the whole match. */
  groups: number;
}

/** Repeat counts must stay below this. */
export const REPEAT_LIMIT = 12345;

type Test = (byte: number) => boolean;
const between = (low: string, high: string): Test => (byte) =>
  byte >= low.charCodeAt(0) && byte <= high.charCodeAt(0);
const isUpper = between("A", "Z");
const isLower = between("a", "z");
const isDigit = between("0", "9");
const isGraph = between("!", "~");
const isAlpha: Test = (byte) => isUpper(byte) || isLower(byte);
const isAlnum: Test = (byte) => isAlpha(byte) || isDigit(byte);
const isSpace: Test = (byte) => byte === 32 || (byte >= 9 && byte <= 13);

const CLASSES: Record<string, Test> = {
  alpha: isAlpha,
  alnum: isAlnum,
  blank: (byte) => byte === 32 || byte === 9,
  cntrl: (byte) => byte < 32 || byte === 127,
  digit: isDigit,
  d: isDigit,
  xdigit: (byte) => isDigit(byte) || between("A", "F")(byte) || between("a", "f")(byte),
  graph: isGraph,
  lower: isLower,
  l: isLower,
  print: (byte) => isGraph(byte) || byte === 32,
  punct: (byte) => isGraph(byte) && !isAlnum(byte),
  space: isSpace,
  s: isSpace,
  upper: isUpper,
  u: isUpper,
};

const ESCAPES: Record<string, number> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

/** Parses a pattern (a byte string); throws RegexError. */
export function parsePattern(text: string): Pattern {
  const parser = new Parser(text);
  const root = parser.alternation();
  if (!parser.done()) throw new RegexError("unbalanced )", parser.at);
  return { root, groups: parser.groups };
}

function setOf(test: Test): boolean[] {
  const set: boolean[] = [];
  for (let byte = 0; byte < 256; byte++) set.push(byte !== 0 && test(byte));
  return set;
}

class Parser {
  at = 0;
  groups = 0;

  constructor(private readonly text: string) {}

  done(): boolean {
    return this.at >= this.text.length;
  }

  alternation(): Node {
    const parts = [this.sequence()];
    while (this.got("|")) parts.push(this.sequence());
    return parts.length === 1 ? parts[0] : { kind: "either", parts };
  }

  private sequence(): Node {
    const parts: Node[] = [];
    while (!this.done() && !this.sees("|") && !this.sees(")")) {
      let atom = this.atom();
      for (let repeat = this.repeat(atom); repeat; repeat = this.repeat(atom)) atom = repeat;
      parts.push(atom);
    }
    if (parts.length === 1) return parts[0];
    return parts.length === 0 ? { kind: "empty" } : { kind: "sequence", parts };
  }

  private repeat(body: Node): Node | null {
    const start = this.at;
    let min = 0;
    let max = -1;
    if (this.got("+")) min = 1;
    else if (this.got("?")) max = 1;
    else if (this.got("{")) {
      min = this.count(start);
      max = min;
      if (this.got(",")) max = this.sees("}") ? -1 : this.count(start);
      if (!this.got("}")) throw new RegexError("missing } after a repeat count", start);
      if (max >= 0 && max < min) {
        throw new RegexError("repeat counts are in the wrong order", start);
      }
    } else if (!this.got("*")) return null;
    if (body.kind === "begin" || body.kind === "end") {
      throw new RegexError("an anchor cannot be repeated", start);
    }
    return { kind: "repeat", body, min, max };
  }

  private count(start: number): number {
    const digits = /^\d+/.exec(this.text.slice(this.at))?.[0];
    if (!digits) throw new RegexError("a repeat count is missing", start);
    this.at += digits.length;
    if (Number(digits) >= REPEAT_LIMIT) {
      throw new RegexError(`repeat counts must be below ${REPEAT_LIMIT}`, start);
    }
    return Number(digits);
  }

  private atom(): Node {
    const start = this.at;
    if (this.got("(")) {
      const capture = !this.text.startsWith("?:", this.at);
      if (!capture) this.at += 2;
      const number = capture ? ++this.groups : 0;
      const body = this.alternation();
      if (!this.got(")")) throw new RegexError("unbalanced (", start);
      return capture ? { kind: "group", number, body } : body;
    }
    if (this.got("[")) return { kind: "bytes", set: this.bracket(start) };
    if (this.got(".")) return { kind: "bytes", set: setOf(() => true) };
    if (this.got("^")) return { kind: "begin" };
    if (this.got("$")) return { kind: "end" };
    if (/[*+?{]/.test(this.text[this.at])) {
      throw new RegexError(`${this.text[this.at]} has nothing to repeat`, start);
    }
    const byte = this.byte();
    return { kind: "bytes", set: setOf((other) => other === byte) };
  }

  /** After `[`. */
  private bracket(start: number): boolean[] {
    const negated = this.got("^");
    const set = setOf(() => false);
    for (let first = true; first || !this.sees("]"); first = false) {
      if (this.done()) throw new RegexError("unclosed [", start);
      if (this.text.startsWith("[:", this.at)) {
        const end = this.text.indexOf(":]", this.at);
        const name = end < 0 ? "" : this.text.slice(this.at + 2, end);
        const test = CLASSES[name];
        if (!test) throw new RegexError(`unknown class [:${name}:]`, this.at);
        for (let byte = 1; byte < 256; byte++) if (test(byte)) set[byte] = true;
        this.at = end + 2;
        continue;
      }
      const from = this.at;
      const low = this.byte();
      let high = low;
      if (this.sees("-") && this.at + 1 < this.text.length && this.text[this.at + 1] !== "]") {
        this.at++;
        high = this.byte();
        if (high < low) throw new RegexError("the range is inverted", from);
      }
      for (let byte = Math.max(low, 1); byte <= high; byte++) set[byte] = true;
    }
    this.at++;
    return negated ? set.map((has, byte) => byte !== 0 && !has) : set;
  }

  private byte(): number {
    if (!this.got("\\")) return this.text.charCodeAt(this.at++);
    if (this.done()) throw new RegexError("a backslash at the end", this.at - 1);
    const rest = this.text.slice(this.at);
    const coded = /^x([0-9a-fA-F]{2})/.exec(rest) ?? /^([0-3][0-7]{2})/.exec(rest);
    if (coded) {
      this.at += coded[0].length;
      return parseInt(coded[1], coded[0][0] === "x" ? 16 : 8);
    }
    this.at++;
    return ESCAPES[rest[0]] ?? rest.charCodeAt(0);
  }

  private sees(char: string): boolean {
    return this.text[this.at] === char;
  }

  private got(char: string): boolean {
    if (!this.sees(char)) return false;
    this.at++;
    return true;
  }
}
