/**
 * Loading and removing modules: what the kernel refuses is said in a sentence that tells what to
 * do, with the kernel's own words.
 */
import { readFileSync } from "node:fs";
import * as sys from "./sys.ts";
import { isSigned, moduleInfo, renameModule } from "./module_file.ts";

/** A module that cannot be loaded; the message is for the user. */
export class LoadError extends Error {
  override name = "LoadError";
}

function slurp(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}

/** New kernel messages since it was opened. */
class KernelLog {
  private fd = -1;
  constructor() {
    try {
      this.fd = sys.open("/dev/kmsg", sys.O_RDONLY | sys.O_NONBLOCK);
      sys.seekEnd(this.fd);
    } catch {
      // Not allowed to read it: the errno has to do.
    }
  }

  /** Messages with `word` in them, without their prefix. */
  about(word: string): string[] {
    const found: string[] = [];
    const data = new Uint8Array(8192);
    try {
      while (this.fd >= 0) {
        const line = new TextDecoder().decode(data.subarray(0, sys.read(this.fd, data)));
        const message = line.slice(line.indexOf(";") + 1).split("\n")[0];
        if (message.includes(word)) found.push(message);
      }
    } catch {
      // The end.
    }
    return found;
  }

  close(): void {
    if (this.fd >= 0) sys.close(this.fd);
  }
}

/** Why finit_module failed, for a person. */
function reason(error: sys.SysError, file: Uint8Array, name: string, said: string[]): string {
  const kernel = said.length > 0 ? `; the kernel says: ${said.join("; ")}` : "";
  switch (error.code) {
    case "EPERM": {
      if (Deno.uid() != 0) return "loading a kernel module needs root: run as root (sudo)";
      if (slurp("/proc/sys/kernel/modules_disabled") == "1") {
        return "module loading was switched off until the next boot (kernel.modules_disabled=1)";
      }
      const lockdown = /\[(integrity|confidentiality)\]/.exec(
        slurp("/sys/kernel/security/lockdown"),
      );
      if (lockdown != null) {
        return `the kernel is locked down (${lockdown[1]}) and takes signed modules only: ` +
          "sign the module with an enrolled key, switch Secure Boot off, or use --remote=vm:";
      }
      return `the kernel does not allow this process to load modules (EPERM)${kernel}`;
    }
    case "ENOSYS":
      return "this kernel is built without loadable modules (CONFIG_MODULES): use --remote=vm:";
    case "ENOKEY":
    case "EKEYREJECTED":
    case "EKEYEXPIRED":
      return "the kernel requires modules signed with a key that it knows " +
        `(${error.code}): sign the module, or use --remote=vm:${kernel}`;
    case "ENOEXEC": {
      const mine = moduleInfo(file, "vermagic").trim();
      const magic = said.map((s) => /should be '([^']*)'/.exec(s)).find((m) => m != null);
      const theirs = magic != null ? magic[1].trim() : "";
      if (theirs != "" || (mine != "" && !mine.startsWith(Deno.osRelease() + " "))) {
        return `the module was built for kernel '${mine}', ` +
          `but this is '${theirs || Deno.osRelease()}': build it again for this kernel${kernel}`;
      }
      return `the kernel refuses the module as malformed (ENOEXEC)${kernel}`;
    }
    case "EEXIST":
      return `a module named ${name} is loaded already (-R gives this one a name of its own)`;
    case "ENOMEM":
      return `not enough kernel memory for the module and its buffers (ENOMEM)${kernel}`;
  }
  return `the kernel refuses the module (${error.code || error.errno})${kernel}`;
}

/** How a module is to be named in the kernel. */
export interface LoadName {
  /** The name that it was built with. */
  built: string;
  /** Give it a name of its own, so that other sessions of the same build can run beside it. */
  own: boolean;
}

/** Loads the module at `path` and gives the name that it has now; throws a LoadError. */
export function loadModule(path: string, name: LoadName, parameters: string): string {
  if (slurp("/proc/modules") == "" && !exists("/proc/modules")) {
    throw new LoadError(
      "this kernel is built without loadable modules (CONFIG_MODULES): use --remote=vm:",
    );
  }
  let file: Uint8Array<ArrayBuffer>;
  try {
    file = new Uint8Array(readFileSync(path));
  } catch (error) {
    throw new LoadError(`cannot read ${path}: ${(error as Error).message}`);
  }
  const log = new KernelLog();
  try {
    return name.own && !isSigned(file)
      ? loadRenamed(file, name.built, parameters, log)
      : loadAsBuilt(path, file, name.built, parameters, log);
  } finally {
    log.close();
  }
}

/** Length of a session's name without its number: what of the build's name is kept. */
const STEM = 26;

function loadRenamed(
  file: Uint8Array<ArrayBuffer>,
  built: string,
  parameters: string,
  log: KernelLog,
): string {
  for (let serial = 0;; serial++) {
    const name = `${built.slice(0, STEM)}_${Deno.pid}${serial > 0 ? `_${serial}` : ""}`;
    const renamed = renameModule(file, built, name);
    try {
      sys.initModule((renamed ?? file) as Uint8Array<ArrayBuffer>, parameters);
      return renamed == null ? built : name;
    } catch (error) {
      if (!(error instanceof sys.SysError)) throw error;
      if (error.code == "EEXIST" && renamed != null && serial < 1000) continue;
      throw new LoadError(reason(error, file, built, log.about(renamed == null ? built : name)));
    }
  }
}

/** The file as it is: a signature stays good, and a name that was asked for (-m) stays. */
function loadAsBuilt(
  path: string,
  file: Uint8Array,
  name: string,
  parameters: string,
  log: KernelLog,
): string {
  const fd = sys.open(path, sys.O_RDONLY);
  try {
    for (let attempt = 0;; attempt++) {
      try {
        sys.finitModule(fd, parameters);
        return name;
      } catch (error) {
        if (!(error instanceof sys.SysError)) throw error;
        if (error.code == "EEXIST" && attempt == 0 && tryRemoveLeftover(name)) continue;
        throw new LoadError(reason(error, file, name, log.about(name)));
      }
    }
  } finally {
    sys.close(fd);
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

function tryRemove(name: string): boolean {
  try {
    sys.deleteModule(name);
    return true;
  } catch {
    return false;
  }
}

/** Removes the module, waiting a while for its last users. Throws if it stays. */
export async function removeModule(name: string): Promise<void> {
  for (let attempt = 0;; attempt++) {
    try {
      sys.deleteModule(name);
      return;
    } catch (error) {
      if (!(error instanceof sys.SysError) || error.code == "ENOENT") return;
      if (attempt == 100) throw error;
      await new Promise((done) => setTimeout(done, attempt < 10 ? 2 : 50));
    }
  }
}

/** Removes Tapir's modules whose loader died. */
export function removeLeftovers(): void {
  for (const line of slurp("/proc/modules").split("\n")) {
    const [name, , users] = line.split(" ");
    if (users == "0") tryRemoveLeftover(name);
  }
}

/** Removes a module of ours that nobody uses and whose loader died; true if it is gone. */
function tryRemoveLeftover(name: string): boolean {
  const owner = slurp(`/sys/module/${name}/parameters/tapir_owner`);
  return owner != "" && owner != "0" && !exists(`/proc/${owner}`) && tryRemove(name);
}
