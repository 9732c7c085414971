/**
 * What a command has at hand: its output streams and the agents of its kernels. The terminal is
 * one host; the corpus runner is another, which keeps the output and shares one VM.
 */
import type { Agent } from "../loader/agent/agent.ts";
import type { Kernel } from "../loader/kernels.ts";

export interface Host {
  /** Standard output, awaited by sessions; the bytes are to be copied if they are kept. */
  stdout(bytes: Uint8Array): Promise<void> | void;
  stderr(bytes: Uint8Array): Promise<void> | void;
  print(text: string): void;
  error(text: string): void;
  /** Colours may be used for messages. */
  color: boolean;
  /** The agent that boots (or has booted) this kernel in a throwaway VM. */
  machine(kernel: Kernel): Promise<Agent>;
  /** Done with the agent of `machine`. */
  release(agent: Agent): Promise<void>;
  standardInput(): Promise<Uint8Array>;
  /** Calls back on Ctrl-C; gives the function that stops listening. */
  onInterrupt(callback: () => void): () => void;
}

/** The terminal. */
export class TerminalHost implements Host {
  color = Deno.stderr.isTerminal() && !Deno.noColor;

  stdout(bytes: Uint8Array): void {
    writeAll(Deno.stdout, bytes);
  }

  stderr(bytes: Uint8Array): void {
    writeAll(Deno.stderr, bytes);
  }

  print(text: string): void {
    this.stdout(new TextEncoder().encode(text));
  }

  error(text: string): void {
    this.stderr(new TextEncoder().encode(text));
  }

  async machine(kernel: Kernel): Promise<Agent> {
    const { VmAgent } = await import("../loader/vm/machine.ts");
    return await VmAgent.start(kernel);
  }

  async release(agent: Agent): Promise<void> {
    await agent.close();
  }

  async standardInput(): Promise<Uint8Array> {
    return new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer());
  }

  onInterrupt(callback: () => void): () => void {
    Deno.addSignalListener("SIGINT", callback);
    Deno.addSignalListener("SIGTERM", callback);
    return () => {
      Deno.removeSignalListener("SIGINT", callback);
      Deno.removeSignalListener("SIGTERM", callback);
    };
  }
}

function writeAll(to: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
}
