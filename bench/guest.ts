/**
 * A machine in which a nanosecond is one instruction, with Tapir's agent and, where there is one,
 * SystemTap's staprun: what the benchmarks of handlers share.
 *
 * STAP_ROOT names a folder that holds a system with SystemTap (as for tools/peer.ts); without it the
 * columns of stap are empty.
 */
import { bootableKernels, type Kernel, kernel, matchRelease } from "../loader/kernels.ts";
import { Machine } from "../loader/vm/machine.ts";
import { Peer, type PeerMachine } from "../tools/peer_stap.ts";
import { buildPlain } from "./kbuild.ts";
import { run } from "./measure.ts";

const ROOT = new URL("..", import.meta.url).pathname;

const TAPIR = [Deno.execPath(), "run", "-A", `${ROOT}cli/main.ts`];

/** `-icount shift=0,sleep=off`: guest time is the number of instructions. */
const OPTIONS = { cpus: 1, qemu: ["-icount", "shift=0,sleep=off"], bootTimeoutMs: 300_000 };

/** What a script printed under one of the two. */
export interface Output {
  stdout: string;
  stderr: string;
}

export class Guest {
  private serial = 0;

  private constructor(
    readonly kernel: Kernel,
    private machine: Machine,
    private work: string,
    private peer: Peer | null,
    private peerMachine: PeerMachine | null,
  ) {}

  /** Boots the kernel of a release (or the first that can be booted). */
  static async boot(release: string | undefined): Promise<Guest> {
    const target = release ? kernel(matchRelease(release)) : bootableKernels()[0];
    const work = await Deno.makeTempDir({ prefix: "tapir-bench-" });
    const root = Deno.env.get("STAP_ROOT");
    if (root == null) console.error("STAP_ROOT is not set: nothing is measured under stap");
    const peer = root == null ? null : new Peer(root, target);
    const peerMachine = await peer?.boot(() => {}, OPTIONS) ?? null;
    const machine = peerMachine?.machine ?? await Machine.boot(target, OPTIONS);
    return new Guest(target, machine, work, peer, peerMachine);
  }

  get hasStap(): boolean {
    return this.peer != null;
  }

  /** Compiles bench/NAME.c and puts the program where both can run it. */
  async addProgram(name: string): Promise<void> {
    const path = `${this.work}/${name}`;
    await run(["gcc", "-O2", "-static", "-o", path, `${ROOT}bench/${name}.c`]);
    await this.machine.agent.putFile(`/tmp/${name}`, await Deno.readFile(path), 0o755);
    if (this.hasStap) await this.shell(`cp /tmp/${name} /stap/tmp/`);
  }

  /** Builds bench/NAME.c as a kernel module and puts it to /tmp/NAME.ko. */
  async addModule(name: string): Promise<void> {
    const built = await buildPlain(this.kernel, name);
    await this.machine.agent.putFile(`/tmp/${name}.ko`, await Deno.readFile(built.path));
  }

  async shell(command: string): Promise<string> {
    const text: string[] = [];
    const collect = (bytes: Uint8Array) => void text.push(new TextDecoder().decode(bytes));
    await this.machine.agent.runShell(command, { stdout: collect, stderr: collect });
    return text.join("");
  }

  /** The probe points that one matches (-l). */
  async points(point: string): Promise<string[]> {
    const text = await run([...TAPIR, "-r", this.kernel.release, "-l", point]);
    return text.trimEnd().split("\n");
  }

  /** Runs a script under Tapir; `words` are more options of the build. */
  async tapir(script: string, command?: string, words: string[] = []): Promise<Output> {
    const name = `bench_${this.serial++}`;
    await run([
      ...TAPIR,
      "-p4",
      "-r",
      this.kernel.release,
      "-m",
      name,
      ...words,
      "-e",
      script,
    ], this.work);
    await this.machine.agent.putFile(
      `/tmp/${name}.ko`,
      await Deno.readFile(`${this.work}/${name}.ko`),
    );
    const output = { stdout: "", stderr: "" };
    const result = await this.machine.agent.runSession({
      modulePath: `/tmp/${name}.ko`,
      moduleName: name,
      ...(command == null ? {} : { command }),
    }, {
      stdout: (bytes) => void (output.stdout += new TextDecoder().decode(bytes)),
      stderr: (bytes) => void (output.stderr += new TextDecoder().decode(bytes)),
    });
    if (result.status != 0) throw new Error(`${script}: status ${result.status}\n${output.stderr}`);
    return output;
  }

  /** Runs a script under stap; null if it is not there or refuses the script. */
  async stap(script: string, command?: string, words: string[] = []): Promise<Output | null> {
    if (this.peer == null || this.peerMachine == null) return null;
    const path = `${this.work}/bench_${this.serial++}.stp`;
    await Deno.writeTextFile(path, script);
    const target = command == null ? [] : ["-c", command];
    const built = await this.peer.build(path, [...words, ...target, path]);
    if (built.module == "") {
      console.error(`stap refuses: ${script}\n${built.messages}`);
      return null;
    }
    return await this.peerMachine.run(built);
  }

  async stop(): Promise<void> {
    await this.machine.stop();
    await Deno.remove(this.work, { recursive: true });
  }
}
