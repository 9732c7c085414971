import assert from "node:assert/strict";
import { Reporter } from "../source/diagnostics.ts";
import { Source, SourceKind } from "../source/source.ts";
import { NumberExpr, StringExpr } from "./ast.ts";
import { ParseOptions } from "./options.ts";
import { parseMacroFile } from "./preprocess.ts";
import { printExpr, printScript } from "./print.ts";
import { ListedMacros, parse } from "./testing.ts";

function globalOf(text: string, change: (options: ParseOptions) => void = () => {}) {
  const parsed = parse("global a = " + text, change);
  assert.deepEqual(parsed.codes(), [], text);
  return parsed.tree.globals[0].initial!;
}

function number(text: string): string {
  return (globalOf(text) as NumberExpr).text;
}

function string(text: string, change: (options: ParseOptions) => void = () => {}): string {
  return (globalOf(text, change) as StringExpr).value;
}

Deno.test("numbers", () => {
  const rows: [string, string][] = [
    ["0", "0"],
    ["42", "42"],
    ["-42", "-42"],
    ["0x1F", "31"],
    ["0Xff", "255"],
    ["010", "8"],
    ["9223372036854775807", "9223372036854775807"],
    ["9223372036854775808", "-9223372036854775808"],
    ["-9223372036854775808", "-9223372036854775808"],
    ["18446744073709551615", "-1"],
    ["0xffffffffffffffff", "-1"],
    ["01777777777777777777777", "-1"],
  ];
  for (const [text, value] of rows) assert.equal(number(text), value, text);
  assert.deepEqual(parse("global a = -9223372036854775809").codes(), ["E0104@1:13"]);
});

Deno.test("strings and their escapes", () => {
  const rows: [string, string][] = [
    ['"a\\tb\\n\\a\\b\\v\\f\\r"', "a\tb\n\x07\b\v\f\r"],
    ['"\\\\ \\" \\q"', '\\ " q'],
    ['"\\101\\60x\\7"', "A0x\x07"],
    ['"\\x41\\x4g"', "A\x04g"],
    ['"a" "b"\n/* c */ "d"', "abd"],
  ];
  for (const [text, value] of rows) assert.equal(string(text), value, text);
  assert.equal(string('"\\x41"', (o) => o.systemtapVersion = "2.2"), "x41");
});

Deno.test("command line arguments", () => {
  const two = (o: ParseOptions) => o.args = ["12", 'a"\\b'];
  assert.equal((globalOf("$1", two) as NumberExpr).text, "12");
  assert.equal((globalOf("$13", (o) => o.args = new Array(13).fill("7")) as NumberExpr).text, "7");
  assert.equal(string("@2", two), 'a"\\b');
  assert.equal((globalOf("$#", two) as NumberExpr).text, "2");
  assert.equal(string("@#", two), "2");
  // Pasted before the rest of the word is read.
  const pasted = parse("global $1_x", (o) => o.args = ["y"]);
  assert.equal(pasted.tree.globals[0].name, "y_x");
  assert.equal(pasted.tree.globals[0].span.text(), "$1_x");
  assert.equal(
    parse("probe $1 {}", (o) => o.args = ["timer.s(1), begin"]).tree.probes[0]
      .points.map((p) => p.text()).join(" "),
    "timer.s(1) begin",
  );
  // An argument that is not there matters only in the branch taken.
  assert.deepEqual(parse("%( $# > 0 %? global a = $1 %: global a = 2 %)").codes(), []);
  const used = parse("global a = @2", two).options;
  assert.deepEqual([used.isUsed(0), used.isUsed(1)], [false, true]);
  assert.ok(parse("probe a { print(argv[1]) }", two).options.isUsed(0));
});

