import { deepEqual, equal, match } from "node:assert/strict";
import { analyseStep, check, CheckRequest, CheckResult, parseStep } from "../check.ts";
import { programText } from "../ir/print.ts";
import { MemoryLibrary } from "../library/library.ts";
import { FakeOracle } from "../oracle/fake.ts";
import { Source, SourceKind } from "../source/source.ts";
import { ParseOptions } from "../syntax/options.ts";
import { parseScript } from "../syntax/parser.ts";
import { allFamilies } from "../../probes/all.ts";
import { dumpProgram } from "./dump.ts";

const LIBRARY = `
function log(msg:string) { printf("%s\\n", msg) }
function exit() %{ /* pragma:engine:exit */ %}
function execname:string () %{ /* pure */ /* pragma:engine:execname */ %}
probe sys.open = kernel.function("vfs_read") { name = "open"; spare = execname() }
probe sys.open.return = kernel.function("vfs_read").return { name = "open" }
probe sys.write = kernel.function("vfs_write") ?, kernel.function("gone") ? { name = "write" }
`;

function analyse(text: string, guru = false): CheckResult {
  const library = new MemoryLibrary();
  library.addIndex(
    "f log l.stp\nf exit l.stp\nf execname l.stp\na sys.open l.stp\na sys.open.return l.stp\n" +
      "a sys.write l.stp\n",
  );
  library.addFile("l.stp", LIBRARY);
  const options = new ParseOptions();
  options.guru = guru;
  return check(
    new CheckRequest("t.stp", text, options, library, new FakeOracle(), allFamilies()),
  );
}

function ir(text: string, guru = false): string {
  const result = analyse(text, guru);
  deepEqual(
    result.reporter.list.filter((d) => d.message.name()[0] == "E").map((d) => d.text()),
    [],
  );
  return programText(result.program!);
}

/** code@column, then the notes' columns. */
function errors(text: string, guru = false): string[] {
  return analyse(text, guru).reporter.list.map((d) => {
    const notes = d.notes.map((n) => ` <${n.span.column}`).join("");
    return `${d.message.name()}@${d.span?.column ?? 0}${notes}`;
  });
}

const ERRORS: [string, string[]][] = [
  ['global a; probe begin { a = 1; a = "x" }', ["E0503@36 <25"]],
  ['probe begin { print(1 + "a") }', ["E0503@25"]],
  ['function f(a) { return a . "x" } probe begin { print(f(1)) }', ["E0504@24 <56"]],
  ['global m; probe begin { m["a"] = 1; m[2] = 3 }', ["E0503@39 <27"]],
  ["global a; probe begin { a[1] = 2; a[1, 2] = 3 }", ["E0506@35 <25"]],
  ["probe begin { a[1] = 2 }", ["E0507@15"]],
  ['probe begin { lgo("x") }', ["E0501@15"]],
  ['probe begin { log("x", 1) }', ["E0502@15 <10"]],
  ["probe begin { print(x) }", ["E0505@21"]],
  ["probe begin { print(exit()) }", ["E0511@21"]],
  ["probe begin { break }", ["E0514@15"]],
  ["probe bgin { }", ["E0402@7"]],
  ['probe kernel.function("vfs_raed") { }', ["E0403@7"]],
  ['probe kernel.function("vfs_read") { print($nope) }', ["E0601@43"]],
  ['probe kernel.function("vfs_read") { print($file->nope) }', ["E0601@43"]],
  ["probe timer.s(0) { }", ["E0404@7"]],
  ['probe begin { printf("%d %s", 1) }', ["E0518@15"]],
  ['probe begin { printf("%d", 1, 2) }', ["E0519@15"]],
  ["probe begin { print(1) delete 1 }", ["E0533@31"]],
  ["probe begin { print(&x) }", ["E0532@22"]],
  ["global x probe begin { x[1] = x[*] + 1 }", ["E0526@31"]],
  ["function f(a) { if (a) return; return 1 } probe begin { print(f(1)) }", ["E0536@24"]],
  ["probe begin { x <<< 1 println(@count(x)) }", ["E0534@15", "E0521@38"]],
  ['probe begin { print("a" =~ "(") }', ["E0535@28"]],
  ["probe begin { x = 1 }", ["W0545@15", "W0547@7", "E0401@0"]],
  ["global s; probe begin { s <<< 1; print(s) }", ["E0522@40"]],
  ["global n; probe begin if (x) { n = 1 }", ["E0407@27"]],
  ['probe kernel.function("vfs_read") { $file->flags = 1 }', ["E0701@37"]],
  ["global a, a; probe begin { a = 1 }", ["E0305@11 <8"]],
  ["probe begin { print(@entry(1)) }", ["E0527@21"]],
  ["function f() { return $x } probe begin { println(f()) }", ["E0601@23 <50"]],
  [
    'function f(i) { return $file->name[i] } probe kernel.function("vfs_read").return { print(f(1)) }',
    ["W0641@24", "E0602@36"],
  ],
  ['probe begin { print(@var("nope")) }', ["E0601@21"]],
  ['probe begin { print(@perf("x")) }', ["E0607@21"]],
  ['probe begin { print(@enumname(1, "struct file")) }', ["E0608@21"]],
  ["probe begin { print(@kregister(1)) }", ["E0303@21"]],
  ['probe kernel.function("vfs_read").return { print($count) }', ["W0641@50"]],
  ["probe begin { next; println(1) }", ["W0544@21"]],
  ["function f() { return 1; println(2) } probe begin { println(f()) }", ["W0544@26"]],
  ["probe begin { while (1) { break; println(1) } println(2) }", ["W0544@34"]],
  ["probe begin { println(1); x = 1 }", ["W0545@27"]],
  ["probe begin { println(1); 1 + 2; execname() }", ["W0546@27", "W0546@34"]],
  ["probe begin { println(1) } probe end { if (pid_()) { } } function pid_() { return 1 }", [
    "W0547@34",
    "W0540@67",
  ]],
  ["probe begin { println(1); f() } function f() { x = 2 }", ["W0546@27", "W0540@42"]],
  ["probe begin { }", ["W0547@7", "E0401@0"]],
  ["probe begin { try { x = 1 } catch { } }", ["W0545@21", "W0547@7", "E0401@0"]],
  ["global g, h; probe begin { g = 1 } function f() { }", ["W0541@11", "W0540@45"]],
];

