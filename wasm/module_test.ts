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
  const memory = (checker as unknown as { exports: { memory: WebAssembly.Memory } }).exports.memory;
  const before = memory.buffer.byteLength;
  for (let i = 0; i < 40; i++) once();
  assert.equal(memory.buffer.byteLength, before);
});

Deno.test("wrong options and wrong BTF are named", async () => {
  const checker = await Checker.load(await built);
  const options = (value: unknown) => checker.setOptions(value as Record<string, never>);
  assert.throws(() => options({ colour: "red" }), /there is no 'colour'/);
  assert.throws(() => options({ args: "x" }), /'args' must be a list of texts/);
  assert.throws(() => options([]), /an object is wanted/);
  assert.throws(() => checker.addBtf(new Uint8Array(100)), /no BTF magic/);
  assert.throws(() => checker.addBtf(new Uint8Array(100), "ext4"), /before a module's/);
  const kernel = new BtfBuilder();
  kernel.int("int", 4, 1);
  checker.addBtf(kernel.bytes());
});
