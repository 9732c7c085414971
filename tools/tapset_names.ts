/**
 * Lists every public name of the script library with what becomes of it on a kernel: `ok`, or the
 * reason why it cannot be used there.
 *
 *     deno run -A tools/tapset_names.ts RELEASE [PATTERN]
 *
 * A function is called with simple arguments; an alias is probed and all its variables are printed,
 * so that each is analysed. Nothing is built.
 */
import { join } from "node:path";
import { check } from "../mod.ts";
import { TAPSET } from "./tapset_index.ts";

export interface PublicName {
  kind: "function" | "probe";
  name: string;
  file: string;
  /** Parameter types, or the alias's variables. */
  parts: string[];
}

/** Variables that a body assigns, macros of its own file and of the library opened. */
function assigned(body: string, macros: Map<string, string>): string[] {
  const open = body.replace(
    /@(\w+)(?:\([^)]*\))?/g,
    (text, name) => macros.get(name) ?? text,
  );
  const names = [...open.matchAll(/(?:^|[;{\n])\s*(\w+)\s*=(?!=)/g)].map((m) => m[1]);
  return [...new Set(names)].sort();
}

/** The public names that a file declares. */
export function namesOf(file: string, text: string, shared: Map<string, string>): PublicName[] {
  const names: PublicName[] = [];
  const macros = new Map(shared);
  for (const m of text.matchAll(/@define (\w+)(?:\([^)]*\))?\s*%\(([^]*?)%\)/g)) {
    macros.set(m[1], m[2]);
  }
  for (const m of text.matchAll(/^function (\w+)(?::\w+)?\s*\(([^)]*)\)/gm)) {
    if (m[1].startsWith("__")) continue;
    const parts = m[2].split(",").filter((p) => p.trim() != "").map((p) => p.split(":")[1] ?? "");
    names.push({ kind: "function", name: m[1], file, parts });
  }
  for (const m of text.matchAll(/^probe ((?:[\w.]+ \+?= ?)+)[^{]*\{([^]*?)\}\n/gm)) {
    for (
      const alias of m[1].split("=").map((a) => a.replace("+", "").trim()).filter((a) => a != "")
    ) {
      if (alias.startsWith("__")) continue;
      names.push({ kind: "probe", name: alias, file, parts: assigned(m[2], macros) });
    }
  }
  return names;
}

/** All public names, by file and place. */
export function allNames(): PublicName[] {
  const files = [...Deno.readDirSync(TAPSET)].map((e) => e.name).sort();
  const shared = new Map<string, string>();
  for (const file of files.filter((f) => f.endsWith(".stpm"))) {
    const text = Deno.readTextFileSync(join(TAPSET, file));
    for (const m of text.matchAll(/@define (\w+)(?:\([^)]*\))?\s*%\(([^]*?)%\)/g)) {
      shared.set(m[1], m[2]);
    }
  }
  return files.filter((f) => f.endsWith(".stp")).flatMap((file) =>
    namesOf(file, Deno.readTextFileSync(join(TAPSET, file)), shared)
  );
}

/** A script that uses the name. */
export function scriptOf(name: PublicName): string {
  if (name.kind == "probe") {
    const prints = name.parts.map((v) => `printf("%s ", sprint(${v}))`).join(" ");
    return `probe ${name.name} { ${prints} println("") }\n`;
  }
  const args = name.parts.map((type) => type.trim() == "string" ? '"1"' : "n").join(", ");
  return `global n probe kernel.function("vfs_read") { n = addr() ${name.name}(${args}) }\n`;
}

/** `ok`, or the first problem. */
export async function resultOf(name: PublicName, release: string): Promise<string> {
  const outcome = await check({ script: scriptOf(name), release, guru: true });
  if (outcome.ok) return "ok";
  const first = outcome.problems.find((p) => p.severity == "error");
  return first?.text ?? "no program";
}

if (import.meta.main) {
  const [release, pattern] = Deno.args;
  for (const name of allNames()) {
    if (pattern && !new RegExp(pattern).test(name.name)) continue;
    console.log(
      `${name.kind}\t${name.name}\t${name.parts.join(",")}\t${await resultOf(name, release)}`,
    );
  }
}
