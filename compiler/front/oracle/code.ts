/**
 * Questions about code that need debuginfo: inlined copies, source files and lines, labels,
 * callees, and the variables that are visible at an instruction.
 */
import { CType } from "./ctype.ts";

/** What kernel.function, kernel.statement and kin ask for. */
export class CodeQuery {
  /** Text of the pattern: NAME, NAME@FILE, NAME@FILE:LINES; "" if `address` is given. */
  pattern: string = "";
  /** Decimal text of an address as linked; "" if a pattern is given. */
  address: string = "";
  /** "" for the kernel image. */
  module: string = "";
  /** Places of statements instead of functions. */
  statement: bool = false;
  /** Functions with code of their own; inlined copies. */
  own: bool = true;
  inlined: bool = true;
  /** A line without code means the next one that has some. */
  nearest: bool = false;
  /** Glob of the labels wanted in the functions; "" for the functions themselves. */
  label: string = "";
  /** Glob of functions called or inlined by the functions; "" for the functions themselves. */
  callee: string = "";
  /** How many levels of callees. */
  depth: i32 = 1;
}

/** One place in the code. */
export class CodeSite {
  /** The row is armed at `offset` (decimal text) bytes after `symbol`. */
  symbol: string = "";
  offset: string = "0";
  /** An inlined copy. */
  inlined: bool = false;
  /** The first instruction of a function with code of its own. */
  entry: bool = false;
  label: string = "";
  /** Of callees: the function that calls, as `name@file:line` parts from the outermost. */
  callers: string[] = [];
  /** Callees with code of their own: the caller's code, as symbol, offset and size; else "". */
  callerSymbol: string = "";
  callerOffset: string = "0";
  callerSize: string = "0";
  /** What functions return, if it is told. */
  returnType: CType | null = null;
  /** The oracle's own number, for variablesAt(). */
  id: i32 = -1;

  constructor(
    public name: string,
    public module: string,
    public file: string,
    /** Of the function's declaration, or of the statement. */
    public line: i32,
  ) {}

  /** `name@file:line`, as pp() shows it. */
  text(): string {
    if (this.file == "") return this.name;
    return this.name + "@" + this.file + ":" + this.line.toString();
  }
}

export class CodeAnswer {
  sites: CodeSite[] = [];
  /** Why there are no sites: words for the user; "" for plainly no match. */
  problem: string = "";
  hints: string[] = [];
}
