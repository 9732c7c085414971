/** A kernel that takes no module of ours: the reason is named, on a real kernel each time. */
import assert from "node:assert/strict";
import { buildModule } from "../../loader/kbuild.ts";
import { bootableKernels } from "../../loader/kernels.ts";
import { projectRoot } from "../../loader/root.ts";
import { Machine } from "../../loader/vm/machine.ts";

const root = projectRoot();
const target = bootableKernels().find((kernel) => kernel.build != "");

/** What the loader says of a module in a machine booted with more words for its kernel. */
async function refusal(words: string, uid: number): Promise<string> {
  const manifest = { version: 1 as const, module: "basic", release: "", probes: [], globals: [] };
  const source = await Deno.readTextFile(`${root}/tests/kernel/basic.c`);
  const built = await buildModule({ source, manifest }, {
    kernel: target!,
    runtime: `${root}/runtime-c`,
  });
  const machine = await Machine.boot(target!, {
    qemu: ["-append", `console=ttyS0 quiet panic=-1 random.trust_cpu=on audit=0 ${words}`],
  });
  try {
    await machine.agent.putFile("/tmp/basic.ko", await Deno.readFile(built.path), 0o644);
    const load = `try { (await import("/tapir/loader/module_load.ts"))` +
      `.loadModule("/tmp/basic.ko", { built: "basic", own: false }, ""); console.log("loaded"); }` +
      ` catch (error) { console.log(error.message); } Deno.exit(0);`;
    await machine.agent.putFile("/tmp/load.ts", new TextEncoder().encode(load), 0o644);
    const start = `await new Deno.Command("/bin/deno", { args: ["run", "-A", "/tmp/load.ts"],` +
      ` uid: ${uid}, env: { DENO_DIR: "/tmp/deno-${uid}", HOME: "/tmp" } }).spawn().status;`;
    await machine.agent.putFile("/tmp/start.ts", new TextEncoder().encode(start), 0o644);
    let text = "";
    const collect = (bytes: Uint8Array) => void (text += new TextDecoder().decode(bytes));
    await machine.agent.runShell(
      "mkdir -p /sys/kernel/security; mount -t securityfs none /sys/kernel/security 2>/dev/null;" +
        " chmod 1777 /tmp; deno run -A /tmp/start.ts",
      { stdout: collect, stderr: collect },
    );
    return text;
  } finally {
    await machine.stop();
  }
}

/** Words for the kernel, user, and what must be said. */
const CASES: [string, string, number, RegExp][] = [
  ["a user who is not root", "", 65534, /needs root/],
  ["required signatures", "module.sig_enforce=1", 0, /requires modules signed/],
  ["lockdown", "lockdown=integrity", 0, /locked down \(integrity\)/],
];

for (const [name, words, uid, want] of CASES) {
  Deno.test({
    name: `a module is refused with its reason: ${name}`,
    ignore: target == null,
    fn: async () => assert.match(await refusal(words, uid), want),
  });
}
