/** Expressions as WebAssembly: an i64 for a number, an address for a string. */
import binaryen from "binaryen";
import * as ir from "../../front/ir/ir.ts";
import { Span } from "../../front/source/source.ts";
import { ARGUMENT_BUFFER, STAT_FUNCTIONS } from "./abi.ts";
import {
  changes,
  globalName,
  intrinsicName,
  type Ref,
  Unsupported,
  WasmModule,
  wasmType,
} from "./wasm_module.ts";
import { assign, crement, evaluateKeys, statOperand, storeKeys } from "./variables.ts";

const { i32, i64, none } = binaryen;

export function truthOf(g: WasmModule, expr: ir.Expr): Ref {
  return g.m.i64.ne(valueOf(g, expr), g.long(0n));
}

function extend(g: WasmModule, ref: Ref): Ref {
  return g.m.i64.extend_u(ref);
}

/** An i64 for Long, an address for String. */
export function valueOf(g: WasmModule, expr: ir.Expr): Ref {
  const m = g.m;
  switch (expr.op) {
    case ir.Op.Long:
      return g.long(BigInt.asIntN(64, BigInt((expr as ir.LongExpr).text)));
    case ir.Op.Str:
      return m.i32.const(g.literal((expr as ir.StrExpr).value));
    case ir.Op.Local: {
      const index = (expr as ir.LocalExpr).index;
      return expr.type === ir.Ty.String
        ? g.at(g.frame.strings[index])
        : m.local.get(g.frame.longs[index], i64);
    }
    case ir.Op.Global: {
      const index = (expr as ir.GlobalExpr).index;
      return expr.type === ir.Ty.String
        ? m.i32.const(g.stringGlobals[index])
        : m.global.get(globalName(index), i64);
    }
    case ir.Op.MapGet: {
      const get = expr as ir.MapGetExpr;
      const code: Ref[] = [];
      const keys = evaluateKeys(g, get.keys, code, null);
      code.push(...storeKeys(g, keys));
      return readOf(g, code, expr.type, "mapGet", [m.i32.const(get.map)]);
    }
    case ir.Op.MapHas: {
      const has = expr as ir.MapHasExpr;
      const code: Ref[] = [];
      const keys = evaluateKeys(g, has.keys, code, null);
      code.push(...storeKeys(g, keys));
      let mask = 0;
      has.keys.forEach((key, at) => key && (mask |= 1 << at));
      code.push(m.call("mapHas", [m.i32.const(has.map), m.i32.const(mask)], i64));
      return m.block(null, code, i64);
    }
    case ir.Op.Unary: {
      const unary = expr as ir.UnaryExpr;
      const operand = valueOf(g, unary.operand);
      if (unary.sym === "-") return m.i64.sub(g.long(0n), operand);
      return m.i64.xor(operand, g.long(-1n));
    }
    case ir.Op.Binary: {
      const binary = expr as ir.BinaryExpr;
      const site = operatorSpan(expr.span, binary.sym, binary.left.span, binary.right.span);
      return binaryOf(g, binary.sym, valueOf(g, binary.left), valueOf(g, binary.right), site);
    }
    case ir.Op.And: {
      const and = expr as ir.AndExpr;
      return m.if(
        truthOf(g, and.left),
        extend(g, truthOf(g, and.right)),
        g.long(0n),
      );
    }
    case ir.Op.Or: {
      const or = expr as ir.OrExpr;
      return m.if(
        truthOf(g, or.left),
        g.long(1n),
        extend(g, truthOf(g, or.right)),
      );
    }
    case ir.Op.Not:
      return extend(g, m.i64.eqz(valueOf(g, (expr as ir.NotExpr).operand)));
    case ir.Op.Cond: {
      const cond = expr as ir.CondExpr;
      return m.if(
        truthOf(g, cond.condition),
        valueOf(g, cond.whenTrue),
        valueOf(g, cond.whenFalse),
      );
    }
    case ir.Op.CompareLong: {
      const compare = expr as ir.CompareLongExpr;
      return extend(
        g,
        compareLong(m, compare.sym, valueOf(g, compare.left), valueOf(g, compare.right)),
      );
    }
    case ir.Op.CompareStr: {
      const compare = expr as ir.CompareStrExpr;
      const [left, right] = operandsOf(g, [compare.left, compare.right]);
      const order = m.i64.extend_s(m.call("compareStrings", [left, right], i32));
      return extend(g, compareLong(m, compare.sym, order, g.long(0n)));
    }
    case ir.Op.Concat:
      return concatOf(g, (expr as ir.ConcatExpr).parts);
    case ir.Op.Regex: {
      const regex = expr as ir.RegexExpr;
      const found = m.call("regex", [valueOf(g, regex.text), m.i32.const(regex.regex)], i64);
      return regex.negated ? extend(g, m.i64.eqz(found)) : found;
    }
    case ir.Op.Assign:
      return assign(g, expr as ir.AssignExpr);
    case ir.Op.Crement:
      return crement(g, expr as ir.CrementExpr);
    case ir.Op.StatAdd: {
      const add = expr as ir.StatAddExpr;
      const code: Ref[] = [];
      const { map, keys } = statOperand(g, add.stat, code, add.value);
      const value = g.frame.scratch(i64);
      code.push(m.local.set(value, valueOf(g, add.value)));
      code.push(...storeKeys(g, keys));
      code.push(m.call("statAdd", [
        m.i32.const(map),
        m.local.get(value, i64),
        g.place(add.stat.span),
      ], none));
      code.push(m.local.get(value, i64));
      return m.block(null, code, i64);
    }
    case ir.Op.StatGet: {
      const get = expr as ir.StatGetExpr;
      const code: Ref[] = [];
      const { map, keys } = statOperand(g, get.stat, code, null);
      code.push(...storeKeys(g, keys));
      code.push(m.call("statGet", [
        m.i32.const(map),
        m.i32.const(STAT_FUNCTIONS.indexOf(get.fn)),
        g.place(expr.span),
      ], i64));
      return m.block(null, code, i64);
    }
    case ir.Op.HistBucket: {
      const bucket = expr as ir.HistBucketExpr;
      const code: Ref[] = [];
      const { map, keys } = statOperand(g, bucket.stat, code, bucket.index);
      const index = g.frame.scratch(i64);
      code.push(m.local.set(index, valueOf(g, bucket.index)));
      code.push(...storeKeys(g, keys));
      code.push(m.call("histBucket", [
        m.i32.const(map),
        m.i32.const(bucket.log ? 1 : 0),
        m.local.get(index, i64),
        g.place(expr.span),
      ], i64));
      return m.block(null, code, i64);
    }
    case ir.Op.Call: {
      const call = expr as ir.CallExpr;
      const func = g.program.funcs[call.func];
      const args = operandsOf(g, call.args);
      const code: Ref[] = [];
      let result = 0;
      if (func.type === ir.Ty.String) {
        result = g.frame.temp();
        args.push(g.at(result));
      }
      args.push(g.place(expr.span));
      const name = func.body ? `call${call.func}` : intrinsicName(call.func);
      if (func.type === ir.Ty.Long) return m.call(name, args, i64);
      code.push(m.call(name, args, none));
      if (func.type === ir.Ty.String) {
        code.push(g.at(result));
        return m.block(null, code, i32);
      }
      return m.block(null, code);
    }
    case ir.Op.Format:
      return formatOf(g, expr as ir.FormatExpr);
    case ir.Op.Context:
      return contextValue(g, expr as ir.ContextExpr);
    case ir.Op.RowConst:
      return readOf(g, [], expr.type, "constant", [
        m.i32.const((expr as ir.RowConstExpr).index),
      ]);
    case ir.Op.ContextStore: {
      const store = expr as ir.ContextStoreExpr;
      const name = `a new ${store.name} (the sandbox writes to no register)`;
      const refused = new ir.ContextExpr(expr.span, ir.Ty.Long, name, store.number, 8, false);
      return contextValue(g, refused);
    }
    case ir.Op.SymbolAddress: {
      const name = `the address of ${(expr as ir.SymbolAddressExpr).symbol}`;
      return contextValue(g, new ir.ContextExpr(expr.span, ir.Ty.Long, name, 0, 8, false));
    }
    case ir.Op.EntryValue:
      return readOf(g, [], expr.type, "entry", [m.i32.const((expr as ir.EntryValueExpr).slot)]);
    case ir.Op.Deref: {
      const deref = expr as ir.DerefExpr;
      const address = valueOf(g, deref.address);
      const user = m.i32.const(deref.user ? 1 : 0);
      if (deref.type === ir.Ty.String) {
        const temp = g.frame.temp();
        return m.block(null, [
          m.call("readString", [address, user, g.place(expr.span), g.at(temp)], none),
          g.at(temp),
        ], i32);
      }
      return m.call("readMemory", [
        address,
        m.i32.const(deref.size),
        m.i32.const(deref.signed ? 1 : 0),
        user,
        m.i32.const(deref.bitOffset),
        m.i32.const(deref.bitSize),
        g.place(expr.span),
      ], i64);
    }
    case ir.Op.Store: {
      const store = expr as ir.StoreExpr;
      const address = g.frame.scratch(i64);
      const value = g.frame.scratch(i64);
      return m.block(null, [
        m.local.set(address, valueOf(g, store.address)),
        m.local.set(value, valueOf(g, store.value)),
        m.call("writeMemory", [
          m.local.get(address, i64),
          m.i32.const(store.size),
          m.i32.const(store.user ? 1 : 0),
          m.i32.const(store.bitOffset),
          m.i32.const(store.bitSize),
          m.local.get(value, i64),
          g.place(expr.span),
        ], none),
        m.local.get(value, i64),
      ], i64);
    }
    default:
      throw new Unsupported(expr.span, "embedded C cannot run on the WebAssembly engine");
  }
}

