import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { BtfBuilder } from "../compiler/front/btf/testing.ts";
import { build } from "./build.ts";
import { libraryFiles } from "./bundle.ts";
import { ROOT } from "./compiler.ts";
import { Checker } from "./host.ts";
import { FileRole, Session } from "./session.ts";

const built = build();

/** Files below a folder of the checkout that end in `.stp`. */
function scripts(folder: string): string[] {
  const full = path.join(ROOT, folder);
  if (!fs.existsSync(full)) return [];
  return (fs.readdirSync(full, { recursive: true }) as string[]).filter((n) => n.endsWith(".stp"))
    .sort().map((name) => path.join(folder, name));
}

const BAD: [string, string][] = [
  ["empty", ""],
  ["no value", "probe begin { x = }"],
  ["unclosed", "probe begin { if (1) {"],
  ["text without end", 'probe begin { print("abc) }'],
  ["bytes", "probe begin { \xff\x80 \0 }"],
  ["utf-8 in a text", 'probe begin { print("\xc3\xa4\xe2\x82\xac" }'],
  ["numbers", "probe timer.ms(99999999999999999999) { x = 0xfffffffffffffffff; y = 08 }"],
  ["macro", "@define f(a) %( @a + @b %) probe begin { x = @f(1) + @g(2) }"],
  ["library macro", "probe begin { x = @MAXSTRINGLEN + }"],
  ["condition", '%( kernel_v >= "3" %? probe begin {} %: nonsense %) %( arch == 3 %? x %)'],
  ["arguments", "probe begin { x = $1 + @2 + $# }"],
  ["many", "probe begin { " + "x = ; ".repeat(300) + "}"],
  ["deep", "probe begin { x = " + "(".repeat(3000) + "}"],
  ["misspelt", "prob begin { } fucntion f() { } globl x"],
  ["type conflict", 'global g probe begin { g = 1; g = "text"; h["x"] = 1; h[1] = 2 }'],
  ["unknown names", 'probe begin { x = nofunc(1, 2); printl(x); y = @cast(x, "struct nope")->z }'],
  ["unknown points", 'probe kernel.function("vfs_raed"), timer.sm(3), nothing.at.all { }'],
  [
    "target variables",
    'probe kernel.function("vfs_read") { x = $fiel; y = $file->f_popss; z = $$parms }',
  ],
  ["wildcards", 'probe kernel.function("vfs_*").return { a[probefunc()] <<< $return } global a'],
  [
    "tracepoint",
    'probe kernel.trace("sched_switch") { printf("%s %d\\n", $next->comm, $prev->pid) }',
  ],
  ["statistics", "global s probe begin { s <<< 3; print(@hist_linear(s, 0, 10, 0)); x = s + 1 }"],
  ["formats", 'probe begin { printf("%d %s %q %5.*d", "a", 1); println() }'],
  ["fold", 'probe begin { x = 1 / 0; y = 9223372036854775807 + 1; print(-7 % 3 . "a") }'],
  [
    "flow",
    "function f() { break; next } probe begin { continue; return 1; foreach (k in q) q[k]++ } global q",
  ],
  ["embedded", "%{ int x; %} function f() %{ STAP_RETVALUE = 1; %}"],
];

/** A kernel's BTF where there is one: the answers must not differ with it either. */
const KERNEL = "/sys/kernel/btf/vmlinux";
const btf: Uint8Array = fs.existsSync(KERNEL) ? fs.readFileSync(KERNEL) : smallBtf();

function smallBtf(): Uint8Array {
  const b = new BtfBuilder();
  const int = b.int("int", 4, 1);
  const file = b.pointer(b.struct("file", 8, [["f_pos", int, 0], ["f_flags", int, 32]]));
  b.func("vfs_read", b.proto(int, [["file", file], ["count", int]]));
  return b.bytes();
}

