/**
 * The doors of the loader: what a build product is, what a session takes and gives.
 * Session code and agents on one side, the command line on the other, meet only here.
 */

/** What a back end hands to the loader beside the C text. Stored in the module (`tapir` section). */
export interface Manifest {
  version: 1;
  /** Module name: [a-z0-9_]+, at most 55 characters. */
  module: string;
  /** Kernel release that it was built for. */
  release: string;
  /** One per probe row, in row order. */
  probes: { family: string; point: string; name: string }[];
  /** Kernel symbols whose addresses the module is given when it is loaded; module "" is the image. */
  symbols?: { name: string; module: string }[];
  /** Scalar globals that -G may set: name and type. */
  globals: { name: string; type: "long" | "string" }[];
}

/** The C back end's product: one C file that includes the headers of runtime-c. */
export interface CProduct {
  source: string;
  manifest: Manifest;
}

/** How to run a module. Times in milliseconds. */
export interface SessionOptions {
  /** Path of the .ko as seen by the process that runs the session. */
  modulePath: string;
  /** The name that it was built with. */
  moduleName: string;
  /** Load it under a name of this session's own, beside others of the same build. */
  ownName?: boolean;
  /** -x */
  targetPid?: number;
  /** -c, run by `/bin/sh -c`; its pid is target(); the session ends when it exits. */
  command?: string;
  /** The command reads this process's standard input; else nothing. */
  inheritInput?: boolean;
  /** -T */
  timeoutMs?: number;
  /** -G NAME=VALUE */
  globals?: [string, string][];
  /** Per-CPU buffer, MiB (-s). */
  bufferMb?: number;
  /** -w */
  suppressWarnings?: boolean;
  /** -b: output goes to the sink's `bulk`, if it has one. */
  bulk?: boolean;
  /** -F without a file: start, leave the module running and give its name. */
  flight?: boolean;
  /** -A: read what this module's flight recorder keeps; modulePath and moduleName are not used. */
  attach?: string;
}

/**
 * Where a session's bytes go. Called in order; awaited (back pressure). The bytes are the caller's
 * again when the call is over: copy what is to stay.
 */
export interface SessionSink {
  stdout(bytes: Uint8Array): Promise<void> | void;
  stderr(bytes: Uint8Array): Promise<void> | void;
  /**
   * Bulk mode: records of one processor, each behind its number in the order of all and its length
   * (u32 each, little endian).
   */
  bulk?(cpu: number, bytes: Uint8Array): Promise<void> | void;
  /** Recorded events, lines of JSON that end with newlines (of modules built to record). */
  event?(lines: string): Promise<void> | void;
}

export interface ProbeLoss {
  point: string;
  hits: number;
  handled: number;
  /** Misses by kind: nesting, recursion, overload, maxactive, lock. */
  missed: Record<string, number>;
  /** -t: cycles in the handler of a hit. */
  cycles?: { least: number; average: number; most: number };
}

export interface SessionSummary {
  errors: number;
  skipped: number;
  produced: number;
  delivered: number;
  lost: number;
  probes: ProbeLoss[];
}

export interface SessionResult {
  /** 0, or 1 if a run-time error was reported or the session failed. */
  status: number;
  summary: SessionSummary | null;
  /** The module that goes on without a reader (`flight`, or an attached session that was left). */
  running?: string;
}
