/**
 * Stress: sessions are started and ended in every way, again and again, in a machine under load.
 * Nothing may crash or stay behind, the kernel must not complain, and every loss is counted.
 *
 *     deno task stress [--release RELEASE] [--cycles N] [--kills N] [--seed N]
 */
import { strict as assert } from "node:assert";
import { bootableKernels, type Kernel, kernel, matchRelease } from "../../loader/kernels.ts";
import { projectRoot } from "../../loader/root.ts";
import { Guest } from "./guest.ts";
import type { Expectation, Plan, Report } from "./stress_guest.ts";

/** Probes of every kind at once. */
const ALL = `
  global n, m, s, t
  probe kernel.function("vfs_read") { m[pid()]++ }
  probe kernel.function("vfs_read").return { s <<< $return }
  probe kernel.trace("sched_switch") { n++ }
  probe timer.profile { n++ }
  probe timer.us(300) { n++ }
  probe timer.jiffies(1) { t[execname()]++ }
  probe end { foreach (p in m) x += m[p]; printf("%d %d\\n", x, @count(s)) }`;

/** What each module does, with its options and how its session must go. */
const SCRIPTS: [Expectation, string, string[]][] = [
  ["runs", ALL, ["-DMAXSKIPPED=1000000"]],
  ["ends itself", ALL + ` probe begin { exit() }`, []],
  ["ends itself", ALL + ` probe timer.ms(3) { exit() }`, ["-DMAXSKIPPED=1000000"]],
  ["fails", ALL + ` probe begin { error("in begin") } probe error { println("error") }`, []],
  ["may fail", ALL + ` probe timer.us(100) { println(1 / (n - n)) }`, ["-DMAXSKIPPED=1000000"]],
  ["may fail", `global full probe timer.us(100) { full[gettimeofday_ns()] = 1 }`, [
    "-DMAXMAPENTRIES=8",
  ]],
  ["floods", `global n probe kernel.trace("sys_enter") { printf("%063d\\n", n++) }`, [
    ...["-DSTP_NO_OVERLOAD", "-DMAXSKIPPED=1000000"],
  ]],
  ["no memory", `global huge probe begin { huge["x"] = 1; exit() }`, [
    "-DMAXMAPENTRIES=200000000",
  ]],
];

/** Reads, system calls and process switches on all processors. */
const LOAD = "for i in 1 2; do (while :; do cat /proc/self/status /proc/self/maps; done" +
  " >/dev/null 2>&1 & echo $! >>/tmp/load); done";

export interface StressOptions {
  cycles: number;
  kills: number;
  seed: number;
}

/** Runs the stress test on one kernel; throws if anything is wrong. */
export async function stress(
  target: Kernel,
  options: StressOptions,
  watch: (text: string) => void = () => {},
): Promise<Report> {
  const guest = await Guest.boot(target);
  try {
    const plan: Plan = { ...options, modules: [] };
    for (const [expect, script, words] of SCRIPTS) {
      const path = await guest.build(script, words);
      const name = path.slice(path.lastIndexOf("/") + 1).replace(".ko", "");
      plan.modules.push({ path, name, expect });
    }
    const inside = "/tapir/tests/kernel/stress_guest.ts";
    await guest.put(`${projectRoot()}/tests/kernel/stress_guest.ts`, inside);
    await guest.machine.agent.putFile(
      "/tmp/plan.json",
      new TextEncoder().encode(JSON.stringify(plan)),
    );
    await guest.shell(LOAD);
    const ran = await guest.shell(
      "deno run -A -q --no-lock --no-config --no-check --no-remote --no-npm" +
        ` ${inside} /tmp/plan.json; kill $(cat /tmp/load)`,
      watch,
    );
    const last = ran.stdout.trimEnd().split("\n").pop()!;
    assert.ok(
      last.startsWith("{"),
      `no report: ${ran.stdout.slice(-2000)} ${ran.stderr.slice(-2000)}`,
    );
    const report: Report = JSON.parse(last);
    assert.deepEqual(report.wrong, []);
    await guest.assertClean();
    return report;
  } finally {
    await guest.stop();
  }
}

if (import.meta.main) {
  const value = (name: string, otherwise: string) => {
    const at = Deno.args.indexOf(name);
    return at < 0 ? otherwise : Deno.args[at + 1] ?? otherwise;
  };
  const release = matchRelease(value("--release", bootableKernels()[0]?.release ?? ""));
  const started = performance.now();
  const report = await stress(kernel(release), {
    cycles: Number(value("--cycles", "1000")),
    kills: Number(value("--kills", "50")),
    seed: Number(value("--seed", String(1 + Math.floor(Math.random() * 1e9)))),
  }, (text) => void Deno.stderr.writeSync(new TextEncoder().encode(text)));
  console.log(JSON.stringify(report));
  console.log(`${((performance.now() - started) / 1000).toFixed(0)} s on Linux ${release}`);
}
