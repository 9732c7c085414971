/** Variables that debuginfo locates: its terms as expressions of the IR. */
import * as ir from "../ir/ir.ts";
import { CKind, CMember, CType, resolved } from "../oracle/ctype.ts";
import { LocatedPart, Location, Term, TermKind } from "../oracle/location.ts";
import { Span } from "../source/source.ts";
import { Access, isAggregate } from "./target.ts";

/** The variable at a location; null if it cannot be had. */
export function located(span: Span, type: CType, location: Location): Access | null {
  const term = location.term;
  if (term == null) return inParts(span, type, location.parts);
  if (location.inMemory) return new Access(termExpr(span, term), type, true, 0);
  if (!isAggregate(type)) return new Access(valueExpr(span, term, type), type, false, 0);
  // A struct that fits a register.
  const whole: LocatedPart[] = [];
  whole.push(new LocatedPart(0, 8, term, false));
  return inParts(span, type, whole);
}

function inParts(span: Span, type: CType, parts: LocatedPart[]): Access | null {
  if (parts.length == 0) return null;
  const access = new Access(new ir.LongExpr(span, "0"), type, false, 0);
  access.parts = parts;
  if (isAggregate(type)) return access;
  return covering(span, access, type, resolved(type).size);
}

/** A member of a struct that is kept in parts, `offset` bytes from its start. */
export function partOf(span: Span, whole: Access, offset: i32, member: CMember): Access | null {
  const inner = new Access(whole.expr, member.type, false, 0);
  inner.parts = whole.parts;
  inner.partOffset = whole.partOffset + offset;
  if (isAggregate(member.type)) return inner;
  const found = covering(span, inner, member.type, resolved(member.type).size);
  if (found == null || member.bitSize == 0) return found;
  found.bitOffset = member.bitOffset;
  found.bitSize = member.bitSize;
  if (found.inMemory) return found;
  const width: i32 = 64 - member.bitSize;
  const up = shifted(span, "<<", found.expr, width - member.bitOffset);
  found.expr = shifted(span, resolved(member.type).signed ? ">>" : ">>>", up, width);
  found.bitOffset = 0;
  found.bitSize = 0;
  return found;
}

/** The scalar at `partOffset` out of the part that has all of it. */
function covering(span: Span, at: Access, type: CType, size: i32): Access | null {
  for (let i: i32 = 0; i < at.parts.length; i++) {
    const part = at.parts[i];
    const term = part.term;
    const from: i32 = at.partOffset - part.offset;
    if (term == null || from < 0 || from + size > part.size) continue;
    if (part.inMemory) return new Access(plus(span, termExpr(span, term), from), type, true, 0);
    if (from == 0) return new Access(valueExpr(span, term, type), type, false, 0);
    const value = shifted(span, ">>>", termExpr(span, term), from * 8);
    return new Access(narrowed(span, value, type), type, false, 0);
  }
  return null;
}

/** The value of a term as a value of a C type. */
function valueExpr(span: Span, term: Term, type: CType): ir.Expr {
  // A register by itself can also be written to.
  const size: i32 = resolved(type).size;
  if (term.kind == TermKind.Register && (size == 1 || size == 2 || size == 4)) {
    const signed: bool = resolved(type).signed;
    return new ir.ContextExpr(span, ir.Ty.Long, "register", term.number, size, signed);
  }
  return narrowed(span, termExpr(span, term), type);
}

function narrowed(span: Span, value: ir.Expr, type: CType): ir.Expr {
  const c = resolved(type);
  if (c.kind == CKind.Pointer || c.size >= 8 || c.size <= 0) return value;
  const bits: i32 = 64 - c.size * 8;
  return shifted(span, c.signed ? ">>" : ">>>", shifted(span, "<<", value, bits), bits);
}

function shifted(span: Span, symbol: string, value: ir.Expr, by: i32): ir.Expr {
  if (by == 0) return value;
  return new ir.BinaryExpr(span, symbol, value, new ir.LongExpr(span, by.toString()));
}

function plus(span: Span, address: ir.Expr, by: i32): ir.Expr {
  return by == 0
    ? address
    : new ir.BinaryExpr(span, "+", address, new ir.LongExpr(span, by.toString()));
}

/** All 64 bits of a term. */
export function termExpr(span: Span, term: Term): ir.Expr {
  switch (term.kind) {
    case TermKind.Register:
      return new ir.ContextExpr(span, ir.Ty.Long, "register", term.number, 8, false);
    case TermKind.Constant:
      return new ir.LongExpr(span, term.text);
    case TermKind.Load: {
      const address = termExpr(span, term.left as Term);
      return new ir.DerefExpr(span, ir.Ty.Long, address, term.number, false, false);
    }
    case TermKind.Binary: {
      const left = termExpr(span, term.left as Term);
      const right = termExpr(span, term.right as Term);
      if (isComparison(term.name)) return new ir.CompareLongExpr(span, term.name, left, right);
      return new ir.BinaryExpr(span, term.name, left, right);
    }
    case TermKind.Address:
      return new ir.SymbolAddressExpr(span, term.name, term.text, term.number, false);
    default:
      return new ir.LongExpr(span, "0");
  }
}

function isComparison(symbol: string): bool {
  return symbol == "==" || symbol == "!=" || symbol == "<" || symbol == "<=" || symbol == ">" ||
    symbol == ">=";
}
