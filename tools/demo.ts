/**
 * The demonstration: installs what is missing, says what it does, and runs the scripts of
 * `examples/` as real kernel modules: on this machine's kernel where that is possible, else in one
 * throwaway VM for all of them.
 */
import { main } from "../cli/app.ts";
import { TerminalHost } from "../cli/host.ts";
import type { Agent } from "../loader/agent/agent.ts";
import { whyNotLocal } from "../loader/capability.ts";
import { setup } from "../loader/setup.ts";
import { projectRoot } from "../loader/root.ts";
import { VmAgent } from "../loader/vm/machine.ts";
import type { Kernel } from "../loader/kernels.ts";
import { shellWords } from "./words.ts";

const folder = `${projectRoot()}/examples`;

/** Keeps one machine for all scripts. */
class DemoHost extends TerminalHost {
  private booted: VmAgent | null = null;

  override async machine(kernel: Kernel): Promise<Agent> {
    this.booted ??= await VmAgent.start(kernel, { progress: say });
    return this.booted;
  }

  override release(_agent: Agent): Promise<void> {
    return Promise.resolve();
  }

  async end(): Promise<void> {
    await this.booted?.close();
  }
}

function say(text: string): void {
  console.log(`demo: ${text}`);
}

/** Installs the tools; a machine that can load modules itself needs no VM. */
async function where(): Promise<string[]> {
  const obstacle = whyNotLocal();
  if (obstacle == null) {
    say("modules can be loaded on this machine: the scripts run on its own kernel");
    return [];
  }
  say(`modules cannot be loaded on this machine (${obstacle.detail}): using a throwaway VM`);
  const [kernel] = await setup(["6.1"], say);
  return [`--remote=vm:${kernel.release}`];
}

const host = new DemoHost();
let failed = 0;
try {
  const options = await where();
  const names = [...Deno.readDirSync(folder)].map((entry) => entry.name)
    .filter((name) => name.endsWith(".stp")).sort();
  for (const name of names) {
    const file = `${folder}/${name}`;
    const extra = await Deno.readTextFile(file.replace(/\.stp$/, ".opts")).catch(() => "");
    const words = [...shellWords(extra), file];
    console.log(`\n--- tapir ${[...shellWords(extra), `examples/${name}`].join(" ")}`);
    const status = await main([...options, ...words], host);
    if (status != 0) failed++;
  }
  console.log(`\n${names.length} scripts, ${failed} failed`);
} catch (error) {
  console.error(`demo: ${(error as Error).message}`);
  failed++;
} finally {
  await host.end();
}
Deno.exit(failed == 0 ? 0 : 1);
