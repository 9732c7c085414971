/**
 * Writes tapset/index.txt: which file of the script library may define a name. The compiler reads
 * only the files that a script reaches, and finds them here.
 *
 * One line each, sorted: `f NAME FILE` (function), `a ALIAS FILE` (probe alias, dotted as it is
 * written), `m NAME FILE` (macro), `g NAME FILE` (global). Private names are not listed: only
 * their own file sees them.
 *
 *     deno run -A tools/tapset_index.ts            writes the index
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the library is. */
export const TAPSET = join(dirname(dirname(fileURLToPath(import.meta.url))), "tapset");

/** The text with comments, embedded C and the contents of literals blanked, lines kept. */
export function blank(text: string): string {
  const pattern = /"(?:\\.|[^"\\\n])*"|%\{[\s\S]*?%\}|\/\*[\s\S]*?\*\/|\/\/[^\n]*|#[^\n]*/g;
  return text.replace(pattern, (part) => part[0] == '"' ? '""' : part.replace(/[^\n]/g, " "));
}

/** The index lines of one file. */
export function indexFile(name: string, text: string): string[] {
  const lines: string[] = [];
  const code = blank(text);
  for (const m of code.matchAll(/(^|\s)(private\s+)?function\s+([A-Za-z_]\w*)/g)) {
    if (!m[2]) lines.push(`f ${m[3]} ${name}`);
  }
  for (const m of code.matchAll(/@define\s+([A-Za-z_]\w*)/g)) lines.push(`m ${m[1]} ${name}`);
  for (const m of code.matchAll(/(^|\n)[ \t]*global\s+([^\n]*)/g)) {
    for (const part of m[2].split(",")) {
      const global = part.match(/^\s*([A-Za-z_]\w*)/);
      if (global) lines.push(`g ${global[1]} ${name}`);
    }
  }
  for (const m of code.matchAll(/(^|\n)probe\s+((?:[A-Za-z_][\w.]*\s*\+?=\s*)+)/g)) {
    for (const alias of m[2].split("=")) {
      const dotted = alias.replace("+", "").trim();
      if (dotted != "") lines.push(`a ${dotted} ${name}`);
    }
  }
  return lines;
}

/** The whole index. */
export function buildIndex(directory: string): string {
  const lines = new Set<string>();
  for (const entry of Deno.readDirSync(directory)) {
    if (!/\.stpm?$/.test(entry.name)) continue;
    const text = Deno.readTextFileSync(join(directory, entry.name));
    for (const line of indexFile(entry.name, text)) lines.add(line);
  }
  return [...lines].sort().join("\n") + "\n";
}

if (import.meta.main) Deno.writeTextFileSync(join(TAPSET, "index.txt"), buildIndex(TAPSET));
