/**
 * Cost of a probe hit in guest instructions, beside a bare C module, in one run.
 *
 *     deno run -A bench/hit_cost.ts [RELEASE]
 *
 * The machine runs under `-icount shift=0,sleep=off -smp 1`: a nanosecond is one instruction. The
 * probed function is __x64_sys_getppid; the cost of the bare call is taken off.
 */
import { bootableKernels, kernel, matchRelease } from "../loader/kernels.ts";
import { Machine } from "../loader/vm/machine.ts";
import { buildPlain } from "./kbuild.ts";
import { run, table } from "./measure.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const PROBE = 'kernel.function("__x64_sys_getppid")';

/** Script, and what `stap` 5.6 was measured to need on 6.1 ("-" where it was not). */
const CASES: [string, string, string][] = [
  ["empty entry probe", `probe ${PROBE} { next }`, "453"],
  ["n++", `global n probe ${PROBE} { n++ } probe end { printf("%d\\n", n) }`, "453+31"],
  [
    "m[pid()]++",
    `global m probe ${PROBE} { m[pid()]++ } probe end { printf("%d\\n", m[0]) }`,
    "453+155",
  ],
  [
    "m[execname()]++",
    `global m probe ${PROBE} { m[execname()]++ } probe end { printf("%d\\n", m["loop"]) }`,
    "453+418",
  ],
  ["s <<< 1", `global s probe ${PROBE} { s <<< 1 } probe end { println(@count(s)) }`, "453+65"],
  [
    "a line of five values",
    `probe ${PROBE} { printf("%s %d %d %d %d\\n", execname(), pid(), tid(), cpu(), 42) }`,
    "about 4200",
  ],
  ["empty return probe", `probe ${PROBE}.return { next }`, "703"],
];

const target = Deno.args[0] ? kernel(matchRelease(Deno.args[0])) : bootableKernels()[0];
const work = await Deno.makeTempDir({ prefix: "tapir-bench-" });
const loop = `${work}/loop`;
await run(["gcc", "-O2", "-static", "-o", loop, `${ROOT}bench/loop.c`]);
const machine = await Machine.boot(target, {
  cpus: 1,
  qemu: ["-icount", "shift=0,sleep=off"],
  bootTimeoutMs: 300_000,
});
try {
  await machine.agent.putFile("/tmp/loop", await Deno.readFile(loop), 0o755);
  const bare = await shellCost("/tmp/loop");
  const rows: string[][] = [];
  for (const name of ["bare_kprobe", "bare_kretprobe"]) {
    const built = await buildPlain(target, name);
    await machine.agent.putFile(`/tmp/${name}.ko`, await Deno.readFile(built.path));
    const cost = await shellCost(`insmod /tmp/${name}.ko && /tmp/loop && rmmod ${name}`);
    rows.push([name, (cost - bare).toFixed(0), "-", "-"]);
  }
  const floor = Number(rows[0][1]);
  for (const [index, [name, script, peer]] of CASES.entries()) {
    const cost = await scriptCost(`bench_${index}`, script) - bare;
    rows.push([name, cost.toFixed(0), (cost / floor).toFixed(2), peer]);
  }
  table(
    `guest instructions per hit over the bare call (${bare.toFixed(0)}), ${target.release}`,
    ["probe", "instructions", "of bare kprobe", "stap 5.6 on 6.1"],
    rows,
  );
} finally {
  await machine.stop();
  await Deno.remove(work, { recursive: true });
}

/** Builds a script, runs the loop under it in the machine. */
async function scriptCost(name: string, script: string): Promise<number> {
  const main = ["deno", "run", "-A", `${ROOT}cli/main.ts`];
  main[0] = Deno.execPath();
  await run([...main, "-p4", "-r", target.release, "-m", name, "-e", script], work);
  await machine.agent.putFile(`/tmp/${name}.ko`, await Deno.readFile(`${work}/${name}.ko`));
  const text: string[] = [];
  const collect = (bytes: Uint8Array) => void text.push(new TextDecoder().decode(bytes));
  const result = await machine.agent.runSession({
    modulePath: `/tmp/${name}.ko`,
    moduleName: name,
    command: "/tmp/loop > /tmp/loop.out",
  }, { stdout: () => {}, stderr: collect });
  if (result.status != 0) throw new Error(`${name}: status ${result.status}\n${text.join("")}`);
  return await shellCost("cat /tmp/loop.out");
}

/** The figure that the loop printed. */
async function shellCost(command: string): Promise<number> {
  const text: string[] = [];
  const collect = (bytes: Uint8Array) => void text.push(new TextDecoder().decode(bytes));
  await machine.agent.runShell(command, { stdout: collect, stderr: collect });
  const found = /ns_per_call ([0-9.]+)/.exec(text.join(""));
  if (found == null) throw new Error(`${command}: ${text.join("")}`);
  return Number(found[1]);
}