function native(name: string, text: string, withBtf: boolean): string {
  const session = new Session();
  if (withBtf) session.addBtf("", btf);
  for (const [file, bytes] of libraryFiles()) {
    session.addFile(file, latin1(bytes), FileRole.Library);
  }
  session.addFile(name, text, FileRole.Script);
  session.setOptions('{"args":["one","2"],"kernelRelease":"6.1.0-1"}');
  session.check(true);
  return utf8(session.result);
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** A byte string as the text that its UTF-8 means. */
function utf8(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(text, (c) => c.charCodeAt(0)));
}

for (const withBtf of [false, true]) {
  Deno.test(`both builds say the same of every script, BTF: ${withBtf}`, () => compare(withBtf));
}

async function compare(withBtf: boolean): Promise<void> {
  const checker = await Checker.load(await built);
  const cases: [string, Uint8Array][] = BAD.map((
    [name, text],
  ) => [name, Uint8Array.from(text, (c) => c.charCodeAt(0))]);
  for (const folder of ["tests/corpus", "examples", "tapset"]) {
    for (const name of scripts(folder)) cases.push([name, fs.readFileSync(path.join(ROOT, name))]);
  }
  assert.ok(cases.length > BAD.length);
  for (const [name, bytes] of cases) {
    checker.reset();
    if (withBtf) checker.addBtf(btf);
    checker.addScript(name, bytes);
    checker.setOptions({ args: ["one", "2"], kernelRelease: "6.1.0-1" });
    assert.equal(checker.checkText(true), native(name, latin1(bytes), withBtf), name);
  }
}

Deno.test("a finding has its place and code", async () => {
  const checker = await Checker.load(await built);
  checker.addScript("x.stp", "probe begin {\n  x = }\n");
  const result = checker.check();
  assert.equal(result.errors, 1);
  const [first] = result.diagnostics;
  assert.deepEqual([first.file, first.line, first.column], ["x.stp", 2, 7]);
  assert.match(first.code, /^E03/);
});

Deno.test("library functions are known with nothing else given; programs come on request", async () => {
  const checker = await Checker.load(await built);
  checker.addScript("x.stp", "probe begin { log(execname()) exit() }");
  const result = checker.check(true);
  assert.deepEqual(result.diagnostics, []);
  const [program] = result.programs as { rows: unknown[] }[];
  assert.equal(program.rows.length, 1);
});

Deno.test("memory is given back between checks", async () => {
  const checker = await Checker.load(await built);
  const text = fs.readFileSync(path.join(ROOT, "tapset/syscalls_file.stp"));
  const once = () => {
    checker.reset();
    checker.addScript("s.stp", text);
    checker.check(true);
  };
  for (let i = 0; i < 5; i++) once();
  const before = checker.memorySize();
  for (let i = 0; i < 40; i++) once();
  assert.equal(checker.memorySize(), before);
});

Deno.test("an instance that is never reset stays within bounds: types replaced, checks repeated", async () => {
  const checker = await Checker.load(await built);
  const aliases = fs.readFileSync(path.join(ROOT, "tapset/syscalls_file.stp"), "latin1");
  const text = aliases + "probe never { next }";
  // Some megabytes of types: what is left of one round would soon show.
  const large = new BtfBuilder();
  const int = large.int("int", 4, 1);
  for (let i = 0; i < 60_000; i++) large.struct(`filler_${i}`, 8, [["a", int, 0], ["b", int, 32]]);
  large.func("probed", large.proto(int, [["count", int]]));
  const types = large.bytes();
  assert.ok(types.length > 3 << 20, `${types.length} bytes`);
  const once = (i: number) => {
    checker.addBtf(types);
    checker.addBtf(smallSplit(), "m");
    checker.addScript("s.stp", text);
    checker.addScript("t.stp", `probe kernel.function("probed") { println($count + ${i}) }`);
    checker.addFunctions("probed\n");
    checker.setOptions({ kernelRelease: `6.1.${i}` });
    assert.deepEqual(checker.check(true).diagnostics.filter((d) => d.severity == "error"), []);
  };
  for (let i = 0; i < 5; i++) once(i);
  const before = checker.memorySize();
  for (let i = 0; i < 40; i++) once(i);
  assert.equal(checker.memorySize(), before);
  for (let i = 0; i < 200; i++) checker.addScript("s.stp", text);
  checker.forgetScripts();
  assert.equal(checker.memorySize(), before);
  const refused = () => assert.throws(() => checker.addBtf(new Uint8Array(5 << 20)), /magic/);
  refused();
  const settled = checker.memorySize();
  for (let i = 0; i < 20; i++) refused();
  assert.equal(checker.memorySize(), settled);
});