/** name + Long (gives i64) or name + String (fills a temporary). */
export function readOf(g: WasmModule, code: Ref[], type: ir.Ty, name: string, args: Ref[]): Ref {
  const m = g.m;
  if (type === ir.Ty.String) {
    const temp = g.frame.temp();
    code.push(m.call(`${name}String`, [...args, g.at(temp)], none), g.at(temp));
    return m.block(null, code, i32);
  }
  code.push(m.call(`${name}Long`, args, i64));
  return m.block(null, code, i64);
}

export function binaryOf(g: WasmModule, sym: string, a: Ref, b: Ref, span: Span): Ref {
  const m = g.m;
  switch (sym) {
    case "+":
      return m.i64.add(a, b);
    case "-":
      return m.i64.sub(a, b);
    case "*":
      return m.i64.mul(a, b);
    case "/":
      return m.call("divide", [a, b, g.place(span)], i64);
    case "%":
      return m.call("remainder", [a, b, g.place(span)], i64);
    case "&":
      return m.i64.and(a, b);
    case "|":
      return m.i64.or(a, b);
    case "^":
      return m.i64.xor(a, b);
    case "<<":
      return m.i64.shl(a, b);
    case ">>":
      return m.i64.shr_s(a, b);
    case ">>>":
      return m.i64.shr_u(a, b);
    default:
      throw new Error(`internal error: operator ${sym}`);
  }
}

