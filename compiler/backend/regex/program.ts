/**
 * A pattern as instructions of a non-deterministic machine. Of two ways on, the first is preferred:
 * repeats prefer another round, alternatives the left one.
 */
import { type Node, type Pattern, RegexError } from "./pattern.ts";

export enum Step {
  /** Takes one byte of `set`, goes on at the next instruction. */
  Byte,
  /** Goes on at `to`, and with less preference at `other`. */
  Split,
  Jump,
  /** Notes the position in register `to`: 2n where group n begins, 2n + 1 where it ends. */
  Save,
  /** Holds at the start, at the end of the text. */
  Begin,
  End,
  Match,
}

export interface Instruction {
  step: Step;
  set: boolean[] | null;
  to: number;
  other: number;
}

/** Most instructions that a pattern may need. */
export const PROGRAM_LIMIT = 60000;

/** The machine of a pattern; registers 0 and 1 are the whole match. */
export function assemble(pattern: Pattern): Instruction[] {
  const code: Instruction[] = [];
  const put = (step: Step, to = 0, set: boolean[] | null = null): Instruction => {
    if (code.length >= PROGRAM_LIMIT) throw new RegexError("the pattern is too large", 0);
    const instruction = { step, set, to, other: 0 };
    code.push(instruction);
    return instruction;
  };
  const emit = (node: Node): void => {
    switch (node.kind) {
      case "empty":
        return;
      case "bytes":
        put(Step.Byte, 0, node.set);
        return;
      case "begin":
        put(Step.Begin);
        return;
      case "end":
        put(Step.End);
        return;
      case "group":
        put(Step.Save, 2 * node.number);
        emit(node.body);
        put(Step.Save, 2 * node.number + 1);
        return;
      case "sequence":
        node.parts.forEach(emit);
        return;
      case "either": {
        const exits: Instruction[] = [];
        node.parts.forEach((part, at) => {
          if (at === node.parts.length - 1) return emit(part);
          const split = put(Step.Split);
          split.to = code.length;
          emit(part);
          exits.push(put(Step.Jump));
          split.other = code.length;
        });
        for (const exit of exits) exit.to = code.length;
        return;
      }
      case "repeat": {
        for (let round = 0; round < node.min; round++) emit(node.body);
        if (node.max < 0) {
          const top = code.length;
          const split = put(Step.Split);
          split.to = code.length;
          emit(node.body);
          put(Step.Jump, top);
          split.other = code.length;
          return;
        }
        const splits: Instruction[] = [];
        for (let round = node.min; round < node.max; round++) {
          const split = put(Step.Split);
          split.to = code.length;
          splits.push(split);
          emit(node.body);
        }
        for (const split of splits) split.other = code.length;
      }
    }
  };
  put(Step.Save, 0);
  emit(pattern.root);
  put(Step.Save, 1);
  put(Step.Match);
  return code;
}
