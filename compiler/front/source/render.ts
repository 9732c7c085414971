/**
 * Diagnostics as text: for people (in the words SystemTap users know), one line each for editors,
 * or JSON for programs.
 *
 *     parse error: expected a value [E0301]
 *             saw: operator '}' at x.stp:1:19
 *          source: probe begin { x = }
 *                                    ^
 */
import { idiv, repeat } from "../portable/target.ts";
import { Diagnostic, Severity } from "./diagnostics.ts";
import { JsonWriter } from "./json.ts";
import { Span } from "./source.ts";
import { isKeywordText } from "../syntax/token.ts";

const RED: string = "\x1b[1;31m";
const YELLOW: string = "\x1b[1;35m";
const GREEN: string = "\x1b[1;32m";
const PLAIN: string = "\x1b[0m";

/** Widest source excerpt; a longer line is cut around the place. */
const MAX_EXCERPT: i32 = 160;

/** All of them in one format: "human", "short" or "json". */
export function render(list: Diagnostic[], format: string, colour: bool): string {
  if (format == "json") return renderJson(list);
  const parts: string[] = [];
  for (let i: i32 = 0; i < list.length; i++) {
    parts.push(format == "short" ? renderShort(list[i]) : renderHuman(list[i], colour));
  }
  return parts.join("");
}

/** `file:line:column: error E0305: text`, without the place where there is none. */
export function renderShort(diagnostic: Diagnostic): string {
  const span = diagnostic.span;
  const where = span == null ? "" : span.where() + ": ";
  const severity = diagnostic.message.severity == Severity.Error ? "error " : "warning ";
  return where + severity + diagnostic.message.name() + ": " + diagnostic.text() + "\n";
}

/** Several lines: what, where, the source line with a caret, notes, hints. */
export function renderHuman(diagnostic: Diagnostic, colour: bool): string {
  const message = diagnostic.message;
  const isError = message.severity == Severity.Error;
  const isParse = isError && message.code < 400;
  const parts: string[] = [];
  parts.push(painted(headWord(diagnostic), isError ? RED : YELLOW, colour) + diagnostic.text());
  const span = diagnostic.span;
  const width: i32 = isParse ? 11 : 14;
  if (span != null && !isParse) parts.push(": " + seen(span) + " at " + span.where());
  parts.push(" [" + message.name() + "]\n");
  if (span != null) {
    if (isParse) parts.push(label("saw", width) + seen(span) + " at " + span.where() + "\n");
    parts.push(excerpt(span, width, colour));
  }
  for (let i: i32 = 0; i < diagnostic.notes.length; i++) {
    const note = diagnostic.notes[i];
    parts.push(label("note", width) + note.text + ": " + note.span.where() + "\n");
    parts.push(excerpt(note.span, width, colour));
  }
  for (let i: i32 = 0; i < diagnostic.hints.length; i++) {
    parts.push(label("hint", width) + diagnostic.hints[i] + "\n");
  }
  return parts.join("");
}

function headWord(diagnostic: Diagnostic): string {
  const message = diagnostic.message;
  if (message.severity == Severity.Warning) return "WARNING: ";
  if (message.code < 400) return "parse error: ";
  return message.code < 900 ? "semantic error: " : "ERROR: ";
}

function painted(text: string, paint: string, colour: bool): string {
  return colour ? paint + text + PLAIN : text;
}

function label(word: string, width: i32): string {
  return repeat(" ", width - word.length) + word + ": ";
}

function excerpt(span: Span, width: i32, colour: bool): string {
  let text = span.source.lineText(span.line);
  let at = span.column - 1;
  let length = span.end - span.start;
  let cut = "";
  if (text.length > MAX_EXCERPT) {
    const start = at > idiv(MAX_EXCERPT, 2) ? at - idiv(MAX_EXCERPT, 2) : 0;
    text = text.substring(start, start + MAX_EXCERPT);
    at -= start;
    if (start > 0) cut = "...";
  }
  if (length > text.length - at) length = text.length - at;
  const pad: string[] = [];
  for (let i: i32 = 0; i < at && i < text.length; i++) {
    pad.push(text.charCodeAt(i) == 9 ? "\t" : " ");
  }
  const caret = "^" + repeat("~", length - 1);
  return label("source", width) + cut + visible(text) + "\n" +
    repeat(" ", width + 2 + cut.length) + pad.join("") + painted(caret, GREEN, colour) + "\n";
}

