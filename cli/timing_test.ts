import { equal } from "node:assert/strict";
import { timingReport } from "./timing.ts";

Deno.test("-t reports hits, cycles and misses of the probes that ran", () => {
  const missed = { nesting: 0, lock: 2 };
  const report = timingReport([
    { point: "begin", hits: 1, handled: 1, missed: {} },
    { point: "never", hits: 0, handled: 0, missed },
    {
      point: "timer.ms(1)",
      hits: 12,
      handled: 10,
      missed,
      cycles: { least: 5, average: 7, most: 30 },
    },
  ]);
  equal(
    report,
    "----- probe hit report:\n" +
      "begin, hits: 1, index: 0\n" +
      "timer.ms(1), hits: 10, cycles: 5min/7avg/30max, missed (lock): 2, index: 2\n",
  );
});
