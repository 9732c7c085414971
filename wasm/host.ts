/**
 * A host of the module for any JavaScript engine: Deno, Node.js, browsers. It uses no interface but
 * `WebAssembly`, `TextEncoder` and `TextDecoder`.
 *
 *     const checker = await Checker.load(bytesOfTheModule);
 *     checker.addScript("hello.stp", 'probe begin { println("hello") }');
 *     const result = checker.check();
 */

/** One place of a diagnostic; lines and columns count from 1, columns in bytes. */
export interface Place {
  file?: string;
  line?: number;
  column?: number;
  endLine?: number;
  endColumn?: number;
}

export interface CheckDiagnostic extends Place {
  code: string;
  severity: "error" | "warning";
  message: string;
  notes: (Place & { message: string })[];
  hints: string[];
}

export interface CheckResult {
  version: number;
  errors: number;
  warnings: number;
  diagnostics: CheckDiagnostic[];
  /** The typed program (IR) of each script if asked for; null where there are errors. */
  programs?: unknown[];
}

export interface CheckOptions {
  args?: string[];
  kernelRelease?: string;
  arch?: string;
  systemtapVersion?: string;
  privilege?: string;
  guru?: boolean;
  /** Target variables that are not known count as 0. */
  skipBadVariables?: boolean;
  runtime?: string;
  config?: Record<string, string>;
  /**
   * Form of `checkText`: "result" (what `check` gives, the default), or the diagnostics alone as
   * "json", as text for people ("human"), or one line each ("short").
   */
  format?: "result" | "json" | "human" | "short";
  /** Colours in the format "human". */
  color?: boolean;
}

/** What a check missed and the host can give: the kernel's types, its functions, a module's types. */
export type Wanted = "btf" | "functions" | `module ${string}`;

interface Exports {
  memory: WebAssembly.Memory;
  tapir_abi(): number;
  tapir_alloc(size: number): number;
  tapir_add_file(name: number, nameLen: number, text: number, len: number, role: number): void;
  tapir_add_btf(name: number, nameLen: number, bytes: number, len: number): number;
  tapir_set_options(json: number, len: number): number;
  tapir_check(withPrograms: number): number;
  tapir_warnings(): number;
  tapir_wanted(): number;
  tapir_forget_scripts(): void;
  tapir_result(): number;
  tapir_result_length(): number;
  tapir_reset(): void;
}

const ABI_VERSION = 1;

/** The front end in one instance of the module. */
export class Checker {
  /** Errors and warnings of the last check. */
  errors = 0;
  warnings = 0;

  private constructor(private module: WebAssembly.Module, private exports: Exports) {}

  /** Compiles and starts the module. */
  static async load(bytes: BufferSource): Promise<Checker> {
    const module = await WebAssembly.compile(bytes);
    const checker = new Checker(module, start(module));
    const version = checker.exports.tapir_abi();
    if (version !== ABI_VERSION) {
      throw new Error(`the module speaks ABI ${version}, not ${ABI_VERSION}`);
    }
    return checker;
  }

  /** Adds a script to check, or replaces the one of that name. */
  addScript(name: string | Uint8Array, text: string | Uint8Array): void {
    this.addFile(name, text, 0);
  }

  /** Adds a file to the script library, or replaces one. */
  addLibraryFile(name: string, text: string | Uint8Array): void {
    this.addFile(name, text, 1);
  }

  /** Adds the kernel's BTF, or (after it) that of a module. */
  addBtf(bytes: Uint8Array, module = ""): void {
    const [name, nameLength] = this.put(module);
    const [at, length] = this.put(bytes);
    this.accept(this.call((e) => e.tapir_add_btf(name, nameLength, at, length)));
  }

  /** Tells the functions that the kernel's image has: names in ascending order, one a line. */
  addFunctions(names: string | Uint8Array): void {
    this.addFile("", names, 2);
  }

  setOptions(options: CheckOptions): void {
    const [at, length] = this.put(JSON.stringify(options));
    this.accept(this.call((e) => e.tapir_set_options(at, length)));
  }

  /** Checks all scripts; the option `format` must be "result". */
  check(withPrograms = false): CheckResult {
    return JSON.parse(this.checkText(withPrograms));
  }

  /** As `check`, the text as the module wrote it, in the option's format. */
  checkText(withPrograms = false): string {
    return new TextDecoder().decode(this.checkBytes(withPrograms));
  }

  /** As `checkText`, the bytes: an excerpt of a script that is no UTF-8 is none either. */
  checkBytes(withPrograms = false): Uint8Array {
    this.errors = this.call((e) => e.tapir_check(withPrograms ? 1 : 0));
    const bytes = this.resultBytes();
    this.warnings = this.call((e) => e.tapir_warnings());
    return bytes;
  }

  /** What the last check would have used; after it was given, check again. */
  wanted(): Wanted[] {
    this.call((e) => e.tapir_wanted());
    return this.result().split("\n").filter((line) => line != "") as Wanted[];
  }

  /** Forgets the scripts and keeps library, options and BTF. */
  forgetScripts(): void {
    this.call((e) => e.tapir_forget_scripts());
  }

  /** Bytes of memory that the instance has. */
  memorySize(): number {
    return this.exports.memory.buffer.byteLength;
  }

  /** Forgets scripts, options and BTF. */
  reset(): void {
    this.call((e) => e.tapir_reset());
  }

  private addFile(name: string | Uint8Array, text: string | Uint8Array, role: number): void {
    const [nameAt, nameLength] = this.put(name);
    const [at, length] = this.put(text);
    this.call((e) => e.tapir_add_file(nameAt, nameLength, at, length, role));
  }

  private put(data: string | Uint8Array): [number, number] {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    const at = this.exports.tapir_alloc(bytes.length) >>> 0;
    new Uint8Array(this.exports.memory.buffer, at, bytes.length).set(bytes);
    return [at, bytes.length];
  }

  private result(): string {
    return new TextDecoder().decode(this.resultBytes());
  }

  /** A copy: the module's memory changes with the next call. */
  private resultBytes(): Uint8Array {
    const at = this.exports.tapir_result() >>> 0;
    const length = this.exports.tapir_result_length();
    return new Uint8Array(this.exports.memory.buffer, at, length).slice();
  }

  private accept(status: number): void {
    if (status !== 0) throw new Error(this.result());
  }

  /** A trap is a bug of the module: it says so, and the next call finds a fresh instance. */
  private call<T>(action: (exports: Exports) => T): T {
    try {
      return action(this.exports);
    } catch (error) {
      const said = this.result();
      this.exports = start(this.module);
      const what = said.startsWith("internal error") ? said : `internal error: ${error}`;
      throw new Error(what);
    }
  }
}

function start(module: WebAssembly.Module): Exports {
  return new WebAssembly.Instance(module, {}).exports as unknown as Exports;
}
