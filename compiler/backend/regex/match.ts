/**
 * Matching with groups: all ways are followed at once, so time grows with text times pattern.
 * The match that begins first wins; of those the longest; groups by the pattern's preferences.
 */
import { parsePattern } from "./pattern.ts";
import { assemble, type Instruction, Step } from "./program.ts";

interface Thread {
  at: number;
  registers: number[];
}

/** A compiled pattern that finds groups. */
export class GroupMatcher {
  private readonly code: Instruction[];
  /** Groups with the whole match. */
  readonly groups: number;

  constructor(pattern: string) {
    const parsed = parsePattern(pattern);
    this.code = assemble(parsed);
    this.groups = parsed.groups + 1;
  }

  /** Texts of the groups, 0 the whole match, "" for one that took no part; null: no match. */
  match(text: string): string[] | null {
    let best: number[] | null = null;
    let threads: Thread[] = [];
    for (let position = 0; position <= text.length; position++) {
      const now: Thread[] = [];
      const seen = new Set<number>();
      for (const thread of threads) this.follow(thread, position, text, now, seen);
      if (!best) {
        const registers = new Array<number>(2 * this.groups).fill(-1);
        this.follow({ at: 0, registers }, position, text, now, seen);
      }
      if (now.length === 0 && best) break;
      threads = [];
      for (const thread of now) {
        if (best && thread.registers[0] > best[0]) continue;
        const { step, set } = this.code[thread.at];
        if (step === Step.Match) {
          const found = thread.registers;
          if (!best || found[0] < best[0] || found[1] > best[1]) best = found;
        } else if (position < text.length && set![text.charCodeAt(position)]) {
          threads.push({ at: thread.at + 1, registers: thread.registers });
        }
      }
    }
    if (!best) return null;
    const groups: string[] = [];
    for (let group = 0; group < this.groups; group++) {
      const [from, to] = [best[2 * group], best[2 * group + 1]];
      groups.push(from >= 0 && to >= from ? text.slice(from, to) : "");
    }
    return groups;
  }

  /** Adds the byte takers and matches that a thread reaches, most preferred first. */
  private follow(
    start: Thread,
    position: number,
    text: string,
    into: Thread[],
    seen: Set<number>,
  ): void {
    const work = [start];
    while (work.length > 0) {
      const { at, registers } = work.pop() as Thread;
      if (seen.has(at)) continue;
      seen.add(at);
      const { step, to, other } = this.code[at];
      switch (step) {
        case Step.Split:
          work.push({ at: other, registers }, { at: to, registers });
          break;
        case Step.Jump:
          work.push({ at: to, registers });
          break;
        case Step.Save: {
          const saved = registers.slice();
          saved[to] = position;
          work.push({ at: at + 1, registers: saved });
          break;
        }
        case Step.Begin:
          if (position === 0) work.push({ at: at + 1, registers });
          break;
        case Step.End:
          if (position === text.length) work.push({ at: at + 1, registers });
          break;
        default:
          into.push({ at, registers });
      }
    }
  }
}
