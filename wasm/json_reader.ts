/**
 * Reads the JSON of the module's options into a tree. Texts are byte strings: the bytes of the
 * input as they are, and `\u` escapes as their UTF-8 bytes. What is malformed sets `error`.
 */

export enum JsonKind {
  Null,
  Bool,
  Number,
  Text,
  Array,
  Object,
}

export class JsonValue {
  truth: bool = false;
  /** Of a Text its bytes, of a Number its digits. */
  text: string = "";
  /** Of an Object, in step with `items`. */
  names: string[] = [];
  items: JsonValue[] = [];

  constructor(public kind: JsonKind) {}
}

const DEEPEST: i32 = 32;

export class JsonReader {
  error: string = "";
  private at: i32 = 0;

  constructor(private source: string) {}

  /** The value of the whole input; look at `error`. */
  read(): JsonValue {
    const value = this.value(0);
    this.space();
    if (this.error == "" && this.at < this.source.length) this.fail("more than one value");
    return value;
  }

  private fail(why: string): JsonValue {
    if (this.error == "") this.error = "options: " + why + " at byte " + this.at.toString();
    this.at = this.source.length;
    return new JsonValue(JsonKind.Null);
  }

  private peek(): i32 {
    return this.at < this.source.length ? this.source.charCodeAt(this.at) : -1;
  }

  private space(): void {
    while (this.at < this.source.length) {
      const c: i32 = this.source.charCodeAt(this.at);
      if (c != 32 && c != 9 && c != 10 && c != 13) break;
      this.at++;
    }
  }

  private got(c: i32): bool {
    this.space();
    if (this.peek() != c) return false;
    this.at++;
    return true;
  }

  private value(depth: i32): JsonValue {
    if (depth > DEEPEST) return this.fail("nested too deeply");
    this.space();
    const c: i32 = this.peek();
    if (c == 123) return this.object(depth);
    if (c == 91) return this.array(depth);
    if (c == 34) {
      const value = new JsonValue(JsonKind.Text);
      value.text = this.string();
      return value;
    }
    if (c == 45 || (c >= 48 && c <= 57)) return this.number();
    if (this.word("null")) return new JsonValue(JsonKind.Null);
    const isTrue = this.word("true");
    if (isTrue || this.word("false")) {
      const value = new JsonValue(JsonKind.Bool);
      value.truth = isTrue;
      return value;
    }
    return this.fail("a value is missing");
  }

  private word(word: string): bool {
    if (!this.source.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  private number(): JsonValue {
    const start: i32 = this.at;
    while ("+-.eE0123456789".includes(this.source.charAt(this.at)) && this.peek() >= 0) this.at++;
    const value = new JsonValue(JsonKind.Number);
    value.text = this.source.substring(start, this.at);
    return value;
  }

  private array(depth: i32): JsonValue {
    const value = new JsonValue(JsonKind.Array);
    this.at++;
    if (this.got(93)) return value;
    while (this.error == "") {
      value.items.push(this.value(depth + 1));
      if (this.got(93)) return value;
      if (!this.got(44)) return this.fail("',' or ']' is missing");
    }
    return value;
  }

  private object(depth: i32): JsonValue {
    const value = new JsonValue(JsonKind.Object);
    this.at++;
    if (this.got(125)) return value;
    while (this.error == "") {
      this.space();
      if (this.peek() != 34) return this.fail("a name is missing");
      value.names.push(this.string());
      if (!this.got(58)) return this.fail("':' is missing");
      value.items.push(this.value(depth + 1));
      if (this.got(125)) return value;
      if (!this.got(44)) return this.fail("',' or '}' is missing");
    }
    return value;
  }

  private string(): string {
    let text = "";
    this.at++;
    while (this.at < this.source.length) {
      const c: i32 = this.source.charCodeAt(this.at);
      this.at++;
      if (c == 34) return text;
      if (c < 32) break;
      text += c == 92 ? this.escape() : String.fromCharCode(c);
    }
    this.fail("a text has no end");
    return "";
  }

  private escape(): string {
    const c: i32 = this.peek();
    this.at++;
    switch (c) {
      case 98:
        return "\b";
      case 102:
        return "\f";
      case 110:
        return "\n";
      case 114:
        return "\r";
      case 116:
        return "\t";
      case 34:
      case 47:
      case 92:
        return String.fromCharCode(c);
      case 117:
        return this.codePoint();
      default:
        this.fail("unknown escape");
        return "";
    }
  }

  private codePoint(): string {
    const first: i32 = this.hex4();
    if (first < 0xd800 || first > 0xdbff) return utf8(first);
    if (!this.word("\\u")) {
      this.fail("half of a surrogate pair");
      return "";
    }
    return utf8(0x10000 + ((first & 0x3ff) << 10) + (this.hex4() & 0x3ff));
  }

  private hex4(): i32 {
    let value: i32 = 0;
    for (let i: i32 = 0; i < 4; i++) {
      const c: i32 = this.peek();
      let digit: i32 = -1;
      if (c >= 48 && c <= 57) digit = c - 48;
      else if (c >= 97 && c <= 102) digit = c - 87;
      else if (c >= 65 && c <= 70) digit = c - 55;
      if (digit < 0) {
        this.fail("four hexadecimal digits are missing");
        return 0;
      }
      value = value * 16 + digit;
      this.at++;
    }
    return value;
  }
}

function utf8(code: i32): string {
  if (code < 0x80) return String.fromCharCode(code);
  const last = String.fromCharCode(0x80 | (code & 0x3f));
  if (code < 0x800) return String.fromCharCode(0xc0 | (code >> 6)) + last;
  const middle = String.fromCharCode(0x80 | ((code >> 6) & 0x3f)) + last;
  if (code < 0x10000) return String.fromCharCode(0xe0 | (code >> 12)) + middle;
  return String.fromCharCode(0xf0 | (code >> 18)) +
    String.fromCharCode(0x80 | ((code >> 12) & 0x3f)) + middle;
}
