/**
 * The kernel's oracle, opened when the first question is asked: a script without kernel probes
 * costs no look at the kernel's types.
 */
import { BtfOracle } from "../compiler/front/btf/oracle.ts";
import { openBtf } from "../compiler/front/btf/reader.ts";
import type { CType } from "../compiler/front/oracle/ctype.ts";
import {
  type GlobalVariable,
  type KernelFunction,
  KernelOracle,
  type Tracepoint,
} from "../compiler/front/oracle/oracle.ts";
import {
  btfOfFile,
  kernelBtf,
  kernelFunctions,
  moduleBtf,
} from "../compiler/debuginfo/kernel_image.ts";
import { kernelCache } from "../loader/kernels.ts";

export class LazyOracle extends KernelOracle {
  /** Why there are no types; "" as long as nothing failed. */
  problem = "";
  private opened: BtfOracle | null = null;
  private modules = new Set<string>();
  private symbolsRead = false;

  /** `btf`: a file to take the types from, instead of those of the kernel's own files. */
  constructor(private kernelRelease: string, private btf = "") {
    super();
  }

  available(): boolean {
    return this.oracle().available();
  }

  release(): string {
    return this.kernelRelease;
  }

  functions(pattern: string, module: string): KernelFunction[] {
    this.needModule(module);
    if (module == "") this.needSymbols();
    return this.oracle().functions(pattern, module);
  }

  tracepoints(system: string, pattern: string): Tracepoint[] {
    return this.oracle().tracepoints(system, pattern);
  }

  typeByName(name: string, module: string): CType | null {
    this.needModule(module);
    return this.oracle().typeByName(name, module);
  }

  enumerator(name: string): string {
    return this.oracle().enumerator(name);
  }

  similarFunctions(name: string): string[] {
    return this.oracle().similarFunctions(name);
  }

  override functionAbsence(name: string, module: string): string {
    return this.oracle().functionAbsence(name, module);
  }

  override globalVariable(name: string, file: string, module: string): GlobalVariable | null {
    this.needModule(module);
    return this.oracle().globalVariable(name, file, module);
  }

  override globalAbsence(name: string, module: string): string {
    return this.oracle().globalAbsence(name, module);
  }

  similarTracepoints(name: string): string[] {
    return this.oracle().similarTracepoints(name);
  }

  private oracle(): BtfOracle {
    if (this.opened != null) return this.opened;
    let bytes = new Uint8Array();
    try {
      const found = this.btf != ""
        ? btfOfFile(this.btf)
        : kernelBtf(this.kernelRelease, [kernelCache(this.kernelRelease)]).bytes;
      bytes = found as Uint8Array<ArrayBuffer>;
    } catch (error) {
      this.problem = (error as Error).message;
    }
    const data = openBtf(bytes, null);
    if (data.error != "" && this.problem == "") this.problem = data.error;
    this.image = data;
    this.opened = new BtfOracle(data, this.kernelRelease);
    return this.opened;
  }

  private image: ReturnType<typeof openBtf> | null = null;

  /** The names of the image's functions are read when the first function is looked for. */
  private needSymbols(): void {
    if (this.btf != "" || this.symbolsRead || !this.oracle().available()) return;
    this.symbolsRead = true;
    const text = kernelFunctions(this.kernelRelease, [kernelCache(this.kernelRelease)]);
    this.oracle().setSymbols(text);
  }

  /** A module's own types are read when the module is first named. */
  private needModule(module: string): void {
    if (this.btf != "" || module == "" || module.includes("*") || this.modules.has(module)) return;
    this.modules.add(module);
    const oracle = this.oracle();
    if (!oracle.available()) return;
    const bytes = moduleBtf(this.kernelRelease, module, [kernelCache(this.kernelRelease)]);
    if (bytes != null) oracle.addModule(module, openBtf(bytes, this.image));
  }
}
