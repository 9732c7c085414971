/** Ctrl-C at a terminal, which every process of the foreground gets: the session ends, its machine does not. */
import assert from "node:assert/strict";
import { bootableKernels } from "../../loader/kernels.ts";

const MAIN = new URL("../../cli/main.ts", import.meta.url).pathname;
const SCRIPT =
  'probe begin { println("begun") } probe timer.s(1) { next } probe end { println("ended") }';
const CTRL_C = Uint8Array.of(3);

Deno.test("Ctrl-C at a terminal ends a session in a machine, and end probes run", async () => {
  const { release } = bootableKernels()[0];
  const words = [Deno.execPath(), "run", "-A", "-q", "--no-check", MAIN, "-u", "-e", SCRIPT];
  const quoted = [...words, `--remote=vm:${release}`].map((word) => `'${word}'`).join(" ");
  // script(1) gives the command a terminal of its own. A shell that stayed (dash does) would die of
  // the Ctrl-C, and its status would be reported, so it makes place.
  const command = `exec ${quoted}`;
  const child = new Deno.Command("script", {
    args: ["-q", "-e", "-c", command, "/dev/null"],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const late = setTimeout(() => child.kill("SIGKILL"), 200_000);
  const keys = child.stdin.getWriter();
  let text = "";
  for await (const bytes of child.stdout) {
    const begins = !text.includes("begun");
    text += new TextDecoder().decode(bytes);
    if (begins && text.includes("begun")) await keys.write(CTRL_C);
  }
  const { code } = await child.status;
  clearTimeout(late);
  await keys.close().catch(() => {});
  assert.match(text, /begun[^]*ended/);
  assert.equal(code, 0, text);
});