/** A module's types, which are numbered after the kernel's. */
function smallSplit(): Uint8Array {
  return new BtfBuilder().bytes();
}

Deno.test("a script given again replaces the one of its name; others can be forgotten", async () => {
  const checker = await Checker.load(await built);
  checker.addScript("x.stp", "probe begin { x = }");
  checker.addScript("x.stp", "probe begin { exit() }");
  assert.equal(checker.check().errors, 0);
  checker.addScript("y.stp", "probe begin { x = }");
  checker.setOptions({ kernelRelease: "6.1.0-1" });
  assert.equal(checker.check().errors, 1);
  checker.addBtf(btf);
  checker.forgetScripts();
  assert.deepEqual(checker.check(), { version: 1, errors: 0, warnings: 0, diagnostics: [] });
  checker.addScript("z.stp", 'probe kernel.function("vfs_read") { println($file) }');
  assert.equal(checker.check().errors, 0);
});

Deno.test("a check says what it would have used", async () => {
  const checker = await Checker.load(await built);
  const wanted = (text: string) => {
    checker.addScript("x.stp", text);
    checker.check();
    return checker.wanted();
  };
  assert.deepEqual(wanted("probe begin { exit() }"), []);
  const point = 'probe kernel.function("vfs_read") { println($file) }';
  assert.deepEqual(wanted(point), ["btf"]);
  checker.addBtf(btf);
  assert.deepEqual(wanted(point), ["functions"]);
  checker.addFunctions("vfs_read\n");
  assert.deepEqual(wanted(point), []);
  assert.deepEqual(wanted('probe module("ext4").function("ext4_sync") {}'), ["module ext4"]);
});

Deno.test("findings come as text for people and for editors too", async () => {
  const checker = await Checker.load(await built);
  checker.addScript("x.stp", "global g probe begin { x = }");
  const text = (format: "human" | "short" | "json", color = false) => {
    checker.setOptions({ format, color });
    return checker.checkText();
  };
  assert.match(
    text("human"),
    /^parse error: .*\n.*\n +source: global g probe begin \{ x = \}\n +\^\n$/,
  );
  assert.match(text("short"), /^x\.stp:1:28: error E0301: [^\n]*\n$/);
  assert.equal(JSON.parse(text("json")).length, 1);
  // deno-lint-ignore no-control-regex
  assert.match(text("human", true), /\x1b\[1;31mparse error: \x1b\[0m/);
  assert.deepEqual([checker.errors, checker.warnings], [1, 0]);
});

Deno.test("wrong options and wrong BTF are named", async () => {
  const checker = await Checker.load(await built);
  const options = (value: unknown) => checker.setOptions(value as Record<string, never>);
  assert.throws(() => options({ colour: "red" }), /there is no 'colour'/);
  assert.throws(() => options({ args: "x" }), /'args' must be a list of texts/);
  assert.throws(() => options({ format: "xml" }), /'format' must be result, json, human or short/);
  assert.throws(() => options({ color: 1 }), /'color' must be true or false/);
  assert.throws(() => options([]), /an object is wanted/);
  assert.throws(() => checker.addBtf(new Uint8Array(100)), /no BTF magic/);
  assert.throws(() => checker.addBtf(new Uint8Array(100), "ext4"), /before a module's/);
  const kernel = new BtfBuilder();
  kernel.int("int", 4, 1);
  checker.addBtf(kernel.bytes());
});
