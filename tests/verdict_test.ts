/** Accept or refuse, and at which pass: the same as SystemTap for every script of tests/verdict. */
import assert from "node:assert/strict";
import { basename } from "node:path";
import { HostLibrary } from "../compiler/library_host.ts";
import { render } from "../compiler/front/source/render.ts";
import { allFamilies } from "../compiler/probes/all.ts";
import { type Case, caseFiles, checkCase, KEPT, kernelOfCases } from "./verdict/cases.ts";

const library = new HostLibrary();
const families = allFamilies();
const kernel = kernelOfCases() ?? undefined;

/** Tapir's verdict; `crash` where it has none. */
function answer(item: Case): { verdict: string; messages: string } {
  try {
    const { verdict, reporter } = checkCase(item, library, families, kernel);
    return { verdict, messages: render(reporter.list, "short", false) };
  } catch (error) {
    return { verdict: "crash", messages: `${(error as Error).stack}\n` };
  }
}

/** What Tapir says, with its messages if that is not what SystemTap says. */
function difference(item: Case): string {
  if (item.verdict == "none" || (item.kernel && kernel == null)) return "";
  const { verdict: found, messages } = answer(item);
  // A known difference may have been mended meanwhile.
  if (found == item.verdict || found == item.tapir) return "";
  const options = [...item.options, ...item.args].join(" ");
  return `line ${item.line}: ${options} SystemTap says ${item.verdict}, Tapir ${found}\n${item.script}${messages}`;
}

/** How many may be judged differently: they ask for functions and a variable that are not there yet. */
const LIMIT = 7;

const files = caseFiles();

for (const file of files) {
  Deno.test(`verdicts of ${basename(file.path)}`, () => {
    const differences = file.cases.map(difference).filter((text) => text != "");
    const count = `${differences.length} of ${file.cases.length} scripts\n`;
    assert.ok(differences.length == 0, count + differences.join("\n"));
  });
}

Deno.test("known differences are kept for a reason", () => {
  const cases = files.flatMap((file) => file.cases).filter((item) => item.verdict != "none");
  const differing = cases.filter((item) => item.tapir != "" && !KEPT.has(item.reason));
  assert.ok(cases.every((item) => item.verdict != "new"), "tools/verdict.ts has not been run");
  assert.ok(differing.length <= LIMIT, `${differing.length} of ${cases.length}`);
});
