/**
 * perf.*: overflows of event counters, on every CPU or of the session's target process.
 *
 * Rows: family "perf"; props:
 *   type, config  the event, as in perf_event_attr (linux/perf_event.h)
 *   period        events between two hits; absent with rate
 *   rate          hits a second
 *   counter       instead of both: @perf of this name reads how many events there were on the
 *                 processor that asks; its handler never runs
 *   target        "1": only while the process of -c or -x runs, with its children
 * No context variables: registers and what they lead to only.
 */
import { i64Compare, i64FromDecimal } from "../front/portable/target.ts";
import { isGlob } from "../front/source/glob.ts";
import { PointMatch, PointQuery, ProbeFamily } from "../front/probes/family.ts";

const EVENT: string = "perf.type(N).config(N)";
const PERIOD: string = "1000000";

export class PerfFamily extends ProbeFamily {
  constructor() {
    super();
    this.form(EVENT, "every 1000000 events M of type N", "sys");
    this.form(EVENT + ".sample(N)", "every N events", "sys");
    this.form(EVENT + ".hz(N)", "N times a second", "sys");
    this.form(EVENT + ".process", "events of the process of -c or -x", "sys");
    this.form(EVENT + ".process(S)", "events of processes that run S", "sys");
    this.form(EVENT + ".counter(S)", "a counter to read with @perf(S)", "sys");
    this.form(EVENT + ".process(S).counter(S)", "a process's counter to read with @perf(S)", "sys");
  }

  resolve(query: PointQuery): void {
    query.problem = problemOf(query);
    if (query.problem != "") return;
    const rate = query.numberOf("hz", "");
    const match = new PointMatch("perf", query.text());
    match.prop("type", query.numberOf("type", "0"));
    match.prop("config", query.numberOf("config", "0"));
    match.counter = query.textOf("counter");
    if (match.counter != "") match.prop("counter", match.counter);
    else if (rate == "") match.prop("period", query.numberOf("sample", PERIOD));
    else match.prop("rate", rate);
    if (query.has("process")) match.prop("target", "1");
    query.matches.push(match);
  }
}

/** Why the point is refused, or "". */
function problemOf(query: PointQuery): string {
  if (query.textOf("process") != "") {
    return "counters of processes by their program need process probes, " +
      "which are not served yet; .process without a name takes the process of -c or -x";
  }
  if (query.has("counter")) {
    const name = query.textOf("counter");
    if (name == "") return "the counter's name is missing";
    if (isGlob(name)) return "the name of a counter is no pattern";
  }
  if (!positive(query.numberOf("hz", "1"))) return "the frequency must be at least 1";
  if (!positive(query.numberOf("sample", "1"))) return "the number of events must be at least 1";
  if (!small(query.numberOf("type", "0"))) {
    return "a type of events is a number from 0 to 4294967295";
  }
  return "";
}

function positive(text: string): bool {
  return i64Compare(i64FromDecimal(text), i64FromDecimal("0")) > 0;
}

function small(text: string): bool {
  const value = i64FromDecimal(text);
  return i64Compare(value, i64FromDecimal("0")) >= 0 &&
    i64Compare(value, i64FromDecimal("4294967295")) <= 0;
}
