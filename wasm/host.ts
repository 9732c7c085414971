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
  runtime?: string;
  config?: Record<string, string>;
}

interface Exports {
  memory: WebAssembly.Memory;
  tapir_abi(): number;
  tapir_alloc(size: number): number;
  tapir_add_file(name: number, nameLen: number, text: number, len: number, role: number): void;
  tapir_add_btf(name: number, nameLen: number, bytes: number, len: number): number;
  tapir_set_options(json: number, len: number): number;
  tapir_check(withPrograms: number): number;
  tapir_result(): number;
  tapir_result_length(): number;
  tapir_reset(): void;
}

const ABI_VERSION = 1;

/** The front end in one instance of the module. */
export class Checker {
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

  /** Adds a script to check. */
  addScript(name: string, text: string | Uint8Array): void {
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

  setOptions(options: CheckOptions): void {
    const [at, length] = this.put(JSON.stringify(options));
    this.accept(this.call((e) => e.tapir_set_options(at, length)));
  }

  /** Checks all scripts added since the last reset. */
  check(withPrograms = false): CheckResult {
    return JSON.parse(this.checkText(withPrograms));
  }

  /** As `check`, the JSON text as the module wrote it. */
  checkText(withPrograms = false): string {
    this.call((e) => e.tapir_check(withPrograms ? 1 : 0));
    return this.result();
  }

  /** Forgets scripts, options and BTF. */
  reset(): void {
    this.call((e) => e.tapir_reset());
  }

  private addFile(name: string, text: string | Uint8Array, role: number): void {
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
    const at = this.exports.tapir_result() >>> 0;
    const length = this.exports.tapir_result_length();
    return new TextDecoder().decode(new Uint8Array(this.exports.memory.buffer, at, length));
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
