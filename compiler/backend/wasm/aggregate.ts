/** Aggregates (`<<<`) and their histograms. One engine thread, so one accumulator per value. */
import type { StatNeeds } from "../../front/ir/ir.ts";

/** Slots of a logarithmic histogram; slot 64 counts zeros. */
export const LOG_SLOTS = 128;
const LOG_ZERO = 64;

const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);

/** The values added so far to one aggregate. */
export class Aggregate {
  count = 0n;
  sum = 0n;
  min = 0n;
  max = 0n;
  /** Scaled mean and sum of squared differences (Welford). */
  private mean = 0n;
  private squares = 0n;
  readonly log: bigint[] | null;
  readonly linear: bigint[] | null;

  constructor(readonly needs: StatNeeds, private readonly inMap: boolean) {
    this.log = needs.histLog ? new Array<bigint>(LOG_SLOTS).fill(0n) : null;
    this.linear = needs.histLinear ? new Array<bigint>(linearSlots(needs)).fill(0n) : null;
  }

  add(value: bigint): void {
    this.count++;
    this.sum = wrap(this.sum + value);
    if (this.count === 1n) this.min = this.max = value;
    else if (value < this.min) this.min = value;
    else if (value > this.max) this.max = value;
    if (this.needs.variance) this.addVariance(value);
    if (this.log) this.log[logSlot(value)]++;
    if (this.linear) this.linear[linearSlot(this.needs, value)]++;
  }

  private addVariance(value: bigint): void {
    const scaled = wrap(value << BigInt(this.needs.varianceShift));
    const delta = wrap(scaled - this.mean);
    this.mean = wrap(this.mean + delta / this.count);
    this.squares = wrap(this.squares + wrap(delta * wrap(scaled - this.mean)));
  }

  get avg(): bigint {
    return this.count === 0n ? 0n : this.sum / this.count;
  }

  get variance(): bigint {
    if (this.count < 2n) return 0n;
    const shift = BigInt(this.needs.varianceShift);
    const variance = this.squares / (this.count - 1n);
    if (this.inMap) return variance >> (2n * shift);
    // The running mean drifts by its rounding. SystemTap makes up for what it is off the true mean,
    // but not in maps.
    const off = wrap(wrap(this.sum << shift) / this.count - this.mean);
    const more = wrap(wrap(off * off) * this.count) / (this.count - 1n);
    return (variance + more) >> (2n * shift);
  }

  /** By number, as in STAT_FUNCTIONS. */
  get(fn: number): bigint {
    switch (fn) {
      case 0:
        return this.count;
      case 1:
        return this.sum;
      case 2:
        return this.min;
      case 3:
        return this.max;
      case 4:
        return this.avg;
      default:
        return this.variance;
    }
  }

  slots(log: boolean): bigint[] {
    return (log ? this.log : this.linear) ?? [];
  }
}

/** Slots of a linear histogram: one below, one per step, one above. */
export function linearSlots(needs: StatNeeds): number {
  return Number((BigInt(needs.high) - BigInt(needs.low)) / BigInt(needs.width)) + 3;
}

/** Slot of a value in a logarithmic histogram. */
export function logSlot(value: bigint): number {
  if (value === 0n) return LOG_ZERO;
  const bits = (value < 0n ? -value : value).toString(2).length;
  return value > 0n ? LOG_ZERO + bits : Math.max(0, LOG_ZERO - bits);
}

/** Smallest magnitude that a slot of a logarithmic histogram counts. */
export function logValue(slot: number): bigint {
  if (slot === LOG_ZERO) return 0n;
  const magnitude = 1n << BigInt(Math.abs(slot - LOG_ZERO) - 1);
  return slot > LOG_ZERO ? magnitude : -magnitude;
}

function linearSlot(needs: StatNeeds, value: bigint): number {
  // What is so far from low that the distance wraps is on the other side, as in SystemTap.
  const distance = wrap(value - BigInt(needs.low));
  if (distance < 0n) return 0;
  const step = distance / BigInt(needs.width);
  return Number(
    step + 1n < BigInt(linearSlots(needs)) ? step + 1n : BigInt(linearSlots(needs) - 1),
  );
}

/** What shapes a printed histogram. */
export interface HistogramStyle {
  /** Empty rows kept beside a filled one; negative keeps all. */
  elision: number;
  /** Length of the longest bar. */
  width: number;
}

/** The bar chart of `print(@hist_log(x))` and `print(@hist_linear(x, ...))`, and an empty line. */
export function drawHistogram(
  needs: StatNeeds,
  log: boolean,
  slots: bigint[],
  style: HistogramStyle,
): string {
  const last = slots.length - 1;
  let low = slots.findIndex((count) => count > 0n);
  let high = slots.findLastIndex((count) => count > 0n);
  if (low < 0) return "";
  // The rows for what is out of range stand only if something is.
  const first = log || low === 0 ? 0 : 1;
  const end = log || high === last ? last : last - 1;
  // A margin of empty rows does not show negative values where there are none.
  const margin = style.elision >= 0 ? style.elision : 2;
  low = Math.max(log && low >= LOG_ZERO ? LOG_ZERO : first, low - margin);
  high = Math.min(end, high + margin);
  let largest = 0n;
  for (const count of slots) if (count > largest) largest = count;
  const label = (slot: number): string => {
    if (log) return logValue(slot).toString();
    const start = BigInt(needs.low);
    const width = BigInt(needs.width);
    if (slot === 0) return `<${start}`;
    if (slot === last) return `>${start + BigInt(last - 2) * width}`;
    return (start + BigInt(slot - 1) * width).toString();
  };
  let labels = 5;
  for (let slot = low; slot <= high; slot++) labels = Math.max(labels, label(slot).length);
  const bars = BigInt(style.width);
  const scale = largest <= bars ? 1n : (largest + bars - 1n) / bars;
  const digits = largest.toString().length;
  const empty = (from: number, to: number) => slots.slice(from, to).every((count) => count === 0n);
  let text = `${"value".padStart(labels)} |${"-".repeat(style.width)} count\n`;
  let elided = false;
  for (let slot = low; slot <= high; slot++) {
    const near = style.elision;
    if (
      near >= 0 && slot - near >= low && slot + near <= high &&
      empty(slot - near, slot + near + 1)
    ) {
      if (!elided) text += `${" ".repeat(labels)} ~\n`;
      elided = true;
      continue;
    }
    elided = false;
    const bar = "@".repeat(Number(slots[slot] / scale)).padEnd(style.width);
    text += `${label(slot).padStart(labels)} |${bar} ${slots[slot].toString().padStart(digits)}\n`;
  }
  return `${text}\n`;
}
