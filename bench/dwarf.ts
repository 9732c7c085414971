/**
 * What analysis with debuginfo costs, beside SystemTap's:
 *
 *     deno run -A bench/dwarf.ts [RELEASE]
 *
 * CPU time (user and system) and peak memory of `-p2` for kernel.function("*@fs/read_write.c") with
 * $$vars: cold (no index in the cache) and warm; and what kernel.function("vfs_read") with arguments
 * costs beyond an empty script, from BTF. STAP names SystemTap's program ("stap"; words are split
 * at spaces, so `chroot DIR stap` works); without one only our own figures are printed.
 */
import * as fs from "node:fs";
import { cacheRoot, matchRelease } from "../loader/kernels.ts";
import { findProgram, projectRoot } from "../loader/root.ts";

const ROUNDS = 5;
const ALL_OF_A_FILE = 'probe kernel.function("*@fs/read_write.c") { println($$vars) }';
const ONE = 'probe kernel.function("vfs_read") { println($count, $file) }';
const EMPTY = "probe begin { exit() }";

interface Cost {
  /** Milliseconds of CPU. */
  cpu: number;
  /** Peak of resident memory in megabytes. */
  memory: number;
}

/** The median of some runs of a command, measured by the shell's time program. */
function measure(words: string[], before: () => void = () => {}): Cost | null {
  const runs: Cost[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    before();
    const cost = once(words);
    if (cost == null) return null;
    runs.push(cost);
  }
  runs.sort((a, b) => a.cpu - b.cpu);
  return { cpu: runs[ROUNDS >> 1].cpu, memory: Math.max(...runs.map((r) => r.memory)) };
}

/** wait4() through GNU time: `%U %S %M`. */
function once(words: string[]): Cost | null {
  const file = Deno.makeTempFileSync();
  try {
    const output = new Deno.Command("/usr/bin/time", {
      args: ["-o", file, "-f", "%U %S %M", ...words],
      cwd: "/tmp",
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).outputSync();
    if (!output.success) return null;
    const [user, system, kilobytes] = fs.readFileSync(file, "utf8").trim().split(/\s+/).map(Number);
    return { cpu: (user + system) * 1000, memory: kilobytes / 1024 };
  } finally {
    Deno.removeSync(file);
  }
}

function show(name: string, cost: Cost | null, beside: Cost | null): void {
  if (cost == null) console.log(`${name}: failed`);
  else {
    const ratio = beside == null
      ? ""
      : `, ${(cost.cpu / beside.cpu).toFixed(2)} of SystemTap's CPU time` +
        `, ${(cost.memory / beside.memory).toFixed(2)} of its memory`;
    console.log(
      `${name}: ${cost.cpu.toFixed(0)} ms of CPU, peak ${cost.memory.toFixed(0)} MB${ratio}`,
    );
  }
}

function main(): void {
  const release = matchRelease(Deno.args[0] ?? "6.1");
  const tapir = [
    Deno.execPath(),
    "run",
    "-A",
    "--no-check",
    `${projectRoot()}/cli/main.ts`,
    "-r",
    release,
    "-p2",
    "-e",
  ];
  const forget = () => fs.rmSync(`${cacheRoot()}/dwarf`, { recursive: true, force: true });
  const words = (Deno.env.get("STAP") ?? findProgram("stap")).split(" ").filter((word) =>
    word != ""
  );
  const stap = words.length == 0 ? [] : [...words, "-r", release, "-p2", "-e"];
  const theirs = stap.length == 0 ? null : measure([...stap, ALL_OF_A_FILE]);
  if (stap.length > 0) {
    show("SystemTap, all functions of fs/read_write.c with $$vars", theirs, null);
  }
  const empty = measure([...tapir, EMPTY]);
  show("empty script", empty, null);
  show(
    "all functions of fs/read_write.c with $$vars, cold",
    measure([...tapir, ALL_OF_A_FILE], forget),
    theirs,
  );
  const warm = measure([...tapir, ALL_OF_A_FILE]);
  show("the same, warm", warm, theirs);
  if (warm != null && empty != null && theirs != null) {
    const beyond = warm.cpu - empty.cpu;
    console.log(
      `warm beyond the empty script: ${beyond.toFixed(0)} ms, ${
        (beyond / theirs.cpu).toFixed(2)
      } of SystemTap's`,
    );
  }
  const one = measure([...tapir, ONE]);
  show("vfs_read with arguments, from BTF", one, null);
  if (one != null && empty != null) {
    console.log(`vfs_read beyond the empty script: ${(one.cpu - empty.cpu).toFixed(0)} ms`);
  }
}

main();
