/**
 * Where the debug information of a kernel and its modules is: what the debug packages install,
 * build-id folders, SYSTEMTAP_DEBUGINFO_PATH, the tree that the kernel was built in, and, when
 * DEBUGINFOD_URLS is set, a server that has it by build-id.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import process from "node:process";
import { download } from "./debuginfod.ts";
import { ElfFile } from "./elf_file.ts";
import { moduleFile } from "./kernel_image.ts";

const DEFAULT_PATH = "+:.debug:/usr/lib/debug:build";

export interface Located {
  /** The file with the debug sections; "" if there is none. */
  file: string;
  /** All places that were looked at. */
  tried: string[];
}

/** Settings that come from the user's environment. */
export interface Places {
  /** Folders that hold `boot`, `lib/modules`, `usr/lib/debug` of the kernel; "/" is always one. */
  roots: string[];
  /** SYSTEMTAP_DEBUGINFO_PATH, or its default. */
  path: string;
  /** DEBUGINFOD_URLS, or "". */
  servers: string;
  /** Where downloads are kept. */
  cache: string;
}

export function placesOf(roots: string[], cache: string): Places {
  return {
    roots: ["/", ...roots.filter((root) => root != "/")],
    path: process.env.SYSTEMTAP_DEBUGINFO_PATH || DEFAULT_PATH,
    servers: process.env.DEBUGINFOD_URLS ?? "",
    cache,
  };
}

/** The vmlinux of a release with debug sections. */
export function locateKernel(release: string, places: Places): Located {
  const tried: string[] = [];
  const id = release == runningRelease() ? runningBuildId() : "";
  for (const file of kernelFiles(release, id, places)) {
    tried.push(file);
    if (hasDebugInfo(file, id)) return { file, tried };
  }
  return fromServer(id, places, tried);
}

/** The debug file of a module of a release; `module` without ".ko", `-` and `_` alike. */
export function locateModule(release: string, module: string, places: Places): Located {
  const tried: string[] = [];
  const own = moduleFile(release, module, places.roots);
  const id = own == null ? "" : buildIdOf(own);
  for (const file of moduleFiles(release, module, own, id, places)) {
    tried.push(file);
    if (hasDebugInfo(file, id)) return { file, tried };
  }
  return fromServer(id, places, tried);
}

/** The package that brings the debug information of a Debian kernel. */
export function debugPackage(release: string): string {
  return `linux-image-${release}-dbg`;
}

function absoluteFolders(places: Places): string[] {
  const folders = places.path.split(":").map((text) => text.replace(/^[+-]/, ""))
    .filter((text) => text.startsWith("/"));
  return places.roots.flatMap((root) => folders.map((folder) => path.join(root, folder)));
}

function kernelFiles(release: string, id: string, places: Places): string[] {
  const files: string[] = [];
  for (const folder of absoluteFolders(places)) {
    files.push(
      ...buildIdFile(folder, id),
      path.join(folder, "boot", `vmlinux-${release}`),
      path.join(folder, "boot", `vmlinux-${release}.debug`),
      path.join(folder, "lib/modules", release, "vmlinux"),
      path.join(folder, "lib/modules", release, "vmlinux.debug"),
      path.join(folder, `vmlinux-${release}`),
      path.join(folder, "vmlinux"),
    );
  }
  for (const root of places.roots) {
    for (const text of places.path.split(":").map((text) => text.replace(/^[+-]/, ""))) {
      if (text.startsWith("/") || text == ".debug") continue;
      files.push(path.join(root, "lib/modules", release, text, "vmlinux"));
    }
    files.push(path.join(root, "boot", `vmlinux-${release}`));
  }
  return [...new Set(files)];
}