Deno.test("conditions of the preprocessor", () => {
  const rows: [string, boolean][] = [
    ['kernel_v == "6.1.0"', true],
    ['kernel_v >= "6.1"', true],
    ['kernel_v < "6.10"', true],
    ['kernel_v == "6.*"', true],
    ['kernel_v != "6.*"', false],
    ['kernel_vr == "6.1.0-25-cloud-amd64"', true],
    ['systemtap_v >= "4.0"', true],
    ['systemtap_v < "5.5"', false],
    ['systemtap_privilege == "stapdev"', true],
    ['systemtap_privilege != "stapusr"', true],
    ["guru_mode == 0", true],
    ["guru_mode != 0", false],
    ['arch == "x86_64"', true],
    ['arch == "x86*"', true],
    ['arch != "i386"', true],
    ['runtime == "kernel"', true],
    ['CONFIG_SMP == "y"', true],
    ['CONFIG_SMP == "[ym]"', true],
    ['CONFIG_NONE == ""', true],
    ['CONFIG_NONE == "y"', false],
    ["CONFIG_HZ == 250", true],
    ["CONFIG_HZ >= 251", false],
    ["CONFIG_HZ < CONFIG_NR_CPUS", true],
    ["CONFIG_SMP == CONFIG_SMP", true],
    ['"a" < "b"', true],
    ['"a" == "*"', false],
    ["3 > 02", true],
    ["-1 == 1", false],
    ['1 == 2 && 1 == 1 || arch == "*"', true],
    ["1 == 1 || 1 == 1 && 1 == 2", true],
  ];
  for (const [condition, value] of rows) {
    if (condition.startsWith("-")) continue;
    const parsed = parse(`%( ${condition} %? global yes %: global no %)`);
    assert.deepEqual(parsed.codes(), [], condition);
    assert.equal(parsed.tree.globals[0].name, value ? "yes" : "no", condition);
  }
  const nested = "%( 1==1 %? %( 1==2 %? global a %: global b %) %: %( 1==1 %? global c %) %)";
  assert.equal(parse(nested).tree.globals.map((g) => g.name).join(), "b");
});

Deno.test("macros", () => {
  const rows: [string, string][] = [
    ["@define m %( 1 + 2 %)", "@m"],
    ["@define m(a, b) %( @a + @b %)", "@m(1, 2)"],
    ["@define m(a) %( @a %)", "@m(@m(1)) + 2"],
    ["@define k %( 2 %) @define m(a) %( 1 + @a %)", "@m(@k)"],
    ["@define m %( %( 1 == 1 %? 1 %: 9 %) %)", "@m + 2"],
    ["@define m %( 1 + f %)", "@m(2)"],
    ["%( 1 == 2 %? @define m %( 9 %) %) @define m %( 1 + 2 %)", "@m"],
  ];
  for (const [define, call] of rows) {
    const parsed = parse(`${define} probe a { x = ${call} }`);
    assert.deepEqual(parsed.codes(), [], define);
    assert.match(printScript(parsed.tree, false), /x = 1 \+ (2|f\(2\))\n/, define + call);
  }
  const args = parse("@define m(a, b) %( f(@b) + @a %) probe a { x = @m(([1, (2)] in y), 4) }");
  assert.match(printScript(args.tree, false), /x = f\(4\) \+ \(\[1, 2\] in y\)/);
});

Deno.test("library macros are placed at the call, own macros in their body", () => {
  const source = new Source("l.stpm", "@define lib(a) %( foo(@a, ) %)", SourceKind.Library, true);
  const macros = parseMacroFile(source, new ParseOptions(), null, new Reporter());
  const library = new ListedMacros(macros);
  const bad = parse("probe a { @lib(1) }", () => {}, false, library);
  assert.deepEqual(bad.codes(), ["E0301@1:11"]);
  const own = parse("@define m %( foo(1, ) %)\nprobe a { @m }");
  assert.deepEqual(own.codes(), ["E0301@1:21"]);
  assert.equal(own.reporter.list[0].notes[0].span.where(), "t.stp:2:11");
});

