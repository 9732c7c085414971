import assert from "node:assert/strict";
import { CKind, type CType, resolved } from "../oracle/ctype.ts";
import { PlaceKind } from "../oracle/oracle.ts";
import { argumentPlaces } from "../oracle/x86_64.ts";
import { BtfBuilder } from "./testing.ts";
import { BtfOracle } from "./oracle.ts";
import { openBtf } from "./reader.ts";

/** A small kernel: one of everything. */
function sample(): BtfBuilder {
  const b = new BtfBuilder();
  const int = b.int("int", 4, 1); // 1
  const long = b.int("long unsigned int", 8); // 2
  const char = b.int("char", 1, 1); // 3
  const bool = b.int("_Bool", 1, 4); // 4
  const constChar = b.add(10, "", char); // 5
  const text = b.pointer(constChar); // 6
  const array = b.add(3, "", 0, [char, int, 16]); // 7
  const typedef = b.add(8, "size_t", b.add(9, "", long)); // 9 (8 is volatile)
  const inner = b.struct("", 8, [["low", int, 0], ["high", int, 32]], 5); // 10
  const task = b.struct("task", 40, [
    ["pid", int, 0, 0],
    ["flag_a", int, 32, 1],
    ["flag_b", int, 33, 3],
    ["", inner, 64, 0],
    ["comm", array, 128, 0],
    ["next", 12, 256, 0],
  ]);
  b.pointer(task); // 12
  b.add(6, "colour", 4, [b.text("RED"), 0, b.text("GREEN"), 0xfffffffe], 2, true);
  b.add(6, "plain", 4, [b.text("TOP"), 0xffffffff], 1);
  b.add(19, "wide", 8, [b.text("HUGE"), 1, 2, b.text("MINUS"), 0xffffffff, 0xffffffff], 2, true);
  b.func("do_read", b.proto(int, [["task", 12], ["buf", text], ["count", typedef]]));
  b.func("do_write", b.proto(0, [["on", bool], ["", 0]]));
  const data = b.pointer(0);
  b.func("__traceiter_moved", b.proto(int, [["__data", data], ["from", int], ["to", 12]]));
  b.add(8, "btf_trace_moved", b.pointer(b.proto(0, [["", data], ["", int], ["", 12]])));
  b.add(8, "btf_trace_bare", b.pointer(b.proto(0, [["", data], ["", long]])));
  b.add(7, "opaque", 0);
  b.add(14, "some_var", int, [1]);
  b.add(15, ".data", 4, [1, 0, 4], 1);
  b.add(17, "tag", int, [0xffffffff]);
  b.add(16, "double", 8);
  return b;
}

function oracle(): BtfOracle {
  const data = openBtf(sample().bytes(), null);
  assert.equal(data.error, "");
  return new BtfOracle(data, "6.0");
}

Deno.test("functions are found by name and by glob, with named parameters", () => {
  const o = oracle();
  assert.ok(o.available());
  const read = o.functions("do_read", "")[0];
  const params = read.type!.params();
  assert.deepEqual(params.map((p) => p.name), ["task", "buf", "count"]);
  assert.equal(params[0].type.target()!.name, "task");
  assert.ok(params[1].type.target()!.isChar(), "const is stripped");
  assert.equal(params[2].type.name, "size_t");
  assert.equal(resolved(params[2].type).name, "long unsigned int");
  assert.deepEqual(o.functions("do_*", "").map((f) => f.name), ["do_read", "do_write"]);
  assert.deepEqual(o.functions("do_[!r]*", "").map((f) => f.name), ["do_write"]);
  assert.deepEqual(o.functions("task", ""), []);
  const write = o.functions("do_write", "")[0].type!;
  assert.equal(write.params().length, 1, "the dots are no parameter");
  assert.equal(write.target()!.kind, CKind.Void);
});

Deno.test("structs give members, bit-fields and anonymous members", () => {
  const task = oracle().typeByName("struct task", "")!;
  assert.equal(task.size, 40);
  const rows = task.members().map((m) => [m.name, m.offset, m.bitOffset, m.bitSize, m.type.size]);
  assert.deepEqual(rows, [
    ["pid", 0, 0, 0, 4],
    ["flag_a", 4, 0, 1, 4],
    ["flag_b", 4, 1, 3, 4],
    ["", 8, 0, 0, 8],
    ["comm", 16, 0, 0, 16],
    ["next", 32, 0, 0, 8],
  ]);
  assert.deepEqual(task.members()[3].type.members().map((m) => [m.name, m.offset]), [
    ["low", 0],
    ["high", 4],
  ]);
  assert.equal(task.members()[4].type.length(), 16);
  assert.equal(task.members()[5].type.target(), task);
});

