/**
 * The kernel's oracle in the module: it answers from what the host has given and notes what was
 * asked for in vain, so that a host gives only what a script needs.
 */
import { BtfData } from "../compiler/front/btf/reader.ts";
import { BtfOracle } from "../compiler/front/btf/oracle.ts";
import { CType } from "../compiler/front/oracle/ctype.ts";
import { KernelFunction, Tracepoint } from "../compiler/front/oracle/oracle.ts";

export class WantingOracle extends BtfOracle {
  /** What was missed: "btf", "functions", "module NAME"; each once. */
  wanted: string[] = [];
  /** Release of the kernel as the options name it. */
  named: string = "";
  private given: string[] = [];
  private listed: bool = false;

  constructor(data: BtfData) {
    super(data, "");
  }

  override release(): string {
    return this.named;
  }

  override addModule(name: string, data: BtfData): void {
    this.given.push(name);
    super.addModule(name, data);
  }

  override setSymbols(text: string): void {
    this.listed = true;
    super.setSymbols(text);
  }

  override available(): bool {
    const there = super.available();
    if (!there) this.want("btf");
    return there;
  }

  override functions(pattern: string, module: string): KernelFunction[] {
    this.missModule(module);
    if (module == "" && this.available() && !this.listed) this.want("functions");
    return super.functions(pattern, module);
  }

  override tracepoints(system: string, pattern: string): Tracepoint[] {
    this.available();
    return super.tracepoints(system, pattern);
  }

  override typeByName(name: string, module: string): CType | null {
    this.missModule(module);
    return super.typeByName(name, module);
  }

  override enumerator(name: string): string {
    this.available();
    return super.enumerator(name);
  }

  private missModule(module: string): void {
    if (!this.available() || module == "" || module.includes("*")) return;
    if (!this.given.includes(module)) this.want("module " + module);
  }

  private want(what: string): void {
    if (!this.wanted.includes(what)) this.wanted.push(what);
  }
}
