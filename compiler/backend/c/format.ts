/**
 * Formats, piece by piece: room for all pieces is reserved once, each piece is one call, and what
 * was not needed is given back. Values are evaluated before the room is reserved, because their
 * functions may print too.
 */
import * as ir from "../../front/ir/ir.ts";
import type { Span } from "../../front/source/source.ts";
import { bucketCount, histPointer } from "./aggregates.ts";
import type { Body } from "./body.ts";
import { valueOf } from "./expressions.ts";
import { cString } from "./text.ts";
import { hasEffects } from "../walk.ts";

/** Longest reservation of the print buffer (TAPIR_OUT_MAX). */
const ROOM = 8192;

interface Piece {
  piece: ir.FormatPiece;
  width: string;
  precision: string;
  value: string;
  /** Bytes at most. */
  bound: number;
}

/** Prints (`to` null), or writes to a string buffer. */
export function emitFormat(b: Body, format: ir.FormatExpr, to: string | null): void {
  const limit = b.m.maxStringLength;
  const list = merged(format.pieces);
  const values = evaluate(
    b,
    list.flatMap((p) =>
      p.kind == ir.PieceKind.Hist ? [null, null, null] : [p.widthArg, p.precisionArg, p.value]
    ),
  );
  const pieces: Piece[] = list.map((piece, i) => ({
    piece,
    width: values[3 * i] || String(Math.max(piece.width, 0)),
    precision: piece.precisionArg
      ? dynamicPrecision(piece, values[3 * i + 1])
      : String(piece.precision),
    value: values[3 * i + 2],
    bound: boundOf(piece, limit),
  }));

  // A dump that cannot be made is an error before anything of the format is printed.
  for (const p of pieces) if (p.piece.kind == ir.PieceKind.Memory) checkMemory(b, p);

  if (to != null) {
    const cursor = b.temp("char *", to);
    const end = `${to} + MAXSTRINGLEN - 1`;
    const tight = pieces.reduce((n, p) => n + p.bound, 0) >= limit;
    for (const p of pieces) {
      if (p.piece.kind == ir.PieceKind.Memory) putMemory(b, p, cursor, end);
      else put(b, p, cursor, end, tight);
    }
    b.w.line(`*${cursor} = 0;`);
    return;
  }
  let group: Piece[] = [], room = 0;
  const flush = () => {
    if (group.length > 0) printGroup(b, group, Math.min(room, ROOM), room > ROOM);
    group = [];
    room = 0;
  };
  for (const p of pieces) {
    if (p.piece.kind == ir.PieceKind.Hist) {
      flush();
      printHist(b, p.piece, format.span);
      continue;
    }
    if (p.piece.kind == ir.PieceKind.Memory) {
      flush();
      printMemory(b, p);
      continue;
    }
    if (room + p.bound > ROOM) flush();
    group.push(p);
    room += p.bound;
  }
  flush();
}

function evaluate(b: Body, exprs: (ir.Expr | null)[]): string[] {
  // A value used by a piece is named once, so text is enough; strings that a later value could
  // change are held.
  return exprs.map((e, i) => {
    if (!e) return "";
    const v = valueOf(b, e);
    const later = exprs.slice(i + 1).some((x) => x != null && hasEffects(x));
    return later ? b.hold(v, e.type) : v.c;
  });
}

/** No width, precision or flag. */
function isPlain(p: ir.FormatPiece): boolean {
  return p.width <= 0 && p.precision < 0 && !p.widthArg && !p.precisionArg && !p.zero &&
    !p.plus && !p.space && !p.left && !p.alternate;
}

/** What a piece prints if that is known now, else the piece. */
function settled(p: ir.FormatPiece): ir.FormatPiece {
  const value = p.value;
  if (!value || !isPlain(p)) return p;
  if (p.kind == ir.PieceKind.Str && value.op == ir.Op.Str) {
    return new ir.FormatPiece(ir.PieceKind.Text, (value as ir.StrExpr).value.split("\0")[0]);
  }
  if (p.kind != ir.PieceKind.Long || value.op != ir.Op.Long || !/^[di]$/.test(p.conversion)) {
    return p;
  }
  const number = BigInt.asIntN(64, BigInt((value as ir.LongExpr).text));
  return new ir.FormatPiece(ir.PieceKind.Text, number.toString());
}

