/**
 * The corpus on the newest kernel that Debian has, built with that kernel's own toolchain:
 *
 *     deno task test:newest [FOLDER]...
 *
 * Optional, and not part of the test command: it fetches a whole Debian root folder.
 */
import { projectRoot } from "../loader/root.ts";
import { setupNewest } from "../loader/toolchain_root.ts";
import { runCorpus } from "./corpus.ts";

const kernel = await setupNewest((text) => console.log(`setup: ${text}`));
let passed = 0, failed = 0;
for (const folder of Deno.args.length > 0 ? Deno.args : ["common", "kernel"]) {
  console.log(`\n== corpus ${folder} on Linux ${kernel.release}`);
  const result = await runCorpus(`${projectRoot()}/tests/corpus/${folder}`, kernel.release);
  passed += result.passed;
  failed += result.failed;
}
console.log(`\n${passed} passed, ${failed} failed`);
Deno.exit(failed == 0 ? 0 : 1);
