/**
 * The device of a running module: runtime-c/uapi.h from the reader's side. Puts the rings of all
 * CPUs together in the order of their sequence numbers.
 */
import * as sys from "./sys.ts";
import type { ProbeLoss, SessionSummary } from "./types.ts";

const ABI = 4;
const PAGE = 4096;
const TAIL = 16;
const RECORD = 8;
const CLOSED = 0x80000000;

const io = (n: number) => 0x5400 | n;
const ior = (n: number, size: number) => (0x80000000 | (size << 16) | 0x5400 | n) >>> 0;
const iow = (n: number, size: number) => (0x40000000 | (size << 16) | 0x5400 | n) >>> 0;
const INFO = ior(1, 32);
const TARGET = iow(2, 8);
const GLOBAL = iow(3, 16);
const START = io(4);
const STOP = io(5);
const SUMMARY = ior(6, 40);
const ROW_SUMMARIES = iow(7, 16);
const ROWS = iow(8, 16);
const ADDRESSES = iow(9, 16);
const ABANDON = io(10);
const ATTACH = io(11);
const ROW_SUMMARY_SIZE = 88;
const ROW_SIZE = 208;

/** The states that `start` gives; others mean that the session is over. */
export const RUNNING = 2;

export enum RecordKind {
  Fill,
  Out,
  Warn,
  Error,
  Control,
}

/**
 * Receives what `drain` finds: `data.subarray(from, to)`, valid until `release`, with the
 * processor that wrote it and its number in the order of all records.
 */
export type RecordTaker = (
  kind: RecordKind,
  data: Uint8Array,
  from: number,
  to: number,
  cpu: number,
  sequence: number,
) => void;

class Ring {
  control: Int32Array<ArrayBuffer>;
  bytes: Uint8Array<ArrayBuffer>;
  words: Uint32Array<ArrayBuffer>;
  head = 0;
  /** Up to here records were taken. */
  tail = 0;
  /** Up to here the writer may write again. */
  released: number;

  mask: number;

  constructor(public mapping: sys.Mapping, public cpu: number, size: number) {
    this.mask = size - 1;
    this.control = new Int32Array(mapping.buffer, 0, 32);
    this.bytes = new Uint8Array(mapping.buffer, PAGE, size);
    this.words = new Uint32Array(mapping.buffer, PAGE, size / 4);
    this.tail = this.released = Atomics.load(this.control, TAIL);
  }
}

/** What the module says about a row that has a symbol. */
export interface RowSymbol {
  index: number;
  family: number;
  address: bigint;
  symbol: string;
  module: string;
}

export class Device {
  private rings: Ring[] = [];
  private expected = 1;
  private gapSince = 0;
  /** Records handed to `drain`'s taker. */
  private delivered = 0;
  rows = 0;

  private constructor(private fd: number) {}

  /** A flight recorder, which goes on when the device is closed. */
  flight = false;
  /** Records up to this number may have been overwritten; 0 if none can have been. */
  private overwritten = 0;

  /** Opens the device and maps its rings, from now on to read them if `attach` is set. */
  static open(path: string, attach = false): Device {
    const device = new Device(sys.open(path, sys.O_RDWR));
    try {
      if (attach) sys.ioctl(device.fd, ATTACH, new Uint8Array(0));
      device.map(attach);
    } catch (error) {
      device.close();
      throw error;
    }
    return device;
  }

  private map(attach: boolean): void {
    const data = new Uint8Array(32);
    sys.ioctl(this.fd, INFO, data);
    const view = new DataView(data.buffer);
    if (view.getUint32(0, true) != ABI) {
      throw new Error("the module was built for another version of Tapir: build it again");
    }
    const count = view.getUint32(4, true);
    const size = view.getUint32(8, true);
    this.rows = view.getUint32(12, true);
    const nmiSize = view.getUint32(20, true);
    this.flight = view.getUint32(28, true) != 0;
    if (attach) this.overwritten = view.getUint32(24, true);
    for (let i = 0; i < count; i++) {
      const own = i % 2 == 0 ? size : nmiSize;
      try {
        const mapping = sys.mmap(this.fd, PAGE + own, i * (PAGE + size));
        this.rings.push(new Ring(mapping, i >> 1, own));
      } catch (error) {
        // A number without a possible CPU has no ring.
        if (!(error instanceof sys.SysError) || error.code != "EINVAL") throw error;
      }
    }
  }

