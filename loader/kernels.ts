/**
 * Which kernels this machine has: headers to build for, images to boot, modules for the image.
 * Packages that are only needed for throwaway machines are unpacked in the cache, not installed.
 */

export interface Kernel {
  release: string;
  /** Kbuild tree, or "" when the headers are missing. */
  build: string;
  /** Kernel image, or "" when there is none. */
  image: string;
  /** Folder with this kernel's own modules (modules.dep in it), or "". */
  modules: string;
  /**
   * Folder of another system that holds the headers and a compiler that can read them, or "" for
   * this machine itself. Paths inside of it, as in its Makefiles, do not have it in front.
   */
  root: string;
}

export function cacheRoot(): string {
  const base = Deno.env.get("TAPIR_CACHE");
  if (base) return base;
  const xdg = Deno.env.get("XDG_CACHE_HOME");
  if (xdg) return `${xdg}/tapir`;
  const home = Deno.env.get("HOME") ?? "/root";
  return `${home}/.cache/tapir`;
}

export function kernelCache(release: string): string {
  return `${cacheRoot()}/kernels/${release}`;
}

/** Where whole systems with a toolchain of their own are kept, one folder each. */
export function rootsFolder(): string {
  return `${cacheRoot()}/roots`;
}

export function runningRelease(): string {
  return Deno.osRelease();
}

/** What is known about one release; fields are empty where something is missing. */
export function kernel(release: string): Kernel {
  const cache = kernelCache(release);
  let build = `/lib/modules/${release}/build`;
  let root = "";
  if (!exists(`${build}/Makefile`)) [root, build] = rootedBuild(release);
  return {
    release,
    build,
    root,
    image: firstThere([
      `/boot/vmlinuz-${release}`,
      // Where Fedora and newer Debian kernels have it.
      `/lib/modules/${release}/vmlinuz`,
      `${cache}/boot/vmlinuz-${release}`,
      `${cache}/usr/lib/modules/${release}/vmlinuz`,
    ], ""),
    modules: folderOf(
      firstThere([
        `/lib/modules/${release}/kernel`,
        `${cache}/lib/modules/${release}/kernel`,
        `${cache}/usr/lib/modules/${release}/kernel`,
      ], ""),
    ),
  };
}

/** The root that has headers of a release, and the headers' folder as seen from outside of it. */
function rootedBuild(release: string): [string, string] {
  for (const root of entries(rootsFolder()).map((name) => `${rootsFolder()}/${name}`)) {
    const build = `${root}/usr/src/linux-headers-${release}`;
    if (exists(`${build}/Makefile`)) return [root, build];
  }
  return ["", ""];
}

/**
 * All releases with headers or an image on this machine, newest first. Those whose headers are in
 * a root of their own are not among them: they are used when they are asked for by name.
 */
export function kernels(): Kernel[] {
  return allKernels().filter((k) => k.root == "");
}

function allKernels(): Kernel[] {
  const found = new Set([...entries("/lib/modules"), ...entries(`${cacheRoot()}/kernels`)]);
  return [...found].sort(newestFirst).map(kernel).filter((k) => k.build != "" || k.image != "");
}

/** Names in a folder; none if there is no such folder. */
function entries(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map((entry) => entry.name);
  } catch {
    return [];
  }
}

/** Kernels that can be built for and booted, newest first. */
export function bootableKernels(): Kernel[] {
  return kernels().filter((k) => k.build != "" && k.image != "");
}

/** The release meant by `text`: exact, or the newest bootable one that begins with it. */
export function matchRelease(text: string): string {
  const all = allKernels();
  if (all.some((k) => k.release == text)) return text;
  const near = all.filter((k) =>
    k.release.startsWith(text + ".") || k.release.startsWith(text + "-")
  );
  const best = near.find((k) => k.build != "" && k.image != "") ?? near[0];
  return best?.release ?? "";
}

function newestFirst(a: string, b: string): number {
  const left = numbers(a), right = numbers(b);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (right[i] ?? 0) - (left[i] ?? 0);
    if (difference != 0) return difference;
  }
  return a < b ? 1 : a > b ? -1 : 0;
}

function numbers(release: string): number[] {
  return (release.match(/\d+/g) ?? []).map(Number);
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function firstThere(paths: string[], otherwise: string): string {
  return paths.find(exists) ?? otherwise;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
