/**
 * Runs shell commands in a throwaway machine, for work on the runtime and the loader:
 *
 *     deno run -A tools/vm_run.ts [-r RELEASE] [-f FILE]... COMMAND
 *
 * Each FILE (or folder) is copied to /tmp of the machine, where COMMAND runs. A word "--log" shows
 * the kernel's log at the end. The status is the command's.
 */
import { basename } from "node:path";
import { bootableKernels, kernel, matchRelease } from "../loader/kernels.ts";
import { Machine } from "../loader/vm/machine.ts";

let release = "";
let log = false;
const files: string[] = [];
const words = [...Deno.args];
const command: string[] = [];
while (words.length > 0) {
  const word = words.shift()!;
  if (word == "-r") release = matchRelease(words.shift() ?? "");
  else if (word == "-f") files.push(words.shift() ?? "");
  else if (word == "--log") log = true;
  else command.push(word);
}
const target = release != "" ? kernel(release) : bootableKernels()[0];
const started = performance.now();
const machine = await Machine.boot(target, {
  progress: (text) => console.error(text),
});
console.error(`ready after ${((performance.now() - started) / 1000).toFixed(1)} s`);
let status = 1;
try {
  for (const file of files) await machine.agent.putTree(file, `/tmp/${basename(file)}`);
  const result = await machine.agent.runShell(command.join(" "), {
    stdout: (bytes) => void Deno.stdout.writeSync(bytes),
    stderr: (bytes) => void Deno.stderr.writeSync(bytes),
  }, "/tmp");
  status = result.status;
  if (log) console.error(await machine.agent.kernelLog());
} catch (error) {
  console.error((error as Error).message);
} finally {
  await machine.stop();
}
Deno.exit(status);
