/** Texts as C literals, as the script library's functions give them. */
import { escapeBytes } from "./format.ts";

/** Length of the UTF-8 sequence of two and more bytes that starts at a place; 0 if none does. */
function sequenceAt(text: string, at: number): number {
  const first = text.charCodeAt(at);
  const length = first >= 0xc2 && first < 0xe0
    ? 2
    : first >= 0xe0 && first < 0xf0
    ? 3
    : first >= 0xf0 && first < 0xf5
    ? 4
    : 0;
  for (let i = 1; i < length; i++) {
    if ((text.charCodeAt(at + i) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** The text as pieces of escapes: one per byte, or per character beyond ASCII. */
function pieces(text: string): string[] {
  const list: string[] = [];
  for (let at = 0; at < text.length;) {
    const length = sequenceAt(text, at);
    if (length === 0) {
      list.push(escapeBytes(text[at++]));
      continue;
    }
    let code = text.charCodeAt(at) & (0x7f >> length);
    for (let i = 1; i < length; i++) code = code << 6 | text.charCodeAt(at + i) & 0x3f;
    const wide = code > 0xffff;
    const digits = code.toString(16).toUpperCase().padStart(wide ? 8 : 4, "0");
    list.push(`\\${wide ? "U" : "u"}${digits}`);
    at += length;
  }
  return list;
}

/**
 * The inside of a C literal in `room` bytes with NUL. With quotes, "..." follows what did not fit;
 * the quotes and it stand even where there is no room for them.
 */
export function quoteText(input: string, room: number, quotes: boolean): string {
  const list = pieces(input);
  const whole = list.join("");
  const fits = room - 1 - (quotes ? 2 : 0);
  if (whole.length <= fits) return quotes ? `"${whole}"` : whole;
  const end = quotes ? fits - 3 : fits;
  let kept = "";
  for (const piece of list) {
    if (kept.length + piece.length > end) break;
    kept += piece;
  }
  return quotes ? `"${kept}"...` : kept;
}

/** The same in the length that a script asks for: all of a string's where it asks for nonsense. */
export function quoteBytes(input: string, all: number, asked: bigint, quotes: boolean): string {
  const room = asked < 1n || asked >= BigInt(all) ? all : Number(asked) + 1;
  return quoteText(input, room, quotes);
}

/** Bytes of memory that are looked at in one go. */
const BLOCK = 32;
/** What a literal has beside its escapes: its end's quote, "...", and NUL. */
const AROUND = 5;

/**
 * `count` bytes of memory as a C literal, NULs too, in `asked` bytes with NUL (all of a string's
 * where that makes no sense); null on a fault. What does not fit is not looked at, but for the rest
 * of its block.
 */
export function quoteMemory(
  peek: (offset: bigint, size: number) => Uint8Array | null,
  count: bigint,
  all: number,
  asked: bigint,
): string | null {
  const end = Math.max(0, (asked < 1n || asked > BigInt(all) ? all : Number(asked)) - AROUND);
  const quote = end > 0 ? '"' : "";
  let kept = quote;
  for (let at = 0n; at < count; at += BigInt(BLOCK)) {
    const left = count - at;
    const bytes = peek(at, left < BigInt(BLOCK) ? Number(left) : BLOCK);
    if (bytes === null) return null;
    for (const byte of bytes) {
      const piece = byte === 0 ? "\\0" : escapeBytes(String.fromCharCode(byte));
      if (kept.length + piece.length > end) return end > 0 ? `${kept}${quote}...` : "";
      kept += piece;
    }
  }
  return kept + quote;
}