/** Neighbouring texts as one piece. */
function merged(pieces: ir.FormatPiece[]): ir.FormatPiece[] {
  const list: ir.FormatPiece[] = [];
  for (const p of pieces.map(settled)) {
    const last = list[list.length - 1];
    if (p.kind == ir.PieceKind.Text && last?.kind == ir.PieceKind.Text) {
      list[list.length - 1] = new ir.FormatPiece(ir.PieceKind.Text, last.text + p.text);
    } else list.push(p);
  }
  return list.filter((p) => p.kind != ir.PieceKind.Text || p.text != "");
}

function boundOf(p: ir.FormatPiece, limit: number): number {
  if (p.kind == ir.PieceKind.Text) return Math.min(p.text.length, ROOM);
  const dynamic = p.widthArg || p.precisionArg ? 1024 : 0;
  const least = Math.max(p.width, p.precision, 0) + dynamic;
  if (p.kind == ir.PieceKind.Long) return Math.min(ROOM, Math.max(24, least + 4));
  const shown = p.precision >= 0 && !p.precisionArg ? Math.min(p.precision, limit) : limit;
  return Math.min(ROOM, Math.max(least, p.alternate ? 4 * shown : shown));
}

function printGroup(b: Body, group: Piece[], room: number, tight: boolean): void {
  const only = group.length == 1 && group[0].piece.kind == ir.PieceKind.Text;
  if (only) {
    const text = group[0].piece.text;
    if (text.length > ROOM / 2) b.w.line(`tapir_out_bytes(c, ${cString(text)}, ${text.length});`);
    else b.w.line(`memcpy(tapir_out(c, ${text.length}), ${cString(text)}, ${text.length});`);
    return;
  }
  const at = b.temp("char *", `tapir_out(c, ${room})`);
  const end = b.temp("char *", `${at} + ${room}`);
  for (const p of group) put(b, p, at, end, tight);
  b.w.line(`tapir_out_undo(c, ${end} - ${at});`);
}

function flagsOf(p: ir.FormatPiece, more: string[] = []): string {
  const list = [...more];
  if (p.zero) list.push("TAPIR_ZERO");
  if (p.plus) list.push("TAPIR_PLUS");
  if (p.space) list.push("TAPIR_SPACE");
  if (p.left) list.push("TAPIR_LEFT");
  if (p.alternate) list.push("TAPIR_ALTERNATE");
  return list.length == 0 ? "0" : list.join(" | ");
}

function put(b: Body, p: Piece, at: string, end: string, tight: boolean): void {
  const f = p.piece, line = (c: string) => b.w.line(`${at} = ${c};`);
  const plain = isPlain(f);
  if (f.kind == ir.PieceKind.Text) {
    const text = cString(f.text), n = f.text.length;
    if (tight) line(`tapir_put_text(${at}, ${end}, ${text}, ${n})`);
    else if (n == 1) b.w.line(`*${at}++ = ${f.text == "\n" ? "'\\n'" : `${text}[0]`};`);
    else {
      b.w.line(`memcpy(${at}, ${text}, ${n});`);
      b.w.line(`${at} += ${n};`);
    }
    return;
  }
  if (f.kind == ir.PieceKind.Str) {
    if (plain) line(`tapir_str_append(${at}, ${end}, ${p.value})`);
    else {
      line(
        `tapir_put_string(${at}, ${end}, ${p.value}, ${flagsOf(f)}, ${p.width}, ${p.precision})`,
      );
    }
    return;
  }
  const number = (base: number, signed: boolean, more: string[] = []) =>
    line(
      `tapir_put_number(${at}, ${end}, ${p.value}, ${base}, ${signed}, ${
        flagsOf(f, more)
      }, ${p.width}, ${p.precision})`,
    );
  switch (f.conversion) {
    case "d":
    case "i":
      if (plain && !tight) line(`tapir_put_dec(${at}, ${p.value})`);
      else number(10, true);
      return;
    case "u":
      if (plain && !tight) line(`tapir_put_unsigned(${at}, ${p.value})`);
      else number(10, false);
      return;
    case "o":
      number(8, false);
      return;
    case "x":
      if (plain && !tight) line(`tapir_put_hex(${at}, ${p.value})`);
      else number(16, false);
      return;
    case "X":
      number(16, false, ["TAPIR_UPPER"]);
      return;
    case "p":
      if (plain && !tight) {
        b.w.line(`memcpy(${at}, "0x", 2);`);
        line(`tapir_put_hex(${at} + 2, ${p.value})`);
        return;
      }
      number(16, false, f.alternate ? [] : ["TAPIR_ALTERNATE"]);
      return;
    case "c":
      line(`tapir_put_char(${at}, ${end}, ${p.value}, ${flagsOf(f)}, ${p.width})`);
      return;
    case "b":
      line(`tapir_put_binary(${at}, ${end}, ${p.value}, ${p.width}, ${p.precision})`);
      return;
  }
  throw new Error(`internal error: conversion ${f.conversion}`);
}

