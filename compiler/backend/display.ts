/**
 * Globals that nothing reads are shown when the session ends: a handler in IR, so that each engine
 * runs it like any other. It is an end probe of the middle order, after those of the script; a
 * session that ends by an error does not come to it.
 */
import * as ir from "../front/ir/ir.ts";
import type { Span } from "../front/source/source.ts";
import { children } from "./walk.ts";

/** The program with the handler that shows them; the same one where there is nothing to show. */
export function withDisplay(source: ir.Program): ir.Program {
  const handler = displayHandler(source);
  if (handler == null) return source;
  // A copy: the program stays as it was given.
  const program = Object.assign(new ir.Program(), source);
  program.handlers = [...source.handlers, handler];
  const at = source.handlers.length;
  program.rows = [...source.rows, new ir.ProbeRow("end", "end", "end", at, handler.span)];
  return program;
}

function displayHandler(program: ir.Program): ir.Handler | null {
  const shown = orderOfUse(program).filter((i) => program.globals[i].autoDisplay);
  if (shown.length == 0) return null;
  const span = program.globals[shown[0]].span;
  const handler = new ir.Handler(new ir.BlockStmt(span, []), span);
  const body = handler.body as ir.BlockStmt;
  handler.interruptible = true;
  handler.uncounted = true;
  for (const i of shown) {
    const g = program.globals[i];
    body.body.push(g.isMap() ? map(handler, g, i) : scalar(g, i));
  }
  return handler;
}

/** Globals in the order in which the text names them: probes first, then functions by name. */
function orderOfUse(program: ir.Program): number[] {
  const order = new Set<number>();
  const visit = (node: ir.Expr | ir.Stmt): void => {
    // Keys stand before the array that they choose from.
    for (const child of children(node)) visit(child);
    if (node.op == ir.Op.Global) order.add((node as ir.GlobalExpr).index);
    else if (node.op == ir.Op.MapGet || node.op == ir.Op.MapHas) {
      order.add((node as ir.MapGetExpr).map);
    }
  };
  for (const handler of program.handlers) visit(handler.body);
  const funcs = program.funcs.filter((f) => f.body != null);
  for (const f of funcs.sort((a, b) => a.name < b.name ? -1 : 1)) visit(f.body!);
  program.globals.forEach((_, i) => order.add(i));
  return [...order];
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
