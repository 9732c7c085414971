/**
 * Globals that nothing reads are shown when the session ends: a handler in IR, so that it is
 * emitted like any other.
 */
import * as ir from "../../front/ir/ir.ts";
import type { Span } from "../../front/source/source.ts";

/** The handler that shows them, or null if there is nothing to show. */
export function displayHandler(program: ir.Program): ir.Handler | null {
  const shown = program.globals.map((g, i) => ({ g, i })).filter((x) => x.g.autoDisplay);
  if (shown.length == 0) return null;
  const span = shown[0].g.span;
  const handler = new ir.Handler(new ir.BlockStmt(span, []), span);
  const body = handler.body as ir.BlockStmt;
  handler.interruptible = true;
  for (const { g, i } of shown) body.body.push(g.isMap() ? map(handler, g, i) : scalar(g, i));
  return handler;
}

function text(value: string): ir.FormatPiece {
  return new ir.FormatPiece(ir.PieceKind.Text, value);
}

function valuePiece(type: ir.Ty, value: ir.Expr): ir.FormatPiece[] {
  const string = type == ir.Ty.String;
  const piece = new ir.FormatPiece(string ? ir.PieceKind.Str : ir.PieceKind.Long, "");
  piece.conversion = string ? "s" : "d";
  piece.value = value;
  return string ? [text('"'), piece, text('"')] : [piece];
}

function print(span: Span, pieces: ir.FormatPiece[]): ir.Stmt {
  return new ir.EvalStmt(span, new ir.FormatExpr(span, false, pieces));
}

function statPieces(span: Span, stat: () => ir.Expr): ir.FormatPiece[] {
  const pieces: ir.FormatPiece[] = [];
  for (const fn of ["count", "min", "max", "sum", "avg"]) {
    pieces.push(
      text(` @${fn}=`),
      ...valuePiece(ir.Ty.Long, new ir.StatGetExpr(span, fn, stat())),
    );
  }
  return [...pieces, text("\n")];
}

function scalar(g: ir.Global, i: number): ir.Stmt {
  const span = g.span;
  if (g.type != ir.Ty.Stats) {
    const value = new ir.GlobalExpr(span, g.type, i);
    return print(span, [text(`${g.name}=`), ...valuePiece(g.type, value), text("\n")]);
  }
  const stat = () => new ir.GlobalExpr(span, ir.Ty.Stats, i);
  return new ir.IfStmt(
    span,
    new ir.StatGetExpr(span, "count", stat()),
    print(span, [text(g.name), ...statPieces(span, stat)]),
    print(span, [text(`${g.name} @count=0x0\n`)]),
  );
}

/** foreach ([k1, ...] in g-) print */
function map(handler: ir.Handler, g: ir.Global, i: number): ir.Stmt {
  const span = g.span, locals = handler.locals;
  const keys = g.keys.map((t, k) => {
    locals.push(new ir.Local(`${g.name}_key${k + 1}`, t));
    return locals.length - 1;
  });
  const key = (k: number) => new ir.LocalExpr(span, g.keys[k], keys[k]);
  const pieces: ir.FormatPiece[] = [text(`${g.name}[`)];
  g.keys.forEach((t, k) => {
    if (k > 0) pieces.push(text(","));
    pieces.push(...valuePiece(t, key(k)));
  });
  const element = () => new ir.MapGetExpr(span, g.type, i, g.keys.map((_, k) => key(k)));
  if (g.type == ir.Ty.Stats) pieces.push(text("]"), ...statPieces(span, element));
  else pieces.push(text("]="), ...valuePiece(g.type, element()), text("\n"));
  const loop = new ir.ForeachStmt(span, i, print(span, pieces));
  loop.keyLocals = keys;
  loop.sortBy = 0;
  loop.descending = true;
  if (g.type == ir.Ty.Stats) loop.sortFunction = "count";
  return loop;
}
