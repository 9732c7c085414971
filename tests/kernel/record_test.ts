/** `tapir record`: what a live session prints, its recording prints on the WebAssembly engine. */
import assert from "node:assert/strict";
import { bootableKernels } from "../../loader/kernels.ts";
import { CaptureHost } from "./capture_host.ts";

const target = bootableKernels().find((kernel) => kernel.build != "");

/** Everything that an event must carry: arguments, memory behind them, results, tasks, time. */
const SCRIPT = `
global reads, calls, first
probe begin { printf("begin %s\\n", pp()) }
probe kernel.function("vfs_read") {
  reads[execname(), $count]++
  if (first++ < 3) printf("%s %d %d %d\\n", execname(), pid(), cpu(), gettimeofday_us())
}
probe kernel.function("vfs_read").return {
  if ($return > 100) printf("%d of %d\\n", $return, @entry($count))
}
probe kernel.trace("sched_process_exec") { printf("exec %s\\n", kernel_string($bprm->filename)) }
probe kernel.function("vfs_open") { printf("%s\\n", kernel_string($path->dentry->d_name->name)) }
probe timer.ms(20) { calls++ }
probe end { foreach ([name, count] in reads) printf("%s %d: %d\\n", name, count, reads[name, count])
  printf("%d\\n", calls) }
`;

Deno.test({
  name: "a recording prints on the WebAssembly engine what the session printed",
  ignore: target == null,
  async fn() {
    const folder = await Deno.makeTempDir();
    const host = new CaptureHost();
    try {
      const script = `${folder}/script.stp`;
      const events = `${folder}/events.jsonl`;
      await Deno.writeTextFile(script, SCRIPT);
      const release = target!.release;
      const command = "cat /proc/self/status /etc/passwd >/tmp/x; cat /tmp/x >/tmp/y; sleep 0.2";
      const words = [`--remote=vm:${release}`, "--summary=json", "-c", command];
      const live = await host.run(["record", ...words, "-o", events, script]);
      assert.equal(live.status, 0, live.stderr);
      const { summary } = JSON.parse(live.stderr.trim().split("\n").pop()!);
      assert.equal(summary.lost, 0);
      const lines = (await Deno.readTextFile(events)).trimEnd().split("\n");
      // One event for each hit, and one for each entry that a return probe saw.
      const handled = summary.probes.reduce((sum: number, p: any) => sum + p.handled, 0);
      const entries = lines.filter((line) => line.includes('"return":"entry"')).length;
      assert.equal(lines.length - entries, handled);
      assert.ok(entries > 0);
      const replay = await host.run([`-r${release}`, "--replay", events, script]);
      assert.equal(replay.status, 0, replay.stderr);
      assert.equal(replay.stdout, live.stdout);
    } finally {
      await Deno.remove(folder, { recursive: true });
      await host.close();
    }
  },
});
