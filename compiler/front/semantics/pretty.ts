/** `$x$`, `$x$$`, `$$parms`: values of C types as text. */
import * as ir from "../ir/ir.ts";
import { CKind, CType, resolved } from "../oracle/ctype.ts";
import { Span } from "../source/source.ts";
import { joinText } from "./lower_print.ts";
import { Access, load, shownElements } from "./target.ts";

const DEEPEST: i32 = 4;
const MOST_PIECES: i32 = 60;

export class PrettyPrinter {
  private pieces: ir.FormatPiece[] = [];
  /** One value was asked for: only then is a `char *` followed, which may be a user's. */
  private single: bool = false;
  /** The next value is one that was asked for, not a part of it. */
  private top: bool = true;

  constructor(private span: Span) {}

  finish(): ir.Expr {
    return new ir.FormatExpr(this.span, true, joinText(this.pieces));
  }

  /** The text of one value. */
  text(access: Access): ir.Expr {
    this.single = true;
    this.value(access, access.print, 0);
    return this.finish();
  }

  /** `name=value`; `?` if the value is out of reach. depth 0: plain hexadecimal. */
  labelled(label: string, access: Access | null, depth: i32): void {
    this.literal(label);
    this.top = true;
    if (access == null) this.literal("?");
    else if (depth == 0) this.number(load(this.span, access), "x", true);
    else this.value(access, depth, 0);
  }

  private literal(text: string): void {
    this.pieces.push(new ir.FormatPiece(ir.PieceKind.Text, text));
  }

  private number(value: ir.Expr, conversion: string, alternate: bool): void {
    const piece = new ir.FormatPiece(ir.PieceKind.Long, "");
    piece.conversion = conversion;
    piece.alternate = alternate;
    piece.value = value;
    this.pieces.push(piece);
  }

  private value(at: Access, depth: i32, level: i32): void {
    const type = resolved(at.type);
    const top: bool = this.top;
    this.top = false;
    if (type.kind == CKind.Struct || type.kind == CKind.Union) {
      this.members(at, type, depth, level);
    } else if (type.kind == CKind.Array) this.elements(at, type, depth, level);
    else if (type.kind == CKind.Pointer) this.pointer(at, type, depth, top);
    else if (type.isChar()) this.char(at);
    else this.number(load(this.span, at), type.signed ? "d" : "u", false);
  }

  private char(at: Access): void {
    this.literal("'");
    this.number(load(this.span, at), "c", true);
    this.literal("'");
  }

  /** A text, at the top the struct that it points to, else a number. */
  private pointer(at: Access, type: CType, depth: i32, top: bool): void {
    const target = type.target();
    const value = load(this.span, at);
    if (target != null && top && hasMembers(target)) {
      this.members(new Access(value, target, true, 0), resolved(target), depth, 0);
    } else if (target != null && top && this.single && resolved(target).isChar()) {
      this.string(value);
    } else this.number(value, "p", false);
  }

  private string(address: ir.Expr): void {
    this.literal('"');
    const piece = new ir.FormatPiece(ir.PieceKind.Str, "");
    piece.conversion = "s";
    piece.alternate = true;
    piece.value = new ir.DerefExpr(this.span, ir.Ty.String, address, 0, false, false);
    this.pieces.push(piece);
    this.literal('"');
  }

  private members(at: Access, type: CType, depth: i32, level: i32): void {
    if (!at.inMemory) {
      this.literal("?");
      return;
    }
    if (level >= DEEPEST || (level > 0 && depth < 2)) {
      this.literal("{...}");
      return;
    }
    this.literal("{");
    const members = type.members();
    for (let i: i32 = 0; i < members.length; i++) {
      if (i > 0) this.literal(", ");
      if (this.pieces.length > MOST_PIECES) {
        this.literal("...");
        break;
      }
      const member = members[i];
      if (member.name != "") this.literal("." + member.name + "=");
      const place = new Access(this.offset(at.expr, member.offset), member.type, true, 0);
      place.bitOffset = member.bitOffset;
      place.bitSize = member.bitSize;
      this.value(place, depth, member.name == "" ? level : level + 1);
    }
    this.literal("}");
  }

  private elements(at: Access, type: CType, depth: i32, level: i32): void {
    const target = type.target();
    if (target == null) return;
    if (resolved(target).isChar()) {
      this.string(at.expr);
      return;
    }
    if (level > 0 && depth < 2) {
      this.literal("[...]");
      return;
    }
    this.literal("[");
    const count: i32 = shownElements(type);
    const size: i32 = resolved(target).size;
    for (let i: i32 = 0; i < count; i++) {
      if (i > 0) this.literal(", ");
      const place = new Access(this.offset(at.expr, i * size), target, true, 0);
      this.value(place, depth, level + 1);
    }
    this.literal(type.length() > count ? ", ...]" : "]");
  }

  private offset(address: ir.Expr, offset: i32): ir.Expr {
    if (offset == 0) return address;
    const by = new ir.LongExpr(this.span, offset.toString());
    return new ir.BinaryExpr(this.span, "+", address, by);
  }
}

function hasMembers(type: CType): bool {
  const c = resolved(type);
  return (c.kind == CKind.Struct || c.kind == CKind.Union) && c.members().length > 0;
}
