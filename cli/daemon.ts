/**
 * -F with -o: the session goes on in a process of its own, without a terminal, that writes the
 * files. This process stays until the module is loaded, so that it can say why it is not.
 */
import { resolve } from "node:path";
import type { Host } from "./host.ts";
import type { Settings } from "./options.ts";

const POLL_MS = 20;

/** Words of `tapir run` that do what these settings ask for, in the foreground. */
function foregroundWords(modulePath: string, settings: Settings): string[] {
  const words = ["run", "-o", resolve(settings.output)];
  if (settings.ownName) words.push("-R");
  if (settings.rotateMb > 0) {
    const keep = settings.keepFiles > 0 ? `,${settings.keepFiles}` : "";
    words.push("-S", `${settings.rotateMb}${keep}`);
  }
  if (settings.bulk) words.push("-b");
  if (settings.bufferMb > 0) words.push("-s", String(settings.bufferMb));
  if (settings.pid > 0) words.push("-x", String(settings.pid));
  if (settings.timeoutMs > 0) words.push("-T", String(settings.timeoutMs / 1000));
  if (settings.noWarnings) words.push("-w");
  for (const [name, value] of settings.globals) words.push("-G", `${name}=${value}`);
  words.push(resolve(modulePath));
  return words;
}

/** How this program is started again. */
function ownCommand(): string[] {
  if (Deno.build.standalone) return [Deno.execPath()];
  return [Deno.execPath(), "run", "-A", "-q", Deno.mainModule];
}

/** A module that this process owns is there. */
function hasModule(pid: number): boolean {
  for (const { name } of Deno.readDirSync("/sys/module")) {
    try {
      const owner = Deno.readTextFileSync(`/sys/module/${name}/parameters/tapir_owner`);
      if (Number(owner) == pid) return true;
    } catch {
      // Not one of ours.
    }
  }
  return false;
}

/** Starts the session and prints its process; gives the exit status. */
export async function runInBackground(
  modulePath: string,
  settings: Settings,
  host: Host,
): Promise<number> {
  const log = await Deno.makeTempFile({ prefix: "tapir-" });
  const words = [...ownCommand(), ...foregroundWords(modulePath, settings)];
  const child = new Deno.Command("setsid", {
    args: ["/bin/sh", "-c", 'log=$1; shift; exec "$@" >/dev/null 2>"$log"', "sh", log, ...words],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let ended = false;
  const done = child.status.then((status) => {
    ended = true;
    return status.code;
  });
  try {
    while (!ended && !hasModule(child.pid)) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    if (!ended) {
      host.print(`${child.pid}\n`);
      child.unref();
      return 0;
    }
    host.stderr(await Deno.readFile(log));
    return await done;
  } finally {
    await Deno.remove(log);
  }
}
