/** Objects for tests, compiled from C text by the system's compiler. */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** Is there a C compiler that understands the options? */
export function canCompile(...options: string[]): boolean {
  return compile("int x;\n", ...options) != null;
}

/** The file that `gcc OPTIONS` makes of a text named sample.c; null if it cannot. */
export function compile(text: string, ...options: string[]): Uint8Array | null {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tapir-dwarf-"));
  try {
    const file = compileIn(folder, text, ...options);
    return file == null ? null : new Uint8Array(fs.readFileSync(file));
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The same, left in a folder with all that the compiler puts beside it. */
export function compileIn(folder: string, text: string, ...options: string[]): string | null {
  fs.writeFileSync(path.join(folder, "sample.c"), text);
  const words = [
    ...options.includes("-shared") ? [] : ["-c"],
    ...options,
    "sample.c",
    "-o",
    "out",
  ];
  return runIn(folder, "gcc", ...words) ? path.join(folder, "out") : null;
}

/** A program that takes longer hangs, as llvm-dwp 14 was seen to. */
const PATIENCE_MS = 10_000;

/** Runs a program; false if it is not there, fails or hangs. */
export function runIn(folder: string, program: string, ...words: string[]): boolean {
  const done = spawnSync(program, words, {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
    timeout: PATIENCE_MS,
  });
  return done.status == 0;
}

/** Functions with what readers should find in them; lines are part of the tests. */
export const SAMPLE =
  `struct pair { int first; unsigned low : 3, high : 7; long *next; char name[12]; };
enum colour { RED = 1, BLUE = -2 };
typedef struct pair pair_t;
static int counter = 5;
long table[4][3];

static inline __attribute__((always_inline)) int twice(int value)
{
	int result = value * 2;
	return result + counter;
}

__attribute__((noinline, noclone)) int work(pair_t *p, int count, enum colour c)
{
	int sum = 0;
	for (int i = 0; i < count; i++) {
		sum += p->first;
		if (sum > 100000)
			goto out;
	}
	sum += twice(count);
	counter = sum;
out:
	return sum + c;
}

int other(int a) { return work(0, a, RED) + twice(a); }
extern int shared;
int shared = 3;
`;