function moduleFiles(
  release: string,
  module: string,
  own: string | null,
  id: string,
  places: Places,
): string[] {
  const files: string[] = [];
  const inTree = own == null ? "" : own.slice(own.indexOf(`/modules/${release}/`) + 1)
    .replace(/\.(xz|gz|zst|lz4)$/, "");
  for (const folder of absoluteFolders(places)) {
    files.push(...buildIdFile(folder, id));
    if (inTree != "") {
      files.push(path.join(folder, "lib", inTree), path.join(folder, "lib", `${inTree}.debug`));
      files.push(
        path.join(folder, "usr/lib", inTree),
        path.join(folder, "usr/lib", `${inTree}.debug`),
      );
    }
  }
  if (inTree == "") files.push(...walkFor(release, module, places));
  if (own != null) {
    const folder = path.dirname(own);
    files.push(path.join(folder, ".debug", `${path.basename(own)}.debug`), own);
  }
  return [...new Set(files)];
}

/** A module whose plain file is not there: its debug file has the same name. */
function walkFor(release: string, module: string, places: Places): string[] {
  const wanted = module.replaceAll("-", "_");
  for (const folder of absoluteFolders(places)) {
    const modules = path.join(folder, "lib/modules", release);
    if (!fs.existsSync(modules)) continue;
    const names = fs.readdirSync(modules, { recursive: true }) as string[];
    const found = names.filter((name) =>
      path.basename(name).replace(/\.ko(\.debug)?$/, "").replaceAll("-", "_") == wanted &&
      /\.ko(\.debug)?$/.test(name)
    );
    if (found.length > 0) return found.map((name) => path.join(modules, name));
  }
  return [];
}

function buildIdFile(folder: string, id: string): string[] {
  if (id.length < 4) return [];
  return [path.join(folder, ".build-id", id.slice(0, 2), `${id.slice(2)}.debug`)];
}

/** Has the file debug sections, and the build-id if one is wanted? */
function hasDebugInfo(file: string, id: string): boolean {
  if (!fs.existsSync(file)) return false;
  try {
    const elf = ElfFile.open(file);
    try {
      if ((elf.find(".debug_info")?.size ?? 0) == 0) return false;
      const own = id == "" ? "" : elf.buildId();
      return own == "" || own == id;
    } finally {
      elf.close();
    }
  } catch {
    return false;
  }
}

function fromServer(id: string, places: Places, tried: string[]): Located {
  const servers = places.servers.split(/\s+/).filter((url) => url != "");
  if (id == "" || servers.length == 0) return { file: "", tried };
  const file = path.join(places.cache, id, "debuginfo");
  if (fs.existsSync(file)) return { file, tried };
  for (const server of servers) {
    const url = `${server.replace(/\/+$/, "")}/buildid/${id}/debuginfo`;
    tried.push(url);
    if (download(url, file) && hasDebugInfo(file, id)) return { file, tried };
  }
  return { file: "", tried };
}

function runningRelease(): string {
  try {
    return fs.readFileSync("/proc/sys/kernel/osrelease", "latin1").trim();
  } catch {
    return "";
  }
}

/** From the running kernel's notes. */
function runningBuildId(): string {
  try {
    const notes = fs.readFileSync("/sys/kernel/notes");
    return notesBuildId(notes);
  } catch {
    return "";
  }
}

/** NT_GNU_BUILD_ID in the content of a note section, or "". */
export function notesBuildId(notes: Uint8Array): string {
  const view = new DataView(notes.buffer, notes.byteOffset, notes.byteLength);
  let at = 0;
  while (at + 12 <= notes.length) {
    const nameSize = view.getUint32(at, true), size = view.getUint32(at + 4, true);
    const type = view.getUint32(at + 8, true);
    const value = at + 12 + ((nameSize + 3) & ~3);
    if (value + size > notes.length) return "";
    if (type == 3 && nameSize == 4 && notes[at + 12] == 0x47) {
      return [...notes.subarray(value, value + size)].map((b) => b.toString(16).padStart(2, "0"))
        .join("");
    }
    at = value + ((size + 3) & ~3);
  }
  return "";
}

function buildIdOf(file: string): string {
  try {
    const elf = ElfFile.open(file);
    const id = elf.buildId();
    elf.close();
    return id;
  } catch {
    return "";
  }
}
