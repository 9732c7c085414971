/** The report of -t: how often each probe ran, how long its handler took, and what it missed. */
import type { ProbeLoss } from "../loader/types.ts";

export function timingReport(probes: ProbeLoss[]): string {
  const lines = ["----- probe hit report:"];
  probes.forEach((probe, index) => {
    const { point, handled, missed, cycles } = probe;
    if (probe.hits == 0) return;
    const parts = [point, `hits: ${handled}`];
    if (cycles != null) {
      parts.push(`cycles: ${cycles.least}min/${cycles.average}avg/${cycles.most}max`);
    }
    for (const [kind, count] of Object.entries(missed)) {
      if (count > 0) parts.push(`missed (${kind}): ${count}`);
    }
    lines.push([...parts, `index: ${index}`].join(", "));
  });
  return lines.join("\n") + "\n";
}
