/**
 * The C of the library's doubles, compiled for user space with sanitizers, against what the
 * WebAssembly engine's functions answer, which is this machine's own arithmetic.
 */
import assert from "node:assert/strict";
import { INTRINSICS } from "../../compiler/backend/wasm/intrinsics.ts";
import type { Host } from "../../compiler/backend/wasm/host.ts";

const PAIRS = 20000, TEXTS = 3000;
const BINARY = ["fp_add", "fp_sub", "fp_mul", "fp_div", "fp_rem"];
const RELATIONS = ["fp_eq", "fp_le", "fp_lt"];
/** Exponents and mantissas near the borders, which random bits would hardly meet. */
const EXPONENTS = [0n, 1n, 2n, 1021n, 1022n, 1023n, 1024n, 1074n, 1075n, 1086n, 2046n, 2047n];
const MANTISSAS = [0n, 1n, 2n, (1n << 51n) - 1n, 1n << 51n, (1n << 51n) + 1n, (1n << 52n) - 1n];

/** A host for functions that raise "invalid format" and want nothing else. */
const HOST = {
  raise: (message: string) => {
    throw new Error(message);
  },
} as unknown as Host;

function call(name: string, ...args: (bigint | string)[]): string {
  return BigInt.asUintN(64, INTRINSICS[name](HOST, args, null!) as bigint).toString(16);
}

/** Numbers below a bound that are the same in every run (xorshift). */
function source(): (bound: bigint) => bigint {
  let state = 0x9e3779b97f4a7c15n;
  return (bound) => {
    state ^= BigInt.asUintN(64, state << 13n);
    state ^= state >> 7n;
    state ^= BigInt.asUintN(64, state << 17n);
    return (state >> 3n) % bound;
  };
}

type Random = ReturnType<typeof source>;

const pick = <T>(random: Random, from: T[]): T => from[Number(random(BigInt(from.length)))];

function double(random: Random, near: bigint): bigint {
  const exponent = pick(random, [
    pick(random, EXPONENTS),
    random(2048n),
    BigInt.asUintN(11, near + random(120n) - 60n),
    960n + random(130n),
  ]);
  const mantissa = pick(random, [pick(random, MANTISSAS), random(1n << 52n), random(64n) << 46n]);
  return random(2n) << 63n | exponent << 52n | mantissa;
}

/** The results of one pair, as the C program prints them. */
function answers(a: bigint, b: bigint): string {
  return [
    ...BINARY.map((name) => call(name, a, b)),
    call("fp_sqrt", a),
    ...RELATIONS.map((name) => call(name, a, b)),
    call("long_to_fp", BigInt.asIntN(64, a)),
    call("fp32_to_fp64", a),
    ...[0n, 1n, 2n, 3n, 4n].map((mode) => call("fp_to_long", a, mode, 0n)),
  ].join(" ");
}

/** The exact decimal digits of an odd multiple of a power of two: halfway between two doubles. */
function halfway(random: Random): string {
  const shift = Number(random(1100n));
  const value = ((1n << 53n) + 2n * random(1n << 52n) + 1n) * 5n ** BigInt(shift);
  return `${value}e-${shift}`;
}

function decimal(random: Random): string {
  const digits = String(random(10n ** (1n + random(18n))));
  const point = Number(random(BigInt(digits.length + 1)));
  const number = `${digits.slice(0, point)}.${digits.slice(point)}`;
  const sign = pick(random, ["", "-", "+"]);
  return `${sign}${number}${pick(random, ["", `e${random(700n) - 350n}`, `E+${random(30n)}`])}`;
}

const TEXT_FORMS = [
  "",
  "-",
  ".",
  "-0",
  "00012.50",
  "5.",
  ".5",
  "1e",
  "1e+",
  "e5",
  " 1",
  "1 ",
  "1.2.3",
  "--1",
  "+-1",
  "inf",
  "nan",
  "0x10",
  "1,5",
  "1f",
  "1e5e5",
  "1e99999999999",
  "1e-99999999999",
  "0e99999999999",
  "2.4703282292062327e-324",
  "2.4703282292062328e-324",
  "4.9e-324",
  "2.2250738585072011e-308",
  "1.7976931348623157e308",
  "1.7976931348623158e308",
  "1.7976931348623159e308",
  "9007199254740993",
  "9007199254740992." + "9".repeat(900),
  "9007199254740993." + "0".repeat(900) + "1",
  "1".repeat(1000) + "e-900",
  "0." + "0".repeat(400) + "1e400",
  "1" + "0".repeat(800) + "e-800",
];

function parsed(text: string): string {
  try {
    return call("string_to_fp", text);
  } catch {
    return "none";
  }
}

async function ask(program: string, lines: string[]): Promise<string[]> {
  const child = new Deno.Command(program, { stdin: "piped", stdout: "piped", stderr: "piped" })
    .spawn();
  const written = new Blob([lines.join("\n") + "\n"]).stream().pipeTo(child.stdin);
  const [output] = await Promise.all([child.output(), written]);
  assert.equal(new TextDecoder().decode(output.stderr).slice(0, 2000), "");
  return new TextDecoder().decode(output.stdout).trimEnd().split("\n");
}

Deno.test("doubles in C are the processor's", async () => {
  const here = new URL(".", import.meta.url).pathname;
  const folder = await Deno.makeTempDir({ prefix: "tapir-float-" });
  try {
    const tapset = await Deno.readTextFile(`${here}../../tapset/floatingpoint.stp`);
    const code = tapset.slice(tapset.indexOf("%{") + 2, tapset.indexOf("%}"));
    await Deno.writeTextFile(
      `${folder}/floatingpoint.h`,
      code.replace(/^#include <linux.*$/gm, ""),
    );
    const program = `${folder}/floatingpoint`;
    const words = ["-std=gnu11", "-Wall", "-O1", "-g", "-fwrapv", "-fsanitize=address,undefined"];
    const built = await new Deno.Command("gcc", {
      args: [...words, `-I${here}`, `-I${folder}`, "-o", program, `${here}floatingpoint.c`],
    }).output();
    assert.equal(new TextDecoder().decode(built.stderr), "");

    const random = source();
    const asked: string[] = [], expected: string[] = [];
    for (let i = 0; i < PAIRS; i++) {
      const a = double(random, 1023n), b = double(random, a >> 52n);
      asked.push(`${a.toString(16)} ${b.toString(16)}`);
      expected.push(answers(a, b));
    }
    const texts = [...TEXT_FORMS];
    for (let i = 0; i < TEXTS; i++) texts.push(pick(random, [halfway, decimal])(random));
    for (const text of texts) {
      asked.push(`text ${text}`);
      expected.push(parsed(text));
    }
    const got = await ask(program, asked);
    assert.equal(got.length, asked.length);
    for (let i = 0; i < asked.length; i++) assert.equal(got[i], expected[i], asked[i]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
