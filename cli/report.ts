/** Diagnostics on a terminal: place, severity with the stable code, excerpt, notes, hints. */
import { type Diagnostic, Severity } from "../compiler/front/source/diagnostics.ts";
import type { Span } from "../compiler/front/source/source.ts";

/** The text of one diagnostic, in bytes (latin1), with a last newline. */
export function diagnosticText(diagnostic: Diagnostic, color: boolean): string {
  const paint = (code: string, text: string) => color ? `\x1b[${code}m${text}\x1b[0m` : text;
  const isError = diagnostic.message.severity == Severity.Error;
  const word = isError ? paint("1;31", "error") : paint("1;33", "warning");
  const span = diagnostic.span;
  const place = span == null ? "" : paint("1", span.where()) + ": ";
  const lines = [`${place}${word} ${diagnostic.message.name()}: ${diagnostic.text()}`];
  if (span != null) lines.push(...excerpt(span, (text) => paint("1;32", text)));
  for (const note of diagnostic.notes) {
    lines.push(`${note.span.where()}: ${paint("1;36", "note")}: ${note.text}`);
    lines.push(...excerpt(note.span, (text) => paint("1;36", text)));
  }
  for (const hint of diagnostic.hints) lines.push(`  ${paint("1", "hint")}: ${hint}`);
  return lines.join("\n") + "\n";
}

/** The source line and a caret under the span. */
function excerpt(span: Span, paint: (text: string) => string): string[] {
  const line = span.source.lineText(span.line);
  if (line.trim() == "") return [];
  const before = line.slice(0, span.column - 1).replace(/[^\t]/g, " ");
  const room = Math.max(1, line.length - span.column + 1);
  const width = Math.min(room, Math.max(1, span.end - span.start));
  return ["  " + line, "  " + before + paint("^" + "~".repeat(width - 1))];
}

/** Bytes of a latin1 text. */
export function latin1Bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

/** A byte string of bytes. */
export function byteString(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}
