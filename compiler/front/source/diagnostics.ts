/**
 * Diagnostics are data first and text last: a message from a table, the place, arguments, other
 * places (notes) and what to do (hints). Reporting never throws and never prints.
 *
 * Each room keeps its own table of messages (`syntax/messages.ts`, `semantics/messages.ts`, ...).
 * Codes are stable and name the tests: 1xx lexical, 2xx preprocessor, 3xx syntax, 4xx library and
 * probe points, 5xx names and types, 6xx target variables and kernel types, 7xx privileges and
 * limits, 8xx back ends, 9xx options and files.
 */
import { Span } from "./source.ts";

export enum Severity {
  Error,
  Warning,
}

/** One row of a message table. `text` has {0}, {1}... for the arguments. */
export class Message {
  constructor(public code: i32, public severity: Severity, public text: string) {}

  /** The stable name: E0305, W0512. */
  name(): string {
    const digits = this.code.toString().padStart(4, "0");
    return (this.severity == Severity.Error ? "E" : "W") + digits;
  }
}

/** Another place that explains a diagnostic. */
export class Note {
  constructor(public span: Span, public text: string) {}
}

export class Diagnostic {
  notes: Note[] = [];
  hints: string[] = [];
  private args: string[] = [];

  constructor(public message: Message, public span: Span | null) {}

  /** Appends the value of the next {N}. */
  arg(value: string): Diagnostic {
    this.args.push(value);
    return this;
  }

  note(span: Span, text: string): Diagnostic {
    this.notes.push(new Note(span, text));
    return this;
  }

  hint(text: string): Diagnostic {
    this.hints.push(text);
    return this;
  }

  /** The message with its arguments filled in. */
  text(): string {
    let text = this.message.text;
    for (let i: i32 = 0; i < this.args.length; i++) {
      text = text.split("{" + i.toString() + "}").join(this.args[i]);
    }
    return text;
  }
}

/** Collects diagnostics; the same message at the same place is kept once. */
export class Reporter {
  list: Diagnostic[] = [];
  errors: i32 = 0;
  warnings: i32 = 0;
  /** Errors that SystemTap finds in pass 3 only; they count once they are raised. */
  late: Diagnostic[] = [];
  private seen: Set<string> = new Set<string>();

  /** Keeps an error for pass 3: a run that ends before it succeeds. */
  reportLate(message: Message, span: Span): Diagnostic {
    const diagnostic = new Diagnostic(message, span);
    const key = "late " + message.name() + "@" + span.where();
    if (this.seen.has(key)) return diagnostic;
    this.seen.add(key);
    this.late.push(diagnostic);
    return diagnostic;
  }

  /** Lets the late errors count, at the begin of pass 3 or at the end of a check. */
  raiseLate(): void {
    for (let i: i32 = 0; i < this.late.length; i++) this.list.push(this.late[i]);
    this.errors += this.late.length;
    this.late = [];
  }

  /** Reports a message at a place (null where there is none, as for a missing file). */
  report(message: Message, span: Span | null): Diagnostic {
    const diagnostic = new Diagnostic(message, span);
    const key = message.name() + (span == null ? "" : "@" + span.where());
    if (span != null && this.seen.has(key)) return diagnostic;
    this.seen.add(key);
    this.list.push(diagnostic);
    if (message.severity == Severity.Error) this.errors++;
    else this.warnings++;
    return diagnostic;
  }
}
