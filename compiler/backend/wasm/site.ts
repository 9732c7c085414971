/** The place of a run-time error as messages show it: `operator '/' at file:line:column`. */
import type { Span } from "../../front/source/source.ts";

export function siteText(span: Span): string {
  const token =
    /^(?:"(?:[^"\\]|\\.)*"?|[A-Za-z_$@][\w$@]*|\d\w*|<<<|>>>|<<=|>>=|[-+*\/%&|^.<>=!]=|&&|\|\||\+\+|--|->|<<|>>|[^\s])/
      .exec(span.text())?.[0] ?? "";
  let kind = "operator";
  if (/^["]/.test(token)) kind = "string";
  else if (/^\d/.test(token)) kind = "number";
  else if (/^[A-Za-z_$]/.test(token)) kind = KEYWORDS.has(token) ? "keyword" : "identifier";
  return `${kind} '${token}' at ${span.where()}`;
}

const KEYWORDS = new Set(
  ("probe global private function if else for foreach in limit return delete while break " +
    "continue next string long try catch").split(" "),
);
