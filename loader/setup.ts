/**
 * Installs what is missing for building modules and for throwaway machines on a Debian system, by
 * the machine's own package sources. Kernel images are unpacked in the cache and not installed, so
 * that the machine's boot loader is left alone. Every step is said before it is done.
 */
import { cacheRoot, type Kernel, kernel, kernelCache, kernels } from "./kernels.ts";
import { moduleFile } from "../compiler/debuginfo/kernel_image.ts";
import {
  debugPackage,
  locateKernel,
  locateModule,
  placesOf,
} from "../compiler/debuginfo/locate.ts";
import { findProgram } from "./root.ts";

export type Progress = (text: string) => void;

/** Kernels that the tests run on: Debian 12's own and the one of its backports. */
export const TEST_KERNELS = ["6.1", "6.12"];

/** A module that throwaway machines use (built into some kernels), and what tests want of a package of debuginfo. */
const TEST_MODULE = "virtio_ring";
const TEST_FILES = [
  "./usr/lib/debug/boot/*",
  "./usr/lib/debug/lib/modules/*/kernel/drivers/virtio/*",
];

/** A step that could not be done; the message says what to do. */
export class SetupError extends Error {}

/** Programs and the packages that bring them. */
const PROGRAMS: [string, string][] = [
  ["make", "make"],
  ["gcc", "gcc"],
  ["xz", "xz-utils"],
];
const MACHINE_PROGRAMS: [string, string][] = [
  ["qemu-system-x86_64", "qemu-system-x86"],
  ["busybox", "busybox-static"],
];

/** Programs that single tests run, and the packages that bring them. */
const TEST_PROGRAMS: [string, string][] = [
  ["chromium", "chromium"],
  ["gcc", "gcc"],
  ["node", "nodejs"],
  ["wasm2c", "wabt"],
];

/** The path of a program that a test runs; its package is installed if need be. */
export async function setupProgram(name: string, progress: Progress): Promise<string> {
  const [, pack] = TEST_PROGRAMS.find(([program]) => program == name)!;
  if (findProgram(name) == "") await new Apt(progress).install([pack]);
  const path = findProgram(name);
  if (path == "") throw new SetupError(`${name} is still missing after ${pack} was installed`);
  return path;
}

/**
 * Makes every wanted kernel version ("6.1", "6.12", or a full release) buildable, and bootable in a
 * VM. Gives the kernels found or made, in the order asked for.
 */
export async function setup(
  wanted: string[],
  progress: Progress,
  machines = true,
): Promise<Kernel[]> {
  const apt = new Apt(progress);
  const programs = machines ? [...PROGRAMS, ...MACHINE_PROGRAMS] : PROGRAMS;
  const missing = programs.filter(([name]) => findProgram(name) == "").map(([, pack]) => pack);
  if (missing.length > 0) await apt.install(missing);
  const ready: Kernel[] = [];
  for (const version of wanted) ready.push(await setupKernel(version, apt, progress, machines));
  return ready;
}

async function setupKernel(
  version: string,
  apt: Apt,
  progress: Progress,
  machines: boolean,
): Promise<Kernel> {
  const found = kernels().find((k) =>
    isVersion(k.release, version) && k.build != "" && (k.image != "" || !machines)
  );
  if (found != null) return found;
  // Headers that are there decide the release, so that only its image is fetched.
  const headers = kernels().find((k) => isVersion(k.release, version) && k.build != "");
  const release = headers?.release ?? await apt.newestRelease(version);
  if (headers == null) await apt.install([`linux-headers-${release}`]);
  if (machines && kernel(release).image == "") {
    progress(`fetching the image of Linux ${release} for throwaway VMs`);
    await apt.unpack(`linux-image-${release}`, kernelCache(release));
  }
  const done = kernel(release);
  if (done.build == "" || (machines && done.image == "")) {
    throw new SetupError(`kernel ${release} is still incomplete after its packages were installed`);
  }
  return done;
}

/**
 * Fetches the debug information of kernels (their `-dbg` packages: about 300 MB each to download,
 * 1.7 GB unpacked) into the cache. With `modules` false only that of the image and of the modules that
 * tests look at is kept: 600 MB.
 */
