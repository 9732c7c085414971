/**
 * The BTF of a kernel, from whatever the machine has of it: the running kernel's own copy, a
 * vmlinux of the headers package, or the compressed kernel image in /boot. What had to be unpacked
 * is kept in the user's cache under the release and the image's size and time.
 */
import { Buffer } from "node:buffer";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import process from "node:process";
import { decompress } from "./decompress.ts";
import { sectionData } from "./elf.ts";
import { imageFunctions, listedFunctions } from "./kallsyms.ts";

const BTF_MAGIC = 0xeb9f;

export interface KernelBtf {
  release: string;
  bytes: Uint8Array;
  /** The file that it was found in. */
  source: string;
}

/**
 * BTF of the kernel `release`; throws with all that was tried. `roots` are folders that hold
 * `boot` and `lib/modules` (or `usr/lib/modules`) of that kernel, such as unpacked packages;
 * "/" is always tried, first.
 */
export function kernelBtf(release: string, roots: string[] = []): KernelBtf {
  checkRelease(release);
  const tried: string[] = [];
  const running = "/sys/kernel/btf/vmlinux";
  if (release === os.release() && fs.existsSync(running)) {
    const bytes = attempt(running, tried, () => fs.readFileSync(running));
    if (bytes !== null) return { release, bytes, source: running };
  }
  for (const file of imageFiles(release, roots)) {
    if (!fs.existsSync(file)) continue;
    const bytes = attempt(file, tried, () => cached(release, file, () => imageBtf(file)));
    if (bytes !== null) return { release, bytes, source: file };
  }
  const detail = tried.length === 0 ? "no image of it was found" : tried.join("; ");
  throw new Error(`no BTF type information for kernel ${release}: ${detail}`);
}

/** BTF of one file: raw, an ELF file's, or that of a compressed kernel image; throws if none. */
export function btfOfFile(file: string): Uint8Array {
  const bytes = fs.readFileSync(file);
  if (bytes.length >= 2 && bytes.readUInt16LE(0) === BTF_MAGIC) return bytes;
  return imageBtf(file);
}

/**
 * Names of the functions in the image of kernel `release`, ascending, each followed by a newline;
 * "" if nothing on the machine tells them. Of those that modules may use there is a second line
 * with `__ksymtab_` before the name, if the image tells. `roots` as in `kernelBtf`.
 */
export function kernelFunctions(release: string, roots: string[] = []): string {
  checkRelease(release);
  if (release === os.release()) {
    const text = runningFunctions(release);
    if (text !== "") return text;
  }
  for (const file of imageFiles(release, roots)) {
    if (!fs.existsSync(file)) continue;
    const bytes = attempt(
      file,
      [],
      () => cached(release, file, () => symbolText(file), ".symbols3"),
    );
    if (bytes !== null && bytes.length > 0) return latin1(bytes);
  }
  return "";
}

/** From the running kernel's own list, which is slow to read: once after each start is enough. */
function runningFunctions(release: string): string {
  const list = "/proc/kallsyms";
  const bytes = attempt(list, [], () => {
    const boot = fs.readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim();
    const key = path.join(cacheFolder(), `${release}-${boot}.names3`);
    return keyed(key, () => lines(listedFunctions(fs.readFileSync(list, "latin1"))));
  });
  return bytes === null ? "" : latin1(bytes);
}

/** Empty for an image without symbols, so that it is not unpacked again for nothing. */
function symbolText(file: string): Uint8Array {
  const image = unpackedImage(file);
  const names = attempt(file, [], () => lines(imageFunctions(image)));
  return names ?? new Uint8Array(0);
}

