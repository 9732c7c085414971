/**
 * Programs that corpus scripts watch: each FOLDER/programs/NAME.c becomes a static executable
 * without a C library, so that its system calls are those of its source and no others.
 */
import { createHash } from "node:crypto";
import { cacheRoot } from "../loader/kernels.ts";

/** Where tests find the programs, in every machine. */
export const PROGRAMS = "/programs";

const COMPILE = ["-nostdlib", "-static", "-no-pie", "-fno-pie", "-O1", "-fno-builtin"];
const SAFE = ["-fno-stack-protector", "-fcf-protection=none", "-Wall", "-Werror"];

/** All sources of a folder with their text; headers are among them. */
async function sources(folder: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const names: string[] = [];
  try {
    for await (const entry of Deno.readDir(folder)) names.push(entry.name);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  for (const name of names.sort()) {
    if (/\.[ch]$/.test(name)) files.set(name, await Deno.readFile(`${folder}/${name}`));
  }
  return files;
}

/** Compiles the programs of a corpus folder; gives the folder of executables, "" if it has none. */
export async function buildPrograms(corpusFolder: string): Promise<string> {
  const folder = `${corpusFolder}/programs`;
  const files = await sources(folder);
  if (files.size == 0) return "";
  const options = [...COMPILE, ...SAFE];
  const hash = createHash("sha256").update(options.join(" "));
  for (const [name, text] of files) hash.update(name + "\0").update(text);
  const out = `${cacheRoot()}/programs/${hash.digest("hex").slice(0, 16)}`;
  if (await Deno.stat(out).then(() => true, () => false)) return out;
  await Deno.mkdir(`${cacheRoot()}/programs`, { recursive: true });
  const made = await Deno.makeTempDir({ dir: `${cacheRoot()}/programs` });
  for (const name of files.keys()) {
    if (!name.endsWith(".c")) continue;
    const done = await new Deno.Command("gcc", {
      args: [...options, "-o", `${made}/${name.slice(0, -2)}`, `${folder}/${name}`],
      stderr: "inherit",
    }).output();
    if (!done.success) throw new Error(`cannot compile ${folder}/${name}`);
  }
  // Another run may have been faster; its programs are the same.
  await Deno.rename(made, out).catch(() => Deno.remove(made, { recursive: true }));
  return out;
}
