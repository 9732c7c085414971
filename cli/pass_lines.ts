import process from "node:process";
/**
 * The lines that `-v` prints after each pass, in SystemTap's shape: memory in kb, processor times
 * of this process and its children, real time.
 */

import type { LapClock } from "./pass_text.ts";

interface Reading {
  user: number;
  system: number;
  real: number;
}

/** Kernel ticks per second in /proc/self/stat: USER_HZ is 100 on every architecture in scope. */
const TICKS = 100;

function reading(): Reading {
  const own = process.cpuUsage();
  let childUser = 0, childSystem = 0;
  try {
    const stat = Deno.readTextFileSync("/proc/self/stat");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    childUser = Number(fields[13]) * 1000 / TICKS;
    childSystem = Number(fields[14]) * 1000 / TICKS;
  } catch {
    // Without /proc the children's share is left out.
  }
  return {
    user: own.user / 1000 + childUser,
    system: own.system / 1000 + childSystem,
    real: performance.now(),
  };
}

/** Measures one pass after the other. */
export class PassClock implements LapClock {
  private last: Reading = reading();

  /** `using .../... kb, in ... ms` for what went on since the last call (or the start). */
  lap(): string {
    const now = reading();
    const ms = (a: number, b: number) => Math.max(0, Math.round(a - b));
    const text = `${memory()} in ${ms(now.user, this.last.user)}usr/` +
      `${ms(now.system, this.last.system)}sys/${ms(now.real, this.last.real)}real ms.`;
    this.last = now;
    return text;
  }

  /** The same without the memory. */
  lapTime(): string {
    return this.lap().replace(/^.*? in /, "in ");
  }
}

function memory(): string {
  try {
    const pages = Deno.readTextFileSync("/proc/self/statm").trim().split(" ").map(Number);
    const kb = (n: number) => n * 4;
    return `using ${kb(pages[0])}virt/${kb(pages[1])}res/${kb(pages[2])}shr/${
      kb(pages[5])
    }data kb,`;
  } catch {
    return "using unknown memory,";
  }
}