/** Operands in order; a string that a later operand may overwrite is copied. */
function operandsOf(g: WasmModule, list: ir.Expr[]): Ref[] {
  return list.map((operand, at) =>
    stableOf(g, operand, list.slice(at + 1).some((later) => changes(later)))
  );
}

/** An operand whose value must survive what is evaluated later. */
export function stableOf(g: WasmModule, operand: ir.Expr, laterChanges: boolean): Ref {
  const ref = valueOf(g, operand);
  const variable = operand.op === ir.Op.Local || operand.op === ir.Op.Global ||
    operand.op === ir.Op.Assign || operand.op === ir.Op.Cond;
  if (operand.type !== ir.Ty.String || !laterChanges || !variable) return ref;
  const temp = g.frame.temp();
  return g.m.block(null, [
    g.m.call("copy", [g.at(temp), ref], none),
    g.at(temp),
  ], i32);
}

export function concatOf(g: WasmModule, parts: ir.Expr[]): Ref {
  const m = g.m;
  const temp = g.frame.temp();
  const code: Ref[] = [];
  parts.forEach((part, at) => {
    code.push(m.call(at === 0 ? "copy" : "append", [g.at(temp), valueOf(g, part)], none));
  });
  code.push(g.at(temp));
  return m.block(null, code, i32);
}

