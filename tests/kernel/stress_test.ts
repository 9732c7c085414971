/** A short form of the stress test; `deno task stress` is the long one. */
import assert from "node:assert/strict";
import { bootableKernels } from "../../loader/kernels.ts";
import { stress } from "./stress.ts";

const target = bootableKernels().find((kernel) => kernel.build != "");

Deno.test({
  name: "sessions started and ended in every way under load",
  ignore: target == null,
  async fn() {
    const report = await stress(target!, { cycles: 16, kills: 3, seed: 20240607 });
    assert.equal(report.cycles, 16);
    assert.equal(report.kills, 3);
  },
});