Deno.test("types are found by their C names", () => {
  const o = oracle();
  const kind = (name: string) => o.typeByName(name, "")?.kind ?? -1;
  assert.equal(kind("task"), CKind.Struct);
  assert.equal(kind("union task"), -1);
  assert.equal(kind("enum colour"), CKind.Enum);
  assert.equal(kind("enum wide"), CKind.Enum);
  assert.equal(kind("size_t"), CKind.Typedef);
  assert.equal(kind("unsigned long"), CKind.Int);
  assert.equal(kind("struct opaque"), CKind.Forward);
  assert.equal(kind("double"), -1);
  assert.equal(kind(""), -1);
});

Deno.test("enumerators keep their sign and width", () => {
  const o = oracle();
  const values = ["RED", "GREEN", "TOP", "HUGE", "MINUS", "NONE"].map((n) => o.enumerator(n));
  assert.deepEqual(values, ["0", "-2", "4294967295", "8589934593", "-1", ""]);
});

Deno.test("tracepoints come from the iterator, or from the typedef without names", () => {
  const o = oracle();
  const points = o.tracepoints("", "*");
  assert.deepEqual(points.map((p) => [p.name, p.args.map((a) => a.name)]), [
    ["bare", [""]],
    ["moved", ["from", "to"]],
  ]);
  assert.equal(points[1].args[1].place.kind, PlaceKind.TracepointArgument);
  assert.equal(points[1].args[1].place.index, 1);
  assert.deepEqual(o.similarTracepoints("movde"), ["moved"]);
  assert.deepEqual(o.similarFunctions("do_raed"), ["do_read"]);
});

Deno.test("argument places follow the calling convention", () => {
  const b = new BtfBuilder();
  const int = b.int("int", 4, 1);
  const small = b.struct("small", 8, [["a", int, 0]]);
  const pair = b.struct("pair", 16, [["a", int, 0]]);
  const big = b.struct("big", 24, [["a", int, 0]]);
  const float = b.add(16, "double", 8);
  const params: [string, number][] = [
    ["a", int],
    ["s", small],
    ["p", pair],
    ["b", big],
    ["f", float],
    ["c", int],
    ["d", int],
  ];
  b.func("mixed", b.proto(int, params));
  b.func("hidden", b.proto(big, [["a", int]]));
  b.func("many", b.proto(int, "abcdefgh".split("").map((n): [string, number] => [n, int])));
  const o = new BtfOracle(openBtf(b.bytes(), null), "");
  const show = (name: string) =>
    argumentPlaces(o.functions(name, "")[0].type!).map((p) => p.index < 0 ? p.why : p.index);
  assert.deepEqual(show("mixed"), [
    0,
    1,
    "it is passed in two registers",
    "it is passed by value on the stack",
    "it is passed in a floating-point register",
    4,
    5,
  ]);
  assert.deepEqual(show("hidden"), [1]);
  const stack = "it is passed on the stack";
  assert.deepEqual(show("many"), [0, 1, 2, 3, 4, 5, stack, stack]);
});

Deno.test("split BTF of a module goes on where the kernel's ends", () => {
  const kernel = sample();
  const base = openBtf(kernel.bytes(), null);
  const b = new BtfBuilder(base.endId(), kernel.stringLength);
  const own = b.struct("mod_state", 8, [["task", 12, 0]]);
  b.func("mod_start", b.proto(1, [["state", b.pointer(own)]]));
  const o = new BtfOracle(base, "");
  const split = openBtf(b.bytes(), base);
  assert.equal(split.error, "");
  o.addModule("some_mod", split);
  assert.equal(o.functions("mod_start", "").length, 0);
  const start = o.functions("mod_*", "some-mod")[0];
  assert.equal(start.module, "some_mod");
  const state = start.type!.params()[0].type.target()!;
  assert.equal(state.members()[0].type.target()!.name, "task");
  assert.equal(o.typeByName("struct task", "some_mod")!.size, 40);
  assert.equal(o.typeByName("struct mod_state", ""), null);
});

