/** Global arrays: up to nine keys, a size limit, wrapping, slices and ordered iteration. */
import { type Global, type StatNeeds, Ty } from "../../front/ir/ir.ts";
import { Aggregate } from "./aggregate.ts";

export type Scalar = bigint | string;
export type Value = Scalar | Aggregate;

export interface Entry {
  readonly keys: Scalar[];
  value: Value;
}

/** A key of a slice; null stands for any. */
export type SliceKey = Scalar | null;

/** Bytes that an entry is taken to cost the sandbox beside its strings. */
const ENTRY_COST = 64;

export class ScriptMap {
  private readonly entries = new Map<Scalar, Entry>();
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
      const oldest = this.entries.keys().next();
      if (!oldest.done) this.entries.delete(oldest.value);
    }
    const entry: Entry = { keys, value: emptyValue(this.global) };
    this.entries.set(id, entry);
    this.bytes += ENTRY_COST + (typeof id === "string" ? id.length : 8);
    return entry;
  }

  delete(keys: SliceKey[]): void {
    if (keys.includes(null)) {
      for (const [id, entry] of this.entries) {
        if (matches(entry, keys)) this.entries.delete(id);
      }
    } else {
      this.entries.delete(identity(keys as Scalar[]));
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
    this.bytes = 0;
  }

  /** The entries, oldest first. */
  list(): Entry[] {
    return [...this.entries.values()];
  }
}

/** Initial value of a global or of an element of it. */
export function emptyValue(global: Global): Value {
  if (global.type === Ty.Stats) return new Aggregate(global.stat as StatNeeds);
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

/** Sorts in place by key number (1..9), by value (0) or not (-1); equal entries keep their order. */
export function sortEntries(
  entries: Entry[],
  by: number,
  descending: boolean,
  statFunction: number,
): void {
  if (by < 0) return;
  const rank = (entry: Entry): Scalar => {
    if (by > 0) return entry.keys[by - 1];
    return entry.value instanceof Aggregate ? entry.value.get(statFunction) : entry.value;
  };
  const sign = descending ? -1 : 1;
  entries.sort((a, b) => sign * compareScalars(rank(a), rank(b)));
}
