/**
 * The first (and only) file system of a throwaway machine: busybox, Deno with its C library,
 * Tapir's own loader as the agent, and the kernel modules without which the agent's channel does
 * not exist. Cached by what is in it.
 */
import { createHash } from "node:crypto";
import { cacheRoot, type Kernel } from "../kernels.ts";
import { findProgram, projectRoot } from "../root.ts";
import { CpioWriter } from "./cpio.ts";

/** Where the project's files are in the guest. */
export const GUEST_ROOT = "/tapir";

/** Modules that the agent's channel needs where they are not built into the kernel. */
const CHANNEL_MODULES = ["virtio_pci", "virtio_console"];

const INIT = `#!/bin/busybox sh
export PATH=/bin:/sbin:/usr/bin:/usr/sbin HOME=/root TERM=dumb
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
mkdir -p /dev/shm /dev/pts
mount -t tmpfs shm /dev/shm
mount -t devpts pts /dev/pts
mount -t debugfs debug /sys/kernel/debug
mount -t tracefs trace /sys/kernel/tracing
mount -t securityfs security /sys/kernel/security
ln -s /proc/self/fd /dev/fd
ln -s /proc/self/fd/0 /dev/stdin
ln -s /proc/self/fd/1 /dev/stdout
ln -s /proc/self/fd/2 /dev/stderr
hostname tapir
ip link set lo up
for module in $(cat /etc/channel-modules); do insmod "$module"; done
tries=0
until (exec 3<>/dev/vport0p1) 2>/dev/null || [ $tries -gt 200 ]; do
  sleep 0.05
  tries=$((tries + 1))
done
exec 3<>/dev/vport0p1
export DENO_DIR=/deno-cache NO_COLOR=1 DENO_NO_UPDATE_CHECK=1
echo "tapir: starting the agent"
cd /root
/bin/deno run -A --no-lock --no-config --no-check --no-remote --no-npm \\
  ${GUEST_ROOT}/loader/agent/guest.ts <&3 >&3
echo "tapir: the agent ended with status $?"
poweroff -f
`;

/** Makes (or finds in the cache) the archive for a kernel; gives its path. */
export async function initramfs(kernel: Kernel): Promise<string> {
  const busybox = findProgram("busybox");
  if (busybox == "") throw new Error("busybox is missing: apt-get install busybox-static");
  const deno = Deno.execPath();
  const sources = await agentSources();
  const hash = createHash("sha256");
  hash.update(INIT + Deno.version.deno + deno + kernel.release);
  for (const [name, data] of sources) hash.update(name + "\0").update(data);
  const folder = `${cacheRoot()}/vm`;
  const path = `${folder}/${kernel.release}-${hash.digest("hex").slice(0, 16)}.cpio`;
  if (await Deno.stat(path).then(() => true, () => false)) return path;

  const cpio = new CpioWriter();
  for (const name of ["proc", "sys", "dev", "tmp", "run", "root", "etc", "var", "deno-cache"]) {
    cpio.directory(name);
  }
  cpio.characterDevice("dev/console", 5, 1);
  cpio.characterDevice("dev/null", 1, 3, 0o666);
  cpio.file("init", new TextEncoder().encode(INIT), 0o755);
  cpio.file("etc/passwd", new TextEncoder().encode("root:x:0:0:root:/root:/bin/sh\n"));
  cpio.file("etc/group", new TextEncoder().encode("root:x:0:\n"));
  cpio.file("etc/hostname", new TextEncoder().encode("tapir\n"));
  cpio.file("bin/busybox", await Deno.readFile(busybox), 0o755);
  for (const applet of await lines(busybox, ["--list-full"])) {
    const name = applet.startsWith("usr/") || applet.includes("/") ? applet : `bin/${applet}`;
    if (!name.endsWith("/busybox") && name != "linuxrc") cpio.link(name, "/bin/busybox");
  }
  cpio.file("bin/deno", await Deno.readFile(deno), 0o755);
  for (const library of await libraries(deno)) {
    cpio.file(library, await Deno.readFile(library), 0o755);
  }
  const modules = await channelModules(kernel);
  for (const [name, data] of modules) cpio.file(name, data);
  const list = modules.map(([name]) => `/${name}\n`).join("");
  cpio.file("etc/channel-modules", new TextEncoder().encode(list));
  for (const [name, data] of sources) cpio.file(`${GUEST_ROOT}/${name}`, data);

  await Deno.mkdir(folder, { recursive: true });
  for await (const old of Deno.readDir(folder)) {
    if (old.name.startsWith(kernel.release + "-")) await Deno.remove(`${folder}/${old.name}`);
  }
  const temporary = `${folder}/${Deno.pid}.tmp`;
  const file = await Deno.open(temporary, { create: true, write: true, truncate: true });
  try {
    for (const part of cpio.finish()) {
      for (let at = 0; at < part.length;) at += await file.write(part.subarray(at));
    }
  } finally {
    file.close();
  }
  await Deno.rename(temporary, path);
  return path;
}

