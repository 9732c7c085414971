/**
 * The names of the functions that are really there in a kernel's image. Types list functions that
 * the compiler put into their callers or removed, and leave out others that a probe can use.
 */
import { KernelFunction } from "./oracle.ts";

/** Before the name of a function that other files can name: it is listed twice. */
const GLOBAL_MARK: string = "+";

/** A sorted list of names, searched in the text that it came in. */
export class SymbolList {
  /** `text`: names in ascending order of their bytes, each followed by a newline. */
  constructor(private text: string) {}

  has(name: string): bool {
    return !name.startsWith(GLOBAL_MARK) && this.lists(name);
  }

  private lists(name: string): bool {
    if (name == "" || name.indexOf("\n") >= 0) return false;
    const at: i32 = this.lowerBound(name);
    return at < this.text.length && this.lineAt(at) == name;
  }

  /** How many functions have the name. */
  times(name: string): i32 {
    if (!this.has(name)) return 0;
    let count: i32 = 0;
    let at: i32 = this.lowerBound(name);
    while (at < this.text.length && this.lineAt(at) == name) {
      count++;
      at += name.length + 1;
    }
    return count;
  }

  /** Can other files name the function: 1 yes, 0 no (static), -1 if the list does not tell of any. */
  exported(name: string): i32 {
    if (this.lists(GLOBAL_MARK + name)) return 1;
    const at: i32 = this.lowerBound(GLOBAL_MARK);
    return at < this.text.length && this.lineAt(at).startsWith(GLOBAL_MARK) ? 0 : -1;
  }

  /** What the compiler made of the function instead: its copies, such as `name.isra.0`. */
  copies(name: string): string[] {
    const found: string[] = [];
    const prefix = name + ".";
    let at: i32 = this.lowerBound(prefix);
    while (at < this.text.length) {
      const line = this.lineAt(at);
      if (!line.startsWith(prefix)) break;
      // The rarely executed part of a function is no copy of it.
      const known = found.length > 0 && found[found.length - 1] == line;
      if (!known && line.indexOf(".cold", name.length) < 0) found.push(line);
      at += line.length + 1;
    }
    return found;
  }

  /** Those of `all` that are there; functions of modules are not judged. */
  present(all: KernelFunction[]): KernelFunction[] {
    const found: KernelFunction[] = [];
    let at: i32 = 0;
    let line = "";
    let last = "";
    for (let i: i32 = 0; i < all.length; i++) {
      const name = all[i].name;
      if (all[i].module != "") {
        found.push(all[i]);
        continue;
      }
      // Most often they come in order: the list is then walked once.
      if (last == "" || name < last) {
        at = this.lowerBound(name);
        line = this.lineAt(at);
      }
      last = name;
      while (at < this.text.length && line < name) {
        at += line.length + 1;
        line = this.lineAt(at);
      }
      if (at < this.text.length && line == name) found.push(all[i]);
    }
    return found;
  }

  /** Where the first line begins that is not before `name`. */
  private lowerBound(name: string): i32 {
    let low: i32 = 0;
    let high: i32 = this.text.length;
    while (low < high) {
      const middle: i32 = (low + high) >> 1;
      const start: i32 = middle == 0 ? 0 : this.text.lastIndexOf("\n", middle - 1) + 1;
      const line = this.lineAt(start);
      if (line < name) low = start + line.length + 1;
      else high = start;
    }
    return low;
  }

  private lineAt(start: i32): string {
    const end: i32 = this.text.indexOf("\n", start);
    return end < 0 ? this.text.substring(start) : this.text.substring(start, end);
  }
}
