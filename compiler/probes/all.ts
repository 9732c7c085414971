/** The table of probe families. Adding one is its file and its line here. */
import { ProbeFamily } from "../front/probes/family.ts";
import { DataFamily } from "./data.ts";
import { FunctionFamily } from "./function.ts";
import { KprobeFamily } from "./kprobe.ts";
import { NetfilterFamily } from "./netfilter.ts";
import { PerfFamily } from "./perf.ts";
import { ProcfsFamily } from "./procfs.ts";
import { SessionFamily } from "./session.ts";
import { StatementFamily } from "./statement.ts";
import { TimerFamily } from "./timer.ts";
import { TraceFamily } from "./trace.ts";

export function allFamilies(): ProbeFamily[] {
  const families: ProbeFamily[] = [];
  families.push(new SessionFamily());
  families.push(new TimerFamily());
  families.push(new FunctionFamily());
  families.push(new KprobeFamily());
  families.push(new StatementFamily());
  families.push(new TraceFamily());
  families.push(new PerfFamily());
  families.push(new DataFamily());
  families.push(new ProcfsFamily());
  families.push(new NetfilterFamily());
  return families;
}
