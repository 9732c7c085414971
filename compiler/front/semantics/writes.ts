/** Does a handler's own text assign to a variable (`@probewrite`)? */
import { codeAt } from "../portable/target.ts";
import { SourceKind } from "../source/source.ts";
import { Unit } from "./unit.ts";

/**
 * Looks for `NAME =`, `NAME OP=`, `++`, `--` in the bodies that the user wrote. Read from the
 * text: a name inside a string or a comment counts too, which only keeps an assignment alive.
 */
export function writesVariable(unit: Unit, name: string): bool {
  for (let i: i32 = 0; i < unit.bodies.length; i++) {
    const span = unit.bodies[i].span;
    if (span.source.kind == SourceKind.User && textWrites(span.text(), name)) return true;
  }
  return false;
}

function textWrites(text: string, name: string): bool {
  let from: i32 = 0;
  while (true) {
    const at: i32 = text.indexOf(name, from);
    if (at < 0) return false;
    from = at + name.length;
    if (isWord(codeAt(text, at - 1)) || isWord(codeAt(text, from))) continue;
    if (assignsAt(text, from)) return true;
  }
}

function assignsAt(text: string, start: i32): bool {
  let at: i32 = start;
  while (codeAt(text, at) == 32 || codeAt(text, at) == 9) at++;
  if (text.startsWith("++", at) || text.startsWith("--", at)) return true;
  if (text.startsWith("==", at) || text.startsWith("=~", at)) return false;
  if (codeAt(text, at) == 61) return true;
  return "+-*/%&|^.".includes(text.charAt(at)) && codeAt(text, at + 1) == 61;
}

function isWord(code: i32): bool {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code == 95 || code == 36 ||
    (code >= 97 && code <= 122);
}