Deno.test("a longer header is honoured, wrong headers are named", () => {
  assert.equal(openBtf(sample().bytes(32), null).error, "");
  const bytes = sample().bytes();
  const damaged = (at: number, value: number): string => {
    const copy = bytes.slice();
    copy[at] = value;
    return openBtf(copy, null).error;
  };
  assert.match(damaged(0, 0), /no BTF magic/);
  assert.match(damaged(2, 9), /version 9/);
  assert.match(damaged(4, 8), /header too short/);
  assert.match(damaged(15, 0x70), /outside of the data/);
  assert.match(damaged(15, 0xf0), /impossible size/);
  assert.match(openBtf(new Uint8Array([0xeb, 0x9f, 1, 0]), null).error, /big-endian/);
  assert.match(openBtf(new Uint8Array(0), null).error, /truncated/);
});

Deno.test("a struct that holds itself has no members", () => {
  const b = new BtfBuilder();
  b.struct("loop", 8, [["", 1, 0]]);
  b.add(8, "round", 2);
  b.add(3, "", 0, [3, 3, 1000000]);
  const o = new BtfOracle(openBtf(b.bytes(), null), "");
  assert.deepEqual(o.typeByName("struct loop", "")!.members(), []);
  assert.equal(o.typeByName("round", "")!.size, 0);
});

/** Asks everything, three levels of types deep. */
function exercise(bytes: Uint8Array): void {
  const data = openBtf(bytes, null);
  const o = new BtfOracle(data, "");
  if (data.error !== "") return assert.ok(!o.available());
  for (const f of o.functions("*", "")) if (f.type != null) argumentPlaces(f.type);
  o.tracepoints("", "*");
  o.enumerator("GREEN");
  o.similarFunctions("do_raed");
  for (const name of ["task", "colour", "wide", "size_t", "int"]) {
    const type = o.typeByName(name, "");
    if (type != null) visit(type, 0);
  }
}

function visit(type: CType, depth: number): void {
  assert.ok(type.size >= 0);
  if (depth > 3) return;
  type.enumerators();
  for (const member of type.members()) visit(member.type, depth + 1);
  for (const param of type.params()) visit(param.type, depth + 1);
  const target = type.target();
  if (target != null) visit(target, depth + 1);
}

Deno.test("every truncation and 20000 random damages give an error or an answer", () => {
  const bytes = sample().bytes();
  for (let end = 0; end < bytes.length; end++) exercise(bytes.slice(0, end));
  let seed = 12345;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return (seed >>> 8) % below;
  };
  for (let round = 0; round < 20000; round++) {
    const copy = bytes.slice();
    for (let n = random(4); n >= 0; n--) copy[random(copy.length)] = random(256);
    exercise(copy);
  }
});

Deno.test("with a list of symbols, functions are what the list has", () => {
  const o = oracle();
  o.setSymbols("__traceiter_moved\ndo_hidden\ndo_write.cold\ndo_write.isra.0\n");
  assert.deepEqual(o.functions("do_*", ""), []);
  assert.deepEqual(o.functions("do_read", ""), []);
  assert.match(o.functionAbsence("do_read", ""), /inlined it into its callers or removed it/);
  assert.match(o.functionAbsence("do_write", ""), /made do_write\.isra\.0 of it/);
  assert.equal(o.functionAbsence("do_rea", ""), "");
  assert.deepEqual(o.similarFunctions("do_rea"), []);
  const hidden = o.functions("do_hidden", "");
  assert.deepEqual(hidden.map((f) => [f.name, f.type]), [["do_hidden", null]]);
  o.setSymbols("");
  assert.equal(o.functions("do_read", "").length, 1);
  assert.deepEqual(o.functions("do_hidden", ""), []);
});

Deno.test("functions of one name: prototypes of all, and how many have code", () => {
  const b = sample();
  b.func("twice", b.proto(1, [["a", 1], ["b", 2]]));
  b.func("twice", b.proto(1, [["b", 2], ["a", 1]]));
  const o = new BtfOracle(openBtf(b.bytes(), null), "6.0");
  const [f] = o.functions("twice", "");
  const names = (type: CType) => type.params().map((p) => p.name).join();
  assert.deepEqual([f.type!, ...f.otherTypes].map(names).sort(), ["a,b", "b,a"]);
  assert.ok(o.ambiguous("twice", ""));
  assert.ok(!o.ambiguous("do_read", "") && !o.ambiguous("", "") && !o.ambiguous("no", ""));
  o.setSymbols("do_read\ndo_read\ntwice\n");
  assert.ok(o.ambiguous("do_read", ""));
  assert.deepEqual(o.functions("*", "").map((g) => [g.name, g.times]), [["do_read", 2], [
    "twice",
    1,
  ]]);
});
