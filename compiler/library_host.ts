/**
 * The library on this machine: tapset/ beside the program, read file by file on demand, and
 * directories given with -I, which are scanned whole.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NoOracle } from "./front/oracle/none.ts";
import { check, CheckRequest } from "./front/check.ts";
import { Library } from "./front/library/library.ts";
import { ParseOptions } from "./front/syntax/options.ts";
import { ScriptFile } from "./front/syntax/ast.ts";

/** Where the tapset is: a folder that holds index.txt. */
const TAPSET = new URL("../tapset/", import.meta.url);

export class HostLibrary extends Library {
  private paths = new Map<string, string>();

  constructor(directories: string[] = []) {
    super();
    for (const directory of directories) this.scan(directory);
    this.addIndex(readFileSync(new URL("index.txt", TAPSET), "latin1"));
  }

  /** Bytes of a library file, or null. */
  text(file: string): string | null {
    try {
      return readFileSync(this.paths.get(file) ?? new URL(file, TAPSET), "latin1");
    } catch {
      return null;
    }
  }

  /** Enters all that the `*.stp` and `*.stpm` files of a directory declare. */
  private scan(directory: string): void {
    for (const entry of readdirSync(directory, { recursive: true }) as string[]) {
      const path = join(directory, entry);
      if (entry.endsWith(".stp")) this.enterScript(path);
      else if (entry.endsWith(".stpm")) this.enterMacros(path);
    }
  }

  private enterScript(path: string): void {
    this.paths.set(path, path);
    const file = declarationsOf(path, readFileSync(path, "latin1"));
    for (const f of file.functions) this.add("f", f.name, path);
    for (const g of file.globals) if (!g.isPrivate) this.add("g", g.name, path);
    for (const alias of file.aliases) {
      for (const name of alias.names) {
        this.add("a", name.parts.map((part) => part.name).join("."), path);
      }
    }
  }

  private enterMacros(path: string): void {
    this.paths.set(path, path);
    const text = readFileSync(path, "latin1");
    for (const match of text.matchAll(/@define\s+(\w+)/g)) this.add("m", match[1], path);
  }
}

/** What a file declares, its errors left for when it is used. */
function declarationsOf(path: string, text: string): ScriptFile {
  const options = new ParseOptions();
  options.guru = true;
  const request = new CheckRequest(path, text, options, new EmptyLibrary(), new NoOracle(), []);
  request.parseOnly = true;
  return check(request).files[0];
}

class EmptyLibrary extends Library {
  text(_file: string): string | null {
    return null;
  }
}
