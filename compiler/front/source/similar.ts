/**
 * "Did you mean": the candidates that a misspelt name may stand for.
 *
 * The distance counts insertions, deletions, substitutions and swaps of neighbours; letter case
 * costs nothing. A candidate is near when no more than a third of the name is wrong.
 */
import { idiv } from "../portable/target.ts";

/** The few candidates nearest to `name`, best first, ties in byte order; empty if none is near. */
export function nearest(name: string, candidates: string[]): string[] {
  const found: string[] = [];
  let best: i32 = name.length < 3 ? 1 : idiv(name.length + 2, 3);
  const lower = name.toLowerCase();
  for (let i: i32 = 0; i < candidates.length; i++) {
    const candidate = candidates[i];
    if (candidate == name || found.includes(candidate)) continue;
    const distance = editDistance(lower, candidate.toLowerCase(), best);
    if (distance > best || distance >= candidate.length) continue;
    if (distance < best) {
      best = distance;
      found.splice(0, found.length);
    }
    found.push(candidate);
  }
  found.sort(byBytes);
  if (found.length > 3) found.splice(3, found.length - 3);
  return found;
}

/** The hint for a misspelt name ("did you mean 'a' or 'b'?"), or empty. */
export function didYouMean(name: string, candidates: string[]): string {
  const found = nearest(name, candidates);
  if (found.length == 0) return "";
  return "did you mean '" + found.join("' or '") + "'?";
}

function byBytes(a: string, b: string): i32 {
  return a < b ? -1 : (a > b ? 1 : 0);
}

/** Edits from one text to the other; any number above `limit` if there are more than that. */
export function editDistance(a: string, b: string, limit: i32): i32 {
  const difference = a.length - b.length;
  if (difference > limit || -difference > limit) return limit + 1;
  let before: i32[] = [];
  let above: i32[] = [];
  for (let j: i32 = 0; j <= b.length; j++) above.push(j);
  for (let i: i32 = 1; i <= a.length; i++) {
    const row: i32[] = [i];
    let least = i;
    for (let j: i32 = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) == b.charCodeAt(j - 1);
      let cost = above[j - 1] + (same ? 0 : 1);
      if (above[j] + 1 < cost) cost = above[j] + 1;
      if (row[j - 1] + 1 < cost) cost = row[j - 1] + 1;
      const swapped = i > 1 && j > 1 && a.charCodeAt(i - 1) == b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) == b.charCodeAt(j - 1);
      if (swapped && before[j - 2] + 1 < cost) cost = before[j - 2] + 1;
      row.push(cost);
      if (cost < least) least = cost;
    }
    if (least > limit + 1) return limit + 1;
    before = above;
    above = row;
  }
  return above[b.length];
}
