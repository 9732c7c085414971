/**
 * Cost of starting, in seconds of processor time, ratios in one run.
 *
 *     deno run -A bench/start_cost.ts [RELEASE]
 *
 * Pass 4 of "hello world" beside an empty Kbuild module on the same kernel, the first time (nothing
 * cached) and later; and the tool's own time with a warm cache beside the start of Deno alone.
 */
import { kernel, kernels, matchRelease } from "../loader/kernels.ts";
import { buildPlain } from "./kbuild.ts";
import { cpuSeconds, table } from "./measure.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const SCRIPT = 'probe begin { log("hello world") exit() }';

const target = Deno.args[0] ? kernel(matchRelease(Deno.args[0])) : kernels()[0];
const tapir = [Deno.execPath(), "run", "-A", `${ROOT}cli/main.ts`, "-r", target.release];
const cache = await Deno.makeTempDir({ prefix: "tapir-bench-" });
// Deno's own cache stays where it is: only Tapir's is to be empty.
const home = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
const env = { XDG_CACHE_HOME: cache, DENO_DIR: Deno.env.get("DENO_DIR") ?? `${home}/deno` };

const floor = Math.min(
  (await buildPlain(target, "empty")).seconds,
  (await buildPlain(target, "empty")).seconds,
);
const pass3 = await cpuSeconds([...tapir, "-p3", "-e", SCRIPT], { times: 3 });
const first = await cpuSeconds([...tapir, "-p4", "-e", SCRIPT], { env });
const other = SCRIPT.replace("hello", "other");
const later = await cpuSeconds([...tapir, "-p4", "-e", other], { env });
const cached = await cpuSeconds([...tapir, "-p4", "-e", SCRIPT], { env, times: 5 });
const deno = await cpuSeconds([Deno.execPath(), "eval", "0"], { times: 5 });
await Deno.remove(cache, { recursive: true });

const seconds = (value: number) => value.toFixed(2);
const ratio = (value: number) => (value / floor).toFixed(2);
table(`pass 4 of hello world for ${target.release}, CPU seconds`, ["build", "CPU s", "ratio"], [
  ["empty Kbuild module", seconds(floor), "1.00"],
  ["tapir, first build for a kernel", seconds(first - pass3), ratio(first - pass3)],
  ["tapir, later build", seconds(later - pass3), ratio(later - pass3)],
]);
table("tapir's own CPU seconds with a warm cache", ["command", "CPU s"], [
  ["deno alone", seconds(deno)],
  ["tapir -p4, cached", seconds(cached)],
  ["beyond deno (goal 0.15)", seconds(cached - deno)],
]);
