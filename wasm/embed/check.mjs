/**
 * The module from Node.js: checks scripts and prints what was found, for people.
 *
 *     node wasm/embed/check.mjs FILE...
 */
import { readFileSync } from "node:fs";
import { Checker } from "../../build/tapir-check.mjs";

const module = readFileSync(new URL("../../build/tapir-check.wasm", import.meta.url));
const checker = await Checker.load(module);
checker.setOptions({ format: "human" });
let errors = 0;
for (const name of process.argv.slice(2)) {
  checker.forgetScripts();
  checker.addScript(name, readFileSync(name));
  process.stdout.write(checker.checkBytes());
  errors += checker.errors;
}
process.exitCode = errors === 0 ? 0 : 1;
