import assert from "node:assert/strict";

function tapir(words: string[], input = ""): { code: number; out: string; err: string } {
  const folder = Deno.makeTempDirSync();
  try {
    const file = folder + "/in.stp";
    Deno.writeTextFileSync(file, input);
    const main = new URL("./main.ts", import.meta.url).pathname;
    const result = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", main, ...words, file],
      env: { NO_COLOR: "1" },
    }).outputSync();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes).replaceAll(file, "FILE");
    const kept = words.includes("-w") ? Deno.readTextFileSync(file) : "";
    return { code: result.code, out: decode(result.stdout) + kept, err: decode(result.stderr) };
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("tapir format prints, writes or checks", () => {
  const untidy = "probe   begin{x=1 // größe\n}";
  const tidy = "probe begin { x = 1 // größe\n}\n";
  assert.deepEqual(tapir(["format"], untidy), { code: 0, out: tidy, err: "" });
  assert.deepEqual(tapir(["format", "-w"], untidy), { code: 0, out: tidy, err: "" });
  assert.deepEqual(tapir(["format", "--check"], untidy), { code: 1, out: "FILE\n", err: "" });
  assert.deepEqual(tapir(["format", "--check"], tidy), { code: 0, out: "", err: "" });
  const broken = tapir(["format"], 'probe begin { "a }\n');
  assert.equal(broken.code, 1);
  assert.match(broken.err, /E0102/);
});
