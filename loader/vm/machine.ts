/**
 * A throwaway machine: one QEMU process, its console in a log file, the agent at the other end of
 * a virtio port. Nothing of it outlives `stop` or this process.
 */
import { resolve } from "node:path";
import { AgentClient } from "../agent/client.ts";
import type { Agent } from "../agent/agent.ts";
import type { Kernel } from "../kernels.ts";
import type { SessionOptions, SessionResult, SessionSink } from "../types.ts";
import { findProgram } from "../root.ts";
import { initramfs } from "./initramfs.ts";

export interface MachineOptions {
  cpus?: number;
  memoryMb?: number;
  /** Told what goes on, one short line at a time. */
  progress?: (text: string) => void;
  /** How long until the agent must have answered. */
  bootTimeoutMs?: number;
  /** More words for QEMU, as `-icount shift=0,sleep=off`. */
  qemu?: string[];
}

/**
 * The emulated processor. QEMU 7.2 gets cmpxchg16b wrong, on which the slab allocator of newer
 * kernels depends: memory is corrupted within seconds. Without it these kernels take another path.
 */
const CPU = "max,-cx16";

/** Lines of the console that mean that this kernel goes no further. */
const PANIC = /Kernel panic - not syncing.*|Attempted to kill init.*/;

export class Machine {
  private stopped = false;

  private constructor(
    private process: Deno.ChildProcess,
    private folder: string,
    readonly agent: AgentClient,
    private connection: Deno.Conn,
  ) {}

