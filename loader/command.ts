/** The -c command of a session, and the one writer that its output and the script's share. */
import type { SessionSink } from "./types.ts";

const delay = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));

/** The -c command: its shell waits for a line before it becomes the command. */
export class Command {
  private child: Deno.ChildProcess;
  private done: Promise<number>;
  ended = false;

  constructor(private text: string, out: Writer) {
    this.child = new Deno.Command("/bin/sh", {
      args: ["-c", 'read -r go || exit 0; exec /bin/sh -c "$0" </dev/null', text],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const pump = async (from: ReadableStream<Uint8Array>, stderr: boolean) => {
      for await (const bytes of from) await out.write(stderr, bytes);
    };
    const pumps = Promise.all([pump(this.child.stdout, false), pump(this.child.stderr, true)]);
    this.done = this.child.status.then(async (status) => {
      this.ended = true;
      // Its children may hold the pipes longer than it lives.
      await Promise.race([pumps.catch(() => {}), delay(100)]);
      return status.code;
    });
  }

  get pid(): number {
    return this.child.pid;
  }

  /** Lets it run; gives its exit status. */
  async go(): Promise<number> {
    const writer = this.child.stdin.getWriter();
    try {
      await writer.write(new TextEncoder().encode("\n"));
      await writer.close();
    } catch {
      // It was killed meanwhile.
    }
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

  /** "" or why the command could not run. */
  complaint(status: number): string {
    return status == 127 || status == 126
      ? `ERROR: cannot run the command of -c: ${this.text} (status ${status})\n`
      : "";
  }
}

/** Writes to the sink in order, one at a time. */
export class Writer {
  private last: Promise<void> = Promise.resolve();
  error: unknown = null;
  constructor(private sink: SessionSink) {}

  write(stderr: boolean, bytes: Uint8Array): Promise<void> {
    this.last = this.last.then(async () => {
      if (this.error != null) return;
      try {
        await (stderr ? this.sink.stderr(bytes) : this.sink.stdout(bytes));
      } catch (error) {
        this.error = error;
      }
    });
    return this.last;
  }
}
