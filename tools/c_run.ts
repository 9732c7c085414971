/**
 * Builds a C file as a module against runtime-c and runs it as a session in a throwaway machine,
 * for work on the runtime without the compiler:
 *
 *     deno run -A tools/c_run.ts [-r RELEASE] [-c COMMAND] [-T SECONDS] FILE.c
 */
import { basename } from "node:path";
import { buildModule } from "../loader/kbuild.ts";
import { bootableKernels, kernel, matchRelease } from "../loader/kernels.ts";
import { projectRoot } from "../loader/root.ts";
import { VmAgent } from "../loader/vm/machine.ts";

let release = "";
let command: string | undefined;
let timeoutMs: number | undefined;
let file = "";
const words = [...Deno.args];
while (words.length > 0) {
  const word = words.shift()!;
  if (word == "-r") release = matchRelease(words.shift() ?? "");
  else if (word == "-c") command = words.shift();
  else if (word == "-T") timeoutMs = Number(words.shift()) * 1000;
  else file = word;
}
const target = release != "" ? kernel(release) : bootableKernels()[0];
const name = basename(file).replace(/\.c$/, "").replace(/[^a-z0-9_]/g, "_");
const manifest = { version: 1 as const, module: name, release, probes: [], globals: [] };
const built = await buildModule({ source: await Deno.readTextFile(file), manifest }, {
  kernel: target,
  runtime: `${projectRoot()}/runtime-c`,
});
const agent = await VmAgent.start(target, { progress: (text) => console.error(text) });
let status = 1;
try {
  const modulePath = await agent.put(built.path, `${name}.ko`);
  const result = await agent.run({ modulePath, moduleName: name, command, timeoutMs }, {
    stdout: (bytes) => void Deno.stdout.writeSync(bytes),
    stderr: (bytes) => void Deno.stderr.writeSync(bytes),
  });
  console.error(JSON.stringify(result));
  status = result.status;
  console.error(await agent.kernelLog().then((log) => log.split("\n").slice(-10).join("\n")));
} catch (error) {
  console.error((error as Error).message);
  console.error((await agent.machine.consoleText()).slice(-2000));
} finally {
  await agent.close();
}
Deno.exit(status);
