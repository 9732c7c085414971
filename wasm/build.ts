/**
 * Builds `build/tapir-check.wasm`, the front end as a module without imports, and beside it
 * `tapir-check.mjs`, its host for engines that read no TypeScript.
 *
 *     deno task wasm
 */
import * as fs from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import * as path from "node:path";
import { writeLibraryModule } from "./bundle.ts";
import { compile, portableFiles, ROOT } from "./compiler.ts";

export const MODULE = path.join(ROOT, "build/tapir-check.wasm");

/** The host library (`host.ts`) as plain JavaScript. */
export const HOST = path.join(ROOT, "build/tapir-check.mjs");

/** Largest module that is let pass, with the packed script library in it. */
const LIMIT = 700 * 1024;

/** Builds the module; throws if it does not compile, has imports, or is too large. */
export async function build(): Promise<Uint8Array<ArrayBuffer>> {
  writeLibraryModule();
  const options = ["--outFile", "out.wasm", "-O2", "--runtime", "minimal"];
  const own = ["--use", "abort=wasm/entry.as/abort"];
  const compiled = await compile(["wasm/entry.as.ts"], [...options, ...own]);
  const bytes = Uint8Array.from(compiled.files.get("out.wasm") ?? []);
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
  if (imports.length > 0) {
    throw new Error("the module has imports: " + imports.map((i) => i.name).join(", "));
  }
  if (bytes.length > LIMIT) {
    throw new Error(`the module has ${bytes.length} bytes, more than the limit of ${LIMIT}`);
  }
  replaceFile(MODULE, bytes);
  replaceFile(HOST, hostScript());
  return bytes;
}

/** `host.ts` without its types. */
export function hostScript(): string {
  const text = fs.readFileSync(path.join(ROOT, "wasm/host.ts"), "utf8");
  return stripTypeScriptTypes(text, { mode: "transform" });
}

/** Writes a file so that whoever reads it meanwhile sees the old or the new one whole. */
function replaceFile(name: string, content: string | Uint8Array): void {
  const fresh = `${name}.${crypto.randomUUID()}`;
  fs.writeFileSync(fresh, content);
  fs.renameSync(fresh, name);
}

if (import.meta.main) {
  await compile(portableFiles(), ["--noEmit", "--runtime", "stub", "--disableWarning", "235"]);
  const bytes = await build();
  console.log(`build/tapir-check.wasm: ${bytes.length} bytes, no imports`);
}
