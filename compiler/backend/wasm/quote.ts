/** Texts as C literals, as the script library's functions give them. */
import { escapeBytes } from "./format.ts";

/** The inside of a C literal in `room` bytes with NUL, "..." after what did not fit. */
export function quoteText(input: string, room: number, quotes: boolean): string {
  const end = room - 4 - (quotes ? 1 : 0);
  if (end <= 0) return "";
  let kept = quotes ? '"' : "";
  let cut = false;
  for (let at = 0; at < input.length && !cut; at++) {
    const piece = escapeBytes(input[at]);
    if (kept.length + piece.length > end) cut = true;
    else kept += piece;
  }
  return kept + (quotes ? '"' : "") + (cut ? "..." : "");
}

/** The same in the room that a script asks for: all of a string's where it asks for nonsense. */
export function quoteBytes(input: string, all: number, asked: bigint, quotes: boolean): string {
  return quoteText(input, asked < 1n || asked > BigInt(all) ? all : Number(asked), quotes);
}
