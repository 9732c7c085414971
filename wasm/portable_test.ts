import { compile, portableFiles } from "./compiler.ts";

Deno.test("every file of the front end compiles under AssemblyScript", async () => {
  await compile(portableFiles(), ["--noEmit", "--runtime", "stub", "--disableWarning", "235"]);
});
