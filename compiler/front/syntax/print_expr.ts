/** Expressions of the syntax tree as text that parses again to the same tree. */
import { i64And, i64FromDecimal, i64FromI32, i64ShrU, i64ToI32 } from "../portable/target.ts";
import {
  AddressOfExpr,
  AssignExpr,
  AtVarExpr,
  AutocastExpr,
  BinaryExpr,
  CallExpr,
  CastExpr,
  CompareExpr,
  ConcatExpr,
  ConstExpr,
  CrementExpr,
  DefinedExpr,
  DerefExpr,
  EmbeddedExpr,
  EntryExpr,
  EnumConstExpr,
  EnumNameExpr,
  Expr,
  HistIndexExpr,
  IndexExpr,
  InExpr,
  LogicalExpr,
  NodeKind,
  NumberExpr,
  PathStep,
  PerfExpr,
  PrintExpr,
  ProbeWriteExpr,
  RegexExpr,
  RegisterExpr,
  StatExpr,
  StepKind,
  StringExpr,
  SymbolExpr,
  TargetExpr,
  TernaryExpr,
  UnaryExpr,
} from "./ast.ts";
import { binaryLevel } from "./expressions.ts";

// How tightly an expression holds together; binaryLevel() + 2 is between ternary and unary.
export const ASSIGN: i32 = 1;
const TERNARY: i32 = 2;
const UNARY: i32 = 14;
const CREMENT: i32 = 15;
const ADDRESS: i32 = 16;
export const PRIMARY: i32 = 17;
/** The bytes as a string literal. */
export function quote(value: string): string {
  const parts: string[] = ['"'];
  for (let i: i32 = 0; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if (c == 34) parts.push('\\"');
    else if (c == 92) parts.push("\\\\");
    else if (c == 10) parts.push("\\n");
    else if (c == 9) parts.push("\\t");
    else if (c < 32 || c == 127) {
      parts.push("\\" + (c >> 6).toString() + (c >> 3 & 7).toString() + (c & 7).toString());
    } else parts.push(value.charAt(i));
  }
  parts.push('"');
  return parts.join("");
}

/** A negative number where only an unsigned one can be written. */
function hex(text: string): string {
  const value = i64FromDecimal(text);
  const digits: string[] = [];
  for (let shift: i32 = 60; shift >= 0; shift -= 4) {
    const digit = i64And(i64ShrU(value, i64FromI32(shift)), i64FromI32(15));
    digits.push("0123456789abcdef".charAt(i64ToI32(digit, 0)));
  }
  return "0x" + digits.join("");
}

function levelOf(expr: Expr): i32 {
  switch (expr.kind) {
    case NodeKind.Assign:
      return ASSIGN;
    case NodeKind.Ternary:
      return TERNARY;
    case NodeKind.Logical:
      return binaryLevel((expr as LogicalExpr).op) + 2;
    case NodeKind.Binary:
      return binaryLevel((expr as BinaryExpr).op) + 2;
    case NodeKind.In:
      return 8;
    case NodeKind.Compare:
    case NodeKind.Regex:
      return 9;
    case NodeKind.Concat:
      return 11;
    case NodeKind.Unary:
      return UNARY;
    case NodeKind.Crement:
      return CREMENT;
    case NodeKind.AddressOf:
      return ADDRESS;
    default:
      return PRIMARY;
  }
}
/** Writes expressions into a growing text; the printer of declarations and statements goes on from it. */
export class ExprPrinter {
  protected parts: string[] = [];

  constructor(private full: bool) {}

  text(): string {
    return this.parts.join("");
  }

  protected put(text: string): void {
    this.parts.push(text);
  }

  protected literal(expr: Expr): void {
    if (expr.kind == NodeKind.Number) this.put((expr as NumberExpr).text);
    else this.expr(expr, PRIMARY);
  }

  /** The expression, in parentheses if it holds less tightly than `level`. */
  expr(expr: Expr, level: i32): void {
    const own = levelOf(expr);
    const wrap = own < level || (this.full && level > ASSIGN && own < ADDRESS);
    if (wrap) this.put("(");
    this.bare(expr, own);
    if (wrap) this.put(")");
  }

  private infix(left: Expr, op: string, right: Expr, level: i32): void {
    this.expr(left, level);
    this.put(" " + op + " ");
    this.expr(right, level + 1);
  }