export async function setupDebuginfo(
  wanted: string[],
  progress: Progress,
  modules = true,
): Promise<void> {
  const apt = new Apt(progress);
  for (const version of wanted) {
    const found = kernels().find((k) => isVersion(k.release, version) && k.build != "");
    if (found == null) throw new SetupError(`kernel ${version} is not set up yet`);
    const { release } = found;
    const places = placesOf([kernelCache(release)], "");
    const here = { ...places, servers: "" };
    const builtIn = moduleFile(release, TEST_MODULE, [kernelCache(release)]) == null;
    const module = builtIn || locateModule(release, TEST_MODULE, here).file != "";
    if (locateKernel(release, here).file != "" && module) continue;
    progress(`fetching the debug information of Linux ${release}`);
    await apt.unpack(
      debugPackage(release),
      kernelCache(release),
      modules ? [] : TEST_FILES,
    );
  }
}

function isVersion(release: string, version: string): boolean {
  return release == version || release.startsWith(version + ".") ||
    release.startsWith(version + "-");
}

export class Apt {
  private updated = false;
  private options = ["-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=300"];

  constructor(private progress: Progress) {}

  async install(packages: string[]): Promise<void> {
    if (Deno.uid() != 0) {
      throw new SetupError(
        `packages are missing and only root can install them:\n` +
          `  sudo apt-get install ${packages.join(" ")}`,
      );
    }
    await this.update();
    this.progress(`installing ${packages.join(" ")}`);
    await this.run("apt-get", ["install", "-y", "--no-install-recommends", ...packages]);
  }

  /** The newest release of a kernel version for cloud machines, from backports if need be. */
  async newestRelease(version: string): Promise<string> {
    await this.update();
    let release = await this.search(version);
    if (release == "" && await this.addBackports()) release = await this.search(version);
    if (release == "") {
      throw new SetupError(`no package source of this machine has headers of Linux ${version}`);
    }
    return release;
  }

  /** Unpacks a package, or the files of it that match `only`, without installing it. */
  async unpack(name: string, folder: string, only: string[] = []): Promise<void> {
    await this.update();
    await Deno.mkdir(folder, { recursive: true });
    const download = await Deno.makeTempDir({ prefix: "tapir-deb-" });
    try {
      try {
        await this.run("apt-get", ["download", name], download);
      } catch (error) {
        if (!await this.addBackports()) throw error;
        await this.run("apt-get", ["download", name], download);
      }
      for await (const entry of Deno.readDir(download)) {
        if (!entry.name.endsWith(".deb")) continue;
        const file = `${download}/${entry.name}`;
        if (only.length == 0) await this.run("dpkg-deb", ["-x", file, folder]);
        else await this.unpackSome(file, folder, only);
      }
    } finally {
      await Deno.remove(download, { recursive: true });
    }
  }

  private async unpackSome(file: string, folder: string, only: string[]): Promise<void> {
    const script = 'dpkg-deb --fsys-tarfile "$0" | tar -x -C "$1" --wildcards "$2"';
    for (const pattern of only) await this.run("sh", ["-c", script, file, folder, pattern]);
  }

  /** `apt-get update`, once; a machine without root does with the lists that it has. */
  private async update(): Promise<void> {
    if (this.updated || Deno.uid() != 0) return;
    this.progress("reading the lists of packages");
    await this.run("apt-get", ["update"]);
    this.updated = true;
  }

  /** The newest release that has both headers and an image. */
  private async search(version: string): Promise<string> {
    const releases = async (kind: string) => {
      const pattern = `^linux-${kind}-${version.replaceAll(".", "\\.")}[.-].*cloud-amd64$`;
      const lines = await this.run("apt-cache", ["search", "--names-only", pattern]);
      return lines.split("\n").map((line) => line.split(" ")[0].slice(`linux-${kind}-`.length))
        // The rest are names that stand for the newest one.
        .filter((release) => /^\d+\.\d+\.\d+/.test(release));
    };
    const images = new Set(await releases("image"));
    const both = (await releases("headers")).filter((release) => images.has(release));
    both.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    return both.at(-1) ?? "";
  }

