/**
 * Lines of output per second, from a begin probe and from a hot probe, and how many are lost at the
 * default setting. With STAP_ROOT (a folder with a system that has stap), SystemTap's modules
 * run beside ours in the same machine.
 *
 *     [STAP_ROOT=DIR] deno run -A bench/output.ts [RELEASE]
 */
import { compile } from "../mod.ts";
import { bootableKernels, kernel, matchRelease } from "../loader/kernels.ts";
import { Machine } from "../loader/vm/machine.ts";
import { Peer } from "../tools/peer_stap.ts";
import { run, table } from "./measure.ts";

const ROOT = new URL("..", import.meta.url).pathname;
/** Longer than any handler here takes. */
const OPTIONS = ["-DMAXACTION=100000000", "-DSTP_NO_OVERLOAD", "-DMAXSKIPPED=10000000"];

interface Case {
  name: string;
  script: string;
  /** Command under which the session runs; "" if the script ends it. */
  command: string;
  /** Lines that the script prints. */
  lines: number;
}

const LINE = `printf("%063d\\n", n++)`;
const HITS = 400_000;
const CASES: Case[] = [
  {
    name: "400,000 lines of 64 bytes from begin",
    script: `global n probe begin { for (i = 0; i < ${HITS}; i++) ${LINE}; exit() }`,
    command: "",
    lines: HITS,
  },
  {
    name: "400,000 lines of 64 bytes from a system call's entry",
    script: `global n probe kernel.function("__x64_sys_getppid") { ${LINE} }`,
    command: `/tmp/loop ${HITS} 1 >/dev/null`,
    lines: HITS,
  },
];

/** What one run gave: lines in the file, and seconds from the start of the session to its end. */
interface Figure {
  lines: number;
  seconds: number;
  said: string;
}

async function shell(machine: Machine, command: string): Promise<string> {
  let text = "";
  const take = (bytes: Uint8Array) => void (text += new TextDecoder("latin1").decode(bytes));
  await machine.agent.runShell(command, { stdout: take, stderr: take }, "/tmp");
  return text;
}

/** Runs `command` with its standard output in a file. */
async function measure(machine: Machine, command: string, file: string): Promise<Figure> {
  const text = await shell(
    machine,
    `a=$(cut -d' ' -f1 /proc/uptime); ${command} >${file}; b=$(cut -d' ' -f1 /proc/uptime);` +
      ` echo; echo "$a $b $(wc -l <${file})"; rm ${file}`,
  );
  const rows = text.trimEnd().split("\n");
  const [from, to, lines] = rows.pop()!.split(" ").map(Number);
  return { lines, seconds: to - from, said: rows.filter((row) => row != "").join(" ") };
}

async function ours(machine: Machine, release: string, test: Case): Promise<Figure> {
  const built = await compile({ script: test.script, release, options: OPTIONS });
  if (built.status != 0) throw new Error(built.stderr);
  await machine.agent.putFile("/tmp/ours.ko", await Deno.readFile(built.path));
  const options = { modulePath: "/tmp/ours.ko", moduleName: built.manifest!.module, ownName: true };
  const command = test.command == "" ? {} : { command: test.command };
  // The session in a process that runs already: the time of Deno's start is another benchmark's.
  const text = `import { runSession } from "/tapir/loader/session.ts";
    const out = Deno.openSync("/tmp/ours.out", { write: true, create: true, truncate: true });
    const write = (bytes) => { for (let at = 0; at < bytes.length;) at += out.writeSync(bytes.subarray(at)); };
    const started = performance.now();
    const { summary } = await runSession(${JSON.stringify({ ...options, ...command })},
      { stdout: write, stderr: (bytes) => void Deno.stderr.writeSync(bytes) });
    console.log((performance.now() - started) / 1000, summary.lost);
    Deno.exit(0);`;
  await machine.agent.putFile("/tmp/ours.ts", new TextEncoder().encode(text));
  const said = await shell(
    machine,
    "deno run -A -q --no-lock --no-config --no-check --no-remote --no-npm /tmp/ours.ts;" +
      " wc -l </tmp/ours.out; rm /tmp/ours.out",
  );
  const rows = said.trimEnd().split("\n");
  const lines = Number(rows.pop());
  const [seconds, lost] = rows.pop()!.split(" ").map(Number);
  // The shell of -c makes a few of the calls that are probed.
  const beyond = lines + lost - test.lines;
  if (!(beyond >= 0 && beyond < 10)) throw new Error(`${lines} lines, ${lost} lost: ${said}`);
  return { lines, seconds, said: rows.join(" ") };
}

async function theirs(machine: Machine, peer: Peer, test: Case, at: number): Promise<Figure> {
  const script = await Deno.makeTempFile({ suffix: ".stp" });
  await Deno.writeTextFile(script, test.script);
  const built = await peer.build(script, [...OPTIONS, script]);
  if (built.module == "") throw new Error(built.messages);
  const path = `/stap/mods/${at}`;
  await shell(machine, `mkdir -p ${path}; cp /tmp/loop /stap/tmp/`);
  const module = built.module.slice(built.module.lastIndexOf("/") + 1);
  await machine.agent.putFile(`${path}/${module}`, await Deno.readFile(peer.root + built.module));
  const command = test.command == "" ? "" : `-c '${test.command}' `;
  const run = `chroot /stap /usr/bin/staprun -R ${command}/mods/${at}/${module}`;
  return await measure(machine, run, "/tmp/theirs.out");
}

const target = Deno.args[0] ? kernel(matchRelease(Deno.args[0])) : bootableKernels()[0];
const root = Deno.env.get("STAP_ROOT") ?? "";
const peer = root == "" ? null : new Peer(root.replace(/\/$/, ""), target);
const booted = peer == null ? null : await peer.boot((text) => console.error(text));
const machine = booted?.machine ?? await Machine.boot(target);
try {
  const loop = await Deno.makeTempFile();
  await run(["gcc", "-O2", "-static", "-o", loop, `${ROOT}bench/loop.c`]);
  await machine.agent.putFile("/tmp/loop", await Deno.readFile(loop), 0o755);
  for (const [at, test] of CASES.entries()) {
    const rows: string[][] = [];
    const own = await ours(machine, target.release, test);
    const rate = (figure: Figure) => figure.lines / figure.seconds;
    const add = (who: string, figure: Figure) =>
      rows.push([
        who,
        String(figure.lines),
        String(Math.max(0, test.lines - figure.lines)),
        figure.seconds.toFixed(2),
        rate(figure).toFixed(0),
        (rate(figure) / rate(own)).toFixed(2),
      ]);
    add("tapir", own);
    if (peer != null) {
      const other = await theirs(machine, peer, test, at);
      add("stap", other);
      if (other.said != "") console.log(`stap: ${other.said}`);
      console.log(`tapir: ${(rate(own) / rate(other)).toFixed(1)} times the lines per second`);
    }
    const head = ["", "lines", "lost", "seconds", "lines/s", "ratio"];
    table(`${test.name}, ${target.release}`, head, rows);
  }
} finally {
  await machine.stop();
}
