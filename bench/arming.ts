/**
 * How long it takes to arm and to disarm many function entries that a wildcard names, beside stap,
 * which arms a kprobe for each, in one run:
 *
 *     [STAP_ROOT=FOLDER] deno run -A bench/arming.ts [RELEASE]
 *
 * Guest seconds, of 1,000,000,000 instructions each and with what the kernel waits: from the begin
 * probe to the first timer hit, which comes up to a millisecond after all is armed, and from there
 * to the end probe. Needs debuginfo, for the source files in the patterns.
 */
import { Guest } from "./guest.ts";
import { table } from "./measure.ts";

/** Patterns of function entries; the last one is not for stap, which would take minutes. */
const PATTERNS = ["[a-c]*@fs/*.c", "[a-e]*@fs/*.c", "*@fs/*.c"];
const FOR_STAP = PATTERNS.length - 1;

/** Stap's session is ended after these guest seconds. */
const LIMIT = "500";

function scriptOf(pattern: string): string {
  return `global began, armed, hits
    probe begin { began = gettimeofday_us() }
    probe kernel.function("${pattern}").call { hits++ }
    probe timer.ms(1) {
      if (armed) next
      armed = gettimeofday_us()
      exit()
    }
    probe end {
      printf("took %d %d %d\\n", armed - began, gettimeofday_us() - armed, hits)
    }`;
}

interface Figure {
  arm: number;
  disarm: number;
}

function figureOf(text: string): Figure {
  const found = /took (\d+) (\d+) \d+/.exec(text);
  if (found == null) throw new Error(`no figure in: ${text}`);
  return { arm: Number(found[1]) / 1e6, disarm: Number(found[2]) / 1e6 };
}

function cells(name: string, what: keyof Figure, own: Figure, other: Figure | null): string[] {
  const ratio = other == null ? "-" : (own[what] / other[what]).toFixed(4);
  return [`${name}: ${what}`, own[what].toFixed(3), other?.[what].toFixed(3) ?? "-", ratio];
}

const guest = await Guest.boot(Deno.args[0]);
try {
  const rows: string[][] = [];
  const options = ["-DSTP_NO_OVERLOAD", "-DMAXSKIPPED=1000000"];
  for (const [at, pattern] of PATTERNS.entries()) {
    const script = scriptOf(pattern);
    const count = (await guest.points(`kernel.function("${pattern}").call`)).length;
    const own = figureOf((await guest.tapir(script, undefined, options)).stdout);
    const peer = at < FOR_STAP
      ? await guest.stap(script, undefined, [...options, "-T", LIMIT])
      : null;
    const other = peer == null ? null : figureOf(peer.stdout + peer.stderr);
    for (const what of ["arm", "disarm"] as const) {
      const row = cells(`${count} entries (${pattern})`, what, own, other);
      console.error(row.join("  "));
      rows.push(row);
    }
  }
  table(
    `seconds of the guest to arm and disarm function entries, ${guest.kernel.release}`,
    ["", "tapir", "stap", "ratio"],
    rows,
  );
} finally {
  await guest.stop();
}
