/**
 * Handlers on four virtual CPUs at once, in tasks, softirqs and interrupts: nothing is counted
 * twice or not at all, no handler is seen half done, lines stay whole and in order.
 *
 * The CPUs share one thread of the emulator (see machine.ts), so they interleave by time slices,
 * also in the middle of a handler.
 */
import assert from "node:assert/strict";
import { bootableKernels } from "../../loader/kernels.ts";
import type { SessionSummary } from "../../loader/types.ts";
import { VmAgent } from "../../loader/vm/machine.ts";
import { compile } from "../../mod.ts";

const CPUS = 4;
/** Reads in four processes; ticks and softirqs come by themselves. */
const COMMAND = "for i in 1 2 3 4; do dd if=/dev/zero of=/dev/null bs=1 count=4000 2>/dev/null & " +
  "done; wait";
/** Task, softirq and interrupt context, on every CPU. */
const EVERYWHERE =
  'probe kernel.function("vfs_read"), kernel.trace("softirq_entry"), timer.profile';

interface Test {
  name: string;
  script: string;
  /** `numbers`: of the last line; `handled`: hits of the hammered points; `lines`: all of them. */
  check(numbers: number[], handled: number, lines: string[], summary: SessionSummary): void;
}

const TESTS: Test[] = [
  {
    name: "what handlers only add to",
    script: `global n = 100, s, m, a
      probe begin { n = 7; s <<< 2 }
      ${EVERYWHERE} { n++; s <<< 2; m[cpu()]++; a[cpu(), execname()] <<< 3 }
      probe end {
        foreach (c in m) t += m[c]
        foreach ([c, e] in a) { u += @count(a[c, e]); w += @sum(a[c, e]) }
        printf("%d %d %d %d %d %d\\n", n, @count(s), @sum(s), t, u, w)
      }`,
    check([n, count, sum, t, u, w], handled) {
      assert.deepEqual(
        [n - 7, count - 1, sum - 2, t, u, w],
        [handled, handled, 2 * handled, handled, handled, 3 * handled],
      );
    },
  },
  {
    name: "sums that others read meanwhile",
    script: `global n, s, m, torn, reads
      probe begin { n = 0; m["a"] = 0; m["b"] = 0 }
      ${EVERYWHERE} { n++; s <<< 2; m["a"]++; m["b"]++ }
      probe timer.ms(2) {
        reads++
        if (@count(s) != n || @sum(s) != 2 * n || m["a"] != n || m["b"] != n) torn++
      }
      probe end { printf("%d %d %d %d\\n", n, @sum(s), torn, reads > 0) }`,
    check([n, sum, torn, reads], handled) {
      assert.deepEqual([n, sum, torn, reads], [handled, 2 * handled, 0, 1]);
    },
  },
  {
    name: "an aggregate alone, read meanwhile",
    script: `global s, torn
      ${EVERYWHERE} { s <<< 5 }
      probe timer.ms(2) { if (@sum(s) != 5 * @count(s)) torn++ }
      probe end { printf("%d %d %d\\n", @count(s), @sum(s), torn) }`,
    check([count, sum, torn], handled) {
      assert.deepEqual([count, sum, torn], [handled, 5 * handled, 0]);
    },
  },
  {
    name: "values that are read, changed and written back",
    script: `global plain, text, pair, torn
      ${EVERYWHERE} {
        plain = plain + 1
        text = sprintf("%d", plain)
        pair["left"] = plain
        pair["right"] = plain
      }
      probe timer.ms(2) {
        if (strtol(text, 10) != plain || pair["left"] != plain || pair["right"] != plain) torn++
      }
      probe end { printf("%d %s %d\\n", plain, text, torn) }`,
    check([plain, text, torn], handled) {
      assert.deepEqual([plain, text, torn], [handled, handled, 0]);
    },
  },
  {
    name: "exactly once",
    script: `global m, n, hits, torn, made, gone
      ${EVERYWHERE} {
        k = hits++ % 37
        if (!(k in m)) { m[k] = 1; n++; made++ }
      }
      probe timer.ms(3) {
        foreach (k in m) there++
        if (there != n) torn++
        gone += n
        n = 0
        delete m
      }
      probe end {
        foreach (k in m) there++
        printf("%d %d %d %d\\n", hits, made - gone - there, n - there, torn)
      }`,
    check([hits, missing, extra, torn], handled) {
      assert.deepEqual([hits, missing, extra, torn], [handled, 0, 0, 0]);
    },
  },
  {
    name: "foreach while others insert and delete",
    script: `global m, total, torn, rounds
      ${EVERYWHERE} { m[cpu(), total % 23] += 2; total += 2; if (total % 64 == 0) delete m[cpu(), 1] }
      probe timer.ms(4) {
        rounds++
        foreach ([c, k] in m- limit 1000) { sum += m[c, k]; if (m[c, k] % 2) torn++ }
        if (sum > total) torn++
      }
      probe end { printf("%d %d %d\\n", total, torn, rounds > 0) }`,
    check([total, torn, rounds], handled) {
      assert.deepEqual([total, torn, rounds], [2 * handled, 0, 1]);
    },
  },
  {
    name: "lines",
    script: `global at
      ${EVERYWHERE} { printf("%d %d of this CPU\\n", cpu(), at[cpu()]++) }
      probe end { print("0\\n") }`,
    check(_numbers, handled, lines, summary) {
      assert.equal(lines.length - 1, handled - summary.lost);
      // An interrupt's line may overtake that of the handler which it interrupts, so only the set
      // of lines is known.
      const seen = new Set(lines.slice(0, -1));
      assert.equal(seen.size, lines.length - 1);
      const most = new Array(CPUS).fill(0);
      for (const line of seen) {
        const [, cpu, at] = /^([0-3]) (\d+) of this CPU$/.exec(line)!.map(Number);
        most[cpu] = Math.max(most[cpu], at + 1);
      }
      if (summary.lost == 0) assert.equal(most.reduce((sum, n) => sum + n, 0), handled);
    },
  },
];

