/**
 * The script library as the analyser sees it: an index from names to files, and file texts on
 * demand. Only files that a script reaches are read.
 *
 * The index is text, one entry a line: `f NAME FILE` function, `a ALIAS.NAME FILE` probe alias,
 * `m NAME FILE` macro, `g NAME FILE` global. Several lines may name one thing: preprocessor
 * conditions decide when the files are parsed. Lines that start with `#` are comments.
 */
import { lookup } from "../portable/target.ts";
import { globMatch } from "../source/glob.ts";

export abstract class Library {
  private functions: Map<string, string[]> = new Map<string, string[]>();
  private globals: Map<string, string[]> = new Map<string, string[]>();
  private macros: Map<string, string[]> = new Map<string, string[]>();
  private functionList: string[] = [];
  private aliasNames: string[] = [];
  private aliasParts: string[][] = [];
  private aliasFiles: string[] = [];

  /** Bytes of a file of the index, or null if it cannot be read. */
  abstract text(file: string): string | null;

  /** Adds the lines of an index. */
  addIndex(index: string): void {
    const lines = index.split("\n");
    for (let i: i32 = 0; i < lines.length; i++) {
      const line = lines[i];
      if (line.length < 4 || line.charAt(1) != " " || line.startsWith("#")) continue;
      // The rest of the line is the file, whose name may have spaces.
      const end: i32 = line.indexOf(" ", 2);
      if (end > 2) this.add(line.charAt(0), line.substring(2, end), line.substring(end + 1));
    }
  }

  /** Adds one entry; `kind` is f, a, m or g. */
  add(kind: string, name: string, file: string): void {
    if (kind == "a") {
      this.aliasNames.push(name);
      this.aliasParts.push(name.split("."));
      this.aliasFiles.push(file);
      return;
    }
    const table = kind == "f" ? this.functions : (kind == "m" ? this.macros : this.globals);
    const files = lookup(table, name);
    if (files == null) {
      table.set(name, [file]);
      if (kind == "f") this.functionList.push(name);
    } else if (!files.includes(file)) files.push(file);
  }

  functionFiles(name: string): string[] {
    const files = lookup(this.functions, name);
    return files == null ? [] : files;
  }

  globalFiles(name: string): string[] {
    const files = lookup(this.globals, name);
    return files == null ? [] : files;
  }

  macroFiles(name: string): string[] {
    const files = lookup(this.macros, name);
    return files == null ? [] : files;
  }

  /** Files with aliases that the parts of a probe point (names only, maybe globs) may name. */
  aliasFilesFor(parts: string[]): string[] {
    const found: string[] = [];
    for (let i: i32 = 0; i < this.aliasNames.length; i++) {
      if (!aliasReaches(this.aliasParts[i], parts)) continue;
      if (!found.includes(this.aliasFiles[i])) found.push(this.aliasFiles[i]);
    }
    return found;
  }

  functionNames(): string[] {
    return this.functionList;
  }

  allAliasNames(): string[] {
    return this.aliasNames;
  }
}

/** Does the point begin with the alias name? */
function aliasReaches(name: string[], parts: string[]): bool {
  for (let i: i32 = 0; i < name.length; i++) {
    if (i >= parts.length) return false;
    if (parts[i].includes("**")) return true;
    if (!globMatch(parts[i], name[i])) return false;
  }
  return true;
}

/** A library whose texts are given beforehand. */
export class MemoryLibrary extends Library {
  private texts: Map<string, string> = new Map<string, string>();

  addFile(name: string, text: string): void {
    this.texts.set(name, text);
  }

  text(file: string): string | null {
    return lookup(this.texts, file);
  }
}
