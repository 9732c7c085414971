/** Glob patterns over byte strings: `*`, `?`, `[a-z]`, `[!a-z]` (or `[^...]`), `\x`. */

/** Does the text hold a character that makes it a pattern? */
export function isGlob(text: string): bool {
  for (let i: i32 = 0; i < text.length; i++) {
    const c: i32 = text.charCodeAt(i);
    if (c == 42 || c == 63 || c == 91 || c == 92) return true;
  }
  return false;
}

/** What every match must begin with. */
export function globPrefix(pattern: string): string {
  let end: i32 = 0;
  while (end < pattern.length && !isGlob(pattern.charAt(end))) end++;
  return pattern.substring(0, end);
}

/** Does the whole text match? Time is bounded by pattern length times text length. */
export function globMatch(pattern: string, text: string): bool {
  let p: i32 = 0;
  let t: i32 = 0;
  let starAt: i32 = -1;
  let starText: i32 = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern.charCodeAt(p) == 42) {
      starAt = p;
      starText = t;
      p++;
      continue;
    }
    const next: i32 = p < pattern.length ? matchOne(pattern, p, text.charCodeAt(t)) : -1;
    if (next >= 0) {
      p = next;
      t++;
    } else if (starAt >= 0) {
      starText++;
      t = starText;
      p = starAt + 1;
    } else {
      return false;
    }
  }
  while (p < pattern.length && pattern.charCodeAt(p) == 42) p++;
  return p == pattern.length;
}

/** Index after the pattern element at `p` if it matches the character, else -1. */
function matchOne(pattern: string, p: i32, c: i32): i32 {
  const want: i32 = pattern.charCodeAt(p);
  if (want == 63) return p + 1;
  if (want == 92 && p + 1 < pattern.length) return pattern.charCodeAt(p + 1) == c ? p + 2 : -1;
  if (want != 91) return want == c ? p + 1 : -1;
  let at: i32 = p + 1;
  let negated = false;
  if (at < pattern.length && (pattern.charCodeAt(at) == 33 || pattern.charCodeAt(at) == 94)) {
    negated = true;
    at++;
  }
  let found = false;
  let first = true;
  while (at < pattern.length && (first || pattern.charCodeAt(at) != 93)) {
    first = false;
    const low: i32 = pattern.charCodeAt(at);
    let high: i32 = low;
    if (
      at + 2 < pattern.length && pattern.charCodeAt(at + 1) == 45 &&
      pattern.charCodeAt(at + 2) != 93
    ) {
      high = pattern.charCodeAt(at + 2);
      at += 2;
    }
    if (c >= low && c <= high) found = true;
    at++;
  }
  // No closing bracket: the `[` is an ordinary character.
  if (at >= pattern.length) return c == 91 ? p + 1 : -1;
  return found != negated ? at + 1 : -1;
}
