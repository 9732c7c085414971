import { equal, notEqual } from "node:assert/strict";
import { findProgram } from "../loader/root.ts";
import { buildPrograms } from "./programs.ts";

const SOURCE = `#include "number.h"
__asm__(".globl _start\\n_start:\\n mov $60, %eax\\n mov $" NUMBER ", %edi\\n syscall\\n");
`;

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tapir-programs-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a folder without programs gives none", () =>
  inFolder(async (folder) => equal(await buildPrograms(folder), "")));

Deno.test({
  name: "programs are compiled with their headers, once for each text",
  ignore: findProgram("gcc") == "",
  fn: () =>
    inFolder(async (folder) => {
      const runs = async (number: string) => {
        await Deno.writeTextFile(`${folder}/programs/number.h`, `#define NUMBER "${number}"\n`);
        const built = await buildPrograms(folder);
        equal((await new Deno.Command(`${built}/leave`).output()).code, Number(number));
        return built;
      };
      await Deno.mkdir(`${folder}/programs`);
      await Deno.writeTextFile(`${folder}/programs/leave.c`, SOURCE);
      const first = await runs("7");
      equal(await runs("7"), first);
      const second = await runs("8");
      notEqual(second, first);
      for (const made of [first, second]) await Deno.remove(made, { recursive: true });
    }),
});
