/**
 * The module where people embed it: in Node.js, in a page of a browser, in a program in C. Each
 * checks the same scripts and must print the bytes that the front end itself prints.
 */
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { setupProgram } from "../loader/setup.ts";
import { build, HOST, hostScript, MODULE } from "./build.ts";
import { libraryFiles } from "./bundle.ts";
import { ROOT } from "./compiler.ts";
import { FileRole, Session } from "./session.ts";

const EMBED = path.join(ROOT, "wasm/embed");

/** A program, or "" after the reason was printed why it cannot be had. */
async function program(name: string): Promise<string> {
  try {
    return await setupProgram(name, (text) => console.log(`setup: ${text}`));
  } catch (error) {
    console.log(`skipped: there is no ${name}: ${(error as Error).message}`);
    return "";
  }
}

await build();
const node = await program("node");
const chromium = await program("chromium");
const wasm2c = await program("wasm2c");
const gcc = await program("gcc");

/** Scripts without and with errors, as files. */
const scripts: string[] = fs.readdirSync(path.join(ROOT, "tests/corpus/common"))
  .filter((name) => name.endsWith(".stp")).slice(0, 30)
  .map((name) => `tests/corpus/common/${name}`);

const BAD = new Map([
  ["value.stp", "probe begin {\n\tx = }\n"],
  ["names.stp", 'probe begin { prnt("\u00e4") } probe kernel.functoin("x") {}\n'],
  ["types.stp", 'global g\nprobe begin { g = 1; g = "text" }\n'],
  ["warning.stp", "global unused\nprobe begin { exit() }\n"],
]);

const work = Deno.makeTempDirSync({ prefix: "tapir-hosts-" });
globalThis.addEventListener("unload", () => Deno.removeSync(work, { recursive: true }));
for (const [name, text] of BAD) {
  fs.writeFileSync(path.join(work, name), text);
  scripts.push(path.join(work, name));
}

