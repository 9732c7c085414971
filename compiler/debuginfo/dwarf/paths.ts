/** Paths of source files. */

/** A path without `.`, `x/..` and doubled slashes. */
export function tidy(path: string): string {
  if (!path.includes("./") && !path.includes("//")) return path;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part == "." || (part == "" && parts.length > 0)) continue;
    if (
      part == ".." && parts.length > 0 && parts[parts.length - 1] != ".." &&
      parts[parts.length - 1] != ""
    ) {
      parts.pop();
    } else parts.push(part);
  }
  return parts.join("/");
}