  private bare(expr: Expr, level: i32): void {
    switch (expr.kind) {
      case NodeKind.Assign: {
        const assign = expr as AssignExpr;
        this.expr(assign.target, TERNARY);
        this.put(" " + assign.op + " ");
        this.expr(assign.value, this.full ? TERNARY : ASSIGN);
        break;
      }
      case NodeKind.Ternary: {
        const ternary = expr as TernaryExpr;
        this.expr(ternary.condition, TERNARY + 1);
        this.put(" ? ");
        this.expr(ternary.whenTrue, this.full ? TERNARY : ASSIGN);
        this.put(" : ");
        this.expr(ternary.whenFalse, TERNARY);
        break;
      }
      case NodeKind.Logical: {
        const logical = expr as LogicalExpr;
        this.infix(logical.left, logical.op, logical.right, level);
        break;
      }
      case NodeKind.Binary: {
        const binary = expr as BinaryExpr;
        this.infix(binary.left, binary.op, binary.right, level);
        break;
      }
      case NodeKind.Compare: {
        const compare = expr as CompareExpr;
        this.infix(compare.left, compare.op, compare.right, level);
        break;
      }
      case NodeKind.Concat: {
        const concat = expr as ConcatExpr;
        this.infix(concat.left, ".", concat.right, level);
        break;
      }
      case NodeKind.Regex: {
        const regex = expr as RegexExpr;
        this.expr(regex.left, regex.left.kind == NodeKind.Regex ? PRIMARY + 1 : level);
        this.put(regex.negated ? " !~ " : " =~ ");
        this.put(quote(regex.pattern.value));
        break;
      }
      case NodeKind.In:
        this.inExpr(expr as InExpr);
        break;
      case NodeKind.Unary: {
        const unary = expr as UnaryExpr;
        const signed = unary.operand.kind == NodeKind.Unary ||
          (unary.operand.kind == NodeKind.Crement && (unary.operand as CrementExpr).prefix);
        this.put(unary.op);
        this.expr(unary.operand, signed ? PRIMARY : UNARY);
        break;
      }
      case NodeKind.Crement: {
        const crement = expr as CrementExpr;
        if (crement.prefix) this.put(crement.op);
        this.expr(crement.operand, ADDRESS);
        if (!crement.prefix) this.put(crement.op);
        break;
      }
      case NodeKind.AddressOf:
        this.put("&");
        this.expr((expr as AddressOfExpr).operand, ADDRESS);
        break;
      default:
        this.primary(expr);
        break;
    }
  }

  private inExpr(expr: InExpr): void {
    const first = expr.keys[0];
    if (expr.keys.length == 1 && first != null && levelOf(first) > 8) this.expr(first, 9);
    else this.keys(expr.keys, 9);
    this.put(" in ");
    this.expr(expr.array, PRIMARY);
  }

  /** `[a, *, b]` */
  protected keys(keys: Array<Expr | null>, level: i32): void {
    this.put("[");
    for (let i: i32 = 0; i < keys.length; i++) {
      if (i > 0) this.put(", ");
      const key = keys[i];
      if (key == null) this.put("*");
      else this.expr(key, level);
    }
    this.put("]");
  }

  private args(args: Expr[], before: bool): void {
    for (let i: i32 = 0; i < args.length; i++) {
      if (i > 0 || before) this.put(", ");
      this.expr(args[i], ASSIGN);
    }
  }

  private path(path: PathStep[]): void {
    for (let i: i32 = 0; i < path.length; i++) {
      const step = path[i];
      const index = step.index;
      if (step.kind == StepKind.Member) this.put("->" + step.name);
      else if (step.kind == StepKind.Print) this.put("$");
      else if (step.kind == StepKind.PrintDeep) this.put("$$");
      else if (index != null) {
        this.put("[");
        this.expr(index, ASSIGN);
        this.put("]");
      }
    }
  }

