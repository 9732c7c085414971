/** Function and statement patterns: NAME, NAME@FILE, NAME@FILE:LINES, NAME@FILE+N. */
import { globMatch, isGlob } from "../front/source/glob.ts";

export enum LinesKind {
  None,
  Absolute,
  /** Counted from the line of the declaration. */
  Relative,
  All,
}

export class CodePattern {
  name = "";
  /** Glob for a path or its end; "" for any. */
  file = "";
  lines = LinesKind.None;
  /** Wanted lines, from and to. */
  spans: [number, number][] = [];
  problem = "";

  constructor(readonly text: string) {
    const at = text.indexOf("@");
    this.name = at < 0 ? text : text.slice(0, at);
    if (at >= 0) this.parseFile(text.slice(at + 1));
  }

  private parseFile(text: string): void {
    const match = /^(.*?)(?::(\*|[0-9][0-9,-]*)|\+([0-9]+))?$/.exec(text)!;
    this.file = match[1];
    if (this.file == "" || /:[^/]*$/.test(this.file)) {
      this.problem = `"${this.text}" is no pattern NAME@FILE:LINE, NAME@FILE+LINE or NAME@FILE:*`;
      return;
    }
    if (match[2] == "*") this.lines = LinesKind.All;
    else if (match[3] != undefined) {
      this.lines = LinesKind.Relative;
      this.spans = [[Number(match[3]), Number(match[3])]];
    } else if (match[2] != undefined) this.parseLines(match[2]);
  }

  private parseLines(text: string): void {
    this.lines = LinesKind.Absolute;
    for (const part of text.split(",")) {
      const span = /^(\d+)(?:-(\d+))?$/.exec(part);
      if (span == null) {
        this.problem = `"${text}" is no line, range of lines or list of them`;
        return;
      }
      const low = Number(span[1]), high = Number(span[2] ?? span[1]);
      if (low > high) this.problem = `the range of lines "${part}" is empty`;
      this.spans.push([low, high]);
    }
  }

  matchesName(name: string): boolean {
    if (!isGlob(this.name)) return name == this.name;
    if (name.startsWith("__pfx_") && !this.name.startsWith("__pfx_")) return false;
    return globMatch(this.name, name);
  }

  matchesFile(path: string): boolean {
    if (this.file == "") return true;
    return globMatch(this.file, path) || globMatch("*/" + this.file, path);
  }

  get globName(): boolean {
    return isGlob(this.name);
  }

  wants(line: number): boolean {
    return this.spans.some(([low, high]) => line >= low && line <= high);
  }
}
