/** `tapir record`: what a live session prints, its recording prints on the WebAssembly engine. */
import assert from "node:assert/strict";
import { bootableKernels } from "../../loader/kernels.ts";
import { CaptureHost } from "./capture_host.ts";
import { RECORDED_SESSIONS, type RecordedSession } from "./recorded_sessions.ts";

const kernels = bootableKernels().filter((kernel) => kernel.build != "");
const target = kernels.find((kernel) => kernel.release.startsWith("6.1.")) ?? kernels[0];

/** Nothing is lost, and there is one event for each hit and for each entry of a return probe. */
function assertWhole(summaryLine: string, events: string): void {
  const { summary } = JSON.parse(summaryLine);
  assert.equal(summary.lost, 0);
  const lines = events.trimEnd().split("\n");
  const handled = summary.probes.reduce((sum: number, p: any) => sum + p.handled, 0);
  const entries = lines.filter((line) => line.includes('"return":"entry"')).length;
  assert.equal(lines.length - entries, handled);
}

async function recordAndReplay(session: RecordedSession, host: CaptureHost, folder: string) {
  const script = `${folder}/script.stp`;
  const events = `${folder}/events.jsonl`;
  await Deno.writeTextFile(script, session.script);
  const words = [`--remote=vm:${target.release}`, "--summary=json", "-c", session.command];
  const live = await host.run(["record", ...words, "-o", events, script]);
  assert.equal(live.status, 0, live.stderr);
  assert.match(live.stdout, session.shows);
  assertWhole(live.stderr.trim().split("\n").pop()!, await Deno.readTextFile(events));
  const replay = await host.run([`-r${target.release}`, "--replay", events, script]);
  assert.equal(replay.status, 0, replay.stderr);
  assert.equal(replay.stdout, live.stdout);
}

Deno.test({
  name: "a recording prints on the WebAssembly engine what the session printed",
  ignore: target == null,
  async fn(t) {
    const folder = await Deno.makeTempDir();
    const host = new CaptureHost();
    try {
      for (const session of RECORDED_SESSIONS) {
        await t.step(session.name, () => recordAndReplay(session, host, folder));
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
      await host.close();
    }
  },
});
