/** Pass 5: a built module runs on its agent, and its output goes where the options say. */
import { resolve } from "node:path";
import type { Agent } from "../loader/agent/agent.ts";
import { LocalAgent } from "../loader/agent/local.ts";
import type { SessionOptions, SessionResult, SessionSink } from "../loader/types.ts";
import type { Host } from "./host.ts";
import type { Settings } from "./options.ts";
import type { ScriptOutput } from "./output.ts";
import type { Target } from "./target.ts";

/** Runs the module; the status is the session's. */
export async function execute(
  modulePath: string,
  moduleName: string,
  target: Target,
  settings: Settings,
  output: ScriptOutput | null,
  host: Host,
): Promise<SessionResult> {
  const agent: Agent = target.machine ? await host.machine(target.kernel) : new LocalAgent();
  let interrupts = 0;
  const stopRotating = listenForRotation(output);
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
    if (settings.flight) options.flight = true;
    const sink: SessionSink = {
      stdout: (bytes) => output != null ? output.write(bytes) : host.stdout(bytes),
      stderr: (bytes) => host.stderr(bytes),
    };
    if (settings.record) {
      // The script's own output makes room for the recording where both are on the terminal.
      sink.stdout = (bytes) => output != null ? host.stdout(bytes) : host.stderr(bytes);
      sink.event = (lines) => {
        const bytes = new TextEncoder().encode(lines);
        return output != null ? output.write(bytes) : host.stdout(bytes);
      };
    }
    if (settings.bulk && output != null) {
      options.bulk = true;
      sink.bulk = (cpu, bytes) => output.writeBulk(cpu, bytes);
    }
    return await agent.run(options, sink);
  } finally {
    stopListening();
    stopRotating();
    if (target.machine) await host.release(agent);
  }
}

/** SIGUSR2 changes to the next output file; gives the function that stops listening. */
function listenForRotation(output: ScriptOutput | null): () => void {
  if (output == null) return () => {};
  const rotate = () => output.rotate();
  Deno.addSignalListener("SIGUSR2", rotate);
  return () => Deno.removeSignalListener("SIGUSR2", rotate);
}

/** -A: reads a flight recorder of this machine's kernel. */
export async function attachTo(
  module: string,
  settings: Settings,
  output: ScriptOutput | null,
  host: Host,
): Promise<SessionResult> {
  const options: SessionOptions = { modulePath: "", moduleName: "", attach: module };
  if (settings.timeoutMs != 0) options.timeoutMs = settings.timeoutMs;
  if (settings.noWarnings) options.suppressWarnings = true;
  const stopRotating = listenForRotation(output);
  try {
    return await new LocalAgent().run(options, {
      stdout: (bytes) => output != null ? output.write(bytes) : host.stdout(bytes),
      stderr: (bytes) => host.stderr(bytes),
    });
  } finally {
    stopRotating();
  }
}
