/** Regular expressions as static tables and a loop over bytes. */
import type { Regex } from "../../front/ir/ir.ts";
import { compileDfa } from "../regex/dfa.ts";
import { parsePattern } from "../regex/pattern.ts";
import { assemble, Step } from "../regex/program.ts";
import { cComment, type CWriter } from "./text.ts";

/** Macros that regex.h needs: the sizes of the largest patterns. */
export function regexLimits(regexes: Regex[]): string[] {
  let steps = 1, groups = 1;
  for (const regex of regexes) {
    const pattern = parsePattern(regex.pattern);
    steps = Math.max(steps, assemble(pattern).length);
    groups = Math.max(groups, pattern.groups + 1);
  }
  return [`#define TAPIR_REGEX_STEPS ${steps}`, `#define TAPIR_REGEX_SLOTS ${2 * groups}`];
}

/** The instructions that find groups: `re_N`. */
function emitGroups(w: CWriter, regex: Regex, number: number): void {
  const pattern = parsePattern(regex.pattern), code = assemble(pattern);
  const sets: string[] = [];
  const setOf = (set: boolean[]): number => {
    const bytes = Array.from({ length: 32 }, (_, at) => {
      let byte = 0;
      for (let bit = 0; bit < 8; bit++) if (set[8 * at + bit]) byte |= 1 << bit;
      return byte;
    }).join(", ");
    const known = sets.indexOf(bytes);
    return known >= 0 ? known : sets.push(bytes) - 1;
  };
  const steps = code.map((i) =>
    `{ ${i.step}, ${i.step === Step.Byte ? setOf(i.set!) : i.to}, ${i.other} },`
  );
  w.line();
  w.open(`static const struct tapir_re_step re_${number}_code[] = {`);
  for (const step of steps) w.line(step);
  w.close("};");
  w.open(`static const u8 re_${number}_sets[][32] = {`);
  for (const set of sets.length > 0 ? sets : ["0"]) w.line(`{ ${set} },`);
  w.close("};");
  w.line(
    `static const struct tapir_re re_${number} = { re_${number}_code, re_${number}_sets, ` +
      `${pattern.groups + 1} };`,
  );
}

/**
 * `static bool tapir_regex_N(const char *text)`; with captures it also takes the context, where it
 * notes what came of it.
 */
export function emitRegex(w: CWriter, regex: Regex, number: number, captures: boolean): void {
  const dfa = compileDfa(regex.pattern);
  const name = `regex_${number}`;
  const states = dfa.matched.length;
  const type = states <= 256 ? "u8" : "u16";
  w.line();
  w.line(cComment(`regular expression ${regex.pattern}`));
  table(w, `static const u8 ${name}_class[256]`, dfa.classes);
  table(w, `static const ${type} ${name}_next[${states * dfa.classCount}]`, dfa.next);
  // 1: matches whatever follows; 2: matches if the text ends; 4: cannot match.
  const flags = dfa.matched.map((m, s) =>
    (m ? 1 : 0) | (dfa.matchedAtEnd[s] ? 2 : 0) | (dfa.dead[s] ? 4 : 0)
  );
  table(w, `static const u8 ${name}_state[${states}]`, flags);
  if (captures) emitGroups(w, regex, number);
  w.raw(`
static __maybe_unused bool tapir_regex_${number}(${
    captures ? "struct tapir_ctx *c, " : ""
  }const char *text)
{
${captures ? "	const char *whole = text;\n" : ""}	u32 state = 0;

	for (; *text && !(${name}_state[state] & 5); text++)
		state = ${name}_next[state * ${dfa.classCount} + ${name}_class[(u8)*text]];
${
    captures
      ? `	tapir_re_note(c, ${name}_state[state] & 2 ? &re_${number} : NULL, whole);\n`
      : ""
  }	return ${name}_state[state] & 2;
}`);
}

function table(w: CWriter, declaration: string, values: number[]): void {
  w.open(`${declaration} = {`);
  for (let at = 0; at < values.length; at += 24) {
    w.line(values.slice(at, at + 24).join(", ") + ",");
  }
  w.close("};");
}
