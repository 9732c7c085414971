/**
 * What the generated module and its host agree on.
 *
 * A string is a pointer to a 32-bit little-endian length and that many bytes, without NUL bytes,
 * at most MAXSTRINGLEN - 1 of them. Integers are i64. A call that gives a string takes the address
 * of its destination. Keys of a map travel through the key buffer, eight bytes each: the integer,
 * or the address of the string. The arguments of a format travel through the argument buffer in
 * the same way. Script errors are exceptions of the imported tag `err`; whatever else the host
 * throws passes through the module untouched.
 */

/** Fixed texts of errors that generated code raises by number. */
export enum Fault {
  DivisionByZero,
  MaxAction,
  MaxNesting,
  Exhausted,
}

export const FAULT_TEXT: string[] = [
  "division by 0",
  "MAXACTION exceeded",
  "MAXNESTING exceeded",
  "all functions exhausted",
];

/** Limits of the sandbox: not the script's to catch. */
export enum Limit {
  Fuel,
  Memory,
}

/** Address of the key buffer: nine keys. */
export const KEY_BUFFER = 16;
/** Address of the argument buffer; its size depends on the program. */
export const ARGUMENT_BUFFER = KEY_BUFFER + 9 * 8;

/** Aggregate functions by number, as the module passes them. */
export const STAT_FUNCTIONS: string[] = ["count", "sum", "min", "max", "avg", "variance"];