  private primary(expr: Expr): void {
    switch (expr.kind) {
      case NodeKind.Number: {
        const text = (expr as NumberExpr).text;
        this.put(text.startsWith("-") ? hex(text) : text);
        break;
      }
      case NodeKind.String:
        this.put(quote((expr as StringExpr).value));
        break;
      case NodeKind.Symbol:
        this.put((expr as SymbolExpr).name);
        break;
      case NodeKind.Index:
        this.put((expr as IndexExpr).base.name);
        this.keys((expr as IndexExpr).keys, ASSIGN);
        break;
      case NodeKind.Call:
        this.put((expr as CallExpr).name + "(");
        this.args((expr as CallExpr).args, false);
        this.put(")");
        break;
      case NodeKind.Target:
        this.put((expr as TargetExpr).name);
        this.path((expr as TargetExpr).path);
        break;
      case NodeKind.Cast: {
        const cast = expr as CastExpr;
        this.put("@cast(");
        this.expr(cast.operand, ASSIGN);
        this.strings(cast.type, cast.module, true);
        this.put(")");
        this.path(cast.path);
        break;
      }
      case NodeKind.AtVar: {
        const variable = expr as AtVarExpr;
        this.put("@var(" + quote(variable.name));
        this.strings(variable.module, "", false);
        this.put(")");
        this.path(variable.path);
        break;
      }
      case NodeKind.Autocast: {
        const cast = expr as AutocastExpr;
        const kind = cast.base.kind;
        const wrap = kind == NodeKind.Target || kind == NodeKind.Cast ||
          kind == NodeKind.AtVar || kind == NodeKind.Autocast;
        this.expr(cast.base, wrap ? PRIMARY + 1 : PRIMARY);
        this.path(cast.path);
        break;
      }
      case NodeKind.Stat:
        this.put("@" + (expr as StatExpr).fn + "(");
        this.expr((expr as StatExpr).stat, ASSIGN);
        this.statArgs((expr as StatExpr).args);
        break;
      case NodeKind.HistIndex:
        this.expr((expr as HistIndexExpr).hist, PRIMARY);
        this.put("[");
        this.expr((expr as HistIndexExpr).index, ASSIGN);
        this.put("]");
        break;
      case NodeKind.EmbeddedExpr:
        this.put("%{" + (expr as EmbeddedExpr).code + "%}");
        break;
      case NodeKind.Print:
        this.print(expr as PrintExpr);
        break;
      default:
        this.operator(expr);
        break;
    }
  }

  private statArgs(args: Expr[]): void {
    for (let i: i32 = 0; i < args.length; i++) {
      this.put(", ");
      this.literal(args[i]);
    }
    this.put(")");
  }

  private print(expr: PrintExpr): void {
    this.put(expr.name + "(");
    const format = expr.format;
    const delimiter = expr.delimiter;
    if (format != null) this.put(quote(format.value));
    if (delimiter != null) this.put(quote(delimiter.value));
    this.args(expr.args, format != null || delimiter != null);
    this.put(")");
  }

  /** `, "a", "b"` without the empty ones at the end; `always`: the first in any case. */
  private strings(first: string, second: string, always: bool): void {
    if (always || first.length > 0 || second.length > 0) this.put(", " + quote(first));
    if (second.length > 0) this.put(", " + quote(second));
  }

  private operator(expr: Expr): void {
    switch (expr.kind) {
      case NodeKind.Defined:
        this.put("@defined(");
        this.expr((expr as DefinedExpr).operand, ASSIGN);
        break;
      case NodeKind.Entry:
        this.put("@entry(");
        this.expr((expr as EntryExpr).operand, ASSIGN);
        break;
      case NodeKind.EnumConst:
        this.put("@enum(" + quote((expr as EnumConstExpr).name));
        this.strings((expr as EnumConstExpr).module, "", false);
        break;
      case NodeKind.EnumName:
        this.put("@enumname(");
        this.expr((expr as EnumNameExpr).operand, ASSIGN);
        this.strings((expr as EnumNameExpr).type, (expr as EnumNameExpr).module, false);
        break;
      case NodeKind.Const:
        this.put("@const(" + quote((expr as ConstExpr).text));
        break;
      case NodeKind.ProbeWrite:
        this.put("@probewrite(" + (expr as ProbeWriteExpr).name);
        break;
      case NodeKind.Perf:
        this.put("@perf(" + quote((expr as PerfExpr).counter));
        break;
      case NodeKind.Register:
        this.put((expr as RegisterExpr).user ? "@uregister(" : "@kregister(");
        this.expr((expr as RegisterExpr).number, ASSIGN);
        break;
      case NodeKind.Deref:
        this.put((expr as DerefExpr).user ? "@uderef(" : "@kderef(");
        this.expr((expr as DerefExpr).size, ASSIGN);
        this.put(", ");
        this.expr((expr as DerefExpr).address, ASSIGN);
        break;
      default:
        this.put("(0 /* broken */");
        break;
    }
    this.put(")");
  }
}
