/**
 * Records SystemTap's verdicts on the scripts of tests/verdict.
 *
 *     deno run -A tools/verdict.ts [--all] [--mark] [--stap="COMMAND"] [FILE.txt...]
 *
 * Asks an installed stap (COMMAND may be several words, as `chroot DIR stap`) about the scripts
 * without a verdict, with --all about all of them, and writes the answers into the files. Changed
 * verdicts are printed. With --mark nothing is asked: what Tapir says differently now is noted as a
 * known difference, and a note that is no longer true is removed.
 */
import { HostLibrary } from "../compiler/library_host.ts";
import { allFamilies } from "../compiler/probes/all.ts";
import {
  type Case,
  type CaseFile,
  caseFiles,
  checkCase,
  kernelOfCases,
  readCases,
  RELEASE,
  writeCases,
} from "../tests/verdict/cases.ts";

/** The pass at which stap refuses the script, or "ok". */
function ask(stap: string[], item: Case): string {
  const words = [
    ...stap,
    "-r",
    RELEASE,
    item.parseOnly ? "-p1" : "-p2",
    ...item.options,
    "--",
    "-",
  ];
  const quoted = [...words, ...item.args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const file = Deno.makeTempFileSync({ prefix: "verdict-" });
  try {
    Deno.writeFileSync(file, Uint8Array.from(item.script, (c) => c.charCodeAt(0)));
    const output = new Deno.Command("sh", {
      args: [
        "-c",
        `cd / && ulimit -v 1000000 && timeout -s KILL 30 ${
          quoted.join(" ")
        } < ${file} 2>&1 > /dev/null`,
      ],
    }).outputSync();
    if (output.code == 0) return "ok";
    const text = new TextDecoder().decode(output.stdout);
    const word = /^Pass [12]: (parse|analysis) failed/m.exec(text)?.[1];
    if (word != null) return word;
    // A few refusals end the program before its closing line.
    if (text.includes("semantic error: ")) return "analysis";
    // It can hang, too: nothing to agree with.
    if (output.code > 128 || text.includes("std::bad_alloc")) return "none";
    if (text.includes("bad lexical cast")) {
      return item.parseOnly || ask(stap, { ...item, parseOnly: true }) == "parse"
        ? "parse"
        : "analysis";
    }
    throw new Error(`no verdict from ${words.join(" ")}: ${output.code}\n${text}`);
  } finally {
    Deno.removeSync(file);
  }
}

function record(words: string[]): void {
  let all = false;
  let mark = false;
  let stap = ["stap"];
  const paths: string[] = [];
  for (const word of words) {
    if (word == "--all") all = true;
    else if (word == "--mark") mark = true;
    else if (word.startsWith("--stap=")) stap = word.slice(7).split(" ");
    else paths.push(word);
  }
  const files = paths.length > 0 ? paths.map(readCases) : caseFiles();
  for (const file of files) {
    if (mark) {
      markDifferences(file);
      continue;
    }
    try {
      for (const item of file.cases) {
        if (!all && item.verdict != "new") continue;
        const verdict = ask(stap, item);
        if (item.verdict != "new" && item.verdict != verdict) {
          console.log(`${file.path}:${item.line}: was ${item.verdict}, is ${verdict}`);
        }
        item.verdict = verdict;
      }
    } finally {
      writeCases(file);
    }
  }
}

function markDifferences(file: CaseFile): void {
  const library = new HostLibrary();
  const kernel = kernelOfCases() ?? undefined;
  for (const item of file.cases) {
    if (item.kernel && kernel == null) continue;
    const found = checkCase(item, library, allFamilies(), kernel).verdict;
    const differs = found != item.verdict && item.verdict != "none";
    if (!differs || found != item.tapir) item.reason = "";
    item.tapir = differs ? found : "";
  }
  writeCases(file);
}

if (import.meta.main) record(Deno.args);
