/**
 * Runs AssemblyScript's compiler on the portable part of the tree. The one difference between the
 * two builds is made here: `portable/target.ts` is read from `target.as.ts`.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath } from "node:url";
// @ts-types="./asc.d.ts"
import asc from "assemblyscript/asc";

/** The checkout. */
export const ROOT: string = fileURLToPath(new URL("..", import.meta.url));

export interface Compiled {
  /** What the compiler printed: empty when all is well. */
  messages: string;
  /** Files written, by name. */
  files: Map<string, Uint8Array>;
}

/** Compiles entries (paths from the checkout) with asc's options; throws with its messages. */
export async function compile(entries: string[], options: string[]): Promise<Compiled> {
  const files = new Map<string, Uint8Array>();
  const { error, stderr } = await asc.main([...entries, ...options], {
    readFile(name: string): string | null {
      let file = path.resolve(ROOT, name);
      if (file.endsWith("/portable/target.ts")) file = file.replace(/\.ts$/, ".as.ts");
      return fs.existsSync(file) ? fs.readFileSync(file, "utf8") : null;
    },
    writeFile(name: string, contents: string | Uint8Array): void {
      const bytes = typeof contents === "string" ? new TextEncoder().encode(contents) : contents;
      files.set(name, bytes);
    },
    listFiles: (): string[] => [],
  });
  const messages = stderr.toString();
  if (error !== null) throw new Error(`${messages}\n${error.message}`);
  return { messages, files };
}

/** Every file that must compile under both compilers, as paths from the checkout. */
export function portableFiles(): string[] {
  const found: string[] = [];
  for (const folder of ["compiler/front", "compiler/probes"]) {
    const full = path.join(ROOT, folder);
    if (!fs.existsSync(full)) continue;
    for (const name of fs.readdirSync(full, { recursive: true }) as string[]) {
      const portable = name.endsWith(".ts") && !name.endsWith(".d.ts") &&
        !/(_test|testing|target|target\.as)\.ts$/.test(name);
      if (portable) found.push(path.join(folder, name));
    }
  }
  found.push("compiler/front/portable/target.ts");
  return found.sort();
}
