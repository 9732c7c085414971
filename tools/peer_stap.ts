/**
 * SystemTap itself, for comparison: builds scripts with the stap of a folder that holds a whole
 * system (a chroot), and runs the modules in a throwaway machine, under that system's own staprun.
 */
import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";
import { Machine, type MachineOptions } from "../loader/vm/machine.ts";
import type { Kernel } from "../loader/kernels.ts";
import { PROGRAMS } from "./programs.ts";

/** Where the peer's programs are in the machine. */
const GUEST_ROOT = "/stap";
/** The folder beside a script, in the folder where it is built, that -I can name. */
export const LIBRARY = "library";
/** A session that takes longer is interrupted; in seconds. */
const SESSION_LIMIT_S = 15;

/** What stap made of a script; `module` is empty if it refused it. */
export interface PeerBuild {
  /** The module's path inside the peer's root, or "". */
  module: string;
  /** What stap printed: warnings, or why it refused the script. */
  messages: string;
  /** Words for staprun: those options that concern the session. */
  runWords: string[];
  /** Seconds after which the session is to end (-T), or 0. */
  seconds: number;
}

/** What a run printed. */
export interface PeerRun {
  stdout: string;
  stderr: string;
  status: number;
}

/** Options with a value that are for the session, not for the build. */
const SESSION_OPTIONS = ["-x", "-c", "-o", "-S"];
/** Options of the build that have their value in the next word. */
const VALUED = ["-D", "-m", "-d", "-B", "-I", "-E"];

/** Splits stap's words (options, script, arguments) into those of the build and of the session. */
export function splitWords(words: string[]): { build: string[]; run: string[]; seconds: number } {
  const build: string[] = [], run: string[] = [];
  let seconds = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (!word.startsWith("-") || word == "-" || word == "--") {
      build.push(...words.slice(i));
      break;
    }
    const value = () => word.length > 2 ? word.slice(2) : words[++i] ?? "";
    const kind = word.slice(0, 2);
    if (kind == "-G") run.push(value());
    else if (kind == "-T") seconds = Number(value());
    else if (SESSION_OPTIONS.includes(kind)) {
      const text = value();
      run.unshift(kind, text);
      // The translator must know that there is a target, as the session does.
      if (kind == "-c" || kind == "-x") build.push(kind, text);
    } else if (word == "-w") {
      run.unshift("-w");
      build.push("-w");
    } else if (kind == "-e") build.push("-e", value());
    else if (VALUED.includes(word)) build.push(word, words[++i] ?? "");
    else build.push(word);
  }
  return { build, run, seconds };
}

/** KiB of memory and seconds for a build: with some scripts stap goes on until there is no memory left. */
const BUILD_LIMIT = "ulimit -v 6000000; ulimit -t 300";

/** A system in a folder that has stap. */
export class Peer {
  constructor(readonly root: string, readonly kernel: Kernel) {}

  /**
   * Builds a script: `words` are stap's, with the script's path by itself last but its arguments.
   * The script is copied to a folder of its own, so that messages have its bare name; the library
   * of its folder too, where an option asks for it.
   */
  async build(script: string, words: string[]): Promise<PeerBuild> {
    const text = await Deno.readFile(script);
    const hash = createHash("sha256").update(text).update(words.join("\0")).digest("hex");
    const folder = `/var/tmp/stap-peer/${hash.slice(0, 20)}`;
    await Deno.mkdir(this.root + folder, { recursive: true });
    await Deno.writeFile(`${this.root}${folder}/${basename(script)}`, text);
    if (words.includes(LIBRARY)) {
      await copyFiles(`${dirname(script)}/${LIBRARY}`, `${this.root}${folder}/${LIBRARY}`);
    }
    const named = words.map((word) => word == script ? basename(script) : word);
    const split = splitWords(named);
    const quoted = ["stap", "-r", this.kernel.release, "-p4", ...split.build].map(quote).join(" ");
    const out = await new Deno.Command("chroot", {
      args: [this.root, "/bin/sh", "-c", `${BUILD_LIMIT}; cd ${folder} && exec ${quoted}`],
      env: { LC_ALL: "C", HOME: "/root" },
    }).output();
    const lines = latin1(out.stdout).split("\n").filter((line) => line.endsWith(".ko"));
    const name = lines.at(-1) ?? "";
    const module = name == "" || name.startsWith("/") ? name : `${folder}/${name}`;
    return {
      module: out.success ? module : "",
      messages: latin1(out.stderr),
      runWords: split.run,
      seconds: split.seconds,
    };
  }

