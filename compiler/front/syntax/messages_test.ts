/** For every message the shortest bad script, the place of its caret, and nothing besides. */
import assert from "node:assert/strict";
import { Reporter } from "../source/diagnostics.ts";
import { render } from "../source/render.ts";
import { Source, SourceKind } from "../source/source.ts";
import { SYNTAX_MESSAGES } from "./messages.ts";
import { ParseOptions } from "./options.ts";
import { warnUnusedArgs } from "./parser.ts";
import { parseMacroFile } from "./preprocess.ts";
import { parse } from "./testing.ts";

/** [script, diagnostics]; the scripts are not in guru mode and have no arguments. */
const ROWS: [string, string][] = [
  ["global a \x01", "E0101@1:10"],
  ['global a = "x\n', "E0102@1:12"],
  ["global a = 09", "E0103@1:12"],
  ["global a = 0x", "E0103@1:12"],
  ["global a = 12ab", "E0103@1:12"],
  ["global a = 18446744073709551616", "E0104@1:12"],
  ["%{ a", "E0105@1:1"],
  ["global a /* b", "W0106@1:10"],
  ["global a = $1", "E0108@1:12"],
  ["global a = @7", "E0108@1:12"],
  ["global a \0 global a", "W0111@1:10"],
  ["%( 1 == 1 %? global a", "E0201@1:1"],
  ["%( 1 == 0 %? global a", "E0201@1:1"],
  ["%( 1 == 1 global a", "E0202@1:1"],
  ["global a %)", "E0203@1:10"],
  ["%( 1 == 1 %? %: %: %)", "E0204@1:17"],
  ["%( 1 == 0 %? %: %: %)", "E0204@1:17"],
  ["%( 1 %? %)", "E0205@1:4"],
  ['%( kernel == "3" %? %)', "E0206@1:4"],
  ['%( arch < "x" %? %)', "E0207@1:9"],
  ["%( kernel_v < 3 %? %)", "E0208@1:15"],
  ['%( 1 == "1" %? %)', "E0208@1:9"],
  ['%( kernel_v < "3*" %? %)', "E0209@1:15"],
  ["%( CONFIG_SMP > 3 %? %)", "E0210@1:4"],
  ["@define 3 %( %)", "E0211@1:9"],
  ["@define a(3) %( %)", "E0212@1:11"],
  ["@define a global b", "E0213@1:11"],
  ["@define a %( %) @define a %( %)", "E0214@1:25"],
  ["@define define %( %)", "E0215@1:9"],
  ["@define cast %( %) global a", "W0216@1:9"],
  ["@define a(b) %( %) @a", "E0217@1:20"],
  ["@define a(b) %( %) @a(1", "E0218@1:20"],
  ["@define a(b) %( %) @a(1, 2)", "E0219@1:20"],
  ["@define a(b, c) %( %) @a(1)", "E0220@1:23"],
  ["@define a %( @a %) @a", "E0221@1:14"],
  ["@define a %( @define b %( %) %) @a", "E0222@1:14"],
  ["%( 0x10 == 16 %? %)", "E0226@1:4"],
  ["# nothing\n", "E0327@2:1"],
  ["%( 1 == 2 %? global a %)", "E0327@1:25"],
  ["global", "E0301@1:7"],
  ["probe a { b = }", "E0301@1:15"],
  ["probe a { @foo }", "E0302@1:11"],
  ["%{ %}", "E0303@1:1"],
  ["probe a { return }", "E0304@1:11"],
  ["global a, a", "E0305@1:11"],
  ["function f(a, a) {}", "E0306@1:15"],
  ["global a[0]", "E0307@1:10"],
  ["global a[2147483648]", "E0307@1:10"],
  ["probe a { foreach ([b+, c+] in d) ; }", "E0308@1:26"],
  ["probe a { foreach (b+ in d-) ; }", "E0308@1:27"],
  ["probe a { b = @hist_log(c) }", "E0309@1:15"],
  ["probe a? = b {}", "E0311@1:7"],
  ["probe a.{b?, c}.d {}", "E0312@1:7"],
  ["probe a, b = c {}", "E0313@1:12"],
  ["probe a += b {}, {}", "E0314@1:16"],
  ["function f():0 {}", "E0316@1:14"],
  ["probe a { printf(b) }", "E0317@1:18"],
  ["probe a { ", "E0320@1:11"],
  ["probe a { if (1) {\nprobe b {}", "E0320@2:1"],
  ["probe a { b = @hist_linear(c, d, 2, 3)[0] }", "E0321@1:31"],
  ["probe a { b = $c$->d }", "E0322@1:18"],
  ["probe a { b = c =~ d }", "E0325@1:20"],
  ["probe a { print(@hist_log(b), 1) }", "E0326@1:17"],
  ['probe a { printf("%q") }', "E0328@1:18"],
  ["probe a { print() }", "E0329@1:11"],
  ["probe a { b = @count(c } d) }", "W0330@1:24"],
  ["probe a { b = @variance(c, 2 d) }", "W0330@1:30"],
];

Deno.test("each message has its shortest script, place and nothing besides", () => {
  for (const [text, expected] of ROWS) {
    assert.deepEqual(parse(text).codes(), [expected], JSON.stringify(text));
  }
});

