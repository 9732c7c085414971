/** printf conversions on byte strings (1 character = 1 byte). */

/** Flags, width and precision of one conversion, after `*` is resolved. */
export interface Directive {
  zero: boolean;
  plus: boolean;
  space: boolean;
  left: boolean;
  alternate: boolean;
  /** -1: none. */
  width: number;
  precision: number;
  conversion: string;
}

/** An integer by d u o x X p c b. */
export function formatLong(value: bigint, directive: Directive): string {
  switch (directive.conversion) {
    case "c": {
      const byte = String.fromCharCode(Number(BigInt.asUintN(8, value)));
      return pad(directive.alternate ? escapeChar(byte) : byte, directive);
    }
    case "b":
      return rawBytes(value, directive);
    case "o":
      return digits(
        BigInt.asUintN(64, value).toString(8),
        "",
        directive.alternate ? "0" : "",
        directive,
      );
    case "x":
    case "X": {
      const upper = directive.conversion === "X";
      const hex = BigInt.asUintN(64, value).toString(16);
      const prefix = directive.alternate ? (upper ? "0X" : "0x") : "";
      return digits(upper ? hex.toUpperCase() : hex, "", prefix, directive);
    }
    case "p":
      return digits(BigInt.asUintN(64, value).toString(16), "", "0x", directive);
    case "u":
      return digits(BigInt.asUintN(64, value).toString(), "", "", directive);
    default: {
      const sign = value < 0n ? "-" : directive.plus ? "+" : directive.space ? " " : "";
      return digits((value < 0n ? -value : value).toString(), sign, "", directive);
    }
  }
}

/** A string by s: precision cuts. SystemTap takes `#` here and does nothing with it. */
export function formatString(value: string, directive: Directive): string {
  const cut = directive.precision >= 0 ? value.slice(0, directive.precision) : value;
  return pad(cut, directive);
}

/** Bytes of memory by m (raw) or M (hexadecimal). */
export function formatMemory(bytes: Uint8Array, directive: Directive): string {
  let text = "";
  for (const byte of bytes) {
    text += directive.conversion === "M"
      ? byte.toString(16).padStart(2, "0")
      : String.fromCharCode(byte);
  }
  return pad(text, directive);
}

/** Sign, prefix, zeros, digits. Unlike C, `0` fills beside a precision, and 0 is never nothing. */
function digits(number: string, sign: string, prefix: string, directive: Directive): string {
  const body = number.padStart(directive.precision, "0");
  const used = sign.length + prefix.length + body.length;
  const fill = Math.max(0, directive.width - used);
  if (directive.left) return sign + prefix + body + " ".repeat(fill);
  if (directive.zero) return sign + prefix + "0".repeat(fill) + body;
  return " ".repeat(fill) + sign + prefix + body;
}

function pad(text: string, directive: Directive): string {
  return directive.left ? text.padEnd(directive.width) : text.padStart(directive.width);
}

/** The low bytes, least significant first: as many as precision, else width, else 8. */
function rawBytes(value: bigint, directive: Directive): string {
  const { precision, width } = directive;
  const count = precision > 0 ? precision : width > 0 ? width : 8;
  let text = "\0".repeat(Math.max(0, count - 8));
  for (let at = 0; at < Math.min(count, 8); at++) {
    text += String.fromCharCode(Number((value >> BigInt(8 * at)) & 0xffn));
  }
  return text;
}

const ESCAPES: Record<number, string> = {
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
  34: '\\"',
  92: "\\\\",
};

/** The inside of a C character: there the other quote needs an escape. */
function escapeChar(byte: string): string {
  return byte === '"' ? byte : byte === "'" ? "\\'" : escapeBytes(byte);
}

/** C escapes for bytes that are not printable ASCII. */
export function escapeBytes(text: string): string {
  let out = "";
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (ESCAPES[code]) out += ESCAPES[code];
    else if (code >= 32 && code < 127) out += text[at];
    else out += `\\${code.toString(8).padStart(3, "0")}`;
  }
  return out;
}
