/**
 * What many matched functions cost: seconds of CPU in passes 2 to 4 and size of the C file for
 * growing wildcards, then arming and disarming in a throwaway machine.
 *
 *     deno run -A bench/match_cost.ts [RELEASE] [passes | arming]
 */
import { bootableKernels, kernel, matchRelease } from "../loader/kernels.ts";
import { VmAgent } from "../loader/vm/machine.ts";
import { cpuSeconds, run, table } from "./measure.ts";

const ROOT = new URL("..", import.meta.url).pathname;
/** About 10, 100, 1,000 and 10,000 functions. */
const COUNTS = [10, 100, 1000, 10000];

const target = Deno.args[0] ? kernel(matchRelease(Deno.args[0])) : bootableKernels()[0];
const part = Deno.args[1] ?? "";
const work = await Deno.makeTempDir({ prefix: "tapir-bench-" });
const tapir = [Deno.execPath(), "run", "-A", `${ROOT}cli/main.ts`, "-r", target.release];

try {
  const listed = await run([...tapir, "-l", 'kernel.function("*").call']);
  const names = listed.split("\n").map((line) => /"([\w.]+)/.exec(line)?.[1] ?? "")
    .filter((name) => /^[a-z]\w*$/.test(name));
  const rows: string[][] = [];
  const modules: string[] = [];
  for (const count of [1, ...COUNTS]) {
    const script = `${work}/many_${count}.stp`;
    const prefix = nearest(names, count);
    await Deno.writeTextFile(
      script,
      `global n\nprobe kernel.function("${prefix}*").call { n++ }\n`,
    );
    const times: number[] = [];
    for (const pass of part == "arming" ? ["-p4"] : ["-p2", "-p3", "-p4"]) {
      const words = [...tapir, pass, "-m", `many_${count}`, script];
      times.push(
        await cpuSeconds(words, { cwd: work, env: { TAPIR_DIR: `${work}/cache_${pass}` } }),
      );
    }
    const text = await run([...tapir, "-p3", "-m", `many_${count}`, script], work);
    const handlers = text.match(/^static void tapir_handler_\d+/gm)?.length ?? 0;
    const lines = text.split("\n").length;
    const points = text.match(/^\t\{ \.family/gm)?.length ?? 1;
    rows.push([
      `${prefix}*`,
      String(points),
      ...times.map((t) => t.toFixed(2)),
      String(handlers),
      String(lines),
      (text.length / points).toFixed(0),
    ]);
    modules.push(`${work}/many_${count}.ko`);
  }
  if (part != "arming") {
    table(
      `seconds of CPU up to each pass, and the C file, ${target.release}`,
      ["pattern", "functions", "-p2", "-p3", "-p4", "handlers", "lines", "bytes per function"],
      rows,
    );
  }
  if (part != "passes") await arming(modules);
} finally {
  await Deno.remove(work, { recursive: true });
}

/** The prefix whose number of names is nearest to `count`. */
function nearest(names: string[], count: number): string {
  const counts = new Map<string, number>();
  for (const name of names) {
    for (let length = 1; length <= 8 && length <= name.length; length++) {
      const prefix = name.slice(0, length);
      counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    }
  }
  let best = "", off = Infinity;
  for (const [prefix, n] of counts) {
    if (Math.abs(n - count) >= off) continue;
    best = prefix;
    off = Math.abs(n - count);
  }
  return best;
}

/** Time from the loading of a module to the end of a session that does nothing, in the machine. */
async function arming(modules: string[]): Promise<void> {
  const agent = await VmAgent.start(target);
  const rows: string[][] = [];
  let base = 0;
  try {
    for (const path of modules) {
      const name = path.slice(path.lastIndexOf("/") + 1, -3);
      const modulePath = await agent.put(path, `${name}.ko`);
      let best = Infinity, armed = 0, errors = "";
      for (let round = 0; round < 3; round++) {
        const start = performance.now();
        const result = await agent.run({ modulePath, moduleName: name, command: "true" }, {
          stdout() {},
          stderr: (bytes) => void (errors += new TextDecoder().decode(bytes)),
        });
        best = Math.min(best, performance.now() - start);
        armed = result.summary?.probes.filter((p) => !/^(begin|end)/.test(p.point)).length ?? 0;
      }
      if (base == 0) base = best;
      rows.push([String(armed), best.toFixed(0), (best - base).toFixed(0)]);
      if (errors != "") console.error(errors.split("\n").slice(0, 3).join("\n"));
    }
  } finally {
    await agent.close();
  }
  table(
    "a session in the machine, from loading to removal, milliseconds",
    ["functions armed", "all", "more than one function"],
    rows,
  );
}