for (const [text, expected] of ERRORS) {
  Deno.test(`says ${expected.join(" ")}: ${text}`, () => deepEqual(errors(text), expected));
}

const LOWERED: [string, RegExp][] = [
  ['probe kernel.function("vfs_read") { print($count) }', /print\(%d arg\(1\):s32\)/],
  [
    'probe kernel.function("vfs_read") { print($file->inode->i_ino) }',
    /kernel:u64\[\(kernel:u64\[\(arg\(0\):u64 \+ 8\)\] \+ 8\)\]/,
  ],
  [
    'probe kernel.function("vfs_read") { print($file->mode) }',
    /kernel:s32\{2,3\}\[\(arg\(0\):u64 \+ 16\)\]/,
  ],
  ['probe kernel.function("vfs_read") { print(&$file->inode) }', /%d \(arg\(0\):u64 \+ 8\)/],
  ['probe kernel.function("vfs_read") { print($$parms) }', /"file=", %#x arg\(0\):u64, " count="/],
  ['probe kernel.function("vfs_read").return { print($return) }', /print\(%d retval\(0\):u64\)/],
  ['probe kernel.function("vfs_read").return { print($count) }', /entry 0 = arg\(1\):s32/],
  [
    'probe kernel.function("vfs_read").return { print(@entry(execname())) }',
    /print\(%s entry\(0\)\)/,
  ],
  [
    'probe kernel.function("vfs_read") { if (@defined($nope)) print($nope) else print(1) }',
    /print\("?1|%d 1/,
  ],
  ['probe kernel.function("vfs_read") { print(@cast(5, "file")->flags) }', /kernel:s32\[5\]/],
  ['probe kernel.function("vfs_read") { f = $file; print(f->flags) }', /kernel:s32\[%0\]/],
  ['probe kernel.trace("sched_switch") { print($prev->flags) }', /kernel:s32\[tparg\(0\):u64\]/],
  ['probe begin { print(@enum("TWO")) }', /%d 2/],
  ["probe begin { print(2 + 3 * 4) }", /%d 14/],
  ['probe begin { print(@var("files_stat")->flags) }', /kernel:s32\[&_stext\+4096\]/],
  [
    'probe begin { print(&@var("files_stat@fs/file_table.c")->inode) }',
    /%d \(&_stext\+4096 \+ 8\)/,
  ],
  ['probe begin { print(@var("nr_inodes", "kernel")) }', /kernel:u64\[&percpu nr_inodes\]/],
  ['probe kernel.function("vfs_read").return { print(@var("nr_inodes")) }', /entry 0 = kernel:u64/],
  ["function f() { return @uregister(7) } probe begin { print(f()) }", /uregister\(7\)/],
  ["function f() { return @uderef(4, 100) } probe begin { print(f()) }", /user:u32\[100\]/],
  [
    'probe begin { print(@enumname(3, "mood")) }',
    /function enumname_mood:string \(value:long\)\n {2}if \(%0 == 1\)\n {4}return "GOOD"/,
  ],
  ['probe kernel.function("vfs_read") { print(@defined($count + $nope)) }', /%d 0/],
  ['probe kernel.function("vfs_read") { print(@defined($count + $file->flags)) }', /%d 1/],
  [
    "global g function f() { return $file } " +
    'probe kernel.function("vfs_read") { g = f(); print(g->flags) }',
    /kernel:s32\[g\]/,
  ],
  [
    'global a probe kernel.function("vfs_read") { a[1] = $file; print(a[1]->flags) }',
    /kernel:s32\[a\[1\]\]/,
  ],
  ["probe timer.ms(100).randomize(5) { exit() }", /period=100000000 randomize=5000000/],
  ["probe timer.hz(3) { exit() }", /kind=interval period=333333334/],
  ["global n; probe begin { n = 1 }", /global n:long written display/],
  ["global n; probe begin { n++ }", /global n:long added display$/m],
  [
    "global s; probe begin { s <<< 1 } probe end { print(@hist_log(s)) }",
    /print\(@hist_log\(s\)\)/,
  ],
  [
    "function f(a) { if (a > 1) return f(a - 1); return 1 } probe begin { println(f(5)) }",
    /f:long \(a:long\)/,
  ],
];

for (const [text, expected] of LOWERED) {
  Deno.test(`lowers ${text}`, () => match(ir(text), expected));
}

Deno.test("a prologue runs before and an epilogue after the body", () => {
  const text = ir(
    'probe a = timer.s(3) { println("in") } probe a += timer.s(3) { println("out") } ' +
      'probe a { println("body") }',
  );
  equal(
    text.slice(0, text.indexOf("probe ")),
    'handler 0\n  print("in\\n")\n  print("body\\n")\n' +
      'handler 1\n  print("body\\n")\n  print("out\\n")\n',
  );
});

Deno.test("a longer alias name wins, its unused variables cost nothing", () => {
  const text = ir("probe sys.open { println(name) } probe sys.open.return { println(name) }");
  equal(text.match(/^probe /gm)!.length, 2);
  equal(text.includes("execname"), false);
});

Deno.test("wildcards name aliases; rows with equal handlers share one", () => {
  equal(ir("probe sys.* { println(name) }").match(/^probe /gm)!.length, 2);
  const shared = ir('probe kernel.function("vfs_*") { println(1) }');
  equal(shared.match(/^handler /gm)!.length, 1);
  equal(shared.match(/^probe /gm)!.length, 2);
});

Deno.test("guru mode writes to the kernel", () => {
  const text = ir('probe kernel.function("vfs_read") { $file->flags = 7 }', true);
  match(text, /\(kernel:u32\[arg\(0\):u64\] = 7\)/);
});

const GURU: [string, RegExp][] = [
  [
    "$file->flags++",
    /\(kernel:u32\[\(%\$?\w+ = arg\(0\):u64\)\] = \(kernel:s32\[%\w+\] \+ 1\)\) - 1/,
  ],
  ["++$file->flags", /= \(kernel:s32\[%\w+\] \+ 1\)\)$/m],
  ["$file->mode |= 2", /kernel:u32\{2,3\}\[.*\] = \(kernel:s32\{2,3\}\[%\w+\] \| 2\)/],
  ["$count = 5", /\(arg\(1\):u32 = 5\)/],
  ["$count <<= 1", /\(arg\(1\):u32 = \(arg\(1\):s32 << 1\)\)/],
  ["print(@kregister(5))", /register\(5\):u64/],
  ["print(@kderef(8, $file))", /kernel:u64\[arg\(0\):u64\]/],
];

for (const [text, expected] of GURU) {
  Deno.test(`lowers in guru mode: ${text}`, () => {
    match(ir(`probe kernel.function("vfs_read") { ${text} }`, true), expected);
  });
}

const GURU_ERRORS: [string, string[]][] = [
  ['probe kernel.function("vfs_read").return { $count = 1 }', ["E0604@44"]],
  ['probe kernel.function("vfs_read") { $file$ = "x" }', ["E0604@37"]],
  ['probe kernel.function("vfs_read") { $file->name = 1 }', ["E0604@37"]],
  ["function f() { return @kderef(3, 1) } probe begin { print(f()) }", ["E0605@31"]],
  ["function f() { return @kregister(17) } probe begin { print(f()) }", ["E0606@34"]],
];

for (const [text, expected] of GURU_ERRORS) {
  Deno.test(`says in guru mode ${expected.join(" ")}: ${text}`, () => {
    deepEqual(errors(text, true), expected);
  });
}

Deno.test("what changes a variable by its old value counts as done, though nothing reads it", () => {
  deepEqual(errors("probe begin { x++ }"), []);
  deepEqual(errors("probe begin { x += 1 }"), []);
});

Deno.test("-u keeps probes and expressions without effect", () => {
  const options = new ParseOptions();
  options.unoptimized = true;
  const request = new CheckRequest(
    "t.stp",
    "probe begin { x = 1 } probe end { }",
    options,
    new MemoryLibrary(),
    new FakeOracle(),
    allFamilies(),
  );
  const result = check(request);
  deepEqual(result.reporter.list.length, 0);
  match(programText(result.program!), /%0 = 1\)?\n[^]*probe begin[^]*probe end/);
});

