/** `tapir check --sandbox` prints what `tapir check` prints, byte for byte. */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { BtfBuilder } from "../compiler/front/btf/testing.ts";
import { bootableKernels } from "../loader/kernels.ts";
import { build } from "../wasm/build.ts";
import { ROOT } from "../wasm/compiler.ts";
import { main } from "./app.ts";
import { TerminalHost } from "./host.ts";

await build();

class KeepingHost extends TerminalHost {
  override color = false;
  out: Uint8Array[] = [];
  errors: Uint8Array[] = [];
  override stdout(bytes: Uint8Array): void {
    this.out.push(bytes.slice());
  }
  override stderr(bytes: Uint8Array): void {
    this.errors.push(bytes.slice());
  }
}

async function check(words: string[], color = false) {
  const host = new KeepingHost();
  host.color = color;
  const status = await main(["check", ...words], host);
  const bytes = (parts: Uint8Array[]) => parts.map((p) => [...p]).flat();
  return { status, out: bytes(host.out), err: bytes(host.errors) };
}

async function both(words: string[], color = false): Promise<string> {
  const native = await check(words, color);
  assert.deepEqual(await check(["--sandbox", ...words], color), native);
  return new TextDecoder().decode(Uint8Array.from(native.out));
}

function scripts(folder: string): string[] {
  return (fs.readdirSync(path.join(ROOT, folder), { recursive: true }) as string[])
    .filter((name) => name.endsWith(".stp")).sort().map((name) => path.join(ROOT, folder, name));
}

/** A folder with files, removed afterwards. */
async function withFiles(
  files: Record<string, string | Uint8Array>,
  action: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = fs.mkdtempSync(path.join(Deno.env.get("TMPDIR") ?? "/tmp", "tapir check "));
  try {
    for (const [name, content] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
      fs.writeFileSync(path.join(folder, name), content);
    }
    await action(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const BAD = {
  "value.stp": "probe begin {\n\tx = }\n",
  "types.stp": 'global g\nprobe begin { g = 1; g = "text"; unknown(3) }\n',
  "bytes.stp": Uint8Array.from([112, 32, 255, 128, 0, 228, 10]),
  "member.stp": 'probe kernel.function("vfs_read") { println($file->f_possss) }\n',
  "gone.stp": 'probe kernel.function("vfs_raed"), kernel.trace("sched_swich") { print(1) }\n',
  "module.stp": 'probe module("ext4").function("ext4_sync_fil") { println($fil) }\n',
  "types_of_module.stp": 'probe begin { println(@cast(1, "struct ext4_inode", "ext4")->i_nope) }\n',
  "config.stp": '%( CONFIG_SMP == "y" %? probe begin { one = } %: probe begin { = two } %)\n',
};

for (const kernel of bootableKernels().map((k) => k.release)) {
  Deno.test(`corpus and bad scripts against the types of ${kernel}`, async () => {
    const corpus = ["tests/corpus", "examples"].flatMap(scripts);
    await both(["-g", "-r", kernel, ...corpus]);
    await withFiles(BAD, async (folder) => {
      const files = Object.keys(BAD).map((name) => `${folder}/${name}`);
      for (const format of ["human", "short", "json"]) {
        const text = await both(["-r", kernel, `--format=${format}`, ...files]);
        assert.match(text, /f_possss/);
      }
      await both(["-r", kernel, ...files], true);
    });
  });
}

Deno.test("folders of -I are seen, in names with spaces too; a kernel without types", async () => {
  const files = {
    "my lib/own.stp": "function own_number() { return missing_one() }\n",
    "script.stp": "probe begin { println(own_number()) }\n",
  };
  await withFiles(files, async (folder) => {
    const words = ["-r", "0.0.0-none", "-I", `${folder}/my lib`, `${folder}/script.stp`];
    assert.match(await both(words), /missing_one.*my lib\/own\.stp:1:/);
  });
});

Deno.test("--btf checks against the types of a file, on any machine", async () => {
  const b = new BtfBuilder();
  const int = b.int("int", 4, 1);
  const file = b.pointer(b.struct("file", 8, [["f_pos", int, 0], ["f_flags", int, 32]]));
  b.func("vfs_read", b.proto(int, [["file", file], ["count", int]]));
  const files = {
    "good.stp": 'probe kernel.function("vfs_read") { println($file->f_pos, $count) }',
    "bad.stp":
      'probe kernel.function("vfs_raed"), kernel.function("vfs_read") { println($file->f_flag) }',
    "kernel.btf": b.bytes(),
  };
  await withFiles(files, async (folder) => {
    const words = (name: string) => ["--btf", `${folder}/kernel.btf`, `${folder}/${name}`];
    assert.equal(await both(words("good.stp")), "");
    const bad = await both(["--error-format=short", ...words("bad.stp")]);
    assert.match(bad, /error E0403: no match for probe point 'kernel.function\("vfs_raed"\)'/);
    const member = await both(["--error-format=json", ...words("bad.stp")]);
    assert.match(member, /did you mean vfs_read/);
    const missing = await check(["--btf", `${folder}/none`, `${folder}/good.stp`]);
    assert.equal(missing.status, 1);
    assert.match(
      new TextDecoder().decode(Uint8Array.from(missing.err)),
      /No such file|no such file/,
    );
  });
});
