/**
 * The C runtime's `compat.h`: what a target kernel has, read from its build folder. Feature by
 * feature from Module.symvers and header text, never from the version number.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Source roots of a build folder: itself, and what its wrapper Makefile includes. */
function roots(buildDir: string, system: string): string[] {
  const found = [buildDir, join(buildDir, "source")];
  for (const line of text(join(buildDir, "Makefile")).split("\n")) {
    const match = /^include\s+(\/\S+)\/Makefile\s*$/.exec(line);
    if (match != null) found.push(system + match[1]);
  }
  return found;
}

function text(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Text of the header at `path` below any of the roots. */
function header(where: string[], path: string): string {
  for (const root of where) {
    const found = text(join(root, path));
    if (found != "") return found;
  }
  return "";
}

/**
 * The text of compat.h for the kernel whose modules are built in `buildDir`, which may be inside of
 * another `system`'s root folder.
 */
export function generateCompat(buildDir: string, system = ""): string {
  const where = roots(buildDir, system);
  const exports = text(join(buildDir, "Module.symvers"));
  const exported = (name: string) => exports.includes(`\t${name}\t`);
  const ftrace = header(where, "include/linux/ftrace.h");
  const kprobes = header(where, "include/linux/kprobes.h");
  const hrtimer = header(where, "include/linux/hrtimer.h");
  const timer = header(where, "include/linux/timer.h");
  const string = header(where, "include/linux/string.h");
  const features: [string, boolean][] = [
    ["FTRACE_REGS", /ftrace_func_t\)[^;]*struct ftrace_regs/.test(ftrace)],
    ["FTRACE_SET_FILTER_IPS", exported("ftrace_set_filter_ips")],
    ["GET_KRETPROBE", kprobes.includes("get_kretprobe(")],
    ["HRTIMER_SETUP", /\bhrtimer_setup\(/.test(hrtimer)],
    ["STRLCPY", /\bsize_t strlcpy\(/.test(string)],
    ["TIMER_DELETE_SYNC", /\btimer_delete_sync\(/.test(timer)],
  ];
  const lines = features.filter(([, has]) => has).map(([name]) => `#define TAPIR_COMPAT_${name} 1`);
  return [
    "/* SPDX-License-Identifier: MIT OR GPL-2.0-only */",
    "/* Generated: what the target kernel has. */",
    "#ifndef TAPIR_COMPAT_H",
    "#define TAPIR_COMPAT_H",
    ...lines,
    "#endif",
    "",
  ].join("\n");
}
