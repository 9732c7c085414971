import assert from "node:assert/strict";
import { Func, Ty } from "../../front/ir/ir.ts";
import { Source, SourceKind, Span } from "../../front/source/source.ts";
import { nameTable } from "./name_tables.ts";

Deno.test("names of flags and values come from the rows of the function's body", () => {
  const span = new Span(new Source("x", "", SourceKind.Library, true), 0, 0);
  const name = (engine: string, code: string, value: bigint) => {
    const func = new Func("f", Ty.String, span);
    func.engine = engine;
    func.code = code;
    return nameTable(func)!(null!, [value], span);
  };
  const open = `{ 0x3, 0x0, "RDONLY" }, { 0x3, 0x1, "WRONLY" }, { 0x40, 0x40, "CREAT" },
    { 0x101000, 0x101000, "SYNC" }, { 0x1000, 0x1000, "DSYNC" }`;
  const cases: [string, string, bigint, string][] = [
    ["flag_names", open, 0n, "RDONLY"],
    ["flag_names", open, 0x41n, "WRONLY|CREAT"],
    ["flag_names", open, 0x101000n, "RDONLY|SYNC"],
    ["flag_names", open, 0x1200n, "RDONLY|DSYNC|0x200"],
    ["flag_names", '{ 0, 0, "NONE" }, { 0x80000000, 0x80000000, "HIGH" }', 0n, "NONE"],
    ["flag_names", '{ 0, 0, "NONE" }, { 0x80000000, 0x80000000, "HIGH" }', 1n << 31n, "HIGH"],
    ["value_name", '{ ~0u, 0x0, "SET" }, { ~0u, 0x1, "CUR" }', 1n, "CUR"],
    ["value_name", '{ ~0u, 0x0, "SET" }', 7n, "0x7"],
  ];
  for (const [engine, code, value, expected] of cases) {
    assert.equal(name(engine, code, value), expected, `${engine} of ${value}`);
  }
});
