import assert from "node:assert/strict";
import * as path from "node:path";
import { compile, SAMPLE } from "../debuginfo/dwarf/testing.ts";
import { CodeQuery } from "../front/oracle/code.ts";
import { CKind, resolved } from "../front/oracle/ctype.ts";
import { TermKind } from "../front/oracle/location.ts";
import { PlaceKind } from "../front/oracle/oracle.ts";
import { DebugImage } from "./image.ts";
import { CodePattern, LinesKind } from "./pattern.ts";
import { SiteFinder, type SiteRecord } from "./sites.ts";
import { variablesAt } from "./variables.ts";

const object = compile(SAMPLE, "-gdwarf-5", "-O2");
const ignore = object == null;
if (ignore) console.log("skipped: no gcc");

/** The sample as a module of the kernel. */
function image(options: string[] = []): DebugImage {
  const folder = Deno.makeTempDirSync({ prefix: "tapir-sites-" });
  const file = path.join(folder, "sample.ko");
  Deno.writeFileSync(file, options.length == 0 ? object! : compile(SAMPLE, ...options)!);
  return DebugImage.open("sample", file, path.join(folder, "cache"));
}

function find(set: (query: CodeQuery) => void, records: SiteRecord[] = [], of = image()) {
  const query = new CodeQuery();
  query.module = "sample";
  set(query);
  return new SiteFinder(of, records, query).find();
}

const texts = (set: (query: CodeQuery) => void) =>
  find(set).sites.map((site) => site.text()).sort();

Deno.test("patterns of functions and lines", () => {
  const cases: [string, string, string, LinesKind, string][] = [
    ["f", "f", "", LinesKind.None, "[]"],
    ["f@fs/a.c", "f", "fs/a.c", LinesKind.None, "[]"],
    ["f@fs/a.c:12", "f", "fs/a.c", LinesKind.Absolute, "[[12,12]]"],
    ["f@a.c:12-15", "f", "a.c", LinesKind.Absolute, "[[12,15]]"],
    ["f@a.c:3,7-9", "f", "a.c", LinesKind.Absolute, "[[3,3],[7,9]]"],
    ["*@a.c:*", "*", "a.c", LinesKind.All, "[]"],
    ["f@a.c+4", "f", "a.c", LinesKind.Relative, "[[4,4]]"],
  ];
  for (const [text, name, file, lines, spans] of cases) {
    const pattern = new CodePattern(text);
    assert.equal(pattern.problem, "", text);
    assert.deepEqual([pattern.name, pattern.file, pattern.lines], [name, file, lines], text);
    assert.equal(JSON.stringify(pattern.spans), spans, text);
  }
  for (const text of ["f@", "f@a.c:x", "f@a.c:9-3", "f@a.c:1-2-3"]) {
    assert.notEqual(new CodePattern(text).problem, "", text);
  }
  const pattern = new CodePattern("f@read*.c");
  assert.ok(pattern.matchesFile("fs/read_write.c") && !pattern.matchesFile("fs/open.c"));
});

Deno.test({ name: "functions by name and file", ignore }, () => {
  assert.deepEqual(texts((q) => q.pattern = "work"), ["work@sample.c:13"]);
  assert.deepEqual(texts((q) => q.pattern = "*@sample.c").filter((t) => !t.startsWith("twice")), [
    "other@sample.c:27",
    "work@sample.c:13",
  ]);
  assert.deepEqual(texts((q) => q.pattern = "*@other.c"), []);
  const inlined = find((q) => {
    q.pattern = "twice";
    q.own = false;
  }).sites;
  assert.ok(inlined.length >= 2 && inlined.every((site) => site.inlined && !site.entry));
  const own = find((q) => {
    q.pattern = "twice";
    q.inlined = false;
  });
  assert.deepEqual(own.sites, []);
  const [work] = find((q) => q.pattern = "work").sites;
  assert.deepEqual([work.symbol, work.offset, work.entry], ["work", "0", true]);
});

