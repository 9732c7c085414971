/** The tokens of a script as text: a dump of the lexer. */
import { quote } from "./print_expr.ts";
import { Tok, Token } from "./token.ts";

/** One token a line: kind, text as written, line:column. */
export function printTokens(tokens: Token[]): string {
  const lines: string[] = [];
  for (let i: i32 = 0; i < tokens.length; i++) {
    const token = tokens[i];
    const text = token.kind == Tok.String ? quote(token.text) : token.text.split("\n").join("\\n");
    const where = token.span.line.toString() + ":" + token.span.column.toString();
    lines.push(where + "\t" + tokenKind(token.kind) + "\t" + text + "\n");
  }
  return lines.join("");
}

function tokenKind(kind: Tok): string {
  switch (kind) {
    case Tok.End:
      return "end";
    case Tok.Ident:
      return "identifier";
    case Tok.Keyword:
      return "keyword";
    case Tok.Number:
      return "number";
    case Tok.String:
      return "string";
    case Tok.Op:
      return "operator";
    case Tok.AtWord:
      return "at-word";
    case Tok.Embedded:
      return "embedded";
    default:
      return "bad";
  }
}
