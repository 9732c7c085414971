/** The C back end: a typed program becomes the source of one kernel module. */
import type { Program } from "../../front/ir/ir.ts";
import * as ir from "../../front/ir/ir.ts";
import type { CProduct } from "../../../loader/types.ts";
import { settable } from "./globals.ts";
import { type COptions, Module } from "./module.ts";

export type { COptions } from "./module.ts";

/**
 * Translates a program. The source includes the headers of runtime-c; the manifest's globals are
 * in the order in which tapir_set_global() numbers them, its probes in the order of tapir_rows.
 */
export function emitC(program: Program, options: COptions): CProduct {
  const module = new Module(program, options);
  const source = module.text();
  return {
    source,
    manifest: {
      version: 1,
      module: options.module,
      release: options.release,
      probes: module.program.rows.map((r) => ({
        family: r.family,
        point: r.point,
        name: r.name,
      })),
      symbols: module.symbols,
      globals: settable(program).map((i) => ({
        name: program.globals[i].name,
        type: program.globals[i].type == ir.Ty.String ? "string" as const : "long" as const,
      })),
    },
  };
}
