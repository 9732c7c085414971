/**
 * Pass 4: a C product becomes a kernel module, built by the kernel's own Kbuild with its own flags
 * in a private folder. Compiler errors come back as places in the script, through `#line`.
 */
import { cachedModule, cacheKey, storeModule } from "./cache.ts";
import { generateCompat } from "./compat.ts";
import { cacheRoot, type Kernel } from "./kernels.ts";
import type { CProduct, Manifest } from "./types.ts";

export interface BuildOptions {
  kernel: Kernel;
  /** Folder of the runtime's headers. */
  runtime: string;
  /** -D NAME=VALUE for the C text. */
  defines?: string[];
  /** -B, words for make. */
  make?: string[];
  /** Neither read nor written when false. */
  cache?: boolean;
  /** Show the commands and what they print (-vvv). */
  verbose?: boolean;
  /** Where to build; a temporary folder if absent. */
  folder?: string;
}

export interface BuildResult {
  /** Path of the module. */
  path: string;
  /** It came from the cache. */
  cached: boolean;
}

/** Kbuild or its compiler refused; `message` is ready to be shown. */
export class BuildError extends Error {
  constructor(message: string, readonly log: string) {
    super(message);
  }
}

/** Settings that make a module small and its build quick: no debug information, no BTF step. */
const QUICK = ["CONFIG_DEBUG_INFO_BTF_MODULES=", "CONFIG_DEBUG_INFO=", "CONFIG_GCC_PLUGINS="];

/** Builds a module or finds it in the cache. */
export async function buildModule(
  product: CProduct,
  options: BuildOptions,
): Promise<BuildResult> {
  const { kernel } = options;
  if (kernel.build == "") {
    throw new BuildError(
      `the headers of kernel ${kernel.release} are missing\n` +
        `install them: apt-get install linux-headers-${kernel.release}`,
      "",
    );
  }
  const name = product.manifest.module;
  const useCache = options.cache ?? true;
  const key = useCache ? moduleKey(product, options) : "";
  if (useCache) {
    const cached = cachedModule(key, name);
    if (cached != "") return { path: cached, cached: true };
  }
  // An empty folder would be `M=`, a build inside the kernel's own tree, which damages it.
  if (options.folder === "") throw new BuildError("the build folder has no name", "");
  const folder = options.folder ?? await privateFolder(kernel.root);
  try {
    const built = await runKbuild(product, options, folder);
    const path = useCache ? await storeModule(key, name, built) : built;
    return { path, cached: false };
  } finally {
    if (options.folder == null && useCache) await Deno.remove(folder, { recursive: true });
  }
}

/** A new folder that the toolchain of `root` can see. */
async function privateFolder(root: string): Promise<string> {
  return await Deno.makeTempDir({ prefix: "tapir-", dir: root == "" ? undefined : `${root}/tmp` });
}

/** A command in `root`, with a /proc that ends with it: objtool of newer kernels reads a limit there. */
function inRoot(root: string, words: string[]): string[] {
  const script = 'mount -t proc proc "$0/proc" && exec chroot "$0" "$@"';
  return ["unshare", "--mount", "sh", "-c", script, root, ...words];
}

/** How a path outside of `root` is called inside of it. */
function inside(root: string, path: string): string {
  if (root == "" || path.startsWith(`${root}/`)) return path.slice(root.length);
  throw new BuildError(`the toolchain in ${root} cannot see ${path}`, "");
}

/** The runtime as the toolchain sees it: a copy beside the build when that has a root of its own. */
async function visibleRuntime(options: BuildOptions, folder: string): Promise<string> {
  const { root } = options.kernel;
  if (root == "") return options.runtime;
  const copy = `${folder}/runtime`;
  await Deno.mkdir(copy);
  for await (const entry of Deno.readDir(options.runtime)) {
    if (entry.isFile) {
      await Deno.copyFile(`${options.runtime}/${entry.name}`, `${copy}/${entry.name}`);
    }
  }
  return inside(root, copy);
}

