/** `tapir merge`: puts the per-processor files of bulk mode together in the order of their records. */
import type { Host } from "./host.ts";
import { UsageError } from "./options.ts";
import { plainReason } from "./reason.ts";

/** Bytes read at a time of each file. */
const BLOCK = 1 << 16;

/** One per-processor file, a record at a time. */
class BulkFile {
  private buffer = new Uint8Array(BLOCK);
  private start = 0;
  private end = 0;
  private file: Deno.FsFile;
  /** Number of the record at hand. */
  sequence = 0;
  /** The record at hand; null at the end. */
  record: Uint8Array | null = null;

  constructor(readonly path: string) {
    this.file = Deno.openSync(path);
    this.next();
  }

  /** Goes to the next record. */
  next(): void {
    this.record = null;
    if (!this.fill(8)) return this.finish();
    const view = new DataView(this.buffer.buffer, this.start);
    this.sequence = view.getUint32(0, true);
    const length = view.getUint32(4, true);
    if (length > 65536) throw new Error(`${this.path} is no output file of bulk mode`);
    if (!this.fill(8 + length)) return this.finish();
    this.record = this.buffer.slice(this.start + 8, this.start + 8 + length);
    this.start += 8 + length;
  }

  private finish(): void {
    if (this.start != this.end) throw new Error(`${this.path} ends within a record`);
    this.file.close();
  }

  private fill(need: number): boolean {
    while (this.end - this.start < need) {
      if (this.start + need > this.buffer.length) {
        const grown = new Uint8Array(Math.max(this.buffer.length, need));
        grown.set(this.buffer.subarray(this.start, this.end));
        this.buffer = grown;
        this.end -= this.start;
        this.start = 0;
      }
      const count = this.file.readSync(this.buffer.subarray(this.end));
      if (count == null) return false;
      this.end += count;
    }
    return true;
  }
}

/** Puts files together; `write` takes the records. Gives how many there were and were missing. */
export function mergeBulk(
  paths: string[],
  write: (record: Uint8Array) => void,
): { records: number; missing: number } {
  let files = paths.map((path) => new BulkFile(path)).filter((file) => file.record != null);
  let records = 0, missing = 0, expected = -1;
  while (files.length > 0) {
    let first = files[0];
    for (const file of files) if ((file.sequence - first.sequence | 0) < 0) first = file;
    if (expected >= 0) missing += first.sequence - expected >>> 0;
    expected = (first.sequence + 1) >>> 0;
    write(first.record!);
    records++;
    first.next();
    if (first.record == null) files = files.filter((file) => file != first);
  }
  return { records, missing };
}

/** The command: [-v] [-o FILE] FILE... */
export function merge(words: string[], host: Host): number {
  let verbose = false;
  let output = "";
  const paths: string[] = [];
  for (let at = 0; at < words.length; at++) {
    if (words[at] == "-v") verbose = true;
    else if (words[at] == "-o") output = words[++at] ?? "";
    else if (words[at].startsWith("-")) throw new UsageError(`unknown option '${words[at]}'`);
    else paths.push(words[at]);
  }
  if (paths.length == 0) throw new UsageError("merge takes the output files of bulk mode");
  try {
    const file = output != ""
      ? Deno.openSync(output, { write: true, create: true, truncate: true })
      : null;
    let chunks: Uint8Array[] = [], size = 0;
    const flush = () => {
      const bytes = new Uint8Array(size);
      let at = 0;
      for (const chunk of chunks) {
        bytes.set(chunk, at);
        at += chunk.length;
      }
      chunks = [];
      size = 0;
      if (file == null) return void host.stdout(bytes);
      for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    };
    const { records, missing } = mergeBulk(paths, (record) => {
      chunks.push(record);
      size += record.length;
      if (size >= BLOCK) flush();
    });
    flush();
    file?.close();
    if (verbose) host.error(`${records} records merged, ${missing} numbers not found\n`);
    return 0;
  } catch (error) {
    host.error(`ERROR: ${plainReason(error)}\n`);
    return 1;
  }
}
