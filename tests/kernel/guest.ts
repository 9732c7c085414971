/** A throwaway machine with the whole command line in it, for tests of running sessions. */
import assert from "node:assert/strict";
import { compile } from "../../mod.ts";
import type { Kernel } from "../../loader/kernels.ts";
import { projectRoot } from "../../loader/root.ts";
import { Machine, type MachineOptions } from "../../loader/vm/machine.ts";

export interface Ran {
  stdout: string;
  stderr: string;
  status: number;
}

/** What \`tapir run\` and \`tapir -A\` import, beside the loader, which is there. */
const NEEDED = ["cli", "compiler/front/source", "compiler/front/portable"];

const CLI =
  "deno run -A -q --no-lock --no-config --no-check --no-remote --no-npm /tapir/cli/main.ts";

export class Guest {
  private constructor(readonly machine: Machine, private kernel: Kernel) {}

  static async boot(kernel: Kernel, options: MachineOptions = {}): Promise<Guest> {
    const guest = new Guest(await Machine.boot(kernel, options), kernel);
    const { agent } = guest.machine;
    for (const folder of NEEDED) {
      await agent.putTree(`${projectRoot()}/${folder}`, `/tapir/${folder}`);
    }
    const shell = `#!/bin/sh\nexec ${CLI} "$@"\n`;
    await agent.putFile("/bin/tapir", new TextEncoder().encode(shell), 0o755);
    return guest;
  }

  /** Builds a script on this machine; gives the module's path in the guest. */
  async build(script: string, options: string[] = []): Promise<string> {
    const built = await compile({ script, release: this.kernel.release, options });
    assert.equal(built.status, 0, built.stderr);
    const path = `/tmp/${built.path.slice(built.path.lastIndexOf("/") + 1)}`;
    await this.machine.agent.putFile(path, await Deno.readFile(built.path));
    return path;
  }

  async put(hostPath: string, path: string): Promise<void> {
    await this.machine.agent.putTree(hostPath, path);
  }

  /** `watch` is told of standard error as it comes. */
  async shell(command: string, watch: (text: string) => void = () => {}): Promise<Ran> {
    let stdout = "", stderr = "";
    const { status } = await this.machine.agent.runShell(command, {
      stdout: (bytes) => void (stdout += new TextDecoder("latin1").decode(bytes)),
      stderr: (bytes) => {
        const text = new TextDecoder("latin1").decode(bytes);
        stderr += text;
        watch(text);
      },
    }, "/tmp");
    return { stdout, stderr, status };
  }

  /** Fails if a module of ours is left, or the kernel complained of anything. */
  async assertClean(): Promise<void> {
    const modules = (await this.shell("cat /proc/modules")).stdout;
    assert.doesNotMatch(modules, /^tapir_/m);
    const log = await this.machine.agent.kernelLog();
    assert.doesNotMatch(log, /WARNING:|BUG:|Oops|Call Trace|lockup|rcu_sched|use-after|refcount/);
  }

  async stop(): Promise<void> {
    await this.machine.stop();
  }
}
