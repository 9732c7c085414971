/** Where things are on this machine; imports nothing, so that quick commands start quickly. */

/** Folder of this checkout. */
export function projectRoot(): string {
  return new URL("../", import.meta.url).pathname.replace(/\/$/, "");
}

/** Path of a program, or "". */
export function findProgram(name: string): string {
  const path = (Deno.env.get("PATH") ?? "") + ":/usr/sbin:/sbin:/usr/bin:/bin";
  for (const folder of path.split(":")) {
    try {
      if (Deno.statSync(`${folder}/${name}`).isFile) return `${folder}/${name}`;
    } catch {
      // Not here.
    }
  }
  return "";
}
