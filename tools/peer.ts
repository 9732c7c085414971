/**
 * Runs scripts through SystemTap itself, in a throwaway machine. STAP_ROOT names the folder of a
 * system that has stap (a chroot). Options are stap's, words after the script its arguments.
 *
 *     deno run -A tools/peer.ts run [-r RELEASE] [OPTIONS] SCRIPT.stp [ARGUMENTS]
 *     deno run -A tools/peer.ts build [-r RELEASE] FOLDER [--only NAME]...
 *     deno run -A tools/peer.ts compare [-r RELEASE] FOLDER [--only NAME]...
 *     deno run -A tools/peer.ts write [-r RELEASE] FOLDER [--only NAME]...
 *
 * `build` only fills stap's cache, without a machine. `compare` holds NAME.expected of a corpus folder against what stap prints; `write` writes it where
 * it is absent, with NAME.exit and NAME.stderr where needed. A test with NAME.differs is left out: that
 * file says why Tapir prints something else.
 */
import { dirname, resolve } from "node:path";
import { bootableKernels, kernel, matchRelease } from "../loader/kernels.ts";
import { diffLines } from "./diff.ts";
import { LIBRARY, Peer, type PeerBuild, type PeerMachine, type PeerRun } from "./peer_stap.ts";
import { buildPrograms } from "./programs.ts";
import { shellWords } from "./words.ts";

interface Case {
  name: string;
  path: string;
  words: string[];
}

/** Builds run beside each other; sessions one after the other. */
const BUILDERS = 2;

async function readOr(path: string): Promise<string | null> {
  const bytes = await Deno.readFile(path).catch(() => null);
  return bytes == null ? null : new TextDecoder("latin1").decode(bytes);
}

async function writeLatin1(path: string, text: string): Promise<void> {
  await Deno.writeFile(path, Uint8Array.from(text, (c) => c.charCodeAt(0)));
}

/** The scripts of a folder, in order; those named, or all that say nothing of a difference. */
async function readCases(folder: string, only: string[]): Promise<Case[]> {
  const cases: Case[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.name.endsWith(".stp")) continue;
    const name = entry.name.slice(0, -".stp".length);
    if (only.length > 0 && !only.includes(name)) continue;
    if (only.length == 0 && await readOr(`${folder}/${name}.differs`) != null) continue;
    const part = async (kind: string) => {
      const text = await readOr(`${folder}/${name}.${kind}`) ?? "";
      return shellWords(text.replaceAll("{dir}", folder).replaceAll("{library}", LIBRARY));
    };
    const path = `${folder}/${name}.stp`;
    cases.push({ name, path, words: [...await part("opts"), path, ...await part("args")] });
  }
  return cases.sort((a, b) => a.name < b.name ? -1 : 1);
}

/** Runs all cases; hands each result over as it comes. */
async function runAll(
  peer: Peer,
  folder: string,
  cases: Case[],
  done: (test: Case, build: PeerBuild, run: PeerRun) => Promise<void>,
): Promise<void> {
  const programs = await buildPrograms(folder);
  let booted: Promise<PeerMachine> | null = null;
  let turn: Promise<void> = Promise.resolve();
  let next = 0;
  const builder = async () => {
    while (next < cases.length) {
      const test = cases[next++];
      const build = await peer.build(test.path, test.words);
      turn = turn.then(async () => {
        if (build.module == "") {
          return await done(test, build, { stdout: "", stderr: build.messages, status: 1 });
        }
        // A machine may die, or not come up where this one has too much to do.
        for (let tries = 3;; tries--) {
          try {
            booted ??= peer.boot((text) => console.error(text), {}, programs);
            const run = await (await booted).run(build);
            return await done(test, build, { ...run, stderr: build.messages + run.stderr });
          } catch (error) {
            booted = null;
            if (tries == 0) throw error;
          }
        }
      }).catch((error) => {
        console.log(`FAILED  ${test.name}: ${error.message}`);
        booted = null;
      });
    }
  };
  await Promise.all(Array.from({ length: BUILDERS }, builder));
  await turn;
  const machine = booted as Promise<PeerMachine> | null;
  if (machine != null) await (await machine).stop();
}

/** Lines of standard error that are the script's own, not remarks on this system. */
function scriptLines(text: string): string[] {
  return text.split("\n").filter((line) =>
    line != "" && !/symbol table missing|similar warning messages/.test(line)
  );
}

async function buildOnly(peer: Peer, folder: string, only: string[]): Promise<number> {
  const cases = await readCases(folder, only);
  let refused = 0;
  const builder = async () => {
    for (let test; (test = cases.shift()) != null;) {
      const build = await peer.build(test.path, test.words);
      if (build.module != "") continue;
      refused++;
      console.log(`REFUSED ${test.name}\n${build.messages}`);
    }
  };
  await Promise.all(Array.from({ length: BUILDERS }, builder));
  return refused == 0 ? 0 : 1;
}

