/**
 * Cost of a check in the WebAssembly module beside the same check in this process, after start-up:
 * milliseconds per check of a script of 100 lines, and their ratio (goal: at most 3).
 *
 *     deno run -A bench/sandbox.ts
 */
import { readFileSync } from "node:fs";
import { build } from "../wasm/build.ts";
import { libraryFiles } from "../wasm/bundle.ts";
import { Checker } from "../wasm/host.ts";
import { FileRole, Session } from "../wasm/session.ts";
import { table } from "./measure.ts";

const ROUNDS = 7;

/** A script of 100 lines: library functions, maps, statistics, functions, conditions. */
function script(): string {
  const lines = [
    "global reads, sizes, names",
    'function show(n) { printf("%s %d %d\\n", n, @avg(sizes[n]), @count(sizes[n])) }',
    "probe end { foreach (n in sizes- limit 5) show(n) }",
    "probe timer.s(60) { exit() }",
  ];
  for (let i = 0; lines.length < 100; i++) {
    lines.push(
      `function helper_${i}:long(a:long, b:long) {`,
      `  if (a > b && pid() != ${i}) return a % ${i + 2} + strlen(execname())`,
      `  names[tid(), a] = sprintf("%s:%d", execname(), a ? b : a - b)`,
      "  return b",
      "}",
      `probe timer.ms(${i + 1}) {`,
      `  sizes[execname()] <<< helper_${i}(reads[execname(), ${i}]++, cpu())`,
      "}",
    );
  }
  return lines.join("\n") + "\n";
}

/** Milliseconds of one call: the best of some rounds of many calls. */
function best(times: number, action: () => void): number {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < times; i++) action();
    least = Math.min(least, (performance.now() - start) / times);
  }
  return least;
}

function byteText(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

const scripts: [string, string][] = [["100 lines", script()]];
for (const name of ["top_readers", "own_tree"]) {
  const path = new URL(`../examples/${name}.stp`, import.meta.url);
  scripts.push([`examples/${name}.stp`, byteText(readFileSync(path))]);
}

const native = new Session();
for (const [name, bytes] of libraryFiles()) native.addFile(name, byteText(bytes), FileRole.Library);
const checker = await Checker.load(await build());
const rows: string[][] = [];
for (const [name, content] of scripts) {
  native.forgetScripts();
  native.addFile("s.stp", content, FileRole.Script);
  checker.forgetScripts();
  checker.addScript("s.stp", content);
  if (native.check(true) > 0) throw new Error(`${name}: ${native.result}`);
  if (checker.checkText(true) != native.result) throw new Error(`${name}: the results differ`);
  const here = best(50, () => native.check(true));
  const sandboxed = best(50, () => checker.checkText(true));
  rows.push([name, here.toFixed(2), sandboxed.toFixed(2), (sandboxed / here).toFixed(2)]);
}
table("a check after start-up, ms", ["script", "native", "WebAssembly", "ratio"], rows);