/** The loader, which is all that the agent imports. */
async function agentSources(): Promise<[string, Uint8Array][]> {
  const root = projectRoot();
  const found: [string, Uint8Array][] = [];
  const walk = async (folder: string) => {
    for await (const entry of Deno.readDir(`${root}/${folder}`)) {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory) await walk(name);
      else if (name.endsWith(".ts") && !name.endsWith("_test.ts")) {
        found.push([name, await Deno.readFile(`${root}/${name}`)]);
      }
    }
  };
  await walk("loader");
  return found.sort((a, b) => a[0] < b[0] ? -1 : 1);
}

async function libraries(program: string): Promise<string[]> {
  const found: string[] = [];
  for (const line of await lines("ldd", [program])) {
    const path = line.match(/(\/\S+) \(0x/);
    if (path) found.push(path[1]);
  }
  return found;
}

/** The channel's modules with what they depend on, in loading order, uncompressed. */
async function channelModules(kernel: Kernel): Promise<[string, Uint8Array][]> {
  if (kernel.modules == "") return [];
  const files = new Map<string, string>();
  const walk = async (folder: string) => {
    try {
      for await (const entry of Deno.readDir(folder)) {
        if (entry.isDirectory) await walk(`${folder}/${entry.name}`);
        const module = entry.name.match(/^(.*)\.ko(\.xz|\.zst|\.gz)?$/);
        if (module) files.set(module[1].replaceAll("-", "_"), `${folder}/${entry.name}`);
      }
    } catch {
      // A kernel without that folder has no modules of that kind.
    }
  };
  await walk(`${kernel.modules}/kernel/drivers/virtio`);
  await walk(`${kernel.modules}/kernel/drivers/char`);
  const loaded: [string, Uint8Array][] = [];
  const done = new Set<string>();
  const load = async (name: string) => {
    const path = files.get(name);
    if (path == null || done.has(name)) return;
    done.add(name);
    const data = await moduleBytes(path);
    const depends = new TextDecoder("latin1").decode(data).match(/\0depends=([^\0]*)\0/);
    for (const other of depends?.[1].split(",") ?? []) await load(other.replaceAll("-", "_"));
    loaded.push([`lib/channel/${name}.ko`, data]);
  };
  for (const name of CHANNEL_MODULES) await load(name);
  return loaded;
}

async function moduleBytes(path: string): Promise<Uint8Array> {
  const programs: Record<string, string> = { xz: "xz", zst: "zstd", gz: "gzip" };
  const program = programs[path.slice(path.lastIndexOf(".") + 1)];
  if (program == null) return await Deno.readFile(path);
  const out = await new Deno.Command(program, { args: ["-dc", path] }).output();
  if (!out.success) throw new Error(`cannot unpack ${path}`);
  return out.stdout;
}

async function lines(program: string, args: string[]): Promise<string[]> {
  const out = await new Deno.Command(program, { args, stderr: "null" }).output();
  return new TextDecoder().decode(out.stdout).split("\n").filter((line) => line != "");
}
