/** The directives of printf formats, as far as the parser refuses them. */
import { codeAt } from "../portable/target.ts";

const PERCENT: i32 = 37;

/**
 * The first bad directive of a format, "" if all are good. A directive is "%%", or "%" [one flag]
 * [width] ["." precision] ["l"] conversion. "%l" that ends the format is taken, and prints nothing.
 */
export function badDirective(format: string): string {
  let at: i32 = 0;
  while (at < format.length) {
    if (codeAt(format, at) != PERCENT) {
      at++;
      continue;
    }
    const start = at;
    if (start + 2 == format.length && format.endsWith("l")) return "";
    at++;
    if (codeAt(format, at) == PERCENT) {
      at++;
      continue;
    }
    if (at < format.length && "0+ -#".includes(format.charAt(at))) at++;
    at = afterNumber(format, at);
    if (codeAt(format, at) == 46) at = afterNumber(format, at + 1);
    const long: bool = codeAt(format, at) == 108;
    if (long) at++;
    if (at >= format.length || !"bcdiuoxXpsmM".includes(format.charAt(at))) {
      const end = at + 1 < format.length ? at + 1 : format.length;
      return format.substring(start, end);
    }
    at++;
  }
  return "";
}

/** Past the digits or the `*` at `start`. */
function afterNumber(text: string, start: i32): i32 {
  if (codeAt(text, start) == 42) return start + 1;
  let at = start;
  while (codeAt(text, at) >= 48 && codeAt(text, at) <= 57) at++;
  return at;
}
