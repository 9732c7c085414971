/** The value headers of runtime-c, compiled for user space with sanitizers and run. */
import assert from "node:assert/strict";

Deno.test("runtime values: arithmetic, strings, arrays, aggregates, formats", async () => {
  const here = new URL(".", import.meta.url).pathname;
  const folder = await Deno.makeTempDir({ prefix: "tapir-values-" });
  try {
    const program = `${folder}/values`;
    const words = ["-std=gnu11", "-Wall", "-O1", "-g", "-fwrapv", "-fsanitize=address,undefined"];
    const built = await new Deno.Command("gcc", {
      args: [...words, `-I${here}../../runtime-c`, `-I${here}`, "-o", program, `${here}values.c`],
    }).output();
    assert.equal(new TextDecoder().decode(built.stderr), "");
    const run = await new Deno.Command(program).output();
    assert.equal(
      new TextDecoder().decode(run.stdout) + new TextDecoder().decode(run.stderr).slice(0, 2000),
      "",
    );
    assert.equal(run.code, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
