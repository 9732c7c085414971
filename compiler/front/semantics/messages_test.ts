/**
 * For every message of the analysis the shortest bad script: the text that the caret underlines,
 * the places of its notes, its hint, and nothing besides.
 */
import assert from "node:assert/strict";
import { check, CheckRequest } from "../check.ts";
import { MemoryLibrary } from "../library/library.ts";
import { FakeOracle } from "../oracle/fake.ts";
import { Message } from "../source/diagnostics.ts";
import { ParseOptions } from "../syntax/options.ts";
import { allFamilies } from "../../probes/all.ts";
import * as messages from "./messages.ts";

const LIBRARY = `
function exit() %{ /* pragma:engine:exit */ %}
function open_to_all:long () %{ /* pure */ /* unprivileged */ %}
function closed:long () %{ /* pure */ %}
function poke:long () %{ /* guru */ %}
`;

/** Options of a row besides the script. */
interface Row {
  script: string;
  /** `CODE text` of each diagnostic, in order; ` < text` for each note, ` ? text` for each hint. */
  says: string[];
  guru?: boolean;
  privilege?: string;
  compatible?: string;
  skipBadVariables?: boolean;
}

const row = (script: string, ...says: string[]): Row => ({ script, says });
const guru = (script: string, ...says: string[]): Row => ({ script, says, guru: true });