/** Control characters but tabs become question marks. */
function visible(text: string): string {
  let clean = true;
  for (let i: i32 = 0; i < text.length; i++) {
    if (isControl(text.charCodeAt(i))) clean = false;
  }
  if (clean) return text;
  const parts: string[] = [];
  for (let i: i32 = 0; i < text.length; i++) {
    parts.push(isControl(text.charCodeAt(i)) ? "?" : text.charAt(i));
  }
  return parts.join("");
}

function isControl(c: i32): bool {
  return (c < 32 && c != 9) || c == 127;
}

/** Kind and text of the first token of a place: `identifier 'x'`. */
function seen(span: Span): string {
  const text = span.text();
  if (text.length == 0) {
    return span.start >= span.source.text.length ? "end of file" : "nothing";
  }
  const c = text.charCodeAt(0);
  if (c == 34) return "string '" + visible(upTo(text, '"', 1)) + "'";
  if (text.startsWith("%{")) return "embedded code";
  if (isWord(c)) {
    let end: i32 = 1;
    while (end < text.length && isWord(text.charCodeAt(end))) end++;
    const word = text.substring(0, end);
    if (c >= 48 && c <= 57) return "number '" + word + "'";
    if (c == 64) return "operator '" + word + "'";
    return (isKeywordText(word) ? "keyword '" : "identifier '") + word + "'";
  }
  let end: i32 = 1;
  while (end < text.length && end < 3 && isMark(text.charCodeAt(end)) && isMark(c)) end++;
  return "operator '" + visible(text.substring(0, end)) + "'";
}

/** The text between its first character and the next `end`. */
function upTo(text: string, end: string, from: i32): string {
  let at = from;
  while (at < text.length && text.charAt(at) != end && text.charCodeAt(at) != 10) {
    if (text.charCodeAt(at) == 92) at++;
    at++;
  }
  return text.substring(from, at);
}

function isWord(c: i32): bool {
  return (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || (c >= 48 && c <= 57) || c == 95 ||
    c == 36 || c == 64;
}

/** Characters that join to longer operators. */
function isMark(c: i32): bool {
  return "=<>&|+-*/%!~^.".includes(String.fromCharCode(c));
}

/** A JSON array, one object a line. */
export function renderJson(list: Diagnostic[]): string {
  const parts: string[] = [];
  for (let i: i32 = 0; i < list.length; i++) parts.push(jsonOf(list[i]));
  const around = parts.length > 0 ? "\n" : "";
  return "[" + around + parts.join(",\n") + around + "]\n";
}

function jsonOf(diagnostic: Diagnostic): string {
  const out = new JsonWriter();
  const isError = diagnostic.message.severity == Severity.Error;
  out.openObject().name("code").text(diagnostic.message.name());
  out.name("severity").text(isError ? "error" : "warning");
  out.name("message").utf8(diagnostic.text());
  const span = diagnostic.span;
  if (span != null) place(out, span);
  out.name("notes").openArray();
  for (let i: i32 = 0; i < diagnostic.notes.length; i++) {
    const note = diagnostic.notes[i];
    out.openObject().name("message").utf8(note.text);
    place(out, note.span);
    out.closeObject();
  }
  out.closeArray().name("hints").openArray();
  for (let i: i32 = 0; i < diagnostic.hints.length; i++) out.utf8(diagnostic.hints[i]);
  return out.closeArray().closeObject().finish();
}

function place(out: JsonWriter, span: Span): void {
  const source = span.source;
  out.name("file").utf8(source.name).name("line").int(span.line).name("column").int(span.column);
  out.name("endLine").int(source.lineOf(span.end)).name("endColumn").int(source.columnOf(span.end));
}
