/**
 * The agent protocol: frames over one byte stream in each direction.
 *
 *     u32 length of what follows | u8 kind | payload        (little endian)
 *
 * One request is under way at a time; `Signal` may come while it runs. Flow control is the
 * stream's own: the receiver handles one frame at a time and reads no further until its sink
 * has taken the bytes, so a slow reader slows the sender down and nothing grows without bound.
 */

export enum Frame {
  // requests
  /** JSON FileHead, a zero byte, data. Creates the file, or appends when `append` is set. */
  PutFile = 1,
  /** JSON { path }: makes a directory with its parents. */
  MakeDirectory = 2,
  /** JSON SessionOptions. Answered by Stdout/Stderr... and Exit (JSON SessionResult). */
  RunSession = 3,
  /** JSON { command, cwd }: a shell command. Answered like RunSession. */
  RunShell = 4,
  /** JSON { signal }: passed to the session or command under way. */
  Signal = 5,
  /** Kernel log as Stdout, then Exit. */
  KernelLog = 6,
  Shutdown = 7,
  /** Payload comes back as it is. */
  Echo = 8,
  // answers
  Ready = 64,
  Stdout = 65,
  Stderr = 66,
  Exit = 67,
  Done = 68,
  /** u32 processor, then records (SessionSink.bulk). */
  Bulk = 70,
  /** Text: recorded events (SessionSink.event). */
  Event = 71,
  /** Text: the request could not be carried out. */
  Failed = 69,
}

export interface FileHead {
  path: string;
  mode: number;
  append: boolean;
}

/** Largest payload that one frame carries. */
export const CHUNK = 1 << 18;

export class FrameWriter {
  private last: Promise<void> = Promise.resolve();

  constructor(private out: { write(bytes: Uint8Array): Promise<number> }) {}

  /** Sends one frame; frames of several callers do not mix. */
  send(kind: Frame, payload: Uint8Array = new Uint8Array()): Promise<void> {
    const frame = new Uint8Array(5 + payload.length);
    new DataView(frame.buffer).setUint32(0, payload.length + 1, true);
    frame[4] = kind;
    frame.set(payload, 5);
    const next = this.last.then(() => this.writeAll(frame));
    this.last = next.catch(() => {});
    return next;
  }

  json(kind: Frame, value: unknown): Promise<void> {
    return this.send(kind, new TextEncoder().encode(JSON.stringify(value)));
  }

  private async writeAll(bytes: Uint8Array): Promise<void> {
    let done = 0;
    while (done < bytes.length) done += await this.out.write(bytes.subarray(done));
  }
}

export class FrameReader {
  private buffer = new Uint8Array(1 << 16);
  private start = 0;
  private end = 0;

  constructor(private input: { read(into: Uint8Array): Promise<number | null> }) {}

  /** The next frame, or null at the end of the stream. */
  async next(): Promise<{ kind: Frame; payload: Uint8Array } | null> {
    if (!await this.fill(4)) return null;
    const length = new DataView(this.buffer.buffer, this.start, 4).getUint32(0, true);
    if (!await this.fill(4 + length)) return null;
    const kind: Frame = this.buffer[this.start + 4];
    const payload = this.buffer.slice(this.start + 5, this.start + 4 + length);
    this.start += 4 + length;
    return { kind, payload };
  }

  private async fill(need: number): Promise<boolean> {
    while (this.end - this.start < need) {
      if (this.start + need > this.buffer.length) {
        const size = Math.max(this.buffer.length, need * 2);
        const grown = new Uint8Array(size);
        grown.set(this.buffer.subarray(this.start, this.end));
        this.buffer = grown;
        this.end -= this.start;
        this.start = 0;
      }
      const count = await this.input.read(this.buffer.subarray(this.end));
      if (count == null || count == 0) return false;
      this.end += count;
    }
    return true;
  }
}
