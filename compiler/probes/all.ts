/** The table of probe families. Adding one is its file and its line here. */
import { ProbeFamily } from "../front/probes/family.ts";
import { FunctionFamily } from "./function.ts";
import { KprobeFamily } from "./kprobe.ts";
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
  return families;
}
