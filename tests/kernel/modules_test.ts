/**
 * Probes in modules that are not there when the session starts: armed when the module comes, before
 * its initialisation runs; given up when it goes, armed when it comes again. The module leaves while
 * it is probed.
 */
import assert from "node:assert/strict";
import { bootableKernels, type Kernel } from "../../loader/kernels.ts";
import type { SessionResult } from "../../loader/types.ts";
import { VmAgent } from "../../loader/vm/machine.ts";
import { compile } from "../../mod.ts";

const kernels = bootableKernels().filter((k) => k.build != "" && k.modules != "");

/** In the order of loading; the third has the tracepoint. */
const VSOCK = ["vsock", "vmw_vsock_virtio_transport_common", "vsock_loopback"];
const POINT =
  'module("vmw_vsock_virtio_transport_common").tracepoint("virtio_transport_alloc_pkt")';

/** A packet to this machine itself, where nobody listens. */
const CONNECT = `await Deno.connect({ transport: "vsock", cid: 1, port: 99 }).catch(() => {});`;

const LOAD_VSOCK = VSOCK.map((name) => `insmod /tmp/${name}.ko`).join("; ");
/** The kernel holds a refused connection for some seconds, and the module with it. */
const UNLOAD_VSOCK = [...VSOCK].reverse().map((name) =>
  `i=0; until rmmod ${name} 2>/dev/null; do i=$((i+1)); if [ $i -gt 100 ]; then echo stuck; break;` +
  " fi; sleep 0.3; done"
).join("; ");
const SEND = "deno run -A --unstable-vsock /tmp/connect.ts";

/** Its initialisation makes one network device, its end removes it. */
const LOAD = "insmod /tmp/dummy.ko";
const UNLOAD = "rmmod dummy";
const FILES = [...VSOCK.map((name) => `net/vmw_vsock/${name}`), "drivers/net/dummy"];

const TROUBLE = "dmesg | grep -iE 'WARNING:|BUG|Oops|Call Trace|leak|refcount|hung|stall'";

/** Each load calls each of them once, each unload the last one. */
const LIFE = `global n, inside
probe module("dummy").function("dummy_init_module") { n["init"]++; inside = 1 }
probe module("dummy").function("dummy_init_module").return {
  if (!$return) n["init returned"]++
  inside = 0
}
probe module("dummy").function("dummy_setup") { n["setup"]++; if (inside) n["in time"]++ }
probe module("dummy").function("dummy_setup").return { n["setup returned"]++ }
probe kprobe.module("dummy").function("dummy_dev_init") { n["kprobe"]++ }
probe kprobe.module("dummy").function("dummy_dev_init").return { n["kprobe returned"]++ }
probe module("dummy").function("dummy_cleanup_module") { n["exit"]++ }
probe module("dummy").function("dummy_cleanup_module").return { n["exit returned"]++ }
probe end { foreach (what+ in n) printf("%s %d\\n", what, n[what]) }`;

/** Functions of the kernel are hit all the time, and the condition changes beside the modules. */
const BUSY = `global n, reads, on, conditional
probe module("dummy").function("*") { n[ppfunc()]++ }
probe kernel.function("vfs_read") { reads++ }
probe module("dummy").function("dummy_setup") if (on) { conditional++ }
probe timer.ms(7) { on = !on }
probe end {
  printf("setup %d, init %d, device %d, ",
    n["dummy_setup"], n["dummy_init_module"], n["dummy_dev_init"])
  printf("conditional %s, reads %d\\n", conditional > 0 && conditional < 20 ? "some" :
    sprint(conditional), reads > 1000)
}`;
const READS = "(while :; do read line < /proc/version; done) & reader=$!;";
const DONE = "kill $reader";

/** What LIFE prints after so many loads and unloads. */
function life(loads: number, unloads: number): string {
  const text = [
    `exit ${unloads}`,
    `exit returned ${unloads}`,
    `in time ${loads}`,
    `init ${loads}`,
    `init returned ${loads}`,
    `kprobe ${loads}`,
    `kprobe returned ${loads}`,
    `setup ${loads}`,
    `setup returned ${loads}`,
  ].filter((line) => !line.endsWith(" 0")).join("\n");
  return text + "\n";
}