Deno.test("messages that need more than a text", () => {
  const nested = parse("global a = $1", (o) => o.args = ["$2", "x"]);
  assert.deepEqual(nested.codes(), ["E0109@1:12"]);
  assert.deepEqual(parse("%{ a }% %}", () => {}, true).codes(), ["W0107@1:1"]);
  assert.deepEqual(parse("probe a { x = f()->b }", (o) => o.systemtapVersion = "2.5").codes(), [
    "E0324@1:18",
  ]);
  const braces = "{a,b,c,d,e,f,g,h,i,j}.".repeat(5);
  assert.deepEqual(parse(`probe ${braces}x {}`).codes(), ["E0315@1:8"]);
  assert.deepEqual(parse(`probe a { x = ${"(".repeat(400)} }`).codes(), ["E0318@1:313"]);
  assert.deepEqual(parse(`probe a { x = ${"- ".repeat(9000)} }`).codes(), ["E0318@1:611"]);
  assert.match(parse(`probe a ${"{".repeat(9000)}`).codes().join(), /^E0318@1:\d+$/);
  let bomb = "@define m0 %( 1 1 %)\n";
  for (let i = 1; i < 30; i++) bomb += `@define m${i} %( @m${i - 1} @m${i - 1} %)\n`;
  assert.match(parse(bomb + "@m29").codes().join(), /E0225/);

  const options = new ParseOptions();
  options.args = ["a", "b"];
  const reporter = new Reporter();
  warnUnusedArgs(options, reporter);
  assert.deepEqual(reporter.list.map((d) => d.message.name() + d.text()), [
    "W0110unused command line argument $1/@1",
    "W0110unused command line argument $2/@2",
  ]);
  const library = new Source("l.stpm", "@define a %( 1 %) 3", SourceKind.Library, true);
  const found = new Reporter();
  assert.equal(parseMacroFile(library, options, null, found).length, 1);
  assert.deepEqual(found.list.map((d) => d.message.name()), ["E0223"]);
});

Deno.test("every message is in one of the tests here", () => {
  const text = Deno.readTextFileSync(new URL(import.meta.url));
  for (const message of SYNTAX_MESSAGES) {
    assert.ok(text.includes(message.name()), message.name());
  }
});

Deno.test("several mistakes in one file, one message each", () => {
  const text = `global a, a
probe begin {
  x = 1 +
}
probe end { foo(1,, 2)
  bar = 3 )
  y = 08
  z = 1
}
fnction foo() {}
function f(a) { return 1
probe timer.s(1) { if (x { } else {} }
probe timer.s(2) { return 3 }
`;
  assert.deepEqual(parse(text).codes(), [
    "E0305@1:11",
    "E0301@4:1",
    "E0301@5:19",
    "E0301@6:11",
    "E0103@7:7",
    "E0301@10:1",
    "E0320@12:1",
    "E0301@12:26",
    "E0304@13:20",
  ]);
});

Deno.test("no cascades", () => {
  const rows: [string, string[]][] = [
    ["for (i = 0, j = 1; i < 3; i++) { a() } b(1", ["E0301@1:21", "E0301@2:1"]],
    ["foo(1,,\n bar(2),\n 3)\n x = )", ["E0301@1:17", "E0301@4:6"]],
    ["foo(1, 2\n bar = 3; x = )", ["E0301@2:2", "E0301@2:15"]],
    ["foo(1, 2; x = )", ["E0301@1:19", "E0301@1:25"]],
    ["if (x { a } else { b } c(,)", ["E0301@1:17", "E0301@1:36"]],
    ["try { a } catsh { b } c(,)", ["E0301@1:21", "E0301@1:35"]],
    ["while x { a } c(,)", ["E0301@1:17", "E0301@1:27"]],
    ["x = a ? b; y = 3 z(,)", ["E0301@1:20", "E0301@1:30"]],
  ];
  for (const [text, expected] of rows) {
    assert.deepEqual(parse(`probe a { ${text}\n}`).codes(), expected, text);
  }
});

Deno.test("how a message looks", () => {
  const list = parse("global abc\nfnction foo() {}\nglobal abc").reporter.list;
  assert.equal(
    render(list, "human", false),
    `parse error: expected 'probe', 'global', 'private', 'function', or '%{' [E0301]
        saw: identifier 'fnction' at t.stp:2:1
     source: fnction foo() {}
             ^~~~~~~
       hint: did you mean 'function'?
parse error: duplicate global name 'abc' [E0305]
        saw: identifier 'abc' at t.stp:3:8
     source: global abc
                    ^~~
       note: first declared here: t.stp:1:8
     source: global abc
                    ^~~
`,
  );
  assert.equal(
    render(list, "short", false).split("\n")[1],
    "t.stp:3:8: error E0305: duplicate global name 'abc'",
  );
  const json = JSON.parse(render(list, "json", false));
  assert.equal(json[1].code, "E0305");
  assert.deepEqual(json[0].hints, ["did you mean 'function'?"]);
  assert.deepEqual([json[1].line, json[1].column, json[1].endColumn], [3, 8, 11]);
  assert.equal(json[1].notes[0].line, 1);
});
