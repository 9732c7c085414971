/** Regular expressions as static tables and a loop over bytes. */
import type { Regex } from "../../front/ir/ir.ts";
import { compileDfa } from "../regex/dfa.ts";
import { cComment, type CWriter } from "./text.ts";

/** `static bool tapir_regex_N(const char *text)`. */
export function emitRegex(w: CWriter, regex: Regex, number: number): void {
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
  w.raw(`
static __maybe_unused bool tapir_regex_${number}(const char *text)
{
	u32 state = 0;

	for (; *text && !(${name}_state[state] & 5); text++)
		state = ${name}_next[state * ${dfa.classCount} + ${name}_class[(u8)*text]];
	return ${name}_state[state] & 2;
}`);
}

function table(w: CWriter, declaration: string, values: number[]): void {
  w.open(`${declaration} = {`);
  for (let at = 0; at < values.length; at += 24) {
    w.line(values.slice(at, at + 24).join(", ") + ",");
  }
  w.close("};");
}
