/** The -c command of a session, and the one writer that its output and the script's share. */
import { type ChildProcess, spawn } from "node:child_process";
import { constants } from "node:os";
import type { Writable } from "node:stream";
import type { SessionSink } from "./types.ts";

const delay = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));

/** How the command ended. */
export interface Ending {
  /** Exit status, or -1 after a signal. */
  code: number;
  /** "SIGTERM" and so on, or "". */
  signal: string;
}

/**
 * The -c command: its shell waits for a line on descriptor 3 before it becomes the command, and
 * ends if this process does. Its standard input is this process's, or nothing.
 */
export class Command {
  private child: ChildProcess;
  private done: Promise<Ending>;
  ended = false;

  constructor(private text: string, out: Writer, inheritInput: boolean) {
    this.child = spawn("/bin/sh", [
      "-c",
      'read -r go <&3 || exit 0; exec /bin/sh -c "$0" 3<&-',
      text,
    ], { stdio: [inheritInput ? "inherit" : "ignore", "pipe", "pipe", "pipe"] });
    const pump = async (from: AsyncIterable<Uint8Array>, stderr: boolean) => {
      for await (const bytes of from) await out.write(stderr, bytes);
    };
    const pumps = Promise.all([pump(this.child.stdout!, false), pump(this.child.stderr!, true)]);
    const gone = new Promise<Ending>((done) => {
      this.child.on("exit", (code, signal) => done({ code: code ?? -1, signal: signal ?? "" }));
      this.child.on("error", () => done({ code: 127, signal: "" }));
    });
    this.done = gone.then(async (ending) => {
      this.ended = true;
      // Its children may hold the pipes longer than it lives.
      await Promise.race([pumps.catch(() => {}), delay(100)]);
      return ending;
    });
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Lets it run to its end. */
  async go(): Promise<Ending> {
    const gate = this.child.stdio[3] as Writable;
    // It may have been killed meanwhile.
    gate.on("error", () => {});
    gate.end("\n");
    return await this.done;
  }

  kill(): void {
    if (this.ended) return;
    try {
      this.child.kill("SIGTERM");
    } catch {
      // It ended meanwhile.
    }
  }

  /** What is to be said of its end; "" if all went well. */
  complaint(ending: Ending): string {
    if (ending.signal != "") {
      const number = constants.signals[ending.signal as keyof typeof constants.signals];
      return `WARNING: Child process exited with signal ${number} (${signalText(ending.signal)})\n`;
    }
    if (ending.code == 0) return "";
    const why = ending.code == 127 || ending.code == 126
      ? `ERROR: cannot run the command of -c: ${this.text} (status ${ending.code})\n`
      : "";
    return `${why}WARNING: Child process exited with status ${ending.code}\n`;
  }
}

/** A signal's description as the C library has it. */
function signalText(name: string): string {
  const texts: Record<string, string> = {
    SIGHUP: "Hangup",
    SIGINT: "Interrupt",
    SIGQUIT: "Quit",
    SIGILL: "Illegal instruction",
    SIGTRAP: "Trace/breakpoint trap",
    SIGABRT: "Aborted",
    SIGBUS: "Bus error",
    SIGFPE: "Floating point exception",
    SIGKILL: "Killed",
    SIGUSR1: "User defined signal 1",
    SIGSEGV: "Segmentation fault",
    SIGUSR2: "User defined signal 2",
    SIGPIPE: "Broken pipe",
    SIGALRM: "Alarm clock",
    SIGTERM: "Terminated",
  };
  return texts[name] ?? name;
}

/** Writes to the sink in order, one at a time. */
export class Writer {
  private last: Promise<void> = Promise.resolve();
  error: unknown = null;
  constructor(private sink: SessionSink) {}

  /** Recorded events, in order with everything else. */
  events(lines: string): Promise<void> {
    this.last = this.last.then(async () => {
      try {
        if (this.error == null) await this.sink.event?.(lines);
      } catch (error) {
        this.error = error;
      }
    });
    return this.last;
  }

  /** `cpu`: the processor whose file takes the bytes (bulk mode), -1 for standard output. */
  write(stderr: boolean, bytes: Uint8Array, cpu = -1): Promise<void> {
    this.last = this.last.then(async () => {
      if (this.error != null) return;
      try {
        if (stderr) await this.sink.stderr(bytes);
        else if (cpu >= 0 && this.sink.bulk != null) await this.sink.bulk(cpu, bytes);
        else await this.sink.stdout(bytes);
      } catch (error) {
        this.error = error;
      }
    });
    return this.last;
  }
}
