/** Plain modules built by Kbuild alone: the floors that Tapir is measured against. */
import type { Kernel } from "../loader/kernels.ts";
import { cpuSeconds } from "./measure.ts";

const FOLDER = new URL(".", import.meta.url).pathname;

/** Builds bench/NAME.c for a kernel; gives the module's path and the seconds of CPU it took. */
export async function buildPlain(
  kernel: Kernel,
  name: string,
): Promise<{ path: string; seconds: number }> {
  const folder = await Deno.makeTempDir({ prefix: "tapir-bench-" });
  await Deno.copyFile(`${FOLDER}${name}.c`, `${folder}/${name}.c`);
  await Deno.writeTextFile(`${folder}/Makefile`, `obj-m := ${name}.o\n`);
  const seconds = await cpuSeconds([
    "make",
    "-C",
    kernel.build,
    `M=${folder}`,
    "modules",
  ]);
  return { path: `${folder}/${name}.ko`, seconds };
}
