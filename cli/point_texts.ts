/** Does a script show the text of its probe points? */
import * as ast from "../compiler/front/syntax/ast.ts";
import { TreeWalker } from "../compiler/front/syntax/walk.ts";

/** Functions of the library that give a point's text. */
const FUNCTIONS = ["pp", "pn"];

class Finder extends TreeWalker {
  found = false;

  override onExpr(e: ast.Expr): boolean {
    if (e instanceof ast.CallExpr && FUNCTIONS.includes(e.name)) this.found = true;
    return !this.found;
  }
}

/**
 * A handler or function calls pp() or pn(): SystemTap's text of a function's point has the file and
 * line, which debuginfo knows.
 */
export function showsPoints(file: ast.ScriptFile): boolean {
  const finder = new Finder();
  const bodies = [
    ...file.probes.map((probe) => probe.body),
    ...file.functions.map((f) => f.body),
    ...file.aliases.flatMap((alias) => [alias.prologue, alias.epilogue]),
  ];
  for (const body of bodies) if (body != null) finder.stmt(body);
  return finder.found;
}
