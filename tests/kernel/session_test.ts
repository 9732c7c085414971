/** The runtime and its sessions in a real kernel, with modules written by hand. */
import assert from "node:assert/strict";
import { buildModule } from "../../loader/kbuild.ts";
import { bootableKernels, type Kernel } from "../../loader/kernels.ts";
import type { SessionOptions } from "../../loader/types.ts";
import { projectRoot } from "../../loader/root.ts";
import { VmAgent } from "../../loader/vm/machine.ts";

const root = projectRoot();
const kernels = bootableKernels().filter((k) => k.build != "");

async function build(target: Kernel, name: string): Promise<string> {
  const manifest = {
    version: 1 as const,
    module: name,
    release: target.release,
    probes: [],
    globals: [],
  };
  const source = await Deno.readTextFile(`${root}/tests/kernel/${name}.c`);
  return (await buildModule({ source, manifest }, {
    kernel: target,
    runtime: `${root}/runtime-c`,
  })).path;
}

async function session(agent: VmAgent, path: string, options: Partial<SessionOptions>) {
  const moduleName = path.slice(path.lastIndexOf("/") + 1).replace(".ko", "");
  const modulePath = await agent.put(path, `${moduleName}.ko`);
  let stdout = "";
  let stderr = "";
  const result = await agent.run({ modulePath, moduleName, ...options }, {
    stdout: (bytes) => void (stdout += new TextDecoder().decode(bytes)),
    stderr: (bytes) => void (stderr += new TextDecoder().decode(bytes)),
  });
  for (const probe of result.summary?.probes ?? []) {
    const missed = Object.values(probe.missed).reduce((a, b) => a + b, 0);
    assert.equal(probe.hits, probe.handled + missed);
  }
  if (result.summary != null) {
    assert.equal(result.summary.produced, result.summary.delivered + result.summary.lost);
  }
  return { ...result, stdout, stderr };
}

for (const target of kernels) {
  Deno.test({
    name: `sessions of modules on ${target.release}`,
    ignore: kernels.length == 0,
    sanitizeResources: false,
    sanitizeOps: false,
    async fn(t) {
      const agent = await VmAgent.start(target, {});
      try {
        await t.step("every family once", async () => {
          const path = await build(target, "basic");
          const command = "cat /proc/self/status >/tmp/x; cat /tmp/x /tmp/x; sleep 0.3";
          const result = await session(agent, path, { command });
          assert.equal(result.status, 0, result.stderr);
          assert.ok(result.stdout.startsWith("hello world\n"), result.stdout);
          assert.match(result.stdout, /reads some\nreturns some\nswitches some\n$/);
        });
        await t.step("400,000 lines from begin, none lost", async () => {
          const result = await session(agent, await build(target, "output"), {});
          const lines = result.stdout.split("\n");
          assert.equal(lines.length, 400001);
          lines.pop();
          lines.forEach((line, i) => assert.equal(Number(line), i));
          assert.equal(result.summary?.lost, 0);
        });
        await t.step("errors beyond MAXERRORS end the session", async () => {
          const result = await session(agent, await build(target, "families"), {});
          assert.equal(result.status, 1);
          const error = "ERROR: division by 0 near identifier 'x' at t.stp:1:2 in probe ";
          assert.equal(result.stderr.split(error).length, 4);
          assert.match(
            result.stderr,
            /WARNING: probe .*no_such.* registration error \[man warning::pass5\] \(rc -2\)/,
          );
          assert.match(result.stderr, /WARNING: Number of errors: 3, skipped probes: \d+\n$/);
          assert.match(result.stdout, /error: 8 hits 3\n/);
          assert.doesNotMatch(result.stdout, /^end:/m);
        });
        await t.step("a timeout runs the end probes", async () => {
          const result = await session(agent, await build(target, "basic"), { timeoutMs: 50 });
          assert.equal(result.status, 0);
          assert.match(result.stdout, /switches \w+\n$/);
        });
        await t.step("a command that cannot run", async () => {
          const result = await session(agent, await build(target, "basic"), {
            command: "/no/such/command",
          });
          assert.equal(result.status, 1);
          assert.match(result.stderr, /ERROR: cannot run the command of -c: \/no\/such\/command/);
        });
        for (const other of kernels.filter((k) => k.release != target.release)) {
          await t.step(`a module built for ${other.release}`, async () => {
            const result = await session(agent, await build(other, "basic"), {});
            assert.equal(result.status, 1);
            assert.ok(result.stderr.includes(`built for kernel '${other.release} `), result.stderr);
            assert.ok(result.stderr.includes(`this is '${target.release}`), result.stderr);
          });
        }
        await t.step("the kernel does not complain", async () => {
          const log = await agent.kernelLog();
          assert.doesNotMatch(log, /WARNING:|BUG:|Oops|Call Trace|lockup/);
        });
      } finally {
        await agent.close();
      }
    },
  });
}