Deno.test({ name: "statements by line, by distance, by range, nearest", ignore }, () => {
  const lines = (text: string, nearest = false) =>
    find((q) => {
      q.statement = true;
      q.pattern = text;
      q.nearest = nearest;
    });
  assert.deepEqual(lines("work@sample.c:17").sites.map((s) => s.line), [17]);
  assert.deepEqual(lines("work@sample.c+4").sites.map((s) => s.line), [17]);
  assert.deepEqual(lines("work@sample.c:16-18").sites.map((s) => s.line).sort(), [16, 17, 18]);
  const all = lines("work@sample.c:*").sites.map((s) => s.line);
  assert.ok(all.includes(17) && all.every((line) => line >= 13 && line <= 26), all.join());
  assert.match(lines("work@sample.c:15-15").problem, /^$|no line records/);
  assert.match(lines("work@sample.c:26").problem, /no line records for sample.c:26 \(try :\d+/);
  assert.ok(lines("work@sample.c:26", true).sites.length > 0);
  assert.match(lines("work@sample.c:9-x").problem, /no pattern|no line/);
});

Deno.test({ name: "callees, by name and with levels", ignore }, () => {
  const callees = (depth: number, callee = "*") =>
    find((q) => {
      q.pattern = "other";
      q.callee = callee;
      q.depth = depth;
    }).sites.map((s) => [...s.callers, s.text()].join(" "));
  assert.ok(callees(1).includes("other@sample.c:27 twice@sample.c:7"), callees(1).join());
  assert.ok(callees(1).includes("other@sample.c:27 work@sample.c:13"), callees(1).join());
  assert.ok(callees(2).includes("other@sample.c:27 work@sample.c:13 twice@sample.c:7"));
  assert.deepEqual(
    new Set(callees(1, "t*").map((t) => t.split(" ")[1])),
    new Set(["twice@sample.c:7"]),
  );
});

Deno.test(
  { name: "variables: registers at the entry, the frame without optimisation", ignore },
  () => {
    const records: SiteRecord[] = [];
    find((q) => q.pattern = "work", records);
    const [p, count, c, sum] = variablesAt(records[0]);
    assert.deepEqual([p.name, count.name, c.name, sum.name], ["p", "count", "c", "sum"]);
    assert.deepEqual([p.local, sum.local], [false, true]);
    const registers = [p, count, c].map((v) => v.place.location?.term?.number);
    assert.deepEqual(registers, [5, 4, 1]);
    assert.equal(resolved(count.type).size, 4);
    assert.equal(resolved(c.type).kind, CKind.Enum);

    const plain: SiteRecord[] = [];
    const of = image(["-gdwarf-5", "-O0"]);
    find(
      (q) => {
        q.statement = true;
        q.pattern = "work@sample.c:17";
      },
      plain,
      of,
    );
    const local = variablesAt(plain[0]).find((v) => v.name == "sum")!;
    assert.ok(local.place.kind == PlaceKind.Computed && local.place.location!.inMemory);
    assert.equal(local.place.location!.term!.kind, TermKind.Binary);
  },
);

Deno.test({ name: "types: members, bit-fields, arrays, enumerators", ignore }, () => {
  for (const options of [["-gdwarf-5", "-O2"], ["-gdwarf-4", "-O2", "-gstrict-dwarf"]]) {
    const records: SiteRecord[] = [];
    find((q) => q.pattern = "work", records, image(options));
    const [p, , c] = variablesAt(records[0]);
    const pair = resolved(resolved(p.type).target()!);
    const shown = pair.members().map((m) => [m.name, m.offset, m.bitOffset, m.bitSize]);
    assert.deepEqual(shown, [
      ["first", 0, 0, 0],
      ["low", 4, 0, 3],
      ["high", 4, 3, 7],
      ["next", 8, 0, 0],
      ["name", 16, 0, 0],
    ], options.join(" "));
    assert.equal(pair.size, 32);
    const name = resolved(pair.members()[4].type);
    assert.deepEqual([name.kind, name.length(), name.target()!.isChar()], [CKind.Array, 12, true]);
    const colours = resolved(c.type);
    assert.deepEqual(colours.enumerators().map((e) => [e.name, e.value]), [["RED", "1"], [
      "BLUE",
      "-2",
    ]]);
    assert.equal(colours.signed, true);
  }
});

Deno.test({ name: "addresses: of functions, of statements", ignore }, () => {
  const of = image(), records: SiteRecord[] = [];
  find((q) => q.pattern = "work", records, of);
  const at = records[0].address;
  const ask = (address: number, statement: boolean) =>
    find(
      (q) => {
        q.address = String(address);
        q.statement = statement;
      },
      [],
      of,
    );
  assert.deepEqual(ask(at, false).sites.map((s) => s.text()), ["work@sample.c:13"]);
  assert.match(ask(at + 1, false).problem, /begins at 0x/);
  assert.equal(ask(at, true).sites.length, 1);
  assert.match(ask(at + 1, true).problem, /no line begins at this address \(try 0x/);
  assert.match(ask(1, true).problem, /no function/);
});

/** `first` makes something else of its argument at once; `second` has it in memory at last. */
const EARLY = `int use(long, const void *);
long first(unsigned long type, long b) { type >>= 2; return type & 1 ? use(type, 0) : b; }
struct wrapped { unsigned long bits; };
long second(long a, struct wrapped w) { use(a, &w); return use(w.bits, &w); }
`;

Deno.test({ name: "arguments at the entry are where the caller put them", ignore }, () => {
  const folder = Deno.makeTempDirSync({ prefix: "tapir-sites-" });
  for (const version of ["-gdwarf-4", "-gdwarf-5"]) {
    const file = path.join(folder, version + ".ko");
    Deno.writeFileSync(file, compile(EARLY, version, "-O2", "-gvariable-location-views")!);
    const of = DebugImage.open("sample", file, path.join(folder, "cache"));
    const registers = (name: string) => {
      const records: SiteRecord[] = [];
      find((q) => q.pattern = name, records, of);
      const entry = records.find((record) => record.address == of.functionAddresses(name)[0]);
      return variablesAt(entry!).filter((v) => !v.local).map((v) => {
        const { location } = v.place;
        assert.ok(location != null && !location.inMemory, `${name} $${v.name}: ${v.place.why}`);
        return (location.term ?? location.parts[0].term)!.number;
      });
    };
    assert.deepEqual(registers("first"), [5, 4], version);
    assert.deepEqual(registers("second"), [5, 4], version);
  }
});
