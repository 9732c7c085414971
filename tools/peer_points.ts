/**
 * Compares where SystemTap and this program place probes that need debuginfo:
 *
 *     STAP="chroot DIR stap" deno run -A tools/peer_points.ts [RELEASE] [POINT...]
 *
 * For each point the resolved points with their addresses (as offsets from the start of the kernel's
 * code) of both are counted, and those that only one has are shown. Without STAP the `stap` of the
 * machine is asked.
 */
import { matchRelease } from "../loader/kernels.ts";
import { findProgram, projectRoot } from "../loader/root.ts";

const POINTS = [
  'kernel.function("vfs_read@fs/read_write.c")',
  'kernel.function("*@fs/read_write.c")',
  'kernel.function("*@kernel/sched/core.c")',
  'kernel.function("*@mm/page_alloc.c").call',
  'kernel.function("fdget_pos").inline',
  'kernel.function("file_ppos").inline',
  'kernel.statement("vfs_read@fs/read_write.c:*")',
  'kernel.statement("do_linkat@fs/namei.c:*")',
  'kernel.statement("__schedule@kernel/sched/core.c:*")',
  'kernel.statement("vfs_read@fs/read_write.c+5")',
  'kernel.statement("*@fs/read_write.c:380-395")',
];
/** Points of one side that are shown when the other has not got them. */
const SHOWN = 3;

function run(words: string[]): string {
  const [program, ...args] = words;
  const output = new Deno.Command(program, { args, cwd: "/tmp", stdin: "null", stderr: "null" })
    .outputSync();
  return new TextDecoder("latin1").decode(output.stdout);
}

const script = (point: string) => `probe ${point} { println(1) }`;

/** `point _stext+0xOFFSET` of each row of ours. */
function ours(release: string, point: string): Set<string> {
  const main = `${projectRoot()}/cli/main.ts`;
  const words = [
    Deno.execPath(),
    "run",
    "-A",
    main,
    "-r",
    release,
    "-p2",
    "--dump-ir",
    "-e",
    script(point),
  ];
  const text = run(words);
  if (text == "") return new Set();
  interface Row {
    point: string;
    props: Record<string, string>;
  }
  const rows = (JSON.parse(text) as { rows: Row[] }).rows;
  return new Set(
    rows.map((row) =>
      `${row.point} ${row.props.symbol}+0x${Number(row.props.offset ?? "0").toString(16)}`
    ),
  );
}

/** The same of what `stap -p2` prints. */
function theirs(stap: string[], release: string, point: string): Set<string> {
  const found = new Set<string>();
  for (const line of run([...stap, "-r", release, "-p2", "-e", script(point)]).split("\n")) {
    const match = /^(.*) \/\* pc=(\S+) \*\//.exec(line);
    if (match != null) found.add(`${match[1]} ${match[2]}`);
  }
  return found;
}

const stap = (Deno.env.get("STAP") ?? findProgram("stap")).split(" ").filter((word) => word != "");
if (stap.length == 0) {
  console.error("there is no stap here; STAP can name one");
  Deno.exit(1);
}
const release = matchRelease(Deno.args[0] ?? "6.1");
const points = Deno.args.length > 1 ? Deno.args.slice(1) : POINTS;
for (const point of points) {
  const left = ours(release, point), right = theirs(stap, release, point);
  const onlyLeft = [...left].filter((text) => !right.has(text));
  const onlyRight = [...right].filter((text) => !left.has(text));
  const both = left.size - onlyLeft.length;
  console.log(
    `${point}: ${both} agree, ${onlyLeft.length} only here, ${onlyRight.length} only in SystemTap`,
  );
  for (const text of onlyLeft.slice(0, SHOWN)) console.log(`    here: ${text}`);
  for (const text of onlyRight.slice(0, SHOWN)) console.log(`    SystemTap: ${text}`);
}