/** What the front end finds in one script, in the format for people. */
function expected(name: string, text: Uint8Array): string {
  const session = new Session();
  for (const [file, bytes] of libraryFiles()) {
    session.addFile(file, latin1(bytes), FileRole.Library);
  }
  session.addFile(name, latin1(text), FileRole.Script);
  session.setOptions('{"format":"human"}');
  session.check(false);
  return new TextDecoder().decode(Uint8Array.from(session.result, (c) => c.charCodeAt(0)));
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

const wanted = scripts.map((name) => expected(name, fs.readFileSync(path.resolve(ROOT, name))));

async function run(command: string[], cwd = ROOT): Promise<{ code: number; stdout: string }> {
  const output = await new Deno.Command(command[0], {
    args: command.slice(1),
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(decode(output.stderr), "", command[0]);
  return { code: output.code, stdout: decode(output.stdout) };
}

Deno.test("the scripts that the hosts check have errors and warnings, and some have none", () => {
  const all = wanted.join("");
  for (const mark of ["parse error: ", "semantic error: ", "WARNING: ", "\u00e4"]) {
    assert.ok(all.includes(mark), mark);
  }
  assert.ok(wanted.includes(""));
});

Deno.test("the built module has no imports and at most 700 KB; its host is that of the sources", () => {
  const bytes = fs.readFileSync(MODULE);
  assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(bytes)), []);
  assert.ok(bytes.length <= 700 * 1024, `${bytes.length} bytes`);
  assert.equal(fs.readFileSync(HOST, "utf8"), hostScript());
});

Deno.test({ name: "Node.js checks scripts", ignore: node == "", fn: inNode });

async function inNode(): Promise<void> {
  const result = await run([node, path.join(EMBED, "check.mjs"), ...scripts]);
  assert.equal(result.stdout, wanted.join(""));
  assert.equal(result.code, 1);
  assert.equal((await run([node, path.join(EMBED, "check.mjs"), scripts[0]])).code, 0);
}

Deno.test({ name: "a program in C checks scripts", ignore: wasm2c == "" || gcc == "", fn: inC });

async function inC(): Promise<void> {
  const runtime = "/usr/share/wabt/wasm2c";
  await run([wasm2c, "-n", "tapir", "-o", `${work}/tapir_check.c`, MODULE]);
  const sources = [`${EMBED}/check.c`, `${work}/tapir_check.c`, `${runtime}/wasm-rt-impl.c`];
  const folders = [`-I${work}`, `-I${runtime}`];
  await run([gcc, "-O1", "-w", ...folders, "-o", `${work}/check`, ...sources, "-lm"]);
  const result = await run([`${work}/check`, ...scripts]);
  assert.equal(result.stdout, wanted.join(""));
  assert.equal(result.code, 1);
  assert.equal((await run([`${work}/check`, scripts[0]])).code, 0);
}

Deno.test({ name: "a page in Chromium checks scripts", ignore: chromium == "", fn: inBrowser });

/** What the test's page does: types each script into the example page and sends what that shows. */
const DRIVER = `
  const scripts = await (await fetch("scripts.json")).json();
  const frame = document.querySelector("iframe").contentWindow;
  while (frame.document.getElementById("found")?.textContent !== "no errors, no warnings") {
    await new Promise((again) => setTimeout(again, 20));
  }
  const found = [];
  for (const text of scripts) {
    const field = frame.document.getElementById("script");
    field.value = text;
    field.dispatchEvent(new frame.Event("input"));
    found.push(frame.document.getElementById("found").textContent);
  }
  await fetch("found", { method: "POST", body: JSON.stringify(found) });
`;

async function inBrowser(): Promise<void> {
  const texts = scripts.map((name) => fs.readFileSync(path.resolve(ROOT, name)));
  // A text field has characters, lines without carriage returns, and one name for all scripts.
  const typed = texts.map((bytes) => new TextDecoder().decode(bytes));
  const shown = typed.map((text) =>
    expected("input.stp", new TextEncoder().encode(text)) || "no errors, no warnings"
  );
  const { promise, resolve } = Promise.withResolvers<string[]>();
  const files = new Map<string, [string, string | Uint8Array<ArrayBuffer>]>([
    ["/", [
      "text/html",
      '<iframe src="page.html"></iframe><script type="module" src="driver.mjs"></script>',
    ]],
    ["/driver.mjs", ["text/javascript", DRIVER]],
    ["/page.html", ["text/html", fs.readFileSync(`${EMBED}/page.html`)]],
    ["/tapir-check.mjs", ["text/javascript", fs.readFileSync(HOST)]],
    ["/tapir-check.wasm", ["application/wasm", fs.readFileSync(MODULE)]],
    ["/scripts.json", ["application/json", JSON.stringify(typed)]],
  ]);
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const name = new URL(request.url).pathname;
    if (name == "/found") resolve(await request.json());
    const file = files.get(name);
    if (file == null) return new Response("", { status: name == "/found" ? 200 : 404 });
    return new Response(file[1], { headers: { "content-type": file[0] } });
  });
  const profile = await Deno.makeTempDir({ prefix: "tapir-chromium-" });
  const browser = new Deno.Command(chromium, {
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--user-data-dir=${profile}`,
      `http://127.0.0.1:${server.addr.port}/`,
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let timer: ReturnType<typeof setTimeout> | undefined;
  // Only so that a page that fails does not hold the tests up for ever.
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the page has sent nothing")), 120_000);
  });
  try {
    const ended = browser.status.then((status) => {
      throw new Error(`chromium ended with status ${status.code}`);
    });
    assert.deepEqual(await Promise.race([promise, ended, late]), shown);
  } finally {
    clearTimeout(timer);
    browser.kill();
    await browser.status;
    await server.shutdown();
    await removeProfile(profile);
  }
}

/** Processes of an ended browser write into its profile for a moment longer. */
async function removeProfile(folder: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const left = await Deno.remove(folder, { recursive: true }).then(() => false, () => true);
    if (!left) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  console.error(`could not remove ${folder}`);
}
