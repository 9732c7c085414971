/** Pass 5: a built module runs on its agent, and its output goes where the options say. */
import { resolve } from "node:path";
import type { Agent } from "../loader/agent/agent.ts";
import { LocalAgent } from "../loader/agent/local.ts";
import type { SessionOptions, SessionResult, SessionSink } from "../loader/types.ts";
import type { Host } from "./host.ts";
import type { Settings } from "./options.ts";
import type { Target } from "./target.ts";

/** The output file of -o; opened before anything is built, so that a bad one costs nothing. */
export class OutputFile {
  private constructor(private file: Deno.FsFile, private path: string) {}

  static open(path: string): OutputFile {
    return new OutputFile(
      Deno.openSync(path, { write: true, create: true, truncate: true }),
      path,
    );
  }

  write(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length;) at += this.file.writeSync(bytes.subarray(at));
    } catch (error) {
      throw new Error(`cannot write to ${this.path}: ${plainReason(error)}`);
    }
  }

  close(): void {
    this.file.close();
  }
}

/** An operating system's error without Deno's decoration: "No space left on device". */
export function plainReason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/ \(os error \d+\).*$/s, "").replace(/: (open|writefile|stat).*$/s, "");
}

/** Runs the module; the status is the session's. */
export async function execute(
  modulePath: string,
  moduleName: string,
  target: Target,
  settings: Settings,
  output: OutputFile | null,
  host: Host,
): Promise<SessionResult> {
  const agent: Agent = target.machine ? await host.machine(target.kernel) : new LocalAgent();
  let interrupts = 0;
  const stopListening = target.machine
    ? host.onInterrupt(() => {
      interrupts++;
      // A second Ctrl-C does not wait for the script's end probes.
      if (interrupts > 1) void agent.close();
      else void agent.interrupt();
    })
    : () => {};
  try {
    const options: SessionOptions = {
      modulePath: target.machine
        ? await agent.put(modulePath, `${moduleName}.ko`)
        : resolve(modulePath),
      moduleName,
    };
    if (settings.pid != 0) options.targetPid = settings.pid;
    if (settings.moduleName == "" && settings.ownName) options.ownName = true;
    if (settings.command != null) options.command = settings.command;
    if (!target.machine) options.inheritInput = true;
    if (settings.timeoutMs != 0) options.timeoutMs = settings.timeoutMs;
    if (settings.globals.length > 0) options.globals = settings.globals;
    if (settings.bufferMb != 0) options.bufferMb = settings.bufferMb;
    if (settings.noWarnings) options.suppressWarnings = true;
    const sink: SessionSink = {
      stdout: (bytes) => output != null ? output.write(bytes) : host.stdout(bytes),
      stderr: (bytes) => host.stderr(bytes),
    };
    return await agent.run(options, sink);
  } finally {
    stopListening();
    if (target.machine) await host.release(agent);
  }
}
