/**
 * Probes with conditions are disarmed while those do not hold, every family of them: what is not
 * armed has no hits. And nothing of a session is left: no file, no filter, no kernel warning.
 */
import assert from "node:assert/strict";
import { bootableKernels } from "../../loader/kernels.ts";
import { VmAgent } from "../../loader/vm/machine.ts";
import { compile } from "../../mod.ts";

const kernels = bootableKernels().filter((k) => k.build != "");

/** One point of each family that is switched, each with much to see while it is armed. */
const POINTS = [
  'kernel.function("vfs_write")',
  'kernel.function("vfs_open").return',
  'kprobe.function("vfs_open")',
  'kernel.trace("sched_switch")',
  "timer.ms(5)",
  "timer.jiffies(2)",
  "timer.profile",
  "perf.sw.cpu_clock.sample(1000000)",
  'kernel.data("panic_timeout").write',
];

/** Work that hits all the points. */
const BUSY =
  "i=0; while [ $i -lt 60 ]; do head -c 50 /proc/version > /tmp/x; echo 5 > /proc/sys/kernel/panic;" +
  " sleep 0.02; i=$((i+1)); done;";

function script(): string {
  const lines = ["global on, n"];
  for (const point of POINTS) lines.push(`probe ${point} if (on) { n <<< 1 }`);
  // A function twice, so that its site stays while one of the two is wanted.
  lines.push('probe kernel.function("vfs_open") if (on) { n <<< 1 }');
  lines.push('probe kernel.function("vfs_open") if (!on) { n <<< 1 }');
  lines.push('probe procfs("on").write { on = strtol($value, 10) }');
  lines.push("probe end { println(@count(n) >= 0) }");
  return lines.join("\n");
}

class Bench {
  private modules = new Map<string, { modulePath: string; moduleName: string }>();

  constructor(private agent: VmAgent, private release: string) {}

  /** Runs a script; gives the hits of each row, in the order of the script. */
  async hits(text: string, command: string): Promise<number[]> {
    let module = this.modules.get(text);
    if (module == null) {
      const built = await compile({ script: text, release: this.release });
      assert.equal(built.status, 0, built.stderr);
      const moduleName = built.manifest!.module;
      module = { moduleName, modulePath: await this.agent.put(built.path, `${moduleName}.ko`) };
      this.modules.set(text, module);
    }
    let output = "";
    const collect = (bytes: Uint8Array) => void (output += new TextDecoder().decode(bytes));
    const result = await this.agent.run({ ...module, command }, {
      stdout: collect,
      stderr: collect,
    });
    assert.equal(result.status, 0, output);
    const probes = result.summary!.probes;
    for (const probe of probes) {
      const missed = Object.values(probe.missed).reduce((a, b) => a + b, 0);
      assert.equal(probe.hits, probe.handled + missed, probe.point);
    }
    return probes.map((probe) => probe.hits);
  }

  async shell(command: string): Promise<string> {
    let output = "";
    const collect = (bytes: Uint8Array) => void (output += new TextDecoder().decode(bytes));
    await this.agent.machine.agent.runShell(command, { stdout: collect, stderr: collect });
    return output;
  }
}

/** Lines of the kernel's log that no test may cause. */
const TROUBLE = "dmesg | grep -iE 'WARNING:|BUG|Oops|Call Trace|leak|refcount|hung|stall'";

for (const target of kernels) {
  Deno.test({
    name: `conditions arm and disarm on ${target.release}`,
    sanitizeResources: false,
    sanitizeOps: false,
    async fn(t) {
      const agent = await VmAgent.start(target, {});
      const bench = new Bench(agent, target.release);
      const file = "on=$(ls /proc/systemtap/*/on);";
      const count = POINTS.length;
      try {
        await bench.shell("dmesg -c > /dev/null");
        await t.step("what is never wanted has no hits", async () => {
          const hits = await bench.hits(script(), BUSY);
          assert.deepEqual(hits.slice(0, count), POINTS.map(() => 0));
          assert.ok(hits[count + 1] > 0, "the opposite condition holds all the time");
        });
        await t.step("what is wanted for a while has hits", async () => {
          const command = `${file} echo 1 > $on; sleep 0.2; ${BUSY} echo 0 > $on; sleep 0.2`;
          const hits = await bench.hits(script(), command);
          POINTS.forEach((point, i) => assert.ok(hits[i] > 0, `${point}: ${hits[i]}`));
        });
        await t.step("the hits stop when the condition does", async () => {
          // Off again at once: only what happens until it is seen can be a hit.
          const short = `${file} echo 1 > $on; sleep 0.2; echo 0 > $on; sleep 0.3;`;
          const before = await bench.hits(script(), short);
          let after = await bench.hits(script(), `${short} ${BUSY}`);
          // A busy machine may be late to switch, but not each time.
          for (let more = 0; more < 2; more++) {
            const again = await bench.hits(script(), `${short} ${BUSY}`);
            after = after.map((hits, i) => Math.min(hits, again[i]));
          }
          // The busy part would have brought every one of them more than that.
          POINTS.forEach((point, i) =>
            assert.ok(after[i] <= before[i] * 2 + 12, `${point}: ${before[i]}, then ${after[i]}`)
          );
        });
        await t.step("many switches under load", async () => {
          const flip =
            `${file} (${BUSY} ${BUSY}) & i=0; while [ $i -lt 30 ]; do echo 1 > $on; sleep 0.03;` +
            ` echo 0 > $on; sleep 0.03; i=$((i+1)); done; wait`;
          const hits = await bench.hits(script(), flip);
          assert.ok(hits[3] > 0);
        });
        await t.step("nothing is left of the sessions", async () => {
          const mounts = "mount -t tracefs none /sys/kernel/tracing 2>/dev/null;";
          assert.equal(
            await bench.shell(`${mounts} cat /sys/kernel/tracing/enabled_functions`),
            "",
          );
          assert.match(await bench.shell("ls -d /proc/systemtap"), /No such file/);
          assert.equal(await bench.shell(TROUBLE), "");
        });
      } finally {
        await agent.close();
      }
    },
  });
}
