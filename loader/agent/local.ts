/** The agent of this machine's own kernel: sessions run in this process. */
import { resolve } from "node:path";
import type { SessionOptions, SessionResult, SessionSink } from "../types.ts";
import type { Agent } from "./agent.ts";

export class LocalAgent implements Agent {
  put(hostPath: string, _name: string): Promise<string> {
    return Promise.resolve(resolve(hostPath));
  }

  async run(options: SessionOptions, sink: SessionSink): Promise<SessionResult> {
    const { runSession } = await import("../session.ts");
    return await runSession(options, sink);
  }

  /** A session of this process handles SIGINT itself. */
  interrupt(): Promise<void> {
    return Promise.resolve();
  }

  async kernelLog(): Promise<string> {
    const out = await new Deno.Command("dmesg", { stdout: "piped", stderr: "null" }).output();
    return new TextDecoder().decode(out.stdout);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