const ROWS: Row[] = [
  row(
    "probe begin { }",
    "W0547 begin",
    "E0401 ? a probe whose handler has no effect is left out (-u keeps it)",
  ),
  row("probe bgin { next }", "E0402 bgin ? did you mean 'begin'?"),
  row(
    'probe kernel.function("vfs_raed") { next }',
    'E0403 kernel.function("vfs_raed") ? did you mean vfs_read?',
  ),
  row("probe timer.s(0) { next }", "E0404 timer.s(0)"),
  row("probe begin { gone() }", "E0405"),
  row("probe a = b { } probe b = a { } probe a { next }", "E0406 a < a"),
  row("global g probe begin if (x) { g = 1 }", "E0407 x"),
  row("function f() { return 1 } probe begin if (f()) { next }", "E0408 f()"),
  row("probe begin { exti() }", "E0501 exti ? did you mean 'exit'?"),
  row("probe begin { prinft() }", "E0501 prinft ? did you mean 'print' or 'printf'?"),
  row("probe begin { exit(1) }", "E0502 exit < exit"),
  row('probe begin { print(1 + "a") }', 'E0503 "a"'),
  row('global a probe begin { a = 1; a = "x" }', 'E0503 "x" < a'),
  row('function f(a) { return a . "x" } probe begin { print(f(1)) }', "E0504 a < 1"),
  row("probe begin { print(x) }", "E0505 x"),
  row("global m probe begin { m[1] = 1; m[1, 2] = 1 }", "E0506 m[1, 2] < m[1]"),
  row("probe begin { a[1] = 2 }", "E0507 a"),
  row("global a private global a probe begin { a = 1 }", "E0305 a < a"),
  row("probe begin { 1 = 2 }", "E0510 1"),
  row("probe begin { x = --1 print(x) }", "E0510 1"),
  row('probe a("b") = begin { } probe begin { exit() }', 'E0409 a("b")'),
  row(
    "global a function f(k) { a[k]++ } probe begin { a[1] = 2; foreach (i in a) f(i) }",
    "E0515 f(i)",
  ),
  row("probe begin { if (x) { } exit() }", "E0505 x"),
  row("probe begin { print(exit()) }", "E0511 exit()"),
  row("global a probe begin { a[1] = 1; print(a) }", "E0512 a < a[1]"),
  row("probe begin { break }", "E0514 break"),
  row("global a probe begin { foreach (i in a) delete a[i]; a[1] = 1 }", "E0515 delete a[i]"),
  row("global a% probe begin { a = 1 }", "E0516 a%"),
  row("global a probe begin { a[1,2,3,4,5,6,7,8,9,10] = 1 }", "E0517 a[1,2,3,4,5,6,7,8,9,10]"),
  row('probe begin { printf("%d") }', 'E0518 printf("%d")'),
  row('probe begin { printf("", 1) }', 'E0519 printf("", 1)'),
  row("probe begin { print(@count(1)) }", "E0521 1"),
  row("global s probe begin { s <<< 1; print(s) }", "E0522 s"),
  row(
    "global s probe begin { s <<< 1; print(@hist_linear(s, 0, 9, 1)); print(@hist_linear(s, 0, 9, 2)) }",
    "E0523 @hist_linear(s, 0, 9, 2)",
  ),
  row(
    "global s probe begin { s <<< 1; print(@hist_linear(s, 0, 9, 0)) }",
    "E0524 @hist_linear(s, 0, 9, 0)",
  ),
  row("global s probe begin { s <<< 1; x = sprint(@hist_log(s)) print(x) }", "E0525 @hist_log(s)"),
  row("global a probe begin { a[1] = 1; print(a[*]) }", "E0526 a[*]"),
  row("probe begin { print(@entry(1)) }", "E0527 @entry(1)"),
  row("global s probe begin { s <<< 1; print(@variance(s, 63)) }", "E0529 @variance(s, 63)"),
  row(
    "probe begin { print(&x) }",
    "E0532 x ? '&' gives the address of what a target variable, @cast or @var names",
  ),
  row("probe begin { delete 1 }", "E0533 1"),
  row("probe begin { println(1) y = (x <<< 1) + x println(y) }", "E0534 x", "E0522 x"),
  row('probe begin { print("a" =~ "(") }', 'E0535 "("'),
  row("function f() { if (1) return; return 1 } probe begin { print(f()) }", "E0536 return"),
  row("function f:long() { return } probe begin { print(f()) }", "E0536 return"),
  row("global a[2] = 1 probe begin { print(a) }", "E0531 a[2] = 1"),
  row("function f() { exit() } probe begin { next }", "W0540 f"),
  row("global g probe begin { next }", "W0541 g"),
  row('probe begin { print(x . "") }', "W0542 x"),
  row('global g probe begin { print(g . "") }', "W0543 g"),
  row("probe begin { next; exit() }", "W0544 exit()"),
  row("probe begin { x = 1; exit() }", "W0545 x = 1"),
  row("probe begin { 1; exit() }", "W0546 1"),
  row("probe begin { exit() } probe end { }", "W0547 end"),
  row("function f() { } probe begin { f(); exit() }", "W0546 f()", "W0540 f"),
  row("function f:long() { } probe begin { print(f()) }", "W0548 f"),
  row("probe begin { print($x) }", "E0601 $x"),
  row('probe kernel.function("vfs_read") { print($fiel) }', "E0601 $fiel ? did you mean '$file'?"),
  row(
    'probe kernel.function("vfs_read") { print($file->flag) }',
    "E0601 $file->flag ? did you mean 'flags'?",
  ),
  row(
    'function f(i) { return @entry($file->name[i]) } probe kernel.function("vfs_read").return { print(f(1)) }',
    "E0602 i ? give the whole value to the function as an argument",
  ),
  guru('probe kernel.function("vfs_read") { $file$ = "x" }', 'E0604 $file$ = "x"'),
  row("function f() { return @uderef(3, 1) } probe begin { print(f()) }", "E0605 3"),
  row("function f() { return @uregister(17) } probe begin { print(f()) }", "E0606 17"),
  row(
    "probe begin { print(@uderef(8, 1)) }",
    "E0613 @uderef(8, 1) ? a function may use it, and a probe of a place in the kernel's code",
  ),
  row("probe begin { print(@probewrite(a)) }", "E0614 @probewrite(a)"),
  row(
    'probe begin { print(@perf("x")) }',
    'E0607 @perf("x") ? declare it: probe perf.sw.task_clock.counter("x") {}',
  ),
  row(
    'probe perf.type(1).config(1).counter("faults") {} probe begin { print(@perf("fault")) }',
    "E0607 @perf(\"fault\") ? did you mean 'faults'?",
  ),
  row(
    'probe perf.type(1).config(1).counter("x"), perf.type(1).config(2).counter("x") {}',
    'E0609 perf.type(1).config(2).counter("x") < perf.type(1).config(1).counter("x")',
  ),
  row(
    'probe perf.type(1).config(1).counter("x") { next }',
    'W0642 next ? other probes read the counter: @perf("x")',
  ),
  row('probe begin { print(@enumname(1, "int")) }', 'E0608 @enumname(1, "int")'),
  {
    script: 'probe kernel.function("vfs_read") { print($x) }',
    says: ["W0640 $x"],
    skipBadVariables: true,
  },
  row('probe kernel.function("vfs_read").return { print($count) }', "W0641 $count"),
  row('probe begin { print(@enum("NOPE")) }', 'E0603 @enum("NOPE")'),
  row(
    "probe begin { print(@kderef(8, 1)) }",
    "E0303 @kderef ? embedded C can crash the kernel; -g allows it",
  ),
  row("probe begin { print(poke()) }", "E0701 poke"),
  row('probe kernel.function("vfs_read") { $file->flags = 1 }', "E0701 $file->flags = 1"),
  { script: "probe begin { print(closed()) }", says: ["E0702 closed"], privilege: "stapusr" },
  {
    script: 'probe kernel.function("vfs_read") { next }',
    says: ['E0702 kernel.function("vfs_read")'],
    privilege: "stapusr",
  },
  row('probe kernel.function("vfs_read") { print($file->flags[0]) }', "E0601 $file->flags[0]"),
  row(
    'probe begin { print(@cast(1, "file")) }',
    'E0601 @cast(1, "file") ? & gives its address, a $ at the end its text',
  ),
  row('probe begin { print(@cast(1, "nope")->x) }', 'E0601 @cast(1, "nope")->x'),
  row("probe begin { print(x->y) }", "E0601 x->y"),
  row("function f() { return $x } probe begin { print(f()) }", "E0601 $x < f"),
];