  /** Boots a kernel and waits for its agent. */
  static async boot(kernel: Kernel, options: MachineOptions = {}): Promise<Machine> {
    const progress = options.progress ?? (() => {});
    if (kernel.image == "") {
      throw new Error(`no image of kernel ${kernel.release} to boot (tapir setup fetches it)`);
    }
    const qemu = findProgram("qemu-system-x86_64");
    if (qemu == "") throw new Error("QEMU is missing: apt-get install qemu-system-x86");
    const initrd = await initramfs(kernel);
    await removeStale();
    const folder = await Deno.makeTempDir({ prefix: `tapir-vm-${Deno.pid}-` });
    const socket = `${folder}/agent.sock`;
    const consoleLog = `${folder}/console.log`;
    const listener = Deno.listen({ transport: "unix", path: socket });
    progress(`booting Linux ${kernel.release} in a throwaway VM`);
    // Not one thread per CPU: QEMU 7.2 races there when the kernel patches its own code.
    const accelerator = "single";
    // The machine must not outlive this process, not even when it is killed.
    const guard = findProgram("setpriv");
    const process = new Deno.Command(guard != "" ? guard : qemu, {
      args: [
        ...(guard != "" ? ["--pdeathsig", "KILL", qemu] : []),
        ...["-M", "q35", "-accel", `tcg,thread=${accelerator}`, "-cpu", CPU],
        ...["-smp", String(options.cpus ?? 2), "-m", String(options.memoryMb ?? 2048)],
        ...["-display", "none", "-monitor", "none", "-no-reboot", "-nodefaults"],
        ...["-serial", `file:${consoleLog}`],
        ...["-device", "virtio-serial-pci"],
        ...["-chardev", `socket,id=agent,path=${socket},server=off`],
        ...["-device", "virtserialport,chardev=agent,name=tapir"],
        ...["-kernel", kernel.image, "-initrd", initrd],
        "-append",
        // On a busy host the first timer ticks come late, for which a kernel would panic.
        "console=ttyS0 quiet loglevel=5 no_timer_check panic=-1 oops=panic random.trust_cpu=on audit=0",
        ...(options.qemu ?? []),
      ],
      // In a session of its own: Ctrl-C at the terminal is for this process, which ends the script
      // in the machine and lets its end probes run; QEMU would just die of it.
      detached: true,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const errors = new Response(process.stderr).text();
    const kill = () => {
      try {
        process.kill("SIGKILL");
      } catch {
        // It has ended.
      }
    };
    globalThis.addEventListener("unload", kill);
    const ended = process.status.then(() => null);
    const reason = async () => {
      const text = await Promise.race([errors, delay(200).then(() => "")]);
      return deathReason(kernel.release, await readLog(consoleLog), text);
    };
    const timer = new Timeout(options.bootTimeoutMs ?? 120_000);
    try {
      const connection = await Promise.race([listener.accept(), ended, timer.promise]);
      if (connection == null) throw new Error(await reason());
      const agent = new AgentClient(connection, reason);
      const late = timer.promise.then(() => Promise.reject(new Error("late")));
      const dead = ended.then(async () => Promise.reject(new Error(await reason())));
      late.catch(() => {});
      dead.catch(() => {});
      await Promise.race([agent.ready(), late, dead]).catch(async (error) => {
        throw error.message == "late"
          ? new Error(
            `kernel ${kernel.release} did not come up in time; its console ends with:\n` +
              tail(await readLog(consoleLog), 15),
          )
          : error;
      });
      return new Machine(process, folder, agent, connection);
    } catch (error) {
      kill();
      await process.status;
      await Deno.remove(folder, { recursive: true });
      throw error;
    } finally {
      timer.clear();
      listener.close();
    }
  }

  /** What the kernel and the init script wrote to the console. */
  consoleText(): Promise<string> {
    return readLog(`${this.folder}/console.log`);
  }

  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    try {
      this.process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.process.status;
    try {
      this.connection.close();
    } catch {
      // Closed by the other side.
    }
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** Sessions in a throwaway machine. */
export class VmAgent implements Agent {
  private constructor(readonly machine: Machine) {}

  static async start(kernel: Kernel, options: MachineOptions = {}): Promise<VmAgent> {
    return new VmAgent(await Machine.boot(kernel, options));
  }

  async put(hostPath: string, name: string): Promise<string> {
    const path = `/tmp/${name}`;
    await this.machine.agent.putTree(resolve(hostPath), path);
    return path;
  }

  run(options: SessionOptions, sink: SessionSink): Promise<SessionResult> {
    return this.machine.agent.runSession(options, sink);
  }

  interrupt(): Promise<void> {
    // To a machine that is gone nothing can be said; the session under way fails of that itself.
    return this.machine.agent.signal("SIGINT").catch(() => {});
  }

  kernelLog(): Promise<string> {
    return this.machine.agent.kernelLog();
  }

  close(): Promise<void> {
    return this.machine.stop();
  }
}

/** Removes the folders of machines whose process was killed. */
async function removeStale(): Promise<void> {
  const folder = Deno.env.get("TMPDIR") ?? "/tmp";
  for await (const entry of Deno.readDir(folder)) {
    const pid = entry.name.match(/^tapir-vm-(\d+)-/)?.[1];
    if (pid == null) continue;
    if (await Deno.stat(`/proc/${pid}`).then(() => true, () => false)) continue;
    await Deno.remove(`${folder}/${entry.name}`, { recursive: true }).catch(() => {});
  }
}

class Timeout {
  private handle: ReturnType<typeof setTimeout> | undefined;
  promise: Promise<null>;

  constructor(ms: number) {
    this.promise = new Promise((done) => {
      this.handle = setTimeout(() => done(null), ms);
    });
  }

  clear(): void {
    clearTimeout(this.handle);
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

async function readLog(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch(() => "");
}

function tail(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

/** The console from the first complaint on: the cause comes before the panic. */
function crash(log: string): string {
  const lines = log.trimEnd().split("\n");
  const first = lines.findIndex((line) => /BUG: |Oops: |general protection fault|panic/.test(line));
  return lines.slice(first, first + 80).join("\n");
}

function deathReason(release: string, log: string, errors: string): string {
  const panic = log.match(PANIC);
  if (panic) return `kernel ${release} crashed: ${panic[0]}\n${crash(log)}`;
  const text = errors.trim() != "" ? errors.trim() : tail(log, 15);
  return `the throwaway machine ended: ${text}`;
}
