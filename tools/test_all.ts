/**
 * The whole test command: installs what the tests need, then format, lint, types, the WebAssembly
 * build, unit tests, and the corpus: as kernel modules on each test kernel, and in this process on
 * the WebAssembly engine. One closing line adds everything up.
 */
import { existsSync } from "node:fs";
import { projectRoot } from "../loader/root.ts";
import type { Kernel } from "../loader/kernels.ts";
import { setup, setupDebuginfo, TEST_KERNELS } from "../loader/setup.ts";
import { runCorpus } from "./corpus.ts";

const total = { passed: 0, failed: 0, skipped: 0 };
const root = projectRoot();

function step(name: string): void {
  console.log(`\n== ${name}`);
}

/** One check that passes or fails as a whole; its output is shown when it fails. */
async function check(name: string, args: string[]): Promise<void> {
  step(name);
  const output = await deno(args, false);
  if (output.success) total.passed++;
  else {
    total.failed++;
    console.log(output.text);
  }
  console.log(`${name}: ${output.success ? "passed" : "FAILED"}`);
}

async function deno(args: string[], show: boolean): Promise<{ success: boolean; text: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd: root,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "";
  const read = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      const part = decoder.decode(bytes, { stream: true });
      text += part;
      if (show) Deno.stdout.writeSync(new TextEncoder().encode(part));
    }
  };
  await Promise.all([read(child.stdout), read(child.stderr)]);
  return { success: (await child.status).success, text };
}

/** Adds up the closing line of `deno test`. */
async function unitTests(): Promise<void> {
  step("unit tests");
  const output = await deno(["test", "-A", "--parallel"], false);
  const closing = output.text.match(/(\d+) passed(?: \([^)]*\))? \| (\d+) failed(.*)/);
  const number = (text: string | undefined) => Number(text ?? 0);
  const ignored = number(closing?.[3].match(/(\d+) ignored/)?.[1]);
  total.passed += number(closing?.[1]);
  total.failed += number(closing?.[2]);
  total.skipped += ignored;
  if (!output.success) {
    if (number(closing?.[2]) == 0) total.failed++;
    console.log(output.text);
  }
  console.log(closing?.[0] ?? "no closing line from deno test");
}

/** One folder of tests/corpus on one engine. */
async function corpus(folder: string, release: string, wasm: boolean): Promise<void> {
  const path = `${root}/tests/corpus/${folder}`;
  if (!existsSync(path)) return;
  step(`corpus ${folder} ${wasm ? "on the WebAssembly engine" : `on Linux ${release}`}`);
  const result = await runCorpus(path, release, { wasm });
  console.log(`${result.passed} passed, ${result.failed} failed`);
  total.passed += result.passed;
  total.failed += result.failed;
}

/** First of all: the unit tests build modules and boot kernels too. */
async function testKernels(): Promise<Kernel[]> {
  step("setup of the test kernels");
  try {
    const say = (text: string) => console.log(`setup: ${text}`);
    const kernels = await setup(TEST_KERNELS, say);
    await setupDebuginfo(kernels.map((kernel) => kernel.release), say, false);
    return kernels;
  } catch (error) {
    total.failed++;
    console.log(`FAILED: ${(error as Error).message}`);
    return [];
  }
}

async function corpora(kernels: Kernel[]): Promise<void> {
  try {
    for (const kernel of kernels) {
      for (const folder of ["common", "kernel", "debuginfo"]) {
        await corpus(folder, kernel.release, false);
      }
    }
    // Types for the scripts come from a test kernel; nothing is loaded into it.
    const types = kernels[kernels.length - 1]?.release ?? "";
    for (const folder of ["common", "replay"]) await corpus(folder, types, true);
  } catch (error) {
    total.failed++;
    console.log(`FAILED: ${(error as Error).message}`);
  }
}

// The same scripts in every run, so that it fails for what was changed; `deno task fuzz` looks for new.
const fuzzSeed = "--seed=20780";
const kernels = await testKernels();
await check("format", ["fmt", "--check"]);
await check("lint", ["lint"]);
await check("WebAssembly build", ["task", "wasm"]);
// After the build: a script for Node.js imports what it writes.
await check("types", ["check", "."]);
await unitTests();
await check("fuzzers, both builds", [
  "run",
  "-A",
  "tools/fuzz_check.ts",
  fuzzSeed,
  "--seconds=120",
]);
await corpora(kernels);
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
Deno.exit(total.failed == 0 ? 0 : 1);
