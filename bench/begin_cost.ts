/**
 * Guest instructions of a loop's round in `begin`, beside stap in one run:
 *
 *     [STAP_ROOT=FOLDER] deno run -A bench/begin_cost.ts [RELEASE]
 *
 * 100,000 rounds each (a million take as much each); the cost of the empty loop is shown too, and not taken off.
 */
import { Guest } from "./guest.ts";
import { table } from "./measure.ts";

const ROUNDS = 100_000;

/** Name, globals and functions, body of the loop over `i`, what is printed so that nothing is elided. */
const CASES: [string, string, string, string][] = [
  ["empty loop", "", "", "0"],
  ["arithmetic", "", "x = ((x * 3 + i) ^ (i >> 2)) - (i / 7) % 11 + (i & x)", "x"],
  ["array of numbers", "global m", "m[i % 1000] += i", "m[7]"],
  ["array of strings", "global m", 'm[i % 2 ? "odd" : "even"]++', 'm["odd"]'],
  ["aggregate in an array", "global a", "a[i & 255] <<< i", "@max(a[3])"],
  ["building strings", "", 's = sprintf("%d:%s", i, "value"); s = s . "/" . s', "strlen(s)"],
  ["function calls", "function add(a, b) { return a + b * 2 }", "x = add(x, i)", "x"],
  [
    "recursion",
    "function down(n) { if (n < 1) return 0; return 1 + down(n - 1) }",
    "x += down(3)",
    "x",
  ],
];

function scriptOf([, head, body, shown]: [string, string, string, string]): string {
  return `${head}
    probe begin {
      before = get_cycles()
      for (i = 0; i < ${ROUNDS}; i++) { ${body} }
      printf("took %d\\n%d\\n", get_cycles() - before, ${shown})
      exit()
    }`;
}

function perRound(text: string): number {
  const found = /took (\d+)/.exec(text);
  if (found == null) throw new Error(`no figure in: ${text}`);
  return Number(found[1]) / ROUNDS;
}

const guest = await Guest.boot(Deno.args[0]);
try {
  const rows: string[][] = [];
  const limits = ["-DMAXACTION_INTERRUPTIBLE=1000000000"];
  for (const item of CASES) {
    const mine = await guest.tapir(scriptOf(item), undefined, limits);
    const peer = await guest.stap(scriptOf(item), undefined, limits);
    const cost = perRound(mine.stdout);
    const same = peer == null || peer.stdout.split("\n")[1] == mine.stdout.split("\n")[1];
    const other = peer == null ? null : perRound(peer.stdout + peer.stderr);
    const row = [
      item[0] + (same ? "" : " (results differ!)"),
      cost.toFixed(1),
      other?.toFixed(1) ?? "-",
      other == null ? "-" : (cost / other).toFixed(2),
    ];
    console.error(row.join("  "));
    rows.push(row);
  }
  table(
    `guest instructions of a round in begin, ${guest.kernel.release}`,
    ["loop", "tapir", "stap", "ratio"],
    rows,
  );
} finally {
  await guest.stop();
}