  setTarget(pid: number): void {
    sys.ioctl(this.fd, TARGET, new Uint8Array(new BigInt64Array([BigInt(pid)]).buffer));
  }

  /** -G: the global with this number in the manifest. */
  setGlobal(index: number, value: string): void {
    const text = new TextEncoder().encode(value + "\0");
    const data = new Uint8Array(16);
    const view = new DataView(data.buffer);
    view.setUint32(0, index, true);
    view.setUint32(4, text.length - 1, true);
    view.setBigUint64(8, sys.addressOf(text), true);
    sys.ioctl(this.fd, GLOBAL, data);
  }

  private batch(request: number, first: number, data: Uint8Array<ArrayBuffer>, count: number) {
    const head = new Uint8Array(16);
    const view = new DataView(head.buffer);
    view.setUint32(0, first, true);
    view.setUint32(4, count, true);
    view.setBigUint64(8, sys.addressOf(data), true);
    sys.ioctl(this.fd, request, head);
  }

  /** All rows, with the symbols that they name. */
  symbols(): RowSymbol[] {
    const data = new Uint8Array(ROW_SIZE * this.rows);
    if (this.rows == 0) return [];
    this.batch(ROWS, 0, data, this.rows);
    const view = new DataView(data.buffer);
    const text = (from: number, size: number) => {
      const end = data.indexOf(0, from);
      return new TextDecoder().decode(data.subarray(from, Math.min(end, from + size)));
    };
    const rows: RowSymbol[] = [];
    for (let i = 0; i < this.rows; i++) {
      const at = i * ROW_SIZE;
      rows.push({
        index: view.getUint32(at, true),
        family: view.getUint32(at + 4, true),
        address: view.getBigUint64(at + 8, true),
        symbol: text(at + 16, 128),
        module: text(at + 144, 64),
      });
    }
    return rows;
  }

  /** One address per row; 0 leaves the row as it is. Before `start` only. */
  setAddresses(addresses: BigUint64Array<ArrayBuffer>): void {
    if (addresses.length > 0) {
      this.batch(ADDRESSES, 0, new Uint8Array(addresses.buffer), addresses.length);
    }
  }

  /** Runs begin probes and arms everything. Gives the state, negative for an error. */
  start(): Promise<number> {
    return sys.ioctlLater(this.fd, START);
  }

  /** Disarms everything and runs end or error probes. */
  stop(): Promise<number> {
    return sys.ioctlLater(this.fd, STOP);
  }

  /** Nobody will read: begin and end probes end early. */
  abandon(): Promise<number> {
    return sys.ioctlLater(this.fd, ABANDON);
  }

  /** Waits for output (POLLIN) or the wish to end (POLLPRI). */
  poll(events: number, milliseconds: number): Promise<number> {
    return sys.pollLater(this.fd, events, milliseconds);
  }

  /**
   * Takes what is there, in order, until about `limit` bytes were taken. Gives the number of
   * bytes. Stops at a record that is still being written.
   */
  drain(take: RecordTaker, limit: number): number {
    let taken = 0;
    let idle = 0;
    while (taken < limit) {
      let found = false;
      let ahead = 0;
      for (const ring of this.rings) {
        const got = this.drainRing(ring, take, limit - taken);
        if (got > 0) {
          taken += got;
          found = true;
        } else if (ring.head != ring.tail) {
          const sequence = ring.words[(ring.tail & ring.mask) >> 2];
          if (ahead == 0 || (sequence - ahead | 0) < 0) ahead = sequence;
        }
        if (taken >= limit) return taken;
      }
      if (found) {
        idle = 0;
        this.gapSince = 0;
        continue;
      }
      if (ahead == 0 || ++idle < 3) {
        if (ahead == 0) break;
        continue;
      }
      if (this.overwritten != 0 && (ahead - this.overwritten | 0) <= 0) {
        this.expected = ahead;
        idle = 0;
        continue;
      }
      // A number is missing: its writer is at it. A second later it is given up.
      const now = performance.now();
      if (this.gapSince == 0) this.gapSince = now;
      if (now - this.gapSince < 1000) break;
      this.expected = ahead;
      this.gapSince = 0;
    }
    return taken;
  }