function lines(names: string[]): Uint8Array {
  return Buffer.from(names.map((name) => name + "\n").join(""), "latin1");
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** Split BTF of one module of the kernel, or null if the module is not there or has none. */
export function moduleBtf(
  release: string,
  module: string,
  roots: string[] = [],
): Uint8Array | null {
  checkRelease(release);
  const running = `/sys/kernel/btf/${module}`;
  const plain = /^[A-Za-z0-9_-]+$/.test(module);
  if (!plain) return null;
  if (release === os.release() && fs.existsSync(running)) return fs.readFileSync(running);
  const file = moduleFile(release, module, roots);
  return file === null ? null : sectionData(decompress(fs.readFileSync(file)), ".BTF");
}

/** The module's file (.ko, .ko.xz, .ko.zst, .ko.gz), found through modules.dep or by a walk. */
export function moduleFile(release: string, module: string, roots: string[] = []): string | null {
  const wanted = module.replaceAll("-", "_");
  for (const root of allRoots(roots)) {
    for (const modules of ["lib/modules", "usr/lib/modules"]) {
      const folder = path.join(root, modules, release);
      for (const file of moduleList(folder)) {
        const name = path.basename(file).replace(/\.ko(\.[a-z0-9]+)?$/, "").replaceAll("-", "_");
        const full = path.join(folder, file);
        if (name === wanted && fs.existsSync(full)) return full;
      }
    }
  }
  return null;
}

function moduleList(folder: string): string[] {
  const list = path.join(folder, "modules.dep");
  if (fs.existsSync(list)) {
    return fs.readFileSync(list, "utf8").split("\n").map((line) => line.split(":")[0]).filter(
      (name) => name !== "",
    );
  }
  const kernel = path.join(folder, "kernel");
  if (!fs.existsSync(kernel)) return [];
  return (fs.readdirSync(kernel, { recursive: true }) as string[]).filter((name) =>
    /\.ko(\.[a-z0-9]+)?$/.test(name)
  ).map((name) => path.join("kernel", name));
}

/** The .BTF section of a kernel image: vmlinux, or a bzImage with it inside. */
export function imageBtf(file: string): Uint8Array {
  const btf = sectionData(unpackedImage(file), ".BTF");
  if (btf === null || btf.length === 0) {
    throw new Error("the kernel was built without CONFIG_DEBUG_INFO_BTF");
  }
  return btf;
}

/** The bytes of the vmlinux in a kernel image. */
function unpackedImage(file: string): Uint8Array {
  const bytes: Uint8Array = fs.readFileSync(file);
  return isBzImage(bytes) ? decompress(bzImagePayload(bytes)) : decompress(bytes);
}

function isBzImage(bytes: Uint8Array): boolean {
  return bytes.length > 0x250 && bytes[0x202] === 0x48 && bytes[0x203] === 0x64 &&
    bytes[0x204] === 0x72 && bytes[0x205] === 0x53;
}

/** The compressed vmlinux in an x86 boot image (Documentation/arch/x86/boot.rst, payload_offset). */
export function bzImagePayload(bytes: Uint8Array): Uint8Array {
  if (!isBzImage(bytes)) throw new Error("not an x86 boot image");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0x206, true) < 0x208) throw new Error("boot protocol older than 2.08");
  const setupSectors = bytes[0x1f1] === 0 ? 4 : bytes[0x1f1];
  const start = (setupSectors + 1) * 512 + view.getUint32(0x248, true);
  const end = start + view.getUint32(0x24c, true);
  if (end > bytes.length || start === end) throw new Error("the boot image is truncated");
  // The last four bytes are the size of the unpacked image, except with gzip, whose own
  // trailer they are.
  const payload = bytes.subarray(start, end);
  return payload[0] === 0x1f && payload[1] === 0x8b ? payload : payload.subarray(0, -4);
}

function imageFiles(release: string, roots: string[]): string[] {
  const files: string[] = [];
  for (const root of allRoots(roots)) {
    files.push(
      path.join(root, "lib/modules", release, "build/vmlinux"),
      path.join(root, "lib/modules", release, "vmlinux"),
      path.join(root, "usr/src", `linux-headers-${release}`, "vmlinux"),
      path.join(root, "boot", `vmlinux-${release}`),
      path.join(root, "boot", `vmlinuz-${release}`),
      path.join(root, "lib/modules", release, "vmlinuz"),
      path.join(root, "usr/lib/modules", release, "vmlinuz"),
      path.join(root, "usr/lib/debug/boot", `vmlinux-${release}`),
    );
  }
  return files;
}

function allRoots(roots: string[]): string[] {
  return ["/", ...roots.filter((root) => root !== "/")];
}

/** The release becomes part of paths. */
function checkRelease(release: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._+~-]*$/.test(release)) {
    throw new Error(`"${release}" is no kernel release`);
  }
}

function attempt(file: string, tried: string[], read: () => Uint8Array): Uint8Array | null {
  try {
    return read();
  } catch (error) {
    tried.push(`${file}: ${(error as Error).message}`);
    return null;
  }
}

function cacheFolder(): string {
  const home = process.env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache");
  return path.join(home, "tapir", "btf");
}

/** `read()`, or what it gave for the same file before. A cache that cannot be written is no error. */
function cached(
  release: string,
  file: string,
  read: () => Uint8Array,
  suffix = "",
): Uint8Array {
  const stat = fs.statSync(file);
  const name = `${release}-${stat.size}-${Math.floor(stat.mtimeMs)}${suffix}`;
  return keyed(path.join(cacheFolder(), name), read);
}

function keyed(key: string, read: () => Uint8Array): Uint8Array {
  if (fs.existsSync(key)) return fs.readFileSync(key);
  const bytes = read();
  try {
    fs.mkdirSync(path.dirname(key), { recursive: true });
    const own = `${key}.${process.pid}`;
    fs.writeFileSync(own, bytes);
    fs.renameSync(own, key);
  } catch {
    // Next time it is unpacked again.
  }
  return bytes;
}
