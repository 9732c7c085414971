/** The WebAssembly engine from the command line: limits of the sandbox, and handlers that spin. */
import assert from "node:assert/strict";

const MAIN = new URL("main.ts", import.meta.url).pathname;

/** Runs the program; with `interrupt` Ctrl-C comes after 4 s. */
async function tapir(script: string, options: string[], interrupt = false) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "-q", "--no-check", MAIN, "--runtime=wasm", ...options, "-e", script],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (interrupt) setTimeout(() => child.kill("SIGINT"), 4000);
  // A test that fails must not hang.
  const late = setTimeout(() => child.kill("SIGKILL"), 120_000);
  const out = await child.output();
  clearTimeout(late);
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { status: out.code, stdout: decode(out.stdout), stderr: decode(out.stderr) };
}

/** A loop without a body would be left out, as it has no effect. */
const SPIN = 'global n probe begin { while (1) n++ } probe end { if (n) println("end") }';
const FREE = ["-g", "--suppress-time-limits"];

Deno.test("a handler that spins ends with -T, and end probes run", async () => {
  const ran = await tapir(SPIN, [...FREE, "-T", "0.3"]);
  assert.deepEqual(ran, { status: 0, stdout: "end\n", stderr: "" });
});

Deno.test("a timer's handler that spins ends with -T", async () => {
  const script = "global n probe timer.ms(1) { while (1) n++ } probe end { println(n > 0) }";
  const ran = await tapir(script, [...FREE, "-T", "0.3"]);
  assert.deepEqual(ran, { status: 0, stdout: "1\n", stderr: "" });
});

Deno.test("a handler that spins ends with Ctrl-C, and end probes run", async () => {
  const ran = await tapir(SPIN, FREE, true);
  assert.deepEqual(ran, { status: 0, stdout: "end\n", stderr: "" });
});

Deno.test("the sandbox's instruction limit is an option, and a clean error", async () => {
  const ran = await tapir(SPIN, [...FREE, "--sandbox-steps=200000"]);
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, /^ERROR: the sandbox's instruction limit \(200000\) is used up\n/);
});

Deno.test("the sandbox's memory limit is an option, and a clean error", async () => {
  const script =
    'global a probe begin { for (i = 0; i < 50000; i++) a[i, "text"] = "more"; exit() }';
  const options = [...FREE, "-DMAXMAPENTRIES=50000", "--sandbox-memory=1"];
  const ran = await tapir(script, options);
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, /^ERROR: the sandbox's memory limit \(1048576 bytes\) is used up\n/);
  const roomy = await tapir(script, ["-DMAXMAPENTRIES=50000", ...FREE]);
  assert.equal(roomy.status, 0, roomy.stderr);
});

Deno.test("a reader that leaves ends the run without a word, and a full disk with one", async () => {
  const line = (to: string) =>
    `"${Deno.execPath()}" run -A -q --no-check "${MAIN}" --runtime=wasm -DMAXACTION=900000 -e '
      probe begin { for (i = 0; i < 100000; i++) println("line ", i) exit() }' ${to}`;
  const run = async (text: string) => {
    const out = await new Deno.Command("bash", { args: ["-c", text] }).output();
    return new TextDecoder().decode(out.stdout) + new TextDecoder().decode(out.stderr);
  };
  const left = await run(`${line("")} | head -1; echo \${PIPESTATUS[0]}`);
  assert.equal(left, "line 0\n141\n");
  const full = await run(`${line("> /dev/full")}; echo $?`);
  assert.equal(full, "1\nERROR: No space left on device\n");
});
