/**
 * `@enumname(e, "type")`: a function made for the enum, which compares with its values in turn and
 * gives the name, or the number as text.
 */
import * as ast from "../syntax/ast.ts";
import { CEnumerator, CKind, CType, resolved } from "../oracle/ctype.ts";
import { Span } from "../source/source.ts";

/** The enum that the type is, after typedefs; null if it is none. */
export function enumType(type: CType | null): CType | null {
  if (type == null) return null;
  const found = resolved(type);
  return found.kind == CKind.Enum ? found : null;
}

/** `function NAME:string (value:long)` at `span`, for the call of an operator there. */
export function enumNameFunction(name: string, type: CType, span: Span): ast.FunctionDecl {
  const value = new ast.SymbolExpr(span, "value");
  const body: ast.Stmt[] = [];
  const all: CEnumerator[] = type.enumerators();
  for (let i: i32 = 0; i < all.length; i++) {
    const number = new ast.NumberExpr(span, all[i].value);
    const same = new ast.CompareExpr(span, "==", span, value, number);
    const text = new ast.ReturnStmt(span, new ast.StringExpr(span, all[i].name));
    body.push(new ast.IfStmt(span, same, text, null));
  }
  const args: ast.Expr[] = [value];
  const print = new ast.PrintExpr(span, "sprint", true, false, false, null, null, args);
  body.push(new ast.ReturnStmt(span, print));
  const params: ast.Param[] = [new ast.Param(span, "value", ast.TypeName.Long)];
  const block = new ast.BlockStmt(span, body);
  return new ast.FunctionDecl(
    span,
    span,
    name,
    true,
    ast.TypeName.String,
    params,
    -1,
    block,
    "",
    "",
  );
}