Deno.test("files of the user share a global, not a private one", () => {
  const globals = (first: string, second: string) => {
    const request = new CheckRequest(
      "t.stp",
      first + " a probe begin { a = 1; println(a) }",
      new ParseOptions(),
      new MemoryLibrary(),
      new FakeOracle(),
      allFamilies(),
    );
    const parsed = parseStep(request);
    const more = new Source(
      "u.stp",
      second + " a probe end { println(a + 1) }",
      SourceKind.User,
      false,
    );
    const file = parseScript(more, request.options, null, parsed.result.reporter);
    parsed.session.addFile(more, file);
    analyseStep(parsed);
    return programText(parsed.result.program!).match(/^global .*$/gm)!.map((line) =>
      line.split(" ")[1]
    );
  };
  deepEqual(globals("global", "global"), ["a:long"]);
  deepEqual(globals("global", "private global"), ["a:long", "u.stp::a:long"]);
});

Deno.test("overloads of one arity form a chain", () => {
  const text = ir(
    'function f(a):1 { if (a) next; return "x" } function f(a):2 { return "y" } ' +
      "probe begin { println(f(1)) }",
  );
  match(text, /function f:string \(a:long\) next 1/);
});

Deno.test("functions see the target variables of the probe that calls them", () => {
  const text = ir(
    "function g(x) { return $count + x } function f() { return g(1) } function n(a) { return a } " +
      'probe kernel.function("vfs_*") { println(f(), n(2)) }',
  );
  // Equal instances are one function, so the handler is shared as well.
  match(text, /function g:long \(x:long\)\n {2}return \(arg\(1\):s32 \+ %0\)/);
  equal(text.match(/^function /gm)!.length, 3);
  equal(text.match(/^handler /gm)!.length, 1);
});

Deno.test("a function called in return probes reads what each one's entry saved", () => {
  const text = ir(
    "function f() { return @entry($file->flags) + $count } " +
      'probe kernel.function("vfs_*").return { println(f()) }',
  );
  match(text, /function f:long \(\) of handler 0\n {2}return \(entry\(0\) \+ entry\(1\)\)/);
  match(text, /function f#1:long \(\) of handler 1/);
  equal(text.match(/entry 1 = arg\(1\):s32/g)!.length, 2);
});

Deno.test("-p2 shows globals, functions and probes", () => {
  const result = analyse('global m; probe begin { x = "a"; m[x] = 1; log(x); exit() }');
  equal(
    dumpProgram(result.program!, false),
    "# globals\nm:long [string]\n# functions\nlog:unknown (msg:string)\nexit:unknown ()\n" +
      "# probes\nbegin /* <- begin */\n  # locals\n  x:string\n",
  );
});
