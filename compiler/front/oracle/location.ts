/** Where debuginfo says that a variable is: a computation over registers, memory and constants. */

export enum TermKind {
  /** Register `number`, as DWARF counts them. */
  Register,
  /** `text` in decimal. */
  Constant,
  /** An address of the kernel: `number` bytes after the symbol `name` of the module `text`. */
  Address,
  /** `number` bytes, zero extended, at the address `left`. */
  Load,
  /** left `name` right; `name` as in C, with `>>>` for the shift that brings in zeroes. */
  Binary,
}

export class Term {
  name: string = "";
  text: string = "";
  number: i32 = 0;
  left: Term | null = null;
  right: Term | null = null;

  constructor(public kind: TermKind) {}
}

/** A part of a variable that is kept in parts. */
export class LocatedPart {
  constructor(
    /** Bytes from the start of the variable. */
    public offset: i32,
    public size: i32,
    /** null if this part is not available. */
    public term: Term | null,
    /** The term is the part's address, not its value. */
    public inMemory: bool,
  ) {}
}

export class Location {
  /** The term is the variable's address, not its value. */
  inMemory: bool = false;
  term: Term | null = null;
  /** Instead of a term: parts, in order. */
  parts: LocatedPart[] = [];
}
