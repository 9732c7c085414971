/** The place of a run-time error as messages show it: `operator '/' at file:line:column`. */
import type { Span } from "../../front/source/source.ts";

const KEYWORDS = new Set(
  ("probe global private function if else for foreach in limit return delete while break " +
    "continue next string long try catch").split(" "),
);
const OPERATOR = /^(<<<|>>>|<<=|>>=|[-+*\/%&|^.=<>!]=|\+\+|--|<<|>>|->|[^])/;

/** Kind and text of the token where a span begins, and its place. */
export function siteText(span: Span): string {
  const rest = span.source.text.substring(span.start, Math.max(span.end, span.start + 3));
  const word = /^[A-Za-z_$@][\w$]*/.exec(rest)?.[0];
  const number = /^\d\w*/.exec(rest)?.[0];
  let kind = "operator";
  let token = OPERATOR.exec(rest)?.[0] ?? "";
  if (word) {
    if (!word.startsWith("@")) kind = KEYWORDS.has(word) ? "keyword" : "identifier";
    token = word;
  } else if (number) {
    kind = "number";
    token = number;
  } else if (token === '"') {
    kind = "string";
    token = /^"((?:\\.|[^"\\])*)/.exec(rest)?.[1] ?? "";
  }
  // SystemTap names the kind alone where the token is a keyword.
  return kind === "keyword"
    ? `keyword at ${span.where()}`
    : `${kind} '${token}' at ${span.where()}`;
}
