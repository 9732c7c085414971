/** What the lines after each pass need when nobody asked for times. */

export interface LapClock {
  /** What the last pass cost, in words; "" if it is not measured. */
  lap(): string;
  lapTime(): string;
}

export class NoClock implements LapClock {
  lap(): string {
    return "";
  }
  lapTime(): string {
    return "";
  }
}

/** "1 probe", "2 probes". */
export function count(n: number, singular: string, plural = singular + "s"): string {
  return `${n} ${n == 1 ? singular : plural}`;
}