async function runKbuild(
  product: CProduct,
  options: BuildOptions,
  folder: string,
): Promise<string> {
  const name = product.manifest.module;
  const { build, root } = options.kernel;
  const seen = inside(root, folder);
  const runtime = await visibleRuntime(options, folder);
  await Deno.writeTextFile(
    `${folder}/${name}.c`,
    product.source + manifestSection(product.manifest),
  );
  await Deno.writeTextFile(`${folder}/compat.h`, generateCompat(build, root));
  await Deno.writeTextFile(`${folder}/Makefile`, makefile(name, options, runtime, seen));
  const args = [options.verbose ? "V=1" : "-s", "--no-print-directory"];
  args.push("-C", inside(root, build), `M=${seen}`);
  args.push(...QUICK, ...(options.make ?? []), "modules");
  const [program, ...words] = root == "" ? ["make", ...args] : inRoot(root, ["make", ...args]);
  const output = await new Deno.Command(program, {
    args: words,
    env: { LC_ALL: "C", KBUILD_MODPOST_WARN: "" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output().catch((error) => {
    if (error instanceof Deno.errors.NotFound) {
      throw new BuildError("make is missing\ninstall it: apt-get install make gcc", "");
    }
    throw error;
  });
  const text = new TextDecoder().decode(output.stdout) + new TextDecoder().decode(output.stderr);
  if (options.verbose) await Deno.stderr.write(new TextEncoder().encode(text));
  const path = `${folder}/${name}.ko`;
  if (output.success && exists(path)) return path;
  const log = await keepLog(name, `make ${args.join(" ")}\n${text}`);
  throw new BuildError(explain(text, seen, log, options), log);
}

/** `-I` of the runtime and the script's folder come before the kernel's own include folders. */
function makefile(name: string, options: BuildOptions, runtime: string, folder: string): string {
  const flags = [
    `-I${runtime}`,
    `-I${folder}`,
    ...(options.defines ?? []).map((d) => `-D${d}`),
  ];
  // The C text is generated: style warnings would tell the user nothing.
  flags.push("-Wno-unused", "-Wno-declaration-after-statement", "-Wno-missing-prototypes");
  flags.push("-Wno-missing-declarations", "-Wno-error", "-Wframe-larger-than=1024");
  return `obj-m := ${name}.o\nccflags-y := ${flags.join(" ")}\n`;
}

/** The manifest travels in the module, in a section that the kernel does not load. */
function manifestSection(manifest: Manifest): string {
  const bytes = new TextEncoder().encode(JSON.stringify(manifest) + "\n");
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += 60) {
    let text = "";
    for (const byte of bytes.subarray(at, at + 60)) {
      const plain = byte >= 32 && byte < 127 && byte != 34 && byte != 92 && byte != 37;
      // Inside a C string that holds an assembler string.
      text += plain ? String.fromCharCode(byte) : "\\\\" + byte.toString(8).padStart(3, "0");
    }
    rows.push(`"\\t.ascii \\"${text}\\"\\n"`);
  }
  return `\n#line 1 "tapir-manifest"\nasm(".pushsection tapir,\\"\\",@progbits\\n"\n` +
    rows.join("\n") + `\n".popsection\\n");\n`;
}

/** Kbuild's output as a message: the places in the script, else its own last words. */
function explain(text: string, folder: string, log: string, options: BuildOptions): string {
  const compiler = text.match(/(gcc-\d+|gcc|clang|ld|objtool): (?:not found|No such file)/) ??
    text.match(/make[^:]*: ([\w-]*(?:gcc|clang)[\w.-]*): No such file/);
  if (compiler) {
    return `the compiler of kernel ${options.kernel.release} is missing (${compiler[1]})\n` +
      `install it: apt-get install ${compiler[1]} make`;
  }
  if (/No space left on device/.test(text)) return "no space left on the disk for the build";
  const lines = text.split("\n").filter((line) => line != "");
  const errors = lines.filter((line) => /: (fatal )?error: |^ERROR: |undefined!/.test(line))
    .map((line) => line.replaceAll(`${folder}/`, "").replace(/^ERROR: modpost: /, "modpost: "));
  const shown = (errors.length > 0 ? errors : lines.slice(-8)).slice(0, 10);
  return ["the module could not be compiled", ...shown, `the whole log is in ${log}`].join("\n");
}

async function keepLog(name: string, text: string): Promise<string> {
  const folder = `${cacheRoot()}/logs`;
  await Deno.mkdir(folder, { recursive: true });
  const path = `${folder}/${name}.log`;
  await Deno.writeTextFile(path, text);
  return path;
}

function moduleKey(product: CProduct, options: BuildOptions): string {
  const { build, release, root } = options.kernel;
  const parts: (string | Uint8Array)[] = [
    product.source,
    JSON.stringify(product.manifest),
    release,
  ];
  for (const file of [`${build}/Module.symvers`, `${build}/.config`, root + compilerPath(build)]) {
    parts.push(stamp(file));
  }
  parts.push(JSON.stringify([options.defines ?? [], options.make ?? [], QUICK]));
  parts.push(...folderContents(options.runtime));
  return cacheKey(parts);
}

/** Size and time of a file: enough to see that a package was upgraded. */
function stamp(path: string): string {
  try {
    const info = Deno.statSync(path);
    return `${path} ${info.size} ${info.mtime?.getTime()}`;
  } catch {
    return `${path} -`;
  }
}

function compilerPath(build: string): string {
  try {
    const text = Deno.readTextFileSync(`${build}/.kernelvariables`);
    const found = text.match(/\b(gcc-\d+|clang-\d+)\b/);
    if (found) return `/usr/bin/${found[1]}`;
  } catch {
    // Only some distributions write it.
  }
  return "/usr/bin/gcc";
}

function folderContents(folder: string): (string | Uint8Array)[] {
  const parts: (string | Uint8Array)[] = [];
  const names = [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1);
  for (const entry of names) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) parts.push(entry.name, ...folderContents(path));
    else parts.push(entry.name, Deno.readFileSync(path));
  }
  return parts;
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