/** A negative one is 0, which the runtime takes for none; that of a dump is checked. */
function dynamicPrecision(piece: ir.FormatPiece, value: string): string {
  return piece.kind == ir.PieceKind.Memory ? value : `max_t(s64, ${value}, 0)`;
}

/** Fails if the dump is too long or cannot be read; names its address and length. */
function checkMemory(b: Body, p: Piece): void {
  const f = p.piece;
  p.value = b.temp("s64", p.value);
  p.precision = b.temp("s64", f.precision < 1 && !f.precisionArg ? "1" : `${p.precision} ?: 1`);
  b.failIf(
    `${p.precision} < 0 || ${p.precision} > PAGE_SIZE`,
    `tapir_raisef(c, ${
      siteOfPart(b, f.precisionArg ?? f.value)
    }, "%lld is too many bytes for a memory dump", (long long)${p.precision});`,
  );
  b.failIf(`!tapir_readable(${p.value}, ${p.precision}, ${f.alternate})`, dumpFault(b, p));
}

/** Prints a dump that has been checked; the memory may have gone meanwhile. */
function printMemory(b: Body, p: Piece): void {
  b.failIf(`!tapir_print_memory(c, ${dumpWords(p)})`, dumpFault(b, p));
}

/** The same into a string. */
function putMemory(b: Body, p: Piece, cursor: string, end: string): void {
  b.w.line(`${cursor} = tapir_put_memory(${cursor}, ${end}, ${dumpWords(p)});`);
  b.failIf(`!${cursor}`, dumpFault(b, p));
}

function dumpWords(p: Piece): string {
  const f = p.piece;
  return [p.value, p.precision, f.conversion == "M", p.width, f.alternate].join(", ");
}

function dumpFault(b: Body, p: Piece): string {
  return `tapir_read_fault(c, ${p.value}, ${siteOfPart(b, p.piece.value)});`;
}

function siteOfPart(b: Body, part: ir.Expr | null): string {
  return part ? b.site(part.span) : '""';
}

function printHist(b: Body, p: ir.FormatPiece, span: Span): void {
  const stat = p.value as ir.StatGetExpr | ir.Expr;
  const target = stat.op == ir.Op.StatGet ? (stat as ir.StatGetExpr).stat : stat;
  const pointer = histPointer(b, target, p.log, b.site(span));
  const h = b.temp("struct tapir_hist");
  b.w.line(`${h}.buckets = ${pointer};`);
  b.w.line(`${h}.count = ${bucketCount(b, target, p.log)};`);
  b.w.line(`${h}.log = ${p.log};`);
  const needs = b.m.statNeeds(target);
  b.w.line(`${h}.low = ${needs.low}LL;`);
  b.w.line(`${h}.width = ${needs.width}LL;`);
  b.w.line(`tapir_print_hist(c, &${h});`);
}
