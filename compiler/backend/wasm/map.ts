/** Global arrays: up to nine keys, a size limit, wrapping, slices and ordered iteration. */
import { type Global, type StatNeeds, Ty } from "../../front/ir/ir.ts";
import { Aggregate } from "./aggregate.ts";

export type Scalar = bigint | string;
export type Value = Scalar | Aggregate;

export interface Entry {
  readonly keys: Scalar[];
  value: Value;
  /** Neighbours in the order of iteration; kept when the entry is deleted. */
  newer: Entry | null;
  older: Entry | null;
}

/** A key of a slice; null stands for any. */
export type SliceKey = Scalar | null;

/** Bytes that an entry is taken to cost the sandbox beside its strings. */
const ENTRY_COST = 64;

/** A limit above this is no cheaper than to sort all. */
const SORT_FIRST = 30;

export class ScriptMap {
  private readonly entries = new Map<Scalar, Entry>();
  /** The first in the order of iteration: that of insertion, or what the last sort made of it. */
  oldest: Entry | null = null;
  private newest: Entry | null = null;
  readonly limit: number;
  /** Rough memory use. */
  bytes = 0;

  constructor(readonly global: Global, maxMapEntries: number) {
    this.limit = global.size > 0 ? global.size : maxMapEntries;
  }

  get size(): number {
    return this.entries.size;
  }

  get(keys: Scalar[]): Entry | undefined {
    return this.entries.get(identity(keys));
  }

  /** The entry of the keys, made if needed; null if the array is full. */
  obtain(keys: Scalar[]): Entry | null {
    const id = identity(keys);
    const found = this.entries.get(id);
    if (found) return found;
    if (this.entries.size >= this.limit) {
      if (!this.global.wraps) return null;
      if (this.oldest) this.remove(this.oldest);
    }
    const entry: Entry = { keys, value: emptyValue(this.global), newer: null, older: null };
    this.entries.set(id, entry);
    this.link(this.newest, entry, null);
    this.bytes += ENTRY_COST + (typeof id === "string" ? id.length : 8);
    return entry;
  }

  delete(keys: SliceKey[]): void {
    if (keys.includes(null)) {
      for (const entry of this.entries.values()) if (matches(entry, keys)) this.remove(entry);
    } else {
      const entry = this.get(keys as Scalar[]);
      if (entry) this.remove(entry);
    }
    if (this.entries.size === 0) this.bytes = 0;
  }

  has(keys: SliceKey[]): boolean {
    if (!keys.includes(null)) return this.entries.has(identity(keys as Scalar[]));
    for (const entry of this.entries.values()) if (matches(entry, keys)) return true;
    return false;
  }

  clear(): void {
    this.entries.clear();
    this.oldest = null;
    this.newest = null;
    this.bytes = 0;
  }

  /** The entries, in the order of iteration. */
  list(): Entry[] {
    const list: Entry[] = [];
    for (let entry = this.oldest; entry; entry = entry.newer) list.push(entry);
    return list;
  }

  /**
   * Sorts for a foreach; `limit` is 0 if it has none. The order stays, and is what SystemTap leaves
   * behind: a later foreach without an order goes by it, new entries come after it.
   */
  sort(order: Order, limit: bigint): void {
    const last = Number(BigInt.asIntN(32, limit - 1n));
    if (last === -1 || last >= SORT_FIRST) this.sortAll(order);
    else this.sortFirst(order, Math.max(last, 0) + 1);
  }

  private sortAll(order: Order): void {
    const list = this.list().sort(order);
    list.forEach((entry, at) => {
      entry.older = list[at - 1] ?? null;
      entry.newer = list[at + 1] ?? null;
    });
    this.oldest = list[0] ?? null;
    this.newest = list.at(-1) ?? null;
  }

  /**
   * Brings the first `size` entries of the order to the front, sorted. An entry that is not before
   * the last of those so far stays where it is; one that is goes before the first that it precedes.
   */
  private sortFirst(order: Order, size: number): void {
    let last: Entry | null = null, held = 0;
    for (let entry = this.oldest, next; entry; entry = next) {
      next = entry.newer;
      if (last && order(entry, last) < 0) {
        let to = this.oldest as Entry;
        while (order(entry, to) >= 0) to = to.newer as Entry;
        this.unlink(entry);
        this.link(to.older, entry, to);
        if (held === size) last = last.older;
        else held++;
      } else if (held < size) {
        last = entry;
        held++;
      }
    }
  }

  private remove(entry: Entry): void {
    this.entries.delete(identity(entry.keys));
    this.unlink(entry);
  }

  private link(older: Entry | null, entry: Entry, newer: Entry | null): void {
    entry.older = older;
    entry.newer = newer;
    if (older) older.newer = entry;
    else this.oldest = entry;
    if (newer) newer.older = entry;
    else this.newest = entry;
  }

  private unlink(entry: Entry): void {
    if (entry.older) entry.older.newer = entry.newer;
    else this.oldest = entry.newer;
    if (entry.newer) entry.newer.older = entry.older;
    else this.newest = entry.older;
  }
}

/** Initial value of a global or of an element of it. */
export function emptyValue(global: Global): Value {
  if (global.type === Ty.Stats) return new Aggregate(global.stat as StatNeeds, global.isMap());
  return global.type === Ty.String ? "" : 0n;
}

function identity(keys: Scalar[]): Scalar {
  if (keys.length === 1) return keys[0];
  let text = "";
  for (const key of keys) text += typeof key === "string" ? `${key.length}:${key}` : `${key};`;
  return text;
}

/** Does an element lie in a slice? */
export function matches(entry: Entry, slice: SliceKey[]): boolean {
  return slice.every((key, at) => key === null || key === entry.keys[at]);
}

/** Bytewise for strings, numeric for integers. */
export function compareScalars(a: Scalar, b: Scalar): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Below 0: the first entry goes before the second. */
export type Order = (a: Entry, b: Entry) => number;

/** The order by key number (1..9) or by value (0). */
export function orderBy(by: number, descending: boolean, statFunction: number): Order {
  const rank = (entry: Entry): Scalar => {
    if (by > 0) return entry.keys[by - 1];
    return entry.value instanceof Aggregate ? entry.value.get(statFunction) : entry.value;
  };
  const sign = descending ? -1 : 1;
  return (a, b) => sign * compareScalars(rank(a), rank(b));
}
