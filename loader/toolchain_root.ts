/**
 * The newest kernel that Debian has, together with the compiler that its headers need: a root folder
 * of a newer Debian release in the cache, made by debootstrap from this machine's own mirror. Only
 * the build runs in it; the machine itself is not changed.
 */
import { type Kernel, kernel, kernelCache, rootsFolder } from "./kernels.ts";
import { Apt, mirrorOf, type Progress, SetupError, sourceFiles } from "./setup.ts";
import { findProgram } from "./root.ts";

/** The release whose backports have the newest kernels. */
const CODENAME = "trixie";

/** Makes the newest cloud kernel buildable and bootable; gives it. */
export async function setupNewest(progress: Progress): Promise<Kernel> {
  if (Deno.uid() != 0) throw new SetupError("only root can make a root folder with debootstrap");
  const root = `${rootsFolder()}/${CODENAME}`;
  const apt = new Apt(progress);
  if (findProgram("debootstrap") == "") await apt.install(["debootstrap"]);
  if (!await exists(`${root}/.complete`)) await makeRoot(root, progress);
  const release = await newestRelease(root);
  if (kernel(release).build == "") {
    progress(`installing the headers of Linux ${release} in ${root}`);
    await inRoot(root, [
      ...["apt-get", "install", "-y", "-q", "--no-install-recommends"],
      ...["-t", `${CODENAME}-backports`, `linux-headers-${release}`, "make", "gcc"],
    ]);
  }
  if (kernel(release).image == "") await fetchImage(root, release, progress);
  const found = kernel(release);
  if (found.build == "" || found.image == "") {
    throw new SetupError(`kernel ${release} is still incomplete after its packages were installed`);
  }
  return found;
}

async function makeRoot(root: string, progress: Progress): Promise<void> {
  const mirror = await machineMirror();
  progress(`making a root folder of Debian ${CODENAME} in ${root}`);
  await Deno.remove(root, { recursive: true }).catch(() => {});
  await Deno.mkdir(root, { recursive: true });
  await run("debootstrap", ["--variant=minbase", CODENAME, root, mirror]);
  await Deno.writeTextFile(
    `${root}/etc/apt/sources.list.d/backports.list`,
    `deb ${mirror} ${CODENAME}-backports main\n`,
  );
  await inRoot(root, ["apt-get", "update", "-q"]);
  await Deno.writeTextFile(`${root}/.complete`, "");
}

/** The mirror that this machine's own sources name. */
async function machineMirror(): Promise<string> {
  const release = await Deno.readTextFile("/etc/os-release").catch(() => "");
  const codename = release.match(/^VERSION_CODENAME="?(\w+)/m)?.[1] ?? "";
  for (const file of await sourceFiles()) {
    const text = await Deno.readTextFile(file).catch(() => "");
    const mirror = mirrorOf(text, codename, file.endsWith(".sources"));
    if (mirror != "") return mirror;
  }
  throw new SetupError("no Debian mirror is named in this machine's package sources");
}

/** The newest release that has both headers and an image. */
async function newestRelease(root: string): Promise<string> {
  const releases = async (kind: string) => {
    const pattern = `^linux-${kind}-[0-9].*-cloud-amd64$`;
    const lines = await inRoot(root, ["apt-cache", "search", "--names-only", pattern]);
    return lines.split("\n").map((line) => line.split(" ")[0].slice(`linux-${kind}-`.length))
      .filter((release) => /^\d+\.\d+\.\d+/.test(release));
  };
  const images = new Set(await releases("image"));
  const both = (await releases("headers")).filter((release) => images.has(release));
  both.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
  const newest = both.at(-1);
  if (newest == null) throw new SetupError(`${CODENAME} has no cloud kernel with headers`);
  return newest;
}

/**
 * Unpacks the image's packages beside the other kernels for throwaway machines. Newer Debian
 * kernels come in parts (binary, modules, base files), which the image's package depends on.
 */
async function fetchImage(root: string, release: string, progress: Progress): Promise<void> {
  progress(`fetching the image of Linux ${release} for throwaway VMs`);
  const image = `linux-image-${release}`;
  const depends = await inRoot(root, ["apt-cache", "depends", image]);
  const parts = [...depends.matchAll(/Depends: (linux-\S+)/g)].map((match) => match[1])
    .filter((name) => name.endsWith(`-${release}`));
  const folder = await Deno.makeTempDir({ dir: `${root}/tmp` });
  try {
    // apt's own user must be able to write there.
    await Deno.chmod(folder, 0o777);
    const seen = folder.slice(root.length);
    await inRoot(root, [
      ...["sh", "-c", `cd ${seen} && apt-get download -q -t ${CODENAME}-backports "$@"`],
      ...["sh", image, ...parts],
    ]);
    await Deno.mkdir(kernelCache(release), { recursive: true });
    for await (const entry of Deno.readDir(folder)) {
      await run("dpkg-deb", ["-x", `${folder}/${entry.name}`, kernelCache(release)]);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function inRoot(root: string, words: string[]): Promise<string> {
  return run("chroot", [root, ...words]);
}

async function run(program: string, args: string[]): Promise<string> {
  const output = await new Deno.Command(program, {
    args,
    env: { DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  const text = decoder.decode(output.stdout);
  if (output.success) return text;
  const last = (text + decoder.decode(output.stderr)).trim().split("\n").slice(-6).join("\n");
  throw new SetupError(`${program} ${args.join(" ")} failed:\n${last}`);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
