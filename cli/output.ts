/**
 * The files of -o: one, or a ring of them that are changed at a size (-S) or on SIGUSR2, and with -b
 * one for each processor. Names are as SystemTap makes them: FILE, FILE.SEQ, FILE_CPU and
 * FILE_cpuCPU.SEQ; strftime() directives in FILE give the time at which the file is opened.
 */
import { strftime } from "./strftime.ts";
import { plainReason } from "./reason.ts";

/** When files change, and how many stay. */
export interface Rotation {
  /** Bytes; no file grows beyond it, unless a single line does. */
  size: number;
  /** How many files are kept; 0 for all. */
  keep: number;
}

/** A file of -o, and those that follow it. */
class OutputFile {
  private file: Deno.FsFile;
  private path: string;
  private written = 0;
  private serial = 0;
  private old: string[] = [];

  constructor(
    private pattern: string,
    private rotation: Rotation | null,
    /** Where records may be cut apart: behind a newline, or nowhere but at their ends. */
    private lines: boolean,
  ) {
    this.path = this.nextPath();
    this.file = this.open();
  }

  private nextPath(): string {
    const path = strftime(this.pattern, new Date());
    return this.rotation == null ? path : `${path}.${this.serial++}`;
  }

  private open(): Deno.FsFile {
    try {
      return Deno.openSync(this.path, { write: true, create: true, truncate: true });
    } catch (error) {
      throw new Error(`cannot write to ${this.path}: ${plainReason(error)}`);
    }
  }

  write(bytes: Uint8Array): void {
    const { rotation } = this;
    let rest = bytes;
    while (rotation != null && this.written + rest.length > rotation.size) {
      const room = rotation.size - this.written;
      const cut = this.lines ? rest.subarray(0, Math.max(0, room)).lastIndexOf(10) + 1 : 0;
      this.put(rest.subarray(0, cut));
      rest = rest.subarray(cut);
      // A line that is longer than a file gets one of its own.
      if (this.written == 0) break;
      this.rotate();
    }
    this.put(rest);
  }

  private put(bytes: Uint8Array): void {
    try {
      for (let at = 0; at < bytes.length;) at += this.file.writeSync(bytes.subarray(at));
    } catch (error) {
      throw new Error(`cannot write to ${this.path}: ${plainReason(error)}`);
    }
    this.written += bytes.length;
  }

  /** Goes on in the next file; the oldest goes if there are too many. */
  rotate(): void {
    if (this.rotation == null) return;
    this.file.close();
    this.old.push(this.path);
    while (this.rotation.keep > 0 && this.old.length >= this.rotation.keep) {
      try {
        Deno.removeSync(this.old.shift()!);
      } catch {
        // Somebody took it away.
      }
    }
    this.path = this.nextPath();
    this.file = this.open();
    this.written = 0;
  }

  close(): void {
    this.file.close();
  }
}

/** Where the script's output goes when -o or -b is given. */
export class ScriptOutput {
  private single: OutputFile | null = null;
  private perCpu: Map<number, OutputFile> = new Map();

  /** Opens the file, so that a bad name is found before anything is built. */
  constructor(
    private pattern: string,
    private rotation: Rotation | null,
    private bulk: boolean,
  ) {
    if (!bulk) this.single = new OutputFile(pattern, rotation, true);
  }

  write(bytes: Uint8Array): void {
    this.single?.write(bytes);
  }

  /** Records of one processor, which stay whole. */
  writeBulk(cpu: number, bytes: Uint8Array): void {
    const file = this.cpuFile(cpu);
    for (let at = 0; at < bytes.length;) {
      let end = at;
      // As many records as one file holds.
      while (end < bytes.length) {
        const size = 8 + new DataView(bytes.buffer, bytes.byteOffset + end).getUint32(4, true);
        if (this.rotation != null && end > at && end + size - at > this.rotation.size) break;
        end += size;
      }
      file.write(bytes.subarray(at, end));
      at = end;
    }
  }

  private cpuFile(cpu: number): OutputFile {
    let file = this.perCpu.get(cpu);
    if (file == null) {
      const name = this.rotation == null ? `${this.pattern}_${cpu}` : `${this.pattern}_cpu${cpu}`;
      this.perCpu.set(cpu, file = new OutputFile(name, this.rotation, false));
    }
    return file;
  }

  /** SIGUSR2: the next files. */
  rotate(): void {
    this.single?.rotate();
    for (const file of this.perCpu.values()) file.rotate();
  }

  close(): void {
    this.single?.close();
    for (const file of this.perCpu.values()) file.close();
  }
}