/** Scripts that mean something else, or nothing, in an older version of the language. */
const OLDER: [string, string, string][] = [
  [
    "4.2",
    'function f() { return $count } probe kernel.function("vfs_read") { print(f()) }',
    "E0601 $count",
  ],
  ["2.5", 'probe kernel.function("vfs_read") { f = $file; print(f->flags) }', "E0324 ->"],
  ["1.9", 'probe a = kernel.function("vfs_read") { } probe a.return { next }', "E0402 a.return"],
  ["4.0", 'probe kernel.function("vfs_read").return { print(@var("nr_inodes")) }', ""],
];

function analyse(r: Row): string[] {
  const library = new MemoryLibrary();
  const names = ["exit", "open_to_all", "closed", "poke"];
  library.addIndex(names.map((name) => `f ${name} l.stp\n`).join("") + "f gone gone.stp\n");
  library.addFile("l.stp", LIBRARY);
  const options = new ParseOptions();
  if (r.compatible != null) options.systemtapVersion = r.compatible;
  options.guru = r.guru ?? false;
  options.skipBadVariables = r.skipBadVariables ?? false;
  if (r.privilege != null) options.privilege = r.privilege;
  const request = new CheckRequest(
    "t.stp",
    r.script,
    options,
    library,
    new FakeOracle(),
    allFamilies(),
  );
  return check(request).reporter.list.map((d) => {
    const place = d.span == null ? "" : " " + d.span.text();
    const notes = d.notes.map((note) => ` < ${note.span.text()}`).join("");
    return d.message.name() + place + notes + d.hints.map((hint) => ` ? ${hint}`).join("");
  });
}

for (const r of ROWS) {
  Deno.test(`says ${r.says.join(", ")}: ${r.script}`, () => assert.deepEqual(analyse(r), r.says));
}

for (const [version, script, says] of OLDER) {
  Deno.test(`--compatible=${version}: ${script}`, () => {
    assert.deepEqual(analyse(row(script)), []);
    const older = analyse({ script, says: [], compatible: version });
    assert.deepEqual(older, says == "" ? [] : [says]);
  });
}

Deno.test("every message of the analysis has a script", () => {
  const shown = new Set(ROWS.flatMap((r) => r.says.map((text) => text.split(" ")[0])));
  const all = Object.values(messages).filter((value) => value instanceof Message);
  assert.deepEqual(all.map((m) => m.name()).filter((name) => !shown.has(name)), []);
});
