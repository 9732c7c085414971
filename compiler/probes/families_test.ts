/** What the points of perf, kernel.data, procfs and netfilter mean, and what is refused. */
import { deepEqual, equal, match } from "node:assert/strict";
import { check, CheckRequest, type CheckResult } from "../front/check.ts";
import { programText } from "../front/ir/print.ts";
import { MemoryLibrary } from "../front/library/library.ts";
import { FakeOracle } from "../front/oracle/fake.ts";
import { ParseOptions } from "../front/syntax/options.ts";
import { allFamilies } from "./all.ts";

function analyse(text: string, guru = false): CheckResult {
  const options = new ParseOptions();
  options.guru = guru;
  const oracle = new FakeOracle();
  return check(
    new CheckRequest("t.stp", text, options, new MemoryLibrary(), oracle, allFamilies()),
  );
}

/** The row's properties as text. */
function row(point: string, body = "print(1)"): string {
  const result = analyse(`probe ${point} { ${body} }`);
  deepEqual(result.reporter.list.map((d) => d.text()), []);
  const [only] = result.program!.rows;
  return `${only.family} ${only.props.map((p) => `${p.name}=${p.value}`).join(" ")}`;
}

function refusal(point: string, body = "print(1)", guru = false): string {
  const result = analyse(`probe ${point} { ${body} }`, guru);
  equal(result.program, null);
  return result.reporter.list.map((d) => d.text()).join("\n");
}

const ROWS: [string, string][] = [
  ["perf.type(1).config(2)", "perf type=1 config=2 period=1000000"],
  ["perf.type(0).config(0).sample(5)", "perf type=0 config=0 period=5"],
  ["perf.type(4294967295).config(-1).hz(99)", "perf type=4294967295 config=-1 rate=99"],
  ["perf.type(1).config(1).process", "perf type=1 config=1 period=1000000 target=1"],
  ["kernel.data(4096).write", "data address=4096 length=1 access=write"],
  ["kernel.data(4096).length(3).rw", "data address=4096 length=4 access=rw"],
  ["kernel.data(4096).length(8).write", "data address=4096 length=8 access=write"],
  ['kernel.data("jiffies").rw', "data symbol=jiffies length=1 access=rw"],
  ["procfs.write", "procfs path=command access=write umask=18 size=0"],
  ['procfs("a/b").read', "procfs path=a/b access=read umask=36 size=0"],
  ['procfs("x").umask(0).read.maxsize(99)', "procfs path=x access=read umask=0 size=99"],
  [
    'netfilter.hook("NF_INET_FORWARD").pf("NFPROTO_IPV6")',
    "netfilter pf=10 hooknum=2 priority=0",
  ],
  [
    'netfilter.pf("NFPROTO_ARP").hook("NF_ARP_OUT").priority("-7")',
    "netfilter pf=3 hooknum=1 priority=-7",
  ],
  [
    'netfilter.hook("NF_BR_BROUTING").pf("NFPROTO_BRIDGE").priority("NF_IP_PRI_FIRST")',
    "netfilter pf=7 hooknum=5 priority=-2147483648",
  ],
  // What stap names them, whether the file is there or not.
  [
    'kprobe.module("virtio-console").function("f")',
    "kprobe symbol=f module=virtio_console ppfunc=f",
  ],
  [
    'kprobe.module("/a-b/virtio-a,b.ko.xz").function("f")',
    "kprobe symbol=f module=virtio_a_b ppfunc=f",
  ],
];

for (const [point, want] of ROWS) {
  Deno.test(`${point} is a row`, () => {
    const body = point.startsWith("procfs") && point.includes("read") ? '$value = "x"' : "print(1)";
    equal(row(point, body), want);
  });
}

const REFUSED: [string, RegExp][] = [
  ["perf.type(1).config(2).sample(0)", /number of events must be at least 1/],
  ["perf.type(1).config(2).hz(0)", /frequency must be at least 1/],
  ["perf.type(-1).config(2)", /from 0 to 4294967295/],
  ['perf.type(1).config(2).process("sh")', /need process probes/],
  ['perf.type(1).config(2).process("sh").counter("c")', /need process probes/],
  ['perf.type(1).config(2).counter("")', /name is missing/],
  ['perf.type(1).config(2).counter("c*")', /is no pattern/],
  ["kernel.data(4096).length(9).write", /1 to 8 bytes/],
  ["kernel.data(4096).length(0).rw", /1 to 8 bytes/],
  ['kernel.data("").rw', /name of a variable/],
  ['procfs("/a").read', /no leading/],
  ['procfs("a//b").read', /no empty component/],
  ['procfs("a/../b").write', /no component '\.\.'/],
  ['procfs("a").umask(512).write', /from 0 to 0777/],
  ['procfs("a").read.maxsize(0)', /from 1 to 16777216/],
  ['netfilter.hook("NF_INET_FORWARD").pf("NFPROTO_X25")', /one of NFPROTO_IPV4/],
  ['netfilter.hook("NF_INET_FORWARD").pf("NFPROTO_ARP")', /are NF_ARP_IN, NF_ARP_OUT/],
  ['netfilter.hook("NF_INET_FOO").pf("NFPROTO_IPV4")', /NF_IP_PRE_ROUTING/],
  ['netfilter.hook("NF_IP_FORWARD").pf("NFPROTO_IPV4").priority("soon")', /NF_IP_PRI_/],
];

for (const [point, want] of REFUSED) {
  Deno.test(`${point} is refused`, () => match(refusal(point), want));
}

Deno.test("a counter is a row without a handler, which @perf reads wherever it is declared", () => {
  const result = analyse(`function f() { return @perf("b") - @perf("a") }
    probe begin { print(f(), @defined(@perf("a")), @defined(@perf("c"))) }
    probe perf.type(1).config(1).counter("a"), perf.type(1).config(3).counter("b") {}`);
  deepEqual(result.reporter.list.map((d) => d.text()), []);
  const text = programText(result.program!);
  match(text, /counter\(1\):s64 - counter\(0\):s64/);
  deepEqual(result.program!.rows.map((r) => r.prop("counter")), ["", "a", "b"]);
});

Deno.test("$value is a text: assigned where it is given, read where it was received", () => {
  const given = analyse('probe procfs("a").read { $value = "x" . "y" $value .= "z" }');
  deepEqual(given.reporter.list.map((d) => d.text()), []);
  match(programText(given.program!), /value/);
  const received = analyse(
    'global t probe procfs("a").write { t = $value } probe end { print(t) }',
  );
  deepEqual(received.reporter.list.map((d) => d.text()), []);
  match(refusal('procfs("a").read', "print($value)"), /can only assign/);
  match(refusal('procfs("a").read', '$value += "x"'), /./);
  match(refusal('procfs("a").write', '$value = "x"'), /what was written/);
  match(refusal('procfs("a").write', "print($value + 1)"), /string/);
  match(refusal("timer.s(1)", "print($value)"), /no variables/);
});

Deno.test("$verdict is set by guru scripts only; the packet's other variables never", () => {
  const point = 'netfilter.hook("NF_INET_LOCAL_IN").pf("NFPROTO_IPV4")';
  deepEqual(
    analyse(`probe ${point} { $verdict = 0 }`, true).reporter.list.map((d) => d.text()),
    [],
  );
  match(refusal(point, "$verdict = 0"), /guru/);
  match(refusal(point, "$hooknum = 0", true), /copy/);
  match(refusal(point, "print($skbb)", true), /alternatives: .*\$skb .*\$verdict/);
});
