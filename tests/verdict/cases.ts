/**
 * Files of scripts with SystemTap's verdict on each, as `tools/verdict.ts` records it.
 *
 *     == VERDICT | OPTIONS | ["ARGUMENT"]
 *     script, up to the next line that begins with "== "
 *
 * VERDICT is `ok`, or the pass that refuses the script: `parse` or `analysis`; `new` before the
 * first record, `none` where SystemTap finds no end. Words among the options: `p1`, only the parser
 * is asked; `kernel`, the analysis needs the kernel's debuginfo and is made where that is there;
 * `tapir=VERDICT:REASON`, a known difference, with one of the reasons below or none. OPTIONS and
 * arguments may be left out. Lines before the first header are a comment. Texts are byte strings.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { LazyOracle } from "../../cli/lazy_oracle.ts";
import { locateKernel, placesOf } from "../../compiler/debuginfo/locate.ts";
import { analyseStep, CheckRequest, parseStep } from "../../compiler/front/check.ts";
import type { Library } from "../../compiler/front/library/library.ts";
import { NoOracle } from "../../compiler/front/oracle/none.ts";
import type { KernelOracle } from "../../compiler/front/oracle/oracle.ts";
import type { ProbeFamily } from "../../compiler/front/probes/family.ts";
import type { Reporter } from "../../compiler/front/source/diagnostics.ts";
import { ParseOptions } from "../../compiler/front/syntax/options.ts";
import { cacheRoot, kernelCache } from "../../loader/kernels.ts";

/** Why Tapir keeps a difference: each is a correct script that SystemTap refuses. */
export const KEPT = new Map([
  ["deep-call", "SystemTap takes the variables of functions two calls below a foreach for unknown"],
  ["shift", "SystemTap has `>>>`, but cannot work out that of two literals"],
  ["register", "SystemTap has @kregister, but not in the handler of a probe of kernel code"],
  ["do", "SystemTap has no do loop"],
  [
    "module",
    "SystemTap finds no type for @cast and @var without a module where no module is probed",
  ],
  ["tick", "SystemTap's timer.profile.tick needs a hook that kernels had before 3.0"],
]);

export interface Case {
  /** Line of its header, from 1. */
  line: number;
  verdict: string;
  /** What Tapir says where it knowingly differs; "" elsewhere. */
  tapir: string;
  /** A key of KEPT; "" if the difference is to be mended. */
  reason: string;
  /** Needs the debuginfo of the kernel. */
  kernel: boolean;
  /** Only pass 1. */
  parseOnly: boolean;
  options: string[];
  args: string[];
  script: string;
}

export interface CaseFile {
  path: string;
  comment: string;
  cases: Case[];
}

const FOLDER = new URL("./", import.meta.url);

/** The case files of this folder, in order of their names. */
export function caseFiles(): CaseFile[] {
  return readdirSync(FOLDER).filter((name) => name.endsWith(".txt")).sort().map((name) =>
    readCases(new URL(name, FOLDER).pathname)
  );
}

export function readCases(path: string): CaseFile {
  const file: CaseFile = { path, comment: "", cases: [] };
  const lines = readFileSync(path, "latin1").split("\n");
  if (lines[lines.length - 1] == "") lines.pop();
  lines.forEach((line, i) => {
    if (line == "==" || line.startsWith("== ")) {
      const [verdict, options, ...args] = line.slice(2).split("|").map((part) => part.trim());
      const words = (options ?? "").split(/\s+/).filter((word) => word != "");
      const known = words.find((word) => word.startsWith("tapir="))?.slice(6).split(":") ?? [];
      file.cases.push({
        line: i + 1,
        verdict: verdict == "" ? "new" : verdict,
        tapir: known[0] ?? "",
        reason: known[1] ?? "",
        kernel: words.includes("kernel"),
        parseOnly: words.includes("p1"),
        options: words.filter((word) => word.startsWith("-")),
        args: args.length == 0 ? [] : JSON.parse(args.join("|")),
        script: "",
      });
    } else if (file.cases.length == 0) file.comment += line + "\n";
    else file.cases[file.cases.length - 1].script += line + "\n";
  });
  return file;
}

export function writeCases(file: CaseFile): void {
  let text = file.comment;
  for (const item of file.cases) {
    const words = [...item.options];
    if (item.parseOnly) words.unshift("p1");
    if (item.kernel) words.unshift("kernel");
    const reason = item.reason == "" ? "" : `:${item.reason}`;
    if (item.tapir != "" && item.tapir != item.verdict) {
      words.unshift(`tapir=${item.tapir}${reason}`);
    }
    const options = words.join(" ");
    text += `== ${item.verdict}`;
    if (options != "" || item.args.length > 0) text += ` | ${options}`;
    if (item.args.length > 0) text += ` | ${JSON.stringify(item.args)}`;
    text += "\n" + item.script;
  }
  writeFileSync(file.path, text, "latin1");
}

/** The kernel that the verdicts are for; the configuration as far as the scripts ask for it. */
export const RELEASE = "6.1.0-56-cloud-amd64";
const CONFIG: [string, string][] = [
  ["CONFIG_SMP", "y"],
  ["CONFIG_HZ", "250"],
  ["CONFIG_NR_CPUS", "8192"],
  ["CONFIG_LOCALVERSION", ""],
];

/** Knows that kernel; null where its debuginfo is not on this machine. */
export function kernelOfCases(): KernelOracle | null {
  const places = placesOf([kernelCache(RELEASE)], `${cacheRoot()}/debuginfod`);
  return locateKernel(RELEASE, places).file == "" ? null : new LazyOracle(RELEASE);
}

/** Tapir's verdict on a case, with its messages. */
export interface Answer {
  verdict: string;
  reporter: Reporter;
}

/** `kernel`: whom to ask about the kernel, for cases that need it. */
export function checkCase(
  item: Case,
  library: Library,
  families: ProbeFamily[],
  kernel: KernelOracle = new NoOracle(),
): Answer {
  const options = new ParseOptions();
  options.args = item.args;
  options.kernelRelease = RELEASE;
  for (const [name, value] of CONFIG) options.config.set(name, value);
  for (const word of item.options) {
    if (word == "-g") options.guru = true;
    else if (word.startsWith("--compatible=")) options.systemtapVersion = word.slice(13);
    else throw new Error(`the cases do not know the option ${word}`);
  }
  const oracle = item.kernel ? kernel : new NoOracle();
  const request = new CheckRequest("<input>", item.script, options, library, oracle, families);
  const parsed = parseStep(request);
  const reporter = parsed.result.reporter;
  if (reporter.errors > 0) return { verdict: "parse", reporter };
  if (!item.parseOnly) analyseStep(parsed);
  return { verdict: reporter.errors > 0 ? "analysis" : "ok", reporter };
}