function formatOf(g: WasmModule, expr: ir.FormatExpr): Ref {
  const m = g.m;
  const index = g.formats.push(expr) - 1;
  const code: Ref[] = [];
  const args: { local: number; type: number }[] = [];
  const list: (ir.Expr | ir.FormatPiece)[] = [];
  for (const piece of expr.pieces) {
    if (piece.widthArg) list.push(piece.widthArg);
    if (piece.precisionArg) list.push(piece.precisionArg);
    if (piece.kind === ir.PieceKind.Hist) list.push(piece);
    else if (piece.value) list.push(piece.value);
  }
  list.forEach((item, at) => {
    if (item instanceof ir.FormatPiece) {
      const { map, keys } = statOperand(g, item.value!, code, null);
      const local = g.frame.scratch(i64);
      code.push(...storeKeys(g, keys));
      code.push(m.local.set(
        local,
        m.call("histHold", [
          m.i32.const(map),
          m.i32.const(item.log ? 1 : 0),
          g.place(expr.span),
        ], i64),
      ));
      args.push({ local, type: i64 });
      return;
    }
    const later = list.slice(at + 1).some((other) =>
      !(other instanceof ir.FormatPiece) && changes(other)
    );
    const type = wasmType(item.type);
    const local = g.frame.scratch(type);
    code.push(m.local.set(local, stableOf(g, item, later)));
    args.push({ local, type });
  });
  args.forEach((arg, at) => {
    const value = m.local.get(arg.local, arg.type);
    code.push(m.i64.store(
      ARGUMENT_BUFFER + at * 8,
      8,
      m.i32.const(0),
      arg.type === i32 ? m.i64.extend_u(value) : value,
    ));
  });
  if (!expr.toString_) {
    code.push(m.call("print", [m.i32.const(index), g.place(expr.span)], none));
    return m.block(null, code);
  }
  const temp = g.frame.temp();
  code.push(
    m.call("format", [m.i32.const(index), g.at(temp), g.place(expr.span)], none),
    g.at(temp),
  );
  return m.block(null, code, i32);
}

/** The place of an operator between its operands; of the expression if it cannot be found. */
export function operatorSpan(whole: Span, sym: string, left: Span, right: Span): Span {
  const at = whole.source.text.indexOf(sym, left.end);
  if (left.source !== whole.source || at < 0 || at >= right.start) return whole;
  return new Span(whole.source, at, at + sym.length);
}

function compareLong(m: binaryen.Module, sym: string, a: Ref, b: Ref): Ref {
  switch (sym) {
    case "<":
      return m.i64.lt_s(a, b);
    case "<=":
      return m.i64.le_s(a, b);
    case ">":
      return m.i64.gt_s(a, b);
    case ">=":
      return m.i64.ge_s(a, b);
    case "==":
      return m.i64.eq(a, b);
    default:
      return m.i64.ne(a, b);
  }
}

/** A value of the hit, asked from the host by the expression's number. */
function contextValue(g: WasmModule, expr: ir.ContextExpr): Ref {
  const index = g.contexts.push(expr) - 1;
  return readOf(g, [], expr.type, "context", [g.m.i32.const(index), g.place(expr.span)]);
}
