/** What a session does with the records that it reads: chunks for the writer, in their order. */
import { RecordKind } from "./device.ts";
import type { Writer } from "./command.ts";

const CHUNK = 256 * 1024;
/** Bytes before each record of a per-processor file: its number and its length, little endian. */
const BULK_HEAD = 8;

/** Records from this length on are written from where they are. */
const LONG = 4096;

/** Warnings that are remembered, so that they are printed once. */
const WARNINGS_KEPT = 1024;

/** One stretch of bytes for the same stream. */
interface Stretch {
  stderr: boolean;
  /** Processor, for output that goes to a file of each; -1 else. */
  cpu: number;
  bytes: Uint8Array;
  /** The buffer that is free again when they are written, or null. */
  chunk: Uint8Array<ArrayBuffer> | null;
}

/** Records of one processor that wait to be written to its file (bulk mode). */
class Bulk {
  private chunk = new Uint8Array(CHUNK);
  private length = 0;

  /** Adds a record; gives what must be written first, if anything. */
  add(data: Uint8Array, from: number, to: number, sequence: number): Uint8Array | null {
    const size = to - from + BULK_HEAD;
    const full = this.length + size > this.chunk.length ? this.take() : null;
    const view = new DataView(this.chunk.buffer, this.length);
    view.setUint32(0, sequence, true);
    view.setUint32(4, to - from, true);
    this.chunk.set(data.subarray(from, to), this.length + BULK_HEAD);
    this.length += size;
    return full;
  }

  take(): Uint8Array | null {
    if (this.length == 0) return null;
    const bytes = this.chunk.slice(0, this.length);
    this.length = 0;
    return bytes;
  }
}

/**
 * Collects records into chunks and writes them; long ones are written from the ring, which stays as
 * it is until they are.
 */
export class Output {
  private chunk = new Uint8Array(CHUNK + 65536);
  /** Chunks that are written, to be used again: new ones would cost more than what they save. */
  private free: Uint8Array<ArrayBuffer>[] = [];
  private length = 0;
  private stderr = false;
  private full: Stretch[] = [];
  private bulk: Map<number, Bulk> | null;
  private warnings = new Set<string>();
  private events: string[] = [];
  failed = false;

  constructor(
    private writer: Writer,
    private suppressWarnings: boolean,
    /** Makes a line of what a recording module notes. */
    private eventLine: (note: Uint8Array) => string,
    bulk: boolean,
  ) {
    this.bulk = bulk ? new Map() : null;
  }

  take = (
    kind: RecordKind,
    data: Uint8Array,
    from: number,
    to: number,
    cpu: number,
    sequence: number,
  ): void => {
    if (kind == RecordKind.Control) {
      this.events.push(this.eventLine(data.subarray(from, to)), "\n");
      return;
    }
    if (kind == RecordKind.Warn && !this.isNews(data.subarray(from, to))) return;
    if (kind == RecordKind.Error) this.failed = true;
    const stderr = kind != RecordKind.Out;
    if (this.bulk != null && !stderr) return this.takeBulk(data, from, to, cpu, sequence);
    if (to - from >= LONG) {
      this.cut(stderr);
      this.full.push({ stderr, cpu: -1, bytes: data.subarray(from, to), chunk: null });
      return;
    }
    if (stderr != this.stderr || this.length + (to - from) > this.chunk.length) this.cut(stderr);
    if (to - from > 48) this.chunk.set(data.subarray(from, to), this.length);
    else {
      const chunk = this.chunk;
      for (let i = from, at = this.length; i < to;) chunk[at++] = data[i++];
    }
    this.length += to - from;
  };

  /** A warning that is wanted, and was not printed before. */
  private isNews(bytes: Uint8Array): boolean {
    if (this.suppressWarnings) return false;
    const text = new TextDecoder("latin1").decode(bytes);
    if (this.warnings.has(text)) return false;
    if (this.warnings.size < WARNINGS_KEPT) this.warnings.add(text);
    return true;
  }

  private takeBulk(data: Uint8Array, from: number, to: number, cpu: number, sequence: number) {
    let bulk = this.bulk!.get(cpu);
    if (bulk == null) this.bulk!.set(cpu, bulk = new Bulk());
    const bytes = bulk.add(data, from, to, sequence);
    if (bytes != null) this.full.push({ stderr: false, cpu, bytes, chunk: null });
  }

  private cut(stderr: boolean): void {
    if (this.length > 0) {
      const { chunk } = this, bytes = chunk.subarray(0, this.length);
      this.full.push({ stderr: this.stderr, cpu: -1, bytes, chunk });
      this.chunk = this.free.pop() ?? new Uint8Array(chunk.length);
    }
    this.length = 0;
    this.stderr = stderr;
  }

  /** Writes what was taken. */
  async flush(): Promise<void> {
    this.cut(this.stderr);
    if (this.events.length > 0) {
      const lines = this.events.join("");
      this.events = [];
      await this.writer.events(lines);
    }
    for (const [cpu, bulk] of this.bulk ?? []) {
      const bytes = bulk.take();
      if (bytes != null) this.full.push({ stderr: false, cpu, bytes, chunk: null });
    }
    const full = this.full;
    this.full = [];
    for (const { stderr, cpu, bytes, chunk } of full) {
      await this.writer.write(stderr, bytes, cpu);
      if (chunk != null) this.free.push(chunk);
    }
  }

  say(text: string): Promise<void> {
    return this.writer.write(true, new TextEncoder().encode(text));
  }
}
