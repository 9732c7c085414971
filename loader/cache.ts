/**
 * Built modules kept between runs. A key covers all that the product depends on: the C text, the
 * runtime's headers, the kernel, the compiler, the options. Files appear in it by rename, so a
 * reader never sees half of one.
 */
import { createHash } from "node:crypto";
import { cacheRoot } from "./kernels.ts";

/** Parts of a key, in a fixed order; each is separated from the next. */
export function cacheKey(parts: (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) {
    hash.update(String(part.length) + ":");
    hash.update(part);
  }
  return hash.digest("hex").slice(0, 32);
}

function place(key: string, name: string): string {
  return `${cacheRoot()}/modules/${key.slice(0, 2)}/${key}/${name}.ko`;
}

/** Path of the cached module, or "". */
export function cachedModule(key: string, name: string): string {
  const path = place(key, name);
  try {
    Deno.statSync(path);
    return path;
  } catch {
    return "";
  }
}

/** Copies a built module into the cache; gives its path there. */
export async function storeModule(key: string, name: string, built: string): Promise<string> {
  const path = place(key, name);
  const folder = path.slice(0, path.lastIndexOf("/"));
  await Deno.mkdir(folder, { recursive: true });
  const temporary = `${folder}/${Deno.pid}.tmp`;
  await Deno.copyFile(built, temporary);
  await Deno.rename(temporary, path);
  return path;
}
