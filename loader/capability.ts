/**
 * What a machine's own kernel allows: may modules be loaded here, and if not, why. Each finding
 * says what mends it. `tapir doctor` prints all of them; a run looks at the first that fails.
 */
import { type Kernel, kernel, runningRelease } from "./kernels.ts";
import { findProgram } from "./root.ts";

export interface Finding {
  /** Short name of what was looked at. */
  subject: string;
  ok: boolean;
  /** What was found. */
  detail: string;
  /** The command or step that mends it; "" if there is none or none is needed. */
  mend: string;
  /** It keeps modules from being loaded on this machine's own kernel. */
  blocksLocal: boolean;
}

function read(path: string): string {
  try {
    return Deno.readTextFileSync(path).trim();
  } catch {
    return "";
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function finding(
  subject: string,
  ok: boolean,
  detail: string,
  mend: string,
  blocksLocal: boolean,
): Finding {
  return { subject, ok, detail, mend: ok ? "" : mend, blocksLocal };
}

/** What matters about the kernel that runs now. */
export function localFindings(): Finding[] {
  const release = runningRelease();
  const found: Finding[] = [];
  const command = read("/proc/cmdline").split(/\s+/);
  const supported = exists("/proc/modules") && !command.includes("nomodule");
  const disabled = read("/proc/sys/kernel/modules_disabled") == "1";
  found.push(finding(
    "modules",
    supported && !disabled,
    !supported
      ? `kernel ${release} cannot load modules`
      : disabled
      ? "loading of modules is switched off until the next boot (kernel.modules_disabled)"
      : `kernel ${release} can load modules`,
    "use a throwaway VM: --remote=vm:",
    true,
  ));
  const lockdown = read("/sys/kernel/security/lockdown").match(/\[(\w+)\]/)?.[1] ?? "none";
  found.push(finding(
    "lockdown",
    lockdown == "none",
    lockdown == "none" ? "not active" : `active (${lockdown}): unsigned modules are refused`,
    "switch Secure Boot off, or use a throwaway VM: --remote=vm:",
    true,
  ));
  const enforced = read("/sys/module/module/parameters/sig_enforce") == "Y";
  found.push(finding(
    "signatures",
    !enforced,
    enforced ? "modules must be signed (module.sig_enforce)" : "not required",
    "boot without module.sig_enforce, or use a throwaway VM: --remote=vm:",
    true,
  ));
  const uid = Deno.uid() ?? 0;
  found.push(finding(
    "privileges",
    uid == 0,
    uid == 0 ? "root" : `user ${uid}: only root can load modules`,
    "run with sudo, or use a throwaway VM: --remote=vm:",
    true,
  ));
  return found;
}

/** What building for a kernel and running in a VM needs. */
export function targetFindings(target: Kernel): Finding[] {
  const { release } = target;
  const found: Finding[] = [];
  found.push(finding(
    "headers",
    target.build != "",
    target.build != "" ? target.build : `none for ${release}`,
    `apt-get install linux-headers-${release}`,
    true,
  ));
  const make = findProgram("make"), gcc = compilerOf(target);
  const compiler = make != "" && findProgram(gcc) != "";
  found.push(finding(
    "compiler",
    compiler,
    compiler ? `${findProgram(gcc)}, ${make}` : make == "" ? "no make" : `no ${gcc}`,
    `apt-get install make ${gcc}`,
    true,
  ));
  const btf = release == runningRelease() && exists("/sys/kernel/btf/vmlinux")
    ? "/sys/kernel/btf/vmlinux"
    : target.image;
  found.push(finding(
    "BTF",
    btf != "",
    btf != "" ? btf : `no kernel image of ${release} to take it from`,
    `tapir setup ${release}`,
    false,
  ));
  const debug = [`/usr/lib/debug/boot/vmlinux-${release}`, `/usr/lib/debug/lib/modules/${release}`]
    .find(exists);
  found.push(finding(
    "debuginfo",
    debug != null,
    debug ?? "none (BTF serves functions, parameters and types without it)",
    `apt-get install linux-image-${release}-dbg`,
    false,
  ));
  const qemu = findProgram("qemu-system-x86_64"), busybox = findProgram("busybox");
  const vm = qemu != "" && busybox != "" && target.image != "";
  found.push(finding(
    "throwaway VM",
    vm,
    qemu == ""
      ? "no QEMU"
      : busybox == ""
      ? "no busybox"
      : target.image == ""
      ? `no image of kernel ${release}`
      : `${qemu}, ${target.image}`,
    qemu == "" || busybox == ""
      ? "apt-get install qemu-system-x86 busybox-static"
      : `tapir setup ${release}`,
    false,
  ));
  return found;
}

/** Name of the compiler that the kernel was built with, as its headers tell. */
export function compilerOf(target: Kernel): string {
  const text = read(`${target.build}/.kernelvariables`);
  return text.match(/\b(gcc-\d+|clang-\d+)\b/)?.[1] ?? "gcc";
}

/**
 * Why a module cannot be loaded into the running kernel, or built for it unless it is `built`; null
 * if it can.
 */
export function whyNotLocal(built = false): Finding | null {
  const all = localFindings();
  if (!built) all.push(...targetFindings(kernel(runningRelease())));
  return all.find((f) => f.blocksLocal && !f.ok) ?? null;
}
