/**
 * Cost of a probe hit in guest instructions, beside bare C modules and stap, in one run.
 *
 *     [STAP_ROOT=FOLDER] deno run -A bench/hit_cost.ts [RELEASE] [PART OF A NAME]
 *
 * The probed call is getppid(), or a read() that fails; the cost of the bare call is taken off. See
 * guest.ts for STAP_ROOT.
 */
import { Guest, type Output } from "./guest.ts";
import { table } from "./measure.ts";

const PROBE = 'kernel.function("__x64_sys_getppid")';
const probe = (globals: string, body: string, end: string) =>
  `${globals} probe ${PROBE} { ${body} } probe end { ${end} }`;

/** A row: the cost is shown over that of the row `over` (or of the bare call). */
interface Case {
  name: string;
  script?: string;
  /** A plain module instead of a script. */
  module?: string;
  over?: string;
  /** The call is read(), not getppid(). */
  read?: boolean;
  goal: string;
  /** Options that stap needs for this case. */
  peerWords?: string[];
}

const EMPTY = "empty entry probe";
const CASES: Case[] = [
  { name: "bare kprobe in C", module: "bare_kprobe", goal: "-" },
  { name: "bare kretprobe in C", module: "bare_kretprobe", goal: "-" },
  { name: "bare tracepoint in C", module: "bare_trace", goal: "-" },
  { name: EMPTY, script: `probe ${PROBE} { next }`, goal: "156" },
  { name: "n++", script: probe("global n", "n++", "println(n)"), over: EMPTY, goal: "8" },
  {
    name: "m[pid()]++",
    script: probe("global m", "m[pid()]++", "foreach (k in m) println(m[k])"),
    over: EMPTY,
    goal: "60",
  },
  {
    name: "m[execname()]++",
    script: probe("global m", "m[execname()]++", "foreach (k in m) println(m[k])"),
    over: EMPTY,
    goal: "140",
  },
  {
    name: "five keys of both types",
    script: probe(
      "global m",
      "m[execname(), pid(), cpu(), tid(), pp()]++",
      "foreach ([a, b, c, d, e] in m) println(m[a, b, c, d, e])",
    ),
    over: EMPTY,
    goal: "250",
  },
  {
    name: "s <<< 1",
    script: probe("global s", "s <<< 1", "println(@count(s))"),
    over: EMPTY,
    goal: "20",
  },
  {
    name: "s <<< v, all functions",
    script: probe("global s", "s <<< pid()", "println(@sum(s), @min(s), @max(s), @avg(s))"),
    over: EMPTY,
    goal: "20",
  },
  {
    name: "s[pid()] <<< v",
    script: probe("global s", "s[pid()] <<< cpu()", "foreach (k in s) println(@sum(s[k]))"),
    over: EMPTY,
    goal: "60",
  },
  {
    name: "if (!(k in m)) { m[k] = 1; n++ }",
    script: probe("global m, n", "if (!(pid() in m)) { m[pid()] = 1; n++ }", "println(n)"),
    over: EMPTY,
    goal: "-",
  },
  {
    name: "a line of five values",
    script: probe(
      "",
      'printf("%s %d %d %d %d\\n", execname(), pid(), tid(), cpu(), 42)',
      "",
    ),
    over: EMPTY,
    goal: "600",
  },
  {
    name: "print_backtrace",
    script: `probe ${PROBE} { print_backtrace() }`,
    goal: "5000",
    // By default stap switches its probes off after the first few: they take too long.
    peerWords: ["-DSTP_NO_OVERLOAD"],
  },
  {
    name: "argstr of read",
    script: "global s probe syscall.read { s = argstr } probe end { println(s) }",
    read: true,
    goal: "500",
  },
  { name: "empty return probe", script: `probe ${PROBE}.return { next }`, goal: "410" },
  {
    name: "returnval()",
    script: `global s probe ${PROBE}.return { s += returnval() } probe end { println(s) }`,
    goal: "-",
  },
  {
    name: "empty kernel.trace",
    script: 'probe kernel.trace("sys_enter") { next }',
    over: "bare tracepoint in C",
    goal: "31",
  },
];

/** The figure that the loop printed. */
function perCall(text: string): number {
  const found = /ns_per_call ([0-9.]+)/.exec(text);
  if (found == null) throw new Error(`no figure in: ${text}`);
  return Number(found[1]);
}

let bareCall = 0, bareRead = 0;
const costs = new Map<string, number>(), peers = new Map<string, number>();

/** Notes what a case costs over the bare call. */
async function measure(c: Case): Promise<void> {
  const loop = c.read ? "/tmp/loop 20000 5 read" : "/tmp/loop";
  const bare = c.read ? bareRead : bareCall;
  if (c.module != null) {
    await guest.addModule(c.module);
    const text = await guest.shell(`insmod /tmp/${c.module}.ko && /tmp/loop && rmmod ${c.module}`);
    costs.set(c.name, perCall(text) - bare);
    return;
  }
  await guest.tapir(c.script!, `${loop} > /tmp/loop.out`);
  costs.set(c.name, perCall(await guest.shell("cat /tmp/loop.out")) - bare);
  const out: Output | null = await guest.stap(c.script!, `${loop} 1>&2`, c.peerWords);
  if (out != null) peers.set(c.name, perCall(out.stdout + out.stderr) - bare);
}

const guest = await Guest.boot(Deno.args[0]);
const wanted = Deno.args[1] ?? "";
try {
  await guest.addProgram("loop");
  bareCall = perCall(await guest.shell("/tmp/loop"));
  bareRead = perCall(await guest.shell("/tmp/loop 20000 5 read"));
  const rows: string[][] = [];
  for (const c of CASES) {
    if (!c.name.includes(wanted) && c.name != EMPTY && c.module == null) continue;
    try {
      await measure(c);
    } catch (error) {
      console.error(`${c.name}: ${(error as Error).message}`);
      continue;
    }
    const cost = costs.get(c.name)!, peer = peers.get(c.name);
    const over = (list: Map<string, number>, of: number | undefined) =>
      c.over == null || of == null
        ? ""
        : (of - (list.get(c.over) ?? costs.get(c.over) ?? 0)).toFixed(0);
    const row = [
      c.name,
      cost.toFixed(0),
      over(costs, cost),
      c.goal,
      peer?.toFixed(0) ?? "-",
      over(peers, peer) || "-",
      peer == null ? "-" : (cost / peer).toFixed(2),
    ];
    console.error(row.join("  "));
    rows.push(row);
  }
  table(
    `guest instructions per hit over the bare call (${bareCall.toFixed(0)}; read ${
      bareRead.toFixed(0)
    }), ${guest.kernel.release}`,
    ["probe", "tapir", "over its base", "goal", "stap", "over its base", "ratio"],
    rows,
  );
} finally {
  await guest.stop();
}