  /** Boots a machine that has the peer's staprun, and the programs of a folder ("" for none). */
  async boot(
    progress: (text: string) => void,
    options: MachineOptions = {},
    programs = "",
  ): Promise<PeerMachine> {
    const machine = await Machine.boot(this.kernel, { progress, ...options });
    try {
      await machine.agent.putFile("/tmp/stap.tar", await this.programs());
      const done = await machine.agent.runShell(
        `mkdir -p ${GUEST_ROOT} && cd ${GUEST_ROOT} && tar xf /tmp/stap.tar && rm /tmp/stap.tar && ` +
          `mkdir -p proc sys dev tmp bin sbin mods root etc var/tmp && cp -a /bin/busybox bin/ && ` +
          `for a in $(/bin/busybox --list); do [ -e bin/$a ] || ln -s busybox bin/$a; done; ` +
          `cp /etc/passwd /etc/group etc/; for d in proc sys dev; do mount --rbind /$d $d; done`,
        { stdout() {}, stderr: (bytes) => progress(latin1(bytes)) },
      );
      if (done.status != 0) throw new Error("cannot set up the peer's programs in the machine");
      if (programs != "") await machine.agent.putTree(programs, GUEST_ROOT + PROGRAMS);
      return new PeerMachine(machine, this.root);
    } catch (error) {
      await machine.stop();
      throw error;
    }
  }

  /** An archive of staprun, stapio and the libraries that they need. */
  private async programs(): Promise<Uint8Array> {
    const files = new Set(["usr/bin/staprun", "usr/lib/systemtap/stapio"]);
    for (const program of [...files]) {
      const out = await new Deno.Command("chroot", { args: [this.root, "ldd", `/${program}`] })
        .output();
      for (const line of latin1(out.stdout).split("\n")) {
        const path = line.match(/(\/\S+) \(0x/)?.[1];
        if (path != null) files.add(path.slice(1));
      }
    }
    const out = await new Deno.Command("tar", {
      args: ["chf", "-", "--mode=a+rx", "-C", this.root, ...files],
    }).output();
    if (!out.success) throw new Error(latin1(out.stderr));
    return out.stdout;
  }
}

/** A throwaway machine in which the peer's modules run. */
export class PeerMachine {
  private serial = 0;

  constructor(readonly machine: Machine, private root: string) {}

  /** Runs one module; the output is latin-1 text, one character per byte. */
  async run(build: PeerBuild): Promise<PeerRun> {
    const name = `${GUEST_ROOT}/mods/stap_${++this.serial}_${basename(build.module)}`;
    // The module's own name must stay: staprun looks for it under that name.
    const folder = name.slice(0, -".ko".length);
    const path = `${folder}/${basename(build.module)}`;
    await this.machine.agent.runShell(`mkdir -p ${folder}`, { stdout() {}, stderr() {} });
    await this.machine.agent.putFile(path, await Deno.readFile(this.root + build.module));
    const words = [path.slice(GUEST_ROOT.length), ...build.runWords.filter((w) => isSetting(w))];
    const options = build.runWords.filter((w) => !isSetting(w));
    const limit = build.seconds > 0 ? build.seconds : SESSION_LIMIT_S;
    const command = `timeout -s INT ${limit} chroot ${GUEST_ROOT} /usr/bin/staprun -R ` +
      [...options, ...words].map(quote).join(" ") + "; s=$?; rm -rf " + folder + "; exit $s";
    const out: string[] = [], err: string[] = [];
    const result = await this.machine.agent.runShell(command, {
      stdout: (bytes) => void out.push(latin1(bytes)),
      stderr: (bytes) => void err.push(latin1(bytes)),
    });
    return { stdout: out.join(""), stderr: err.join(""), status: result.status };
  }

  async stop(): Promise<void> {
    await this.machine.stop();
  }
}

async function copyFiles(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) {
    await Deno.copyFile(`${from}/${entry.name}`, `${to}/${entry.name}`);
  }
}

/** Is a word the setting of a global? */
function isSetting(word: string): boolean {
  return /^[A-Za-z_]\w*=/.test(word);
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/** One character per byte; "latin1" is windows-1252 to a decoder. */
function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
