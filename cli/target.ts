/**
 * Which kernel a run is for and where it runs: this machine's own kernel where modules can be
 * loaded into it, else a throwaway VM. The choice is said in one line where it is not asked for.
 */
import { type Finding, whyNotLocal } from "../loader/capability.ts";
import {
  bootableKernels,
  type Kernel,
  kernel,
  kernels,
  matchRelease,
  runningRelease,
} from "../loader/kernels.ts";
import type { Settings } from "./options.ts";

export interface Target {
  kernel: Kernel;
  /** Run in a throwaway VM rather than here. */
  machine: boolean;
  /** One line that tells the choice; "" when it was asked for or is the plain one. */
  note: string;
}

/** A target that cannot be had; the message says what is missing and what mends it. */
export class TargetError extends Error {}

/**
 * Chooses by -r, --remote and what the machine can do; a module that is `built` needs no headers
 * here.
 */
export function chooseTarget(settings: Settings, built = false): Target {
  const running = runningRelease();
  if (settings.remote != "") {
    const asked = settings.remote.slice("vm:".length) || settings.release;
    if (asked == "") return { kernel: newestBootable(), machine: true, note: "" };
    return { kernel: wanted(asked, settings.lastPass == 5), machine: true, note: "" };
  }
  if (settings.release != "" && settings.release != running) {
    const target = wanted(settings.release, settings.lastPass == 5);
    const note = settings.lastPass == 5
      ? `tapir: Linux ${target.release} is not the running kernel: using a throwaway VM\n`
      : "";
    return { kernel: target, machine: true, note };
  }
  const obstacle = whyNotLocal(built);
  const local = kernel(running);
  if (obstacle == null) return { kernel: local, machine: false, note: "" };
  if (obstacle.subject == "privileges" && settings.lastPass == 5) {
    throw new TargetError(`${obstacle.detail}\n${mend(obstacle)}`);
  }
  if (settings.lastPass < 5 && local.build != "") {
    return { kernel: local, machine: false, note: "" };
  }
  const best = bootableKernels()[0] ?? (settings.lastPass < 5 ? kernels()[0] : undefined);
  if (best == null) {
    throw new TargetError(
      `modules cannot be built for and loaded into this kernel: ${obstacle.detail}\n` +
        `${mend(obstacle)}\n` +
        "and there is no kernel to run in a throwaway VM: tapir setup installs one",
    );
  }
  const doing = settings.lastPass == 5 ? "running in a throwaway VM with" : "building for";
  return {
    kernel: best,
    machine: true,
    note: `tapir: not on this kernel (${obstacle.detail}); ${doing} Linux ${best.release}\n`,
  };
}

function mend(obstacle: Finding): string {
  return `what to do: ${obstacle.mend}`;
}

function newestBootable(): Kernel {
  const best = bootableKernels()[0];
  if (best != null) return best;
  throw new TargetError(
    "no kernel with headers and an image for a throwaway VM\nwhat to do: tapir setup",
  );
}

/** The kernel of a release or version that the user named. */
function wanted(text: string, toRun: boolean): Kernel {
  const release = matchRelease(text);
  if (release == "") {
    const have = kernels().map((k) => k.release).join(", ");
    throw new TargetError(
      `no headers of Linux ${text} here` + (have == "" ? "" : ` (there are: ${have})`) +
        `\nwhat to do: tapir setup ${text}`,
    );
  }
  const found = kernel(release);
  if (found.build == "") {
    throw new TargetError(
      `the headers of Linux ${release} are missing\n` +
        `what to do: apt-get install linux-headers-${release}`,
    );
  }
  if (toRun && found.image == "" && release != runningRelease()) {
    throw new TargetError(
      `there is no image of Linux ${release} to boot\nwhat to do: tapir setup ${release}`,
    );
  }
  return found;
}
