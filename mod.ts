/**
 * Tapir as a library: look for mistakes in a script, build it, run it. The command line
 * (`cli/main.ts`) does the same with options and a terminal.
 */
import { main } from "./cli/app.ts";
import { Analysis } from "./cli/analysis.ts";
import { TerminalHost } from "./cli/host.ts";
import { defaultSettings } from "./cli/options.ts";
import { Severity } from "./compiler/front/source/diagnostics.ts";
import type { Program } from "./compiler/front/ir/ir.ts";
import { programToJson } from "./compiler/front/ir/json.ts";
import { bootableKernels, kernel, matchRelease, runningRelease } from "./loader/kernels.ts";
import type { Manifest } from "./loader/types.ts";
import { readManifest } from "./loader/module_file.ts";

export { kernels } from "./loader/kernels.ts";
export type { Kernel } from "./loader/kernels.ts";
export type { Manifest } from "./loader/types.ts";

/** What a script is and what it is for. */
export interface ScriptRequest {
  /** The script's text. */
  script: string;
  /** Kernel release or version; the running kernel, or else the newest one with headers. */
  release?: string;
  /** `$1`, `@1`, ... */
  args?: string[];
  /** Guru mode. */
  guru?: boolean;
  /** Other options, as on the command line. */
  options?: string[];
}

/** A place in a script: file, line and column from 1. */
export interface Place {
  file: string;
  line: number;
  column: number;
}

export interface Problem {
  /** Stable: E0305, W0110. */
  code: string;
  severity: "error" | "warning";
  text: string;
  place: Place | null;
  notes: { place: Place; text: string }[];
  hints: string[];
}

export interface CheckOutcome {
  ok: boolean;
  problems: Problem[];
  /** The typed program as JSON, if there are no errors. */
  programJson: string | null;
  program: Program | null;
}

export interface RunOutcome {
  status: number;
  stdout: Uint8Array;
  stderr: string;
}

export interface BuildOutcome {
  status: number;
  /** Path of the module; "" if it was not built. */
  path: string;
  manifest: Manifest | null;
  stderr: string;
}

/** Passes 1 and 2: what is wrong with a script, and the typed program if nothing is. */
export async function check(request: ScriptRequest): Promise<CheckOutcome> {
  const settings = defaultSettings();
  settings.script = request.script;
  settings.args = request.args ?? [];
  settings.guru = request.guru ?? false;
  const analysis = await Analysis.open(
    settings,
    kernel(chosenRelease(request)),
    new TerminalHost(),
  );
  analysis.parse();
  const list = analysis.takeDiagnostics();
  const broken = list.some((d) => d.message.severity == Severity.Error);
  const program = broken ? null : analysis.analyse();
  list.push(...analysis.takeDiagnostics());
  const place = (span: { source: { name: string }; line: number; column: number }): Place => ({
    file: span.source.name,
    line: span.line,
    column: span.column,
  });
  const problems = list.map((d): Problem => ({
    code: d.message.name(),
    severity: d.message.severity == Severity.Error ? "error" : "warning",
    text: d.text(),
    place: d.span == null ? null : place(d.span),
    notes: d.notes.map((note) => ({ place: place(note.span), text: note.text })),
    hints: d.hints,
  }));
  return {
    ok: program != null,
    problems,
    program,
    programJson: program == null ? null : programToJson(program),
  };
}

/** Passes 1 to 4: a kernel module in the cache. */
export async function compile(request: ScriptRequest): Promise<BuildOutcome> {
  const outcome = await command(["-p4", "-r", chosenRelease(request), ...words(request)]);
  const path = new TextDecoder().decode(outcome.stdout).trim();
  const manifest = outcome.status == 0 ? readManifest(Deno.readFileSync(path)) : null;
  return { status: outcome.status, path, manifest, stderr: outcome.stderr };
}

/** All passes: runs the script to its end and keeps what it prints. */
export async function run(request: ScriptRequest): Promise<RunOutcome> {
  const release = request.release == null ? [] : ["-r", request.release];
  return await command([...release, ...words(request)]);
}

/** Probe points that match a pattern, as -l prints them. */
export async function list(pattern: string, release?: string): Promise<string[]> {
  const outcome = await command([...(release == null ? [] : ["-r", release]), "-l", pattern]);
  if (outcome.status != 0) throw new Error(outcome.stderr.trim());
  return new TextDecoder().decode(outcome.stdout).split("\n").filter((line) => line != "");
}

function words(request: ScriptRequest): string[] {
  const guru = request.guru ? ["-g"] : [];
  return [...guru, ...(request.options ?? []), "-e", request.script, ...(request.args ?? [])];
}

function chosenRelease(request: ScriptRequest): string {
  if (request.release != null) return matchRelease(request.release) || request.release;
  const running = runningRelease();
  return kernel(running).build != "" ? running : bootableKernels()[0]?.release ?? running;
}

/** A host that keeps what a command prints. */
class KeepingHost extends TerminalHost {
  out: Uint8Array[] = [];
  err: Uint8Array[] = [];
  override color = false;

  override stdout(bytes: Uint8Array): void {
    this.out.push(bytes.slice());
  }

  override stderr(bytes: Uint8Array): void {
    this.err.push(bytes.slice());
  }
}

async function command(line: string[]): Promise<RunOutcome> {
  const host = new KeepingHost();
  const status = await main(line, host);
  const joined = (parts: Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]));
  return { status, stdout: joined(host.out), stderr: new TextDecoder().decode(joined(host.err)) };
}
