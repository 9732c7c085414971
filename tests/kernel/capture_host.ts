/** A host for whole command lines that keeps what they print. */
import { main } from "../../cli/app.ts";
import type { Host } from "../../cli/host.ts";
import type { Agent } from "../../loader/agent/agent.ts";
import type { Kernel } from "../../loader/kernels.ts";
import { VmAgent } from "../../loader/vm/machine.ts";
import type { Ran } from "./guest.ts";

export class CaptureHost implements Host {
  color = false;
  private out = "";
  private err = "";
  private booted: VmAgent | null = null;

  /** Runs one command line. */
  async run(words: string[]): Promise<Ran> {
    this.out = "";
    this.err = "";
    const status = await main(words, this);
    return { status, stdout: this.out, stderr: this.err };
  }

  stdout(bytes: Uint8Array): void {
    this.out += new TextDecoder("latin1").decode(bytes);
  }

  stderr(bytes: Uint8Array): void {
    this.err += new TextDecoder("latin1").decode(bytes);
  }

  print(text: string): void {
    this.out += text;
  }

  error(text: string): void {
    this.err += text;
  }

  async machine(kernel: Kernel): Promise<Agent> {
    return this.booted ??= await VmAgent.start(kernel);
  }

  release(_agent: Agent): Promise<void> {
    return Promise.resolve();
  }

  async close(): Promise<void> {
    await this.booted?.close();
  }

  standardInput(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array());
  }

  onInterrupt(_callback: () => void): () => void {
    return () => {};
  }
}
