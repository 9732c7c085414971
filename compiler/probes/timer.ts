/**
 * timer.*: periodic probes.
 *
 * Rows: family "timer"; props:
 *   kind       interval (period in ns), jiffies (period in jiffies), profile (every tick, every CPU)
 *   period     decimal
 *   randomize  decimal, same unit: each interval is changed by -randomize..+randomize; 0 for none
 *   hz         the N of timer.hz(N); absent otherwise (its kind is interval)
 * No context variables.
 */
import {
  i64Add,
  i64Compare,
  i64Div,
  i64FromDecimal,
  i64Mul,
  i64Sub,
  i64ToDecimal,
} from "../front/portable/target.ts";
import { PointMatch, PointQuery, ProbeFamily } from "../front/probes/family.ts";

const UNITS: string[] = ["s", "sec", "ms", "msec", "us", "usec", "ns", "nsec"];
const SCALES: string[] = [
  "1000000000",
  "1000000000",
  "1000000",
  "1000000",
  "1000",
  "1000",
  "1",
  "1",
];
const SHORTEST: string = "100000";
const LONGEST: string = "86400000000000";

export class TimerFamily extends ProbeFamily {
  constructor() {
    super();
    for (let i: i32 = 0; i < UNITS.length; i++) {
      this.form("timer." + UNITS[i] + "(N)", "every N " + UNITS[i], "usr");
      this.form("timer." + UNITS[i] + "(N).randomize(N)", "the same, more or less M", "usr");
    }
    this.form("timer.jiffies(N)", "every N jiffies", "usr");
    this.form("timer.jiffies(N).randomize(N)", "every N jiffies, more or less M", "usr");
    this.form("timer.hz(N)", "N times a second", "usr");
    this.form("timer.profile", "at every system tick, on every CPU", "sys");
    this.form("timer.profile.tick", "at every system tick, on every CPU", "sys");
  }

  resolve(query: PointQuery): void {
    const unit = query.form.names[1];
    const match = new PointMatch("timer", query.text());
    let done: bool = false;
    if (unit == "profile") {
      match.prop("kind", "profile");
      match.prop("period", "0");
      match.prop("randomize", "0");
      done = true;
    } else if (unit == "hz") done = this.hz(query, match);
    else if (unit == "jiffies") done = this.jiffies(query, match);
    else done = this.interval(query, match, SCALES[UNITS.indexOf(unit)]);
    if (done) query.matches.push(match);
  }

  private hz(query: PointQuery, match: PointMatch): bool {
    const hz = i64FromDecimal(query.numberOf("hz", "0"));
    if (i64Compare(hz, i64FromDecimal("1")) < 0) {
      query.problem = "the frequency must be at least 1";
      return false;
    }
    const second = i64FromDecimal("1000000000");
    const period = i64Div(i64Add(second, i64Sub(hz, i64FromDecimal("1"))), hz);
    if (i64Compare(period, i64FromDecimal(SHORTEST)) < 0) {
      query.problem = "interval out of range (100 us to 1 day)";
      return false;
    }
    match.prop("kind", "interval");
    match.prop("period", i64ToDecimal(period));
    match.prop("randomize", "0");
    match.prop("hz", i64ToDecimal(hz));
    return true;
  }

  private jiffies(query: PointQuery, match: PointMatch): bool {
    const period = query.numberOf("jiffies", "0");
    const value = i64FromDecimal(period);
    if (
      i64Compare(value, i64FromDecimal("1")) < 0 || i64Compare(value, i64FromDecimal("1000000")) > 0
    ) {
      query.problem = "interval out of range (1..1000000)";
      return false;
    }
    return this.finish(query, match, "jiffies", period, query.numberOf("randomize", "0"));
  }

  private interval(query: PointQuery, match: PointMatch, scale: string): bool {
    const factor = i64FromDecimal(scale);
    const count = i64FromDecimal(query.numberOf(query.form.names[1], "0"));
    const limit = i64Div(i64FromDecimal(LONGEST), factor);
    const period = i64Mul(count, factor);
    if (
      i64Compare(count, i64FromDecimal("1")) < 0 || i64Compare(count, limit) > 0 ||
      i64Compare(period, i64FromDecimal(SHORTEST)) < 0
    ) {
      query.problem = "interval out of range (100 us to 1 day)";
      return false;
    }
    const random = i64Mul(i64FromDecimal(query.numberOf("randomize", "0")), factor);
    return this.finish(query, match, "interval", i64ToDecimal(period), i64ToDecimal(random));
  }

  private finish(
    query: PointQuery,
    match: PointMatch,
    kind: string,
    period: string,
    random: string,
  ): bool {
    const value = i64FromDecimal(random);
    if (
      i64Compare(value, i64FromDecimal("0")) < 0 || i64Compare(value, i64FromDecimal(period)) > 0
    ) {
      query.problem = "randomize value out of range";
      return false;
    }
    match.prop("kind", kind);
    match.prop("period", period);
    match.prop("randomize", random);
    return true;
  }
}
