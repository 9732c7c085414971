/** `tapir doctor [-r RELEASE]`: what this machine can do, what is missing, and what mends it. */
import { type Finding, localFindings, targetFindings } from "../loader/capability.ts";
import {
  bootableKernels,
  kernel,
  kernels,
  matchRelease,
  runningRelease,
} from "../loader/kernels.ts";
import type { Host } from "./host.ts";

export function doctor(words: string[], host: Host): number {
  let release = "";
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word == "-r" && i + 1 < words.length) release = words[++i];
    else if (word.startsWith("-r") && word.length > 2) release = word.slice(2);
    else {
      host.error(`tapir doctor takes -r RELEASE only, not '${word}'\n`);
      return 1;
    }
  }
  if (release != "") release = matchRelease(release) || release;
  const local = localFindings();
  host.print(`This machine: Linux ${runningRelease()}\n`);
  show(local, host);
  const wanted = release != "" ? [release] : releasesToShow();
  let canRun = false;
  for (const name of wanted) {
    const target = kernel(name);
    const found = targetFindings(target);
    host.print(`\nKernel ${name}\n`);
    show(found, host);
    const builds = found.filter((f) => f.blocksLocal).every((f) => f.ok);
    const here = name == runningRelease() && builds && local.every((f) => f.ok);
    const vm = builds && found.find((f) => f.subject == "throwaway VM")!.ok;
    canRun ||= here || vm;
    const ways = [here ? "on this machine" : "", vm ? `in a VM (--remote=vm:${name})` : ""]
      .filter((text) => text != "");
    host.print(
      ways.length > 0
        ? `  scripts run: ${ways.join("; ")}\n`
        : builds
        ? "  modules can be built (-p4), but not run here\n"
        : "  nothing can be built for it yet\n",
    );
  }
  return canRun ? 0 : 1;
}

function releasesToShow(): string[] {
  const all = new Set(bootableKernels().map((k) => k.release));
  for (const k of kernels()) all.add(k.release);
  return [runningRelease(), ...[...all].filter((r) => r != runningRelease())];
}

function show(findings: Finding[], host: Host): void {
  for (const f of findings) {
    host.print(`  ${f.ok ? "ok     " : "missing"} ${f.subject.padEnd(12)} ${f.detail}\n`);
    if (f.mend != "") host.print(`${" ".repeat(23)}-> ${f.mend}\n`);
  }
}
