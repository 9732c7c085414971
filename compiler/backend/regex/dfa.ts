/**
 * The deterministic automaton of a pattern, for engines that only ask whether a text contains a
 * match: one table look-up per byte, and an answer as soon as the first match ends.
 */
import { parsePattern, RegexError } from "./pattern.ts";
import { assemble, type Instruction, Step } from "./program.ts";

export interface Dfa {
  /** Class of each byte value. */
  classes: number[];
  classCount: number;
  /** Next state by `state * classCount + class`; state 0 is where a text begins. */
  next: number[];
  /** By state: a match has been seen; nothing that follows can change it. */
  matched: boolean[];
  /** By state: there is a match if the text ends here. Includes `matched`. */
  matchedAtEnd: boolean[];
  /** By state: no text that follows can match. */
  dead: boolean[];
}

/** Most states that an automaton may have. */
export const STATE_LIMIT = 4096;

/** Compiles a pattern; throws RegexError. */
export function compileDfa(text: string): Dfa {
  const code = assemble(parsePattern(text));
  const { classes, samples } = byteClasses(code);
  const states = new Map<string, number>();
  const sets: number[][] = [];
  const dfa: Dfa = {
    classes,
    classCount: samples.length,
    next: [],
    matched: [],
    matchedAtEnd: [],
    dead: [],
  };
  const stateOf = (set: number[], atBegin: boolean): number => {
    const matched = set.some((at) => code[at].step === Step.Match);
    const kept = matched ? [] : set;
    const key = matched ? "match" : (atBegin ? "^" : "") + kept.join(",");
    const known = states.get(key);
    if (known !== undefined) return known;
    if (sets.length >= STATE_LIMIT) throw new RegexError("the pattern is too complex", 0);
    const state = sets.push(kept) - 1;
    states.set(key, state);
    dfa.matched.push(matched);
    dfa.matchedAtEnd.push(
      matched ||
        closure(code, kept, atBegin, true).some((at) => code[at].step === Step.Match),
    );
    return state;
  };
  stateOf(closure(code, [0], true, false), true);
  for (let state = 0; state < sets.length; state++) {
    for (const sample of samples) {
      if (dfa.matched[state]) {
        dfa.next.push(state);
        continue;
      }
      const moved: number[] = [];
      for (const at of sets[state]) {
        if (code[at].step === Step.Byte && code[at].set![sample]) moved.push(at + 1);
      }
      // A match may also begin after this byte.
      moved.push(0);
      dfa.next.push(stateOf(closure(code, moved, false, false), false));
    }
  }
  markDead(dfa);
  return dfa;
}

/** True if the text contains a match. */
export function runDfa(dfa: Dfa, text: string): boolean {
  let state = 0;
  for (let at = 0; at < text.length && !dfa.matched[state]; at++) {
    state = dfa.next[state * dfa.classCount + dfa.classes[text.charCodeAt(at)]];
  }
  return dfa.matchedAtEnd[state];
}

/** Bytes that no instruction tells apart share a class; `samples` has one byte of each. */
function byteClasses(code: Instruction[]): { classes: number[]; samples: number[] } {
  const sets = [...new Set(code.flatMap((step) => step.set ? [step.set] : []))];
  const known = new Map<string, number>();
  const classes: number[] = [];
  const samples: number[] = [];
  for (let byte = 0; byte < 256; byte++) {
    let key = "";
    for (const set of sets) key += set[byte] ? "1" : "0";
    let number = known.get(key);
    if (number === undefined) {
      number = samples.push(byte) - 1;
      known.set(key, number);
    }
    classes.push(number);
  }
  return { classes, samples };
}

/** What is reached without a byte: byte takers, matches, and ends that do not hold yet; sorted. */
function closure(
  code: Instruction[],
  from: number[],
  atBegin: boolean,
  atEnd: boolean,
): number[] {
  const seen = new Set<number>();
  const kept: number[] = [];
  const work = [...from];
  while (work.length > 0) {
    const at = work.pop() as number;
    if (seen.has(at)) continue;
    seen.add(at);
    const { step, to, other } = code[at];
    if (step === Step.Split) work.push(to, other);
    else if (step === Step.Jump) work.push(to);
    else if (step === Step.Save) work.push(at + 1);
    else if (step === Step.Begin) {
      if (atBegin) work.push(at + 1);
    } else if (step === Step.End) {
      if (atEnd) work.push(at + 1);
      kept.push(at);
    } else kept.push(at);
  }
  return kept.sort((a, b) => a - b);
}

function markDead(dfa: Dfa): void {
  const count = dfa.matched.length;
  const alive = dfa.matchedAtEnd.slice();
  for (let changed = true; changed;) {
    changed = false;
    for (let state = 0; state < count; state++) {
      if (alive[state]) continue;
      for (let kind = 0; kind < dfa.classCount; kind++) {
        if (!alive[dfa.next[state * dfa.classCount + kind]]) continue;
        alive[state] = true;
        changed = true;
        break;
      }
    }
  }
  dfa.dead = alive.map((has) => !has);
}
