/** Pass 5 on the WebAssembly engine: the program runs in this process. */
import type { Program } from "../compiler/front/ir/ir.ts";
import { compileForSession, runWasm, type WasmOptions, wasmText } from "../loader/wasm_engine.ts";
import type { SessionResult } from "../loader/types.ts";
import type { ScriptOutput } from "./output.ts";
import { plainReason } from "./reason.ts";
import type { Host } from "./host.ts";
import type { Settings } from "./options.ts";

/** The engine's options from the command line's; throws if the recording cannot be read. */
export function wasmOptions(settings: Settings): WasmOptions {
  const options: WasmOptions = { defines: {} };
  for (const define of settings.defines) {
    const at = define.indexOf("=");
    const name = at < 0 ? define : define.slice(0, at);
    options.defines![name] = at < 0 ? "1" : define.slice(at + 1);
  }
  if (settings.pid != 0) options.targetPid = settings.pid;
  if (settings.command != null) options.command = settings.command;
  if (settings.timeoutMs != 0) options.timeoutMs = settings.timeoutMs;
  options.globals = settings.globals;
  options.suppressWarnings = settings.noWarnings;
  options.suppressTimeLimits = settings.suppressTimeLimits;
  options.suppressHandlerErrors = settings.suppressHandlerErrors;
  if (settings.sandboxMemoryMb != 0) options.maxMemory = settings.sandboxMemoryMb * 1024 * 1024;
  if (settings.sandboxSteps != 0) options.fuel = BigInt(settings.sandboxSteps);
  if (settings.replay != "") {
    try {
      const bytes = Deno.readFileSync(settings.replay);
      options.replay = new TextDecoder().decode(bytes);
    } catch (error) {
      throw new Error(`cannot read ${settings.replay}: ${plainReason(error)}`);
    }
  }
  return options;
}

/** Prints the module of a program as text. */
export async function printWasmText(
  program: Program,
  settings: Settings,
  host: Host,
): Promise<void> {
  host.print(await wasmText(compileForSession(program, wasmOptions(settings)).binary));
}

/** Runs a program; Ctrl-C ends the session in order. */
export async function executeWasm(
  program: Program,
  settings: Settings,
  output: ScriptOutput | null,
  host: Host,
): Promise<SessionResult> {
  const interrupt = new AbortController();
  const stopListening = host.onInterrupt(() => interrupt.abort());
  try {
    const options = wasmOptions(settings);
    options.signal = interrupt.signal;
    return await runWasm(program, options, {
      stdout: (bytes) => output != null ? output.write(bytes) : host.stdout(bytes),
      stderr: (bytes) => host.stderr(bytes),
    });
  } finally {
    stopListening();
  }
}