  /** Takes the run of expected numbers at the front of one ring. */
  private drainRing(ring: Ring, take: RecordTaker, limit: number): number {
    const { words, bytes, control, mask, cpu } = ring;
    let tail = ring.tail;
    let expected = this.expected;
    let taken = 0;
    ring.head = Atomics.load(control, 0) | 0;
    while ((ring.head - tail | 0) > 0 && taken < limit) {
      const at = tail & mask;
      const word = at >> 2;
      let shape = words[word + 1];
      // A former reader of a flight recorder may have closed it.
      const kind = (shape & ~CLOSED) >>> 16;
      if (kind == RecordKind.Fill) {
        tail = (tail + (mask + 1 - at)) | 0;
        continue;
      }
      if (words[word] != expected) break;
      // A record that ends at the head may grow under our hands until it is closed.
      if ((tail + ((shape & 0xffff) + RECORD + 7 & ~7) - ring.head | 0) >= 0) {
        shape = Atomics.or(words, word + 1, CLOSED);
      }
      const length = shape & 0xffff;
      take(kind, bytes, at + RECORD, at + RECORD + length, cpu, expected);
      this.delivered++;
      expected = (expected + 1) >>> 0;
      tail = (tail + ((length + RECORD + 7) & ~7)) | 0;
      taken += length + RECORD;
    }
    if (tail != ring.tail) {
      ring.tail = tail;
      if ((ring.head - tail | 0) < 0) ring.head = tail;
    }
    this.expected = expected;
    return taken;
  }

  /** Gives the room of what was taken back to the writers. */
  release(): void {
    for (const ring of this.rings) {
      if (ring.released == ring.tail) continue;
      ring.released = ring.tail;
      Atomics.store(ring.control, TAIL, ring.tail);
    }
  }

  /** Counts of the session; `points` names the rows in order. */
  summary(points: string[]): SessionSummary {
    const data = new Uint8Array(40);
    sys.ioctl(this.fd, SUMMARY, data);
    const view = new DataView(data.buffer);
    const at = (offset: number) => Number(view.getBigUint64(offset, true));
    return {
      errors: view.getUint32(0, true),
      skipped: at(8),
      produced: at(16),
      delivered: this.delivered,
      lost: at(32),
      probes: this.losses(points),
    };
  }

  private losses(points: string[]): ProbeLoss[] {
    if (this.rows == 0) return [];
    const data = new Uint8Array(ROW_SUMMARY_SIZE * this.rows);
    this.batch(ROW_SUMMARIES, 0, data, this.rows);
    const view = new DataView(data.buffer);
    const losses: ProbeLoss[] = [];
    for (let i = 0; i < this.rows; i++) {
      const number = (field: number) =>
        Number(view.getBigUint64(i * ROW_SUMMARY_SIZE + 8 + field * 8, true));
      const missed: Record<string, number> = {};
      let hits = number(0);
      ["nesting", "recursion", "overload", "maxactive", "lock"].forEach((kind, k) => {
        missed[kind] = number(k + 1);
        hits += missed[kind];
      });
      const loss: ProbeLoss = { point: points[i] ?? "", hits, handled: number(0), missed };
      const timed = number(6);
      if (timed > 0) {
        loss.cycles = { least: number(8), average: Math.round(number(7) / timed), most: number(9) };
      }
      losses.push(loss);
    }
    return losses;
  }

  /** Unmaps and closes: the module disarms whatever is still armed. */
  close(): void {
    for (const ring of this.rings) sys.munmap(ring.mapping);
    this.rings = [];
    sys.close(this.fd);
  }
}
