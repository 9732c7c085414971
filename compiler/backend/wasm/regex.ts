/** Patterns for the host: an automaton, or a matcher with groups where a script asks for them. */
import { compileDfa, runDfa } from "../regex/dfa.ts";
import { GroupMatcher } from "../regex/match.ts";

/** Gives the texts of the groups (0: the whole match; empty without captures), or null. */
export type Matcher = (text: string) => string[] | null;

export function compileMatcher(pattern: string, captures: boolean): Matcher {
  if (captures) {
    const groups = new GroupMatcher(pattern);
    return (text) => groups.match(text);
  }
  const dfa = compileDfa(pattern);
  return (text) => runDfa(dfa, text) ? [] : null;
}