Deno.test("precedence and associativity", () => {
  const rows: [string, string][] = [
    ["a = b = c", "a = (b = c)"],
    ["a <<< b + c", "a <<< (b + c)"],
    ["a ? b : c ? d : e", "a ? b : (c ? d : e)"],
    ["a || b && c", "a || (b && c)"],
    ["a && b | c", "a && (b | c)"],
    ["a | b ^ c", "a | (b ^ c)"],
    ["a ^ b & c", "a ^ (b & c)"],
    ["a & b in c", "a & (b in c)"],
    ["a < b in c", "(a < b) in c"],
    ["[a, *] in c && d", "([a, *] in c) && d"],
    ["a & b == c", "a & (b == c)"],
    ["a == b << c", "a == (b << c)"],
    ["a << b . c", "a << (b . c)"],
    ["a . b + c", "a . (b + c)"],
    ["a + b * c", "a + (b * c)"],
    ["a * -b", "a * (-b)"],
    ["- a ++", "-(a++)"],
    ['!a =~ "b"', '(!a) =~ "b"'],
    ["a - b - c", "(a - b) - c"],
    ["a < b < c", "(a < b) < c"],
    ["a . b . c", "(a . b) . c"],
    ["a >>> b >> c", "(a >>> b) >> c"],
    ["&$a->b + 1", "&$a->b + 1"],
    ["a->b[1]$", "a->b[1]$"],
    ["f(1)[2]", "f(1)[2]"],
    ["$$vars$$", "$$vars$$"],
  ];
  for (const [text, expected] of rows) {
    const parsed = parse(`probe a { ${text} }`);
    assert.deepEqual(parsed.codes(), [], text);
    const printed = printScript(parsed.tree, true).split("\n")[1].trim();
    assert.equal(printed, expected, text);
  }
});

Deno.test("what the grammar refuses", () => {
  const rows = [
    "x in a in b",
    'x =~ "a" =~ "b"',
    "x = (1",
    "[1, 2]",
    "foreach (1 in a) ;",
    "if x y",
    "for (a; b) c",
    "else x",
    "try { } x",
    "x +",
    "f(,)",
    "a ? b",
    "break 3 +",
    "$x->3",
    "@cast(x)",
  ];
  for (const text of rows) {
    assert.equal(parse(`probe a { ${text} }`).reporter.errors, 1, text);
  }
});

Deno.test("probe points", () => {
  const rows: [string, string][] = [
    ['a.b(1).c("x").return', 'a.b(1).c("x").return'],
    ["begin(-5)", "begin(-5)"],
    ["a.*.b*c.**", "a.*.b*c.**"],
    ["{a, b}.{c, d.{e, f}}", "a.c, a.d.e, a.d.f, b.c, b.d.e, b.d.f"],
    ["a?, b!", "a?, b!"],
    ["a.{b?, c}", "a.b?, a.c"],
    ["a if (x), b ? if (y > 1)", "a if (x), b? if (y > 1)"],
    ["{a if (x), b} if (y)", "a if (x && y), b if (y)"],
    ['kernel.function("a" "b")', 'kernel.function("ab")'],
  ];
  for (const [text, expected] of rows) {
    const parsed = parse(`probe ${text} {}`);
    assert.deepEqual(parsed.codes(), [], text);
    assert.equal(printScript(parsed.tree, false), `probe ${expected} {}\n`, text);
  }
});

Deno.test("aliases", () => {
  const tree = parse(`
# what it is
probe one = two = a, b? { x = 1 }, { y = 2 }
probe three += c {}
`).tree;
  const [first, second] = tree.aliases;
  assert.equal(first.doc, "# what it is");
  assert.deepEqual(first.names.map((n) => n.text()), ["one", "two"]);
  assert.deepEqual(first.points.map((p) => p.text()), ["a", "b"]);
  assert.ok(first.prologue != null && first.epilogue != null);
  assert.ok(second.prologue == null && second.epilogue != null);
});

Deno.test("function documentation is the comment right above", () => {
  const doc = (text: string) => parse(text).tree.functions.at(-1)!.doc;
  assert.equal(doc("/* one */\n/* two */\nfunction f() {}"), "/* one */\n/* two */");
  assert.equal(doc("# far\n\n# near\nfunction f() {}"), "# near");
  assert.equal(doc("# far\n\nfunction f() {}"), "");
  assert.equal(doc("function g() {} # of g\nfunction f() {}"), "");
});

Deno.test("old versions", () => {
  const old = (version: string) => (o: ParseOptions) => o.systemtapVersion = version;
  assert.deepEqual(parse("global private", old("2.9")).codes(), []);
  assert.ok(parse("global private").reporter.errors > 0);
  assert.equal(parse('probe a { x = @enum("A") }', old("5.4")).reporter.errors, 1);
  assert.deepEqual(parse("probe a { a ? b : c = d }", old("3.9")).codes(), []);
  assert.equal(
    printExpr(parse("global a = -1").tree.globals[0].initial!, false),
    "0xffffffffffffffff",
  );
});
