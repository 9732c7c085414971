/** `tapir run [options] MODULE.ko`: runs a module that was built earlier with -p4. */
import { moduleInfo, readManifest } from "../loader/module_file.ts";
import { runningRelease } from "../loader/kernels.ts";
import { finish, openOutput, targetOf, wantsFile } from "./app.ts";
import { execute } from "./execute.ts";
import { plainReason } from "./reason.ts";
import type { Host } from "./host.ts";
import { parseOptions } from "./options.ts";
import { PassClock } from "./pass_lines.ts";

export async function runModule(words: string[], host: Host): Promise<number> {
  const settings = parseOptions(words);
  if (settings.file == null) {
    host.error("tapir: 'run' takes a module: tapir run [options] MODULE.ko\n");
    return 1;
  }
  // NAME=VALUE words after the module set globals, as with staprun.
  for (const word of settings.args) {
    const equals = word.indexOf("=");
    if (equals < 1) {
      host.error(`tapir: '${word}' is no NAME=VALUE\n`);
      return 1;
    }
    settings.globals.push([word.slice(0, equals), word.slice(equals + 1)]);
  }
  let file: Uint8Array;
  try {
    file = await Deno.readFile(settings.file);
  } catch (error) {
    host.error(`ERROR: cannot read ${settings.file}: ${plainReason(error)}\n`);
    return 1;
  }
  const manifest = readManifest(file);
  if (manifest == null) {
    host.error(`ERROR: ${settings.file} is not a module built by tapir -p4\n`);
    return 1;
  }
  const builtFor = moduleInfo(file, "vermagic").split(" ")[0] || manifest.release;
  const asked = settings.remote.slice("vm:".length);
  if (settings.remote == "vm:") settings.remote = `vm:${builtFor}`;
  else if (settings.remote == "" && settings.release == "") settings.release = builtFor;
  const target = targetOf(settings, host, true);
  if (target == null) {
    if (builtFor != runningRelease() && asked == "") {
      host.error(
        `the module was built for Linux ${builtFor}; Linux ${runningRelease()} runs here\n`,
      );
    }
    return 1;
  }
  if (target.kernel.release != builtFor) {
    host.error(
      `ERROR: the module was built for Linux ${builtFor}, not for ${target.kernel.release}\n` +
        `what to do: build it again with -r ${target.kernel.release}\n`,
    );
    return 1;
  }
  if (settings.flight && settings.output != "") {
    return await (await import("./daemon.ts")).runInBackground(settings.file, settings, host);
  }
  const output = wantsFile(settings) ? await openOutput(settings, host) : null;
  if (output === undefined) return 1;
  const clock = new PassClock();
  try {
    if (settings.verbose > 0) host.error("Pass 5: starting run.\n");
    const result = await execute(settings.file, manifest.module, target, settings, output, host);
    if (settings.verbose > 0) host.error(`Pass 5: run completed ${clock.lapTime()}\n`);
    return finish(result, settings, host);
  } finally {
    output?.close();
  }
}
