import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { download } from "./debuginfod.ts";
import { compile } from "./dwarf/testing.ts";
import { ElfFile } from "./elf_file.ts";
import { debugPackage, locateKernel, locateModule, notesBuildId, type Places } from "./locate.ts";

const RELEASE = "6.1.0-test";

/** A machine's files in a folder of their own: path and content. */
function machine(files: [string, Uint8Array][]): string {
  const root = Deno.makeTempDirSync({ prefix: "tapir-locate-" });
  for (const [name, bytes] of files) {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), bytes);
  }
  return root;
}

function places(root: string, search = "+:.debug:/usr/lib/debug:build", servers = ""): Places {
  return { roots: [root], path: search, servers, cache: path.join(root, "cache") };
}

const withDebug = compile("int x;\n", "-g", "-shared", "-Wl,--build-id=0x0123456789abcdef");
const without = compile("int x;\n", "-shared", "-Wl,--build-id=0x0123456789abcdef");
const ignore = withDebug == null || without == null;
if (ignore) console.log("skipped: no gcc");

Deno.test({ name: "the kernel's debug file in each of its places", ignore }, () => {
  for (
    const file of [
      `usr/lib/debug/boot/vmlinux-${RELEASE}`,
      `usr/lib/debug/lib/modules/${RELEASE}/vmlinux`,
      `usr/lib/debug/lib/modules/${RELEASE}/vmlinux.debug`,
      `lib/modules/${RELEASE}/build/vmlinux`,
      `boot/vmlinux-${RELEASE}`,
    ]
  ) {
    const root = machine([[file, withDebug!]]);
    assert.equal(locateKernel(RELEASE, places(root)).file, path.join(root, file));
    fs.rmSync(root, { recursive: true });
  }
});

Deno.test(
  { name: "a file without debug sections is passed over; all places are named", ignore },
  () => {
    const root = machine([
      [`boot/vmlinux-${RELEASE}`, without!],
      [`opt/symbols/boot/vmlinux-${RELEASE}`, withDebug!],
    ]);
    const missed = locateKernel(RELEASE, places(root));
    assert.equal(missed.file, "");
    assert.ok(missed.tried.includes(path.join(root, `boot/vmlinux-${RELEASE}`)));
    const found = locateKernel(RELEASE, places(root, "/opt/symbols"));
    assert.equal(found.file, path.join(root, `opt/symbols/boot/vmlinux-${RELEASE}`));
    fs.rmSync(root, { recursive: true });
  },
);

Deno.test({ name: "modules: by path, by build-id, and never another build's", ignore }, () => {
  const own = `lib/modules/${RELEASE}/kernel/net/some-thing.ko`;
  const other = compile("int x;\n", "-g", "-shared", "-Wl,--build-id=0xfedcba98")!;
  const byId = "usr/lib/debug/.build-id/01/23456789abcdef.debug";
  const root = machine([[own, without!], [`usr/lib/debug/${own}`, other], [byId, withDebug!]]);
  assert.equal(locateModule(RELEASE, "some_thing", places(root)).file, path.join(root, byId));
  fs.rmSync(path.join(root, byId));
  assert.equal(locateModule(RELEASE, "some_thing", places(root)).file, "");
  fs.writeFileSync(path.join(root, `usr/lib/debug/${own}`), withDebug!);
  const found = locateModule(RELEASE, "some_thing", places(root)).file;
  assert.equal(found, path.join(root, `usr/lib/debug/${own}`));
  fs.rmSync(root, { recursive: true });
});

/** A server on the loopback in a thread of its own, for a download blocks this one. */
async function serve(answers: Record<string, Uint8Array>): Promise<{ url: string; stop(): void }> {
  const code = `self.onmessage = ({ data }) => {
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: ({ port }) => self.postMessage(port) },
      (request) => {
        const bytes = data[new URL(request.url).pathname];
        return bytes ? new Response(bytes) : new Response("", { status: 404 });
      });
  };`;
  const worker = new Worker("data:text/javascript," + encodeURIComponent(code), { type: "module" });
  const port = new Promise<number>((done) => worker.onmessage = ({ data }) => done(data));
  worker.postMessage(answers);
  return { url: `http://127.0.0.1:${await port}`, stop: () => worker.terminate() };
}

Deno.test(
  { name: "a server that knows the build-id, when nothing is installed", ignore },
  async () => {
    const own = `lib/modules/${RELEASE}/kernel/net/thing.ko`;
    const root = machine([[own, without!]]);
    const server = await serve({ "/buildid/0123456789abcdef/debuginfo": withDebug! });
    try {
      const none = locateModule(RELEASE, "thing", places(root));
      assert.equal(none.file, "");
      const wanted = places(root, undefined, `http://127.0.0.1:9/ ${server.url}/`);
      const found = locateModule(RELEASE, "thing", wanted);
      assert.equal(found.file, path.join(root, "cache/0123456789abcdef/debuginfo"));
      assert.equal(ElfFile.open(found.file).buildId(), "0123456789abcdef");
      server.stop();
      // From the cache the second time.
      assert.equal(locateModule(RELEASE, "thing", wanted).file, found.file);
      assert.equal(download(`${server.url}/nothing`, path.join(root, "nothing")), false);
      assert.equal(fs.existsSync(path.join(root, "nothing")), false);
    } finally {
      server.stop();
      fs.rmSync(root, { recursive: true });
    }
  },
);

Deno.test("the package that brings a kernel's debuginfo; the build-id in notes", () => {
  assert.equal(debugPackage("6.1.0-9-amd64"), "linux-image-6.1.0-9-amd64-dbg");
  const note = [4, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 0x47, 0x4e, 0x55, 0, 0xab, 0xcd, 0xef, 0];
  assert.equal(notesBuildId(new Uint8Array(note)), "abcdef");
  assert.equal(notesBuildId(new Uint8Array(note.slice(0, 17))), "");
});