  /**
   * Uses the backports of the machine's own distribution and mirror beside its sources, from a
   * private folder: the machine's settings stay as they are. False if that cannot be derived.
   */
  private async addBackports(): Promise<boolean> {
    const parts = `${cacheRoot()}/apt`;
    if (this.options.includes(`Dir::Etc::sourceparts=${parts}`) || Deno.uid() != 0) return false;
    const release = await readText("/etc/os-release");
    const codename = release.match(/^VERSION_CODENAME="?(\w+)/m)?.[1] ?? "";
    if (codename == "") return false;
    await Deno.mkdir(parts, { recursive: true });
    let derived = "";
    for (const file of await sourceFiles()) {
      const text = await readText(file);
      // The one old file is read from its own place.
      if (!file.endsWith("/sources.list")) {
        await Deno.writeTextFile(`${parts}/${file.slice(file.lastIndexOf("/") + 1)}`, text);
      }
      if (derived == "") derived = backportsOf(text, codename, file.endsWith(".sources"));
    }
    if (derived == "") return false;
    const kind = derived.startsWith("deb ") ? "list" : "sources";
    await Deno.writeTextFile(`${parts}/tapir-backports.${kind}`, derived);
    this.options.push("-o", `Dir::Etc::sourceparts=${parts}`);
    this.progress(`using ${codename}-backports of this machine's own mirror`);
    await this.run("apt-get", ["update"]);
    return true;
  }

  private async run(program: string, words: string[], cwd?: string): Promise<string> {
    const args = program.startsWith("apt") ? [...this.options, ...words] : words;
    const output = await new Deno.Command(program, {
      args,
      cwd,
      env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output().catch(() => null);
    if (output == null) {
      throw new SetupError(`${program} is missing: tapir can install packages on Debian only`);
    }
    const decoder = new TextDecoder();
    if (output.success) return decoder.decode(output.stdout);
    const last = (decoder.decode(output.stdout) + decoder.decode(output.stderr)).trim().split("\n")
      .slice(-6).join("\n");
    throw new SetupError(`${program} ${words.join(" ")} failed:\n${last}`);
  }
}

/** The files that name this machine's package sources. */
export async function sourceFiles(): Promise<string[]> {
  const files: string[] = [];
  const folder = "/etc/apt/sources.list.d";
  try {
    for await (const entry of Deno.readDir(folder)) {
      if (/\.(sources|list)$/.test(entry.name)) files.push(`${folder}/${entry.name}`);
    }
  } catch {
    // A machine with the one old file only.
  }
  return [...files.sort(), "/etc/apt/sources.list"];
}

/** The mirror of `codename` in a sources file; "" if it is not in it. */
export function mirrorOf(text: string, codename: string, stanzas: boolean): string {
  const source = backportsOf(text, codename, stanzas);
  return source.match(stanzas ? /^URIs:\s*(\S+)/m : /^deb\s+(?:\[[^\]]*\]\s+)?(\S+)/)?.[1] ?? "";
}

/** The source of `codename` in a sources file, rewritten for its backports; "" if not in it. */
export function backportsOf(text: string, codename: string, stanzas: boolean): string {
  if (!stanzas) {
    for (const line of text.split("\n")) {
      const parts = line.match(/^deb\s+(\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s/);
      if (parts != null && parts[3] == codename) {
        return `deb ${parts[1] ?? ""}${parts[2]} ${codename}-backports main\n`;
      }
    }
    return "";
  }
  for (const stanza of text.split(/\n\s*\n/)) {
    const suites = stanza.match(/^Suites:(.*)$/m)?.[1].trim().split(/\s+/) ?? [];
    if (suites.includes(codename)) {
      return stanza.trim().replace(/^Suites:.*$/m, `Suites: ${codename}-backports`) + "\n";
    }
  }
  return "";
}

async function readText(path: string): Promise<string> {
  return await Deno.readTextFile(path).catch(() => "");
}