for (const target of bootableKernels().filter((k) => k.build != "")) {
  Deno.test({
    name: `handlers on ${CPUS} CPUs of ${target.release}`,
    sanitizeResources: false,
    sanitizeOps: false,
    async fn(t) {
      const agent = await VmAgent.start(target, { cpus: CPUS });
      try {
        for (const test of TESTS) {
          await t.step(test.name, () => runTest(agent, target.release, test));
        }
        assert.doesNotMatch(await agent.kernelLog(), /BUG|WARNING:|Oops|stall|lockup/);
      } finally {
        await agent.close();
      }
    },
  });
}

async function runTest(agent: VmAgent, release: string, test: Test): Promise<void> {
  const built = await compile({ script: test.script, release });
  assert.equal(built.status, 0, built.stderr);
  const moduleName = built.manifest!.module;
  let stdout = "", stderr = "";
  const result = await agent.run({
    modulePath: await agent.put(built.path, `${moduleName}.ko`),
    moduleName,
    command: COMMAND,
  }, {
    stdout: (bytes) => void (stdout += new TextDecoder().decode(bytes)),
    stderr: (bytes) => void (stderr += new TextDecoder().decode(bytes)),
  });
  const summary = result.summary!;
  assert.equal(summary.errors, 0, stderr);
  const hammered = summary.probes.filter((p) => !/^(begin|end|timer\.ms)/.test(p.point));
  for (const probe of hammered) assert.ok(probe.handled > 0, `${probe.point} was never hit`);
  const handled = hammered.reduce((sum, probe) => sum + probe.handled, 0);
  const lines = stdout.trimEnd().split("\n");
  test.check(lines.at(-1)!.split(" ").map(Number), handled, lines, summary);
}
