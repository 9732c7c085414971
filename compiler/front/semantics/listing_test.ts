import { deepEqual } from "node:assert/strict";
import { CheckRequest, parseStep } from "../check.ts";
import { MemoryLibrary } from "../library/library.ts";
import { CKind } from "../oracle/ctype.ts";
import { FakeOracle, FakeType } from "../oracle/fake.ts";
import { ParseOptions } from "../syntax/options.ts";
import { allFamilies } from "../../probes/all.ts";
import { Analyser } from "./analyse.ts";
import { aliasLines, ctypeText, functionLines } from "./listing.ts";

const LIBRARY = `
function twice(n) { return n * 2 }
function twice(n, times) { return n * times }
function say(what) { println(what . "") }
function _inner() { return 1 }
private function hidden() { return 1 }
function pid:long () %{ /* pure */ /* unprivileged */ STAP_RETVALUE = 1; %}
function poke(at:long) %{ /* guru */ %}
probe sys.open = kernel.function("vfs_read") ?, sys.other ! { name = "open"; _spare = 1; size = $count }
probe sys.close += kernel.function("vfs_write") { name = "close" }
probe _sys.all = sys.* { }
probe sys.both = kernel.function("vfs_*") { if (pid() == 1) path = "x"; name = "both" }
`;

function open(script: string) {
  const library = new MemoryLibrary();
  const names = ["f twice", "f say", "f _inner", "f pid", "f poke", "a sys.open", "a sys.close"];
  library.addIndex([...names, "a sys.both", "a _sys.all"].map((n) => n + " l.stp\n").join(""));
  library.addFile("l.stp", LIBRARY);
  const options = new ParseOptions();
  const request = new CheckRequest(
    "<input>",
    script,
    options,
    library,
    new FakeOracle(),
    allFamilies(),
  );
  return parseStep(request).session;
}

const POINTS: [string, string[]][] = [
  ["sys.open", [
    "sys.open name:string size:long $file:struct file* $count:int",
  ]],
  ["sys.both", ["sys.both path:string name:string $file:struct file* $count:int"]],
  ["sys.c*", ["sys.close name:string $file:struct file* $count:int"]],
  ['kernel.function("vfs_*").return', [
    'kernel.function("vfs_read").return $return:unsigned long $file:struct file* $count:int',
    'kernel.function("vfs_write").return $return:unsigned long $file:struct file* $count:int',
  ]],
  ['kernel.trace("sched_*")', ['kernel.trace("sched_switch") $prev:struct file*']],
  ["timer.s(1), begin", ["begin", "timer.s(1)"]],
  ["nothing.like.it ?", []],
];

for (const [pattern, expected] of POINTS) {
  Deno.test(`lists ${pattern}`, () => {
    deepEqual(new Analyser(open(`probe ${pattern} { }`)).list(true), expected);
    const plain = expected.map((line) => line.replace(/ [$\w]+:.*/, ""));
    deepEqual(new Analyser(open(`probe ${pattern} { }`)).list(false), plain);
  });
}

Deno.test("variables are those that all places of a name have", () => {
  const session = open("probe mine { } probe mine = sys.close, sys.both { }");
  deepEqual(new Analyser(session).list(true), ["mine name:string $file:struct file* $count:int"]);
});

Deno.test("functions of the library with their types and rights", () => {
  deepEqual(functionLines(open(""), false), [
    "pid:long () /* unprivileged */",
    "poke:unknown (at:long) /* guru */",
    "say:unknown (what:string)",
    "twice:long (n:long)",
    "twice:long (n:long, times:long)",
  ]);
  deepEqual(functionLines(open(""), true).slice(0, 2), [
    "_inner:long ()",
    "pid:long () /* unprivileged */ /* pure */",
  ]);
});

Deno.test("aliases of the library with their points", () => {
  const lines = [
    'sys.both = kernel.function("vfs_*")',
    'sys.close += kernel.function("vfs_write")',
    'sys.open = kernel.function("vfs_read")?, sys.other!',
  ];
  deepEqual(aliasLines(open(""), false), lines);
  deepEqual(aliasLines(open(""), true), ["_sys.all = sys.*", ...lines]);
});

Deno.test("types are written as SystemTap writes them", () => {
  const type = (kind: CKind, name: string, to: FakeType | null = null) => {
    const made = new FakeType(kind, name, 8, false);
    made.to = to;
    return made;
  };
  const int = type(CKind.Int, "int");
  const array = type(CKind.Array, "", int);
  array.count = 4;
  const call = type(CKind.Function, "", int);
  deepEqual(
    [
      type(CKind.Pointer, "", type(CKind.Pointer, "")),
      array,
      type(CKind.Pointer, "", call),
      type(CKind.Union, ""),
      type(CKind.Enum, "mood"),
    ].map(ctypeText),
    ["void**", "int[4]", "int (*)()", "union {...}", "enum mood"],
  );
});
