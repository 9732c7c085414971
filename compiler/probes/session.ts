/**
 * begin, end, error, never: the session's own probes.
 *
 * Rows: family "begin", "end", "error" or "never"; props: order (decimal, default 0).
 * begin, end and error run with the longer action limit. No context variables.
 */
import { PointMatch, PointQuery, ProbeFamily } from "../front/probes/family.ts";

export class SessionFamily extends ProbeFamily {
  constructor() {
    super();
    this.form("begin", "when the session starts", "usr");
    this.form("begin(N)", "when the session starts, in ascending order of N", "usr");
    this.form("end", "when the session ends in order", "usr");
    this.form("end(N)", "when the session ends in order, in ascending order of N", "usr");
    this.form("error", "when the session ends after an error", "usr");
    this.form("error(N)", "when the session ends after an error, in ascending order of N", "usr");
    this.form("never", "never runs; its handler is checked", "usr");
  }

  resolve(query: PointQuery): void {
    const family = query.form.names[0];
    const match = new PointMatch(family, query.text());
    match.interruptible = family != "never";
    match.prop("order", query.numberOf(family, "0"));
    query.matches.push(match);
  }
}
