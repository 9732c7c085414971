/**
 * Tracepoints of a module that is not there when the session starts: armed when the module comes,
 * given up when it goes, armed when it comes again. The module leaves while it is probed.
 */
import assert from "node:assert/strict";
import { bootableKernels, type Kernel } from "../../loader/kernels.ts";
import { VmAgent } from "../../loader/vm/machine.ts";
import { compile } from "../../mod.ts";

const kernels = bootableKernels().filter((k) => k.build != "" && k.modules != "");

/** In the order of loading; the second has the tracepoint. */
const MODULES = ["vsock", "vmw_vsock_virtio_transport_common", "vsock_loopback"];
const POINT =
  'module("vmw_vsock_virtio_transport_common").tracepoint("virtio_transport_alloc_pkt")';

/** A packet to this machine itself, where nobody listens. */
const CONNECT = `await Deno.connect({ transport: "vsock", cid: 1, port: 99 }).catch(() => {});`;

const LOAD = MODULES.map((name) => `insmod /tmp/${name}.ko`).join("; ");
/** The kernel holds a refused connection for some seconds, and the module with it. */
const UNLOAD = [...MODULES].reverse().map((name) =>
  `i=0; until rmmod ${name} 2>/dev/null; do i=$((i+1)); if [ $i -gt 100 ]; then echo stuck; break;` +
  " fi; sleep 0.3; done"
).join("; ");
const SEND = "deno run -A --unstable-vsock /tmp/connect.ts";
const TROUBLE = "dmesg | grep -iE 'WARNING:|BUG|Oops|Call Trace|leak|refcount|hung|stall'";

async function moduleFile(kernel: Kernel, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const path = `${kernel.modules}/kernel/net/vmw_vsock/${name}.ko`;
  const plain = await Deno.readFile(path).catch(() => null);
  if (plain != null) return plain;
  const output = await new Deno.Command("xz", { args: ["-dc", `${path}.xz`] }).output();
  assert.ok(output.success, new TextDecoder().decode(output.stderr));
  return output.stdout;
}

for (const target of kernels) {
  Deno.test({
    name: `a module comes, goes and comes again on ${target.release}`,
    sanitizeResources: false,
    sanitizeOps: false,
    async fn() {
      const script = `global n probe ${POINT} { n++ } probe end { println(n > 1) }`;
      const built = await compile({ script, release: target.release });
      assert.equal(built.status, 0, built.stderr);
      const agent = await VmAgent.start(target, {});
      try {
        const { machine } = agent;
        for (const name of MODULES) {
          await machine.agent.putFile(`/tmp/${name}.ko`, await moduleFile(target, name), 0o644);
        }
        const connect = new TextEncoder().encode(CONNECT);
        await machine.agent.putFile("/tmp/connect.ts", connect, 0o644);
        let output = "";
        const collect = (bytes: Uint8Array) => void (output += new TextDecoder().decode(bytes));
        const sink = { stdout: collect, stderr: collect };
        await machine.agent.runShell("dmesg -c > /dev/null", sink);
        const moduleName = built.manifest!.module;
        const modulePath = await agent.put(built.path, `${moduleName}.ko`);
        const once = `${LOAD}; ${SEND}; ${UNLOAD}`;
        const result = await agent.run({
          modulePath,
          moduleName,
          command: `${once}; ${once}; ${LOAD}; echo done`,
        }, sink);
        assert.equal(result.status, 0, output);
        assert.equal(output, "done\n1\n");
        output = "";
        await machine.agent.runShell(`${SEND}; ${UNLOAD}; ${TROUBLE}`, sink);
        assert.equal(output, "");
      } finally {
        await agent.close();
      }
    },
  });
}
