/**
 * C text: literals, names, places, and a writer that indents.
 */
import type { Span } from "../../front/source/source.ts";

/** A C string literal of a byte string. */
export function cString(bytes: string): string {
  let text = '"';
  for (let i = 0; i < bytes.length; i++) {
    const code = bytes.charCodeAt(i) & 255;
    if (code == 10) text += "\\n";
    else if (code == 9) text += "\\t";
    else if (code == 34 || code == 92) text += "\\" + String.fromCharCode(code);
    else if (code == 63) text += "\\?"; // no trigraphs
    else if (code >= 32 && code < 127) text += String.fromCharCode(code);
    else text += "\\" + code.toString(8).padStart(3, "0");
  }
  return text + '"';
}

/** A C literal of a signed 64-bit decimal text. */
export function cLong(decimal: string): string {
  const value = BigInt.asIntN(64, BigInt(decimal));
  if (value == -(2n ** 63n)) return "S64_MIN";
  return value < 0n ? `(${value}LL)` : `${value}LL`;
}

/** Letters, digits and underscores of a script name (`file::x`, `f#1`). */
export function cName(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, "_");
}

/** A C line comment that cannot end early or go on. */
export function cComment(text: string): string {
  return `/* ${text.replace(/\*\//g, "* /").replace(/[^ -~]/g, "?")} */`;
}

/** `identifier 'x' at file:l:c` of the token at an offset, as messages show it. */
export function siteOf(span: Span, at: number = span.start): string {
  const source = span.source;
  const rest = source.text.substring(at, Math.max(span.end, at + 3));
  const word = /^[A-Za-z_$@][A-Za-z0-9_$]*/.exec(rest);
  const number = /^[0-9][A-Za-z0-9]*/.exec(rest);
  let kind = "operator",
    token = /^(<<<|>>>|<<=|>>=|[-+*/%&|^.=<>!]=|\+\+|--|<<|>>|->|.)/.exec(rest)?.[0] ?? "";
  if (word) [kind, token] = [KEYWORDS.has(word[0]) ? "keyword" : "identifier", word[0]];
  else if (number) [kind, token] = ["number", number[0]];
  else if (token == '"') {
    [kind, token] = ["string", /^"(\\.|[^"\\])*/.exec(rest)?.[0].substring(1) ?? ""];
  }
  if (word && /^[@]/.test(word[0])) kind = "operator";
  const where = `${source.name}:${source.lineOf(at)}:${source.columnOf(at)}`;
  // SystemTap names the kind alone where the token is a keyword.
  return kind == "keyword" ? `keyword at ${where}` : `${kind} '${token}' at ${where}`;
}

const KEYWORDS = new Set(
  ("probe global private function if else for foreach in limit return delete while break continue " +
    "next string long try catch").split(" "),
);

/** Lines with tabs. */
export class CWriter {
  readonly lines: string[] = [];
  indent = 0;

  line(text: string = ""): void {
    if (text == "") this.lines.push("");
    else if (text.startsWith("#")) this.lines.push(text);
    else this.lines.push("\t".repeat(this.indent) + text);
  }

  /** Each line of a text, without more indentation. */
  raw(text: string): void {
    for (const line of text.split("\n")) this.lines.push(line);
  }

  open(text: string): void {
    this.line(text);
    this.indent++;
  }

  close(text: string = "}"): void {
    this.indent--;
    this.line(text);
  }

  label(name: string): void {
    this.lines.push(`${name}:`);
  }

  toString(): string {
    return this.lines.join("\n") + "\n";
  }
}
