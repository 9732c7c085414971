/** Lowering of the print family to format pieces. */
import * as ast from "../syntax/ast.ts";
import * as ir from "../ir/ir.ts";
import { parseFormat } from "./format.ts";
import { Lowerer } from "./lower.ts";
import { isHist } from "./types.ts";

export class PrintLowerer {
  constructor(private lowerer: Lowerer) {}

  print(e: ast.PrintExpr): ir.Expr {
    const pieces: ir.FormatPiece[] = [];
    const format = e.format;
    if (format != null) this.formatted(e, format, pieces);
    else this.plain(e, pieces);
    return new ir.FormatExpr(e.span, e.toString_, joinText(pieces));
  }

  private formatted(e: ast.PrintExpr, format: ast.StringExpr, out: ir.FormatPiece[]): void {
    const parsed = parseFormat(format.value);
    let at: i32 = 0;
    for (let i: i32 = 0; i < parsed.pieces.length; i++) {
      const piece = parsed.pieces[i].piece;
      if (parsed.pieces[i].starWidth) piece.widthArg = this.arg(e, at++);
      if (parsed.pieces[i].starPrecision) piece.precisionArg = this.arg(e, at++);
      if (piece.kind != ir.PieceKind.Text) piece.value = this.arg(e, at++);
      out.push(piece);
    }
  }

  private arg(e: ast.PrintExpr, at: i32): ir.Expr {
    if (at < e.args.length) return this.lowerer.expr(e.args[at]);
    return new ir.LongExpr(e.span, "0");
  }

  /** An aggregate itself cannot be printed, which is said in pass 3. */
  private value(e: ast.Expr): ir.Expr {
    const value = this.lowerer.expr(e);
    return value.type == ir.Ty.Stats ? new ir.LongExpr(e.span, "0") : value;
  }

  private plain(e: ast.PrintExpr, out: ir.FormatPiece[]): void {
    const delimiter = e.delimiter;
    for (let i: i32 = 0; i < e.args.length; i++) {
      if (i > 0 && delimiter != null) {
        out.push(new ir.FormatPiece(ir.PieceKind.Text, delimiter.value));
      }
      const hist = this.lowerer.histogram(e.args[i]);
      if (hist != null) out.push(hist);
      else out.push(valuePiece(this.value(e.args[i]), e.isChar ? "c" : "d"));
    }
    // A histogram ends its own lines.
    const lines: bool = e.args.length == 1 && isHist(e.args[0]);
    if (e.newline && !lines) out.push(new ir.FormatPiece(ir.PieceKind.Text, "\n"));
  }
}

/** A value as print() shows it. */
export function valuePiece(value: ir.Expr, conversion: string): ir.FormatPiece {
  if (value.op == ir.Op.Str) {
    return new ir.FormatPiece(ir.PieceKind.Text, (value as ir.StrExpr).value);
  }
  const text: bool = value.type == ir.Ty.String;
  const piece = new ir.FormatPiece(text ? ir.PieceKind.Str : ir.PieceKind.Long, "");
  piece.conversion = text ? "s" : conversion;
  piece.value = value;
  return piece;
}

/** Neighbouring texts become one. */
export function joinText(pieces: ir.FormatPiece[]): ir.FormatPiece[] {
  const out: ir.FormatPiece[] = [];
  for (let i: i32 = 0; i < pieces.length; i++) {
    const last = out.length - 1;
    const piece = pieces[i];
    if (piece.kind == ir.PieceKind.Text && last >= 0 && out[last].kind == ir.PieceKind.Text) {
      out[last] = new ir.FormatPiece(ir.PieceKind.Text, out[last].text + piece.text);
    } else out.push(piece);
  }
  return out;
}