async function moduleFile(kernel: Kernel, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const path = `${kernel.modules}/kernel/${name}.ko`;
  const plain = await Deno.readFile(path).catch(() => null);
  if (plain != null) return plain;
  const output = await new Deno.Command("xz", { args: ["-dc", `${path}.xz`] }).output();
  assert.ok(output.success, new TextDecoder().decode(output.stderr));
  return output.stdout;
}

/** A machine in which scripts run beside a command that loads and removes modules. */
class Lab {
  output = "";
  private sink = {
    stdout: (bytes: Uint8Array) => this.collect(bytes),
    stderr: (bytes: Uint8Array) => this.collect(bytes),
  };
  private constructor(private target: Kernel, private agent: VmAgent) {}

  static async open(target: Kernel): Promise<Lab> {
    const agent = await VmAgent.start(target, {});
    for (const name of FILES) {
      const file = `/tmp/${name.slice(name.lastIndexOf("/") + 1)}.ko`;
      await agent.machine.agent.putFile(file, await moduleFile(target, name), 0o644);
    }
    const connect = new TextEncoder().encode(CONNECT);
    await agent.machine.agent.putFile("/tmp/connect.ts", connect, 0o644);
    const lab = new Lab(target, agent);
    await lab.shell("dmesg -c > /dev/null");
    return lab;
  }

  private collect(bytes: Uint8Array): void {
    this.output += new TextDecoder().decode(bytes);
  }

  async shell(command: string): Promise<string> {
    this.output = "";
    await this.agent.machine.agent.runShell(command, this.sink);
    return this.output;
  }

  async run(script: string, command: string): Promise<SessionResult> {
    const built = await compile({ script, release: this.target.release });
    assert.equal(built.status, 0, built.stderr);
    const moduleName = built.manifest!.module;
    const modulePath = await this.agent.put(built.path, `${moduleName}.ko`);
    this.output = "";
    const result = await this.agent.run({ modulePath, moduleName, command }, this.sink);
    assert.equal(result.status, 0, this.output);
    return result;
  }

  async close(): Promise<void> {
    await this.agent.close();
  }
}

const times = (count: number, command: string) =>
  `i=0; while [ $i -lt ${count} ]; do i=$((i+1)); ${command}; done`;

for (const target of kernels) {
  Deno.test({
    name: `modules come, go and come again on ${target.release}`,
    sanitizeResources: false,
    sanitizeOps: false,
    async fn(t) {
      const lab = await Lab.open(target);
      try {
        await t.step("a tracepoint", async () => {
          const once = `${LOAD_VSOCK}; ${SEND}; ${UNLOAD_VSOCK}`;
          await lab.run(
            `global n probe ${POINT} { n++ } probe end { println(n > 1) }`,
            `${once}; ${once}; ${LOAD_VSOCK}; echo done`,
          );
          assert.equal(lab.output, "done\n1\n");
          assert.equal(await lab.shell(`${SEND}; ${UNLOAD_VSOCK}; ${TROUBLE}`), "");
        });
        await t.step("each kind of probe, the module's initialisation among them", async () => {
          await lab.run(LIFE, `${LOAD}; ${UNLOAD}; ${LOAD}`);
          assert.equal(lab.output, life(2, 1));
          // The session's end left nothing behind in the module that stays.
          assert.equal(await lab.shell(`${UNLOAD}; ${LOAD}; ${TROUBLE}`), "");
        });
        await t.step("the module is there when the session starts", async () => {
          await lab.run(LIFE, `${UNLOAD}; ${LOAD}`);
          assert.equal(lab.output, life(1, 1));
          assert.equal(await lab.shell(`${UNLOAD}; ${TROUBLE}`), "");
        });
        await t.step("often, in the middle of hits, with a wildcard and a condition", async () => {
          const result = await lab.run(
            BUSY,
            `${READS} ${times(20, `${LOAD}; ${UNLOAD}`)}; ${DONE}`,
          );
          assert.equal(lab.output, "setup 20, init 20, device 20, conditional some, reads 1\n");
          assert.equal(result.summary?.lost, 0);
          assert.equal(await lab.shell(TROUBLE), "");
        });
      } finally {
        await lab.close();
      }
    },
  });
}
