/** Shell patterns (`*`, `?`, `[a-z]`, `[!x]`, backslash) and version order, on byte strings. */

/** Does the text hold a character that means something to `globMatch`? */
export function isGlob(text: string): bool {
  for (let i: i32 = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c == 42 || c == 63 || c == 91) return true;
  }
  return false;
}

/**
 * Does a pattern with `**` match the names from `from` on, as one dotted text? What it stands for
 * goes over at least one dot.
 */
export function spansNames(pattern: string, names: string[], from: i32): bool {
  if (!pattern.includes("**") || from + 1 >= names.length) return false;
  return globMatch(pattern, names.slice(from).join("."));
}

/** Does the whole text match the pattern? Linear but for backtracking to the last star. */
export function globMatch(pattern: string, text: string): bool {
  let p: i32 = 0;
  let t: i32 = 0;
  let starPattern: i32 = -1;
  let starText: i32 = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern.charCodeAt(p) == 42) {
      starPattern = p++;
      starText = t;
      continue;
    }
    const next = p < pattern.length ? matchOne(pattern, p, text.charCodeAt(t)) : -1;
    if (next >= 0) {
      p = next;
      t++;
    } else if (starPattern >= 0) {
      p = starPattern + 1;
      t = ++starText;
    } else return false;
  }
  while (p < pattern.length && pattern.charCodeAt(p) == 42) p++;
  return p == pattern.length;
}

/** Offset after the pattern element at `p` if it matches the byte `c`; else -1. */
function matchOne(pattern: string, p: i32, c: i32): i32 {
  const first = pattern.charCodeAt(p);
  if (first == 63) return p + 1;
  if (first == 92 && p + 1 < pattern.length) {
    return pattern.charCodeAt(p + 1) == c ? p + 2 : -1;
  }
  if (first != 91) return first == c ? p + 1 : -1;
  let at = p + 1;
  let negated = false;
  if (at < pattern.length && (pattern.charCodeAt(at) == 33 || pattern.charCodeAt(at) == 94)) {
    negated = true;
    at++;
  }
  const start = at;
  let found = false;
  while (at < pattern.length && (pattern.charCodeAt(at) != 93 || at == start)) {
    const low = pattern.charCodeAt(at);
    let high = low;
    const isRange = at + 2 < pattern.length && pattern.charCodeAt(at + 1) == 45 &&
      pattern.charCodeAt(at + 2) != 93;
    if (isRange) {
      high = pattern.charCodeAt(at + 2);
      at += 2;
    }
    if (c >= low && c <= high) found = true;
    at++;
  }
  // An unclosed bracket is an ordinary character.
  if (at >= pattern.length) return c == 91 ? p + 1 : -1;
  return found != negated ? at + 1 : -1;
}

function isDigitAt(text: string, at: i32): bool {
  if (at >= text.length) return false;
  const c = text.charCodeAt(at);
  return c >= 48 && c <= 57;
}

/**
 * Version order, as the C library's strverscmp: runs of digits compare as numbers, and a run that
 * begins with a zero as a fraction. Negative, zero or positive.
 */
export function compareVersions(a: string, b: string): i32 {
  let at: i32 = 0;
  let digits: i32 = 0;
  let zeros = true;
  while (at < a.length && at < b.length && a.charCodeAt(at) == b.charCodeAt(at)) {
    if (!isDigitAt(a, at)) {
      digits = at + 1;
      zeros = true;
    } else if (a.charCodeAt(at) != 48) zeros = false;
    at++;
  }
  if (at == a.length && at == b.length) return 0;
  const ca: i32 = at < a.length ? a.charCodeAt(at) : 0;
  const cb: i32 = at < b.length ? b.charCodeAt(at) : 0;
  const wholeNumbers = isDigitAt(a, digits) && isDigitAt(b, digits) &&
    a.charCodeAt(digits) != 48 && b.charCodeAt(digits) != 48;
  if (wholeNumbers) {
    let end = at;
    while (isDigitAt(a, end) && isDigitAt(b, end)) end++;
    if (isDigitAt(a, end)) return 1;
    if (isDigitAt(b, end)) return -1;
  } else if (zeros && digits < at && (isDigitAt(a, at) || isDigitAt(b, at))) {
    const fractionA = isDigitAt(a, at) ? ca - 48 : 255;
    const fractionB = isDigitAt(b, at) ? cb - 48 : 255;
    return fractionA - fractionB;
  }
  return ca - cb;
}

/** What every text that matches the pattern begins with. */
export function globPrefix(pattern: string): string {
  let end: i32 = 0;
  while (end < pattern.length) {
    const c = pattern.charCodeAt(end);
    if (c == 42 || c == 63 || c == 91 || c == 92) break;
    end++;
  }
  return pattern.substring(0, end);
}
