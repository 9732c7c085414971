/**
 * Source texts and places in them.
 *
 * A text is a *byte string*: each character is one byte of the file (0..255), whatever its
 * encoding. Lengths, columns and string values therefore count bytes, as SystemTap's do, and any
 * file round-trips exactly. Hosts convert at the edge (`latin1`).
 */

/** Where a text comes from; decides what it may do (embedded C, private names). */
export enum SourceKind {
  User,
  /** A tapset file: embedded C allowed, warnings kept quiet. */
  Library,
}

export class Source {
  private lineStarts: i32[] = [];

  constructor(
    /** Name as shown in messages; `<input>` for -e and standard input. */
    public name: string,
    public text: string,
    public kind: SourceKind,
    /** May use embedded C and guru-only constructs (tapset, or `-g`). */
    public guru: bool,
  ) {}

  /** 1-based line of a byte offset. */
  lineOf(at: i32): i32 {
    const starts = this.lines();
    let low: i32 = 0;
    let high: i32 = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= at) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  }

  /** 1-based column of a byte offset, in bytes. */
  columnOf(at: i32): i32 {
    return at - this.lines()[this.lineOf(at) - 1] + 1;
  }

  /** Text of a 1-based line, without its newline; empty outside the text. */
  lineText(line: i32): string {
    const starts = this.lines();
    if (line < 1 || line > starts.length) return "";
    const start = starts[line - 1];
    let end: i32 = line < starts.length ? starts[line] - 1 : this.text.length;
    if (end > start && this.text.charCodeAt(end - 1) == 13) end--;
    return this.text.substring(start, end);
  }

  private lines(): i32[] {
    if (this.lineStarts.length == 0) {
      this.lineStarts.push(0);
      for (let at: i32 = 0; at < this.text.length; at++) {
        if (this.text.charCodeAt(at) == 10) this.lineStarts.push(at + 1);
      }
    }
    return this.lineStarts;
  }
}

/** A half-open byte range of one source. Immutable. */
export class Span {
  constructor(public source: Source, public start: i32, public end: i32) {}

  get line(): i32 {
    return this.source.lineOf(this.start);
  }

  get column(): i32 {
    return this.source.columnOf(this.start);
  }

  /** From the start of this span to the end of `last` (same source; otherwise this span). */
  to(last: Span): Span {
    if (last.end == this.end || last.source != this.source || last.end < this.start) return this;
    return new Span(this.source, this.start, last.end);
  }

  /** The text it covers. */
  text(): string {
    return this.source.text.substring(this.start, this.end);
  }

  /** `file:line:column`, the form of every message. */
  where(): string {
    return `${this.source.name}:${this.line.toString()}:${this.column.toString()}`;
  }
}
