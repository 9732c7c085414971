/** What the parser must know besides the text: arguments, target, and privileges. */
import { compareVersions } from "../source/glob.ts";

export class ParseOptions {
  /** Words after the script: `$1`, `@1`, ... */
  args: string[] = [];
  /** Full release of the target kernel: "6.1.0-25-cloud-amd64". */
  kernelRelease: string = "";
  /** SystemTap's word for the architecture: x86_64, i386, arm64, powerpc, ... */
  arch: string = "x86_64";
  /** The language version in force (`--compatible`). */
  systemtapVersion: string = "5.6";
  /** stapusr, stapsys or stapdev. */
  privilege: string = "stapdev";
  /** `-g`: user files may hold embedded C. */
  guru: bool = false;
  /** `--skip-badvars`: target variables that are not known are 0. */
  skipBadVariables: bool = false;
  /** `-u`: what has no effect is kept. */
  unoptimized: bool = false;
  /** Globals that nothing reads are shown at the end; `--no-global-var-display` says not. */
  displayGlobals: bool = true;
  /** kernel, dyninst or bpf: the engine's name in `%( runtime == ... %)`. */
  runtime: string = "kernel";
  /** The target's .config; an absent name is unset. */
  config: Map<string, string> = new Map<string, string>();
  /** For each argument, whether a user file has named it. Filled by parsing. */
  usedArgs: bool[] = [];

  /** Is the language version at least this one? */
  since(version: string): bool {
    return compareVersions(this.systemtapVersion, version) >= 0;
  }

  /** Notes that argument `index` (from 0) is in use. */
  markUsed(index: i32): void {
    while (this.usedArgs.length <= index) this.usedArgs.push(false);
    this.usedArgs[index] = true;
  }

  /** Notes that all arguments are in use (the script reads argc or argv). */
  markAllUsed(): void {
    for (let i: i32 = 0; i < this.args.length; i++) this.markUsed(i);
  }

  isUsed(index: i32): bool {
    return index < this.usedArgs.length && this.usedArgs[index];
  }
}