async function compare(peer: Peer, folder: string, only: string[]): Promise<number> {
  let same = 0, different = 0;
  await runAll(peer, folder, await readCases(folder, only), async (test, build, run) => {
    const part = (kind: string) => readOr(`${folder}/${test.name}.${kind}`);
    const [expected, exit, stderr] = await Promise.all([
      part("expected"),
      part("exit"),
      part("stderr"),
    ]);
    const wrong: string[] = [];
    if (build.module == "") wrong.push("stap refuses the script:", ...scriptLines(run.stderr));
    else if (expected != null && expected != run.stdout) {
      wrong.push(...diffLines(run.stdout, expected));
    }
    const status = run.status != 0 ? 1 : 0;
    if (status != Number(exit ?? 0)) wrong.push(`stap's exit status ${status}`);
    const printed = new Set(run.stderr.split("\n"));
    for (const line of (stderr ?? "").split("\n")) {
      if (!printed.has(line)) wrong.push(`not among stap's messages: ${line}`);
    }
    if (wrong.length == 0) same++;
    else different++;
    if (wrong.length > 0) wrong.push(...scriptLines(run.stderr).map((line) => `stap: ${line}`));
    console.log([
      `${wrong.length == 0 ? "same   " : "DIFFERS"} ${test.name}`,
      ...wrong.map((l) => "    " + l),
    ].join("\n"));
  });
  console.log(`${same} the same, ${different} different`);
  return different == 0 ? 0 : 1;
}

async function write(peer: Peer, folder: string, only: string[]): Promise<number> {
  let refused = 0;
  const cases = await readCases(folder, only);
  const wanted: Case[] = [];
  for (const test of cases) {
    if (only.length > 0 || await readOr(`${folder}/${test.name}.expected`) == null) {
      wanted.push(test);
    }
  }
  await runAll(peer, folder, wanted, async (test, build, run) => {
    if (build.module == "") {
      refused++;
      return console.log(`REFUSED ${test.name}\n${run.stderr}`);
    }
    await writeLatin1(`${folder}/${test.name}.expected`, run.stdout);
    // What stap says while it translates is not the session's; places in its library are its own.
    const lines = scriptLines(run.stderr.slice(build.messages.length))
      .filter((line) => /^(ERROR|WARNING): /.test(line) && !line.includes("/tapset/"));
    if (lines.length > 0) {
      await writeLatin1(`${folder}/${test.name}.stderr`, lines.join("\n") + "\n");
    }
    if (run.status != 0) await writeLatin1(`${folder}/${test.name}.exit`, "1\n");
    console.log(`written ${test.name}` + (run.status != 0 ? ` (status ${run.status})` : ""));
    for (const line of lines) console.log(`    ${line}`);
  });
  return refused == 0 ? 0 : 1;
}

async function run(peer: Peer, words: string[]): Promise<number> {
  const script = words.find((word) => word.endsWith(".stp")) ?? "";
  const test = { name: script, path: script, words };
  let status = 1;
  await runAll(peer, dirname(resolve(script)), [test], (_test, _build, result) => {
    status = result.status;
    Deno.stdout.writeSync(Uint8Array.from(result.stdout, (c) => c.charCodeAt(0)));
    Deno.stderr.writeSync(Uint8Array.from(result.stderr, (c) => c.charCodeAt(0)));
    return Promise.resolve();
  });
  return status;
}

function usage(reason: string): never {
  console.error(
    `${reason}\nusage: STAP_ROOT=DIR deno run -A tools/peer.ts run|build|compare|write ...`,
  );
  Deno.exit(1);
}

async function main(): Promise<number> {
  const words = [...Deno.args];
  const verb = words.shift() ?? "";
  const at = words.indexOf("-r");
  const wanted = at < 0 ? "" : words.splice(at, 2)[1] ?? "";
  const release = wanted != "" ? matchRelease(wanted) : bootableKernels()[0]?.release ?? "";
  const root = Deno.env.get("STAP_ROOT") ?? "";
  if (root == "") usage("STAP_ROOT does not say where stap is");
  if (release == "") usage("no kernel to boot");
  const peer = new Peer(resolve(root), kernel(release));
  if (verb == "run") return await run(peer, words);
  const only: string[] = [];
  for (let i; (i = words.indexOf("--only")) >= 0;) only.push(words.splice(i, 2)[1] ?? "");
  if (words.length != 1) usage("one folder, please");
  if (verb == "compare") return await compare(peer, resolve(words[0]), only);
  if (verb == "build") return await buildOnly(peer, resolve(words[0]), only);
  if (verb == "write") return await write(peer, resolve(words[0]), only);
  return usage(`what is ${verb}?`);
}

if (import.meta.main) Deno.exit(await main());
