import { deepEqual, equal, throws } from "node:assert/strict";
import { mergeBulk } from "./merge.ts";
import { ScriptOutput } from "./output.ts";
import { strftime } from "./strftime.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function folder(body: (path: string) => void): void {
  const path = Deno.makeTempDirSync();
  try {
    body(path);
  } finally {
    Deno.removeSync(path, { recursive: true });
  }
}

function files(path: string): Record<string, string> {
  const found: Record<string, string> = {};
  const names = [...Deno.readDirSync(path)].map((entry) => entry.name).sort();
  for (const name of names) found[name] = Deno.readTextFileSync(`${path}/${name}`);
  return found;
}

/** Records as bulk mode writes them. */
function records(...list: [number, string][]): Uint8Array {
  const parts = list.flatMap(([sequence, text]) => {
    const head = new Uint8Array(8);
    new DataView(head.buffer).setUint32(0, sequence, true);
    new DataView(head.buffer).setUint32(4, text.length, true);
    return [...head, ...encode(text)];
  });
  return Uint8Array.from(parts);
}

Deno.test("files change at their size, between lines, and the oldest go", () => {
  folder((path) => {
    const output = new ScriptOutput(`${path}/out`, { size: 10, keep: 2 }, false);
    output.write(encode("aaa\nbbb\nccc\n"));
    output.write(encode("ddd\neee\n"));
    output.write(encode("a line that is longer than a file\n"));
    output.close();
    deepEqual(files(path), {
      "out.2": "eee\n",
      "out.3": "a line that is longer than a file\n",
    });
  });
});

Deno.test("without a number all files stay; SIGUSR2's rotation starts the next", () => {
  folder((path) => {
    const output = new ScriptOutput(`${path}/out`, { size: 1000, keep: 0 }, false);
    output.write(encode("one\n"));
    output.rotate();
    output.write(encode("two\n"));
    output.close();
    deepEqual(files(path), { "out.0": "one\n", "out.1": "two\n" });
  });
});

Deno.test("bulk mode writes a file for each processor, and merging restores the order", () => {
  folder((path) => {
    const output = new ScriptOutput(`${path}/out`, null, true);
    output.writeBulk(1, records([2, "second\n"], [5, "fifth\n"]));
    output.writeBulk(0, records([1, "first\n"], [3, "third\n"]));
    output.close();
    deepEqual(Object.keys(files(path)), ["out_0", "out_1"]);
    let text = "";
    const count = mergeBulk(
      [`${path}/out_0`, `${path}/out_1`],
      (record) => void (text += new TextDecoder().decode(record)),
    );
    equal(text, "first\nsecond\nthird\nfifth\n");
    deepEqual(count, { records: 4, missing: 1 });
  });
});

Deno.test("bulk files change at whole records", () => {
  folder((path) => {
    const output = new ScriptOutput(`${path}/out`, { size: 40, keep: 0 }, true);
    output.writeBulk(0, records([1, "0123456789"], [2, "0123456789"], [3, "0123456789"]));
    output.close();
    deepEqual(Object.values(files(path)).map((text) => text.length), [36, 18]);
    let text = "";
    mergeBulk(Object.keys(files(path)).map((name) => `${path}/${name}`), (record) => {
      text += record.length;
    });
    equal(text, "101010");
  });
});

Deno.test("what is no bulk file is refused", () => {
  folder((path) => {
    Deno.writeTextFileSync(`${path}/x`, "some text that is no record");
    throws(() => mergeBulk([`${path}/x`], () => {}), /no output file of bulk mode/);
    Deno.writeFileSync(`${path}/y`, records([1, "cut off"]).subarray(0, 12));
    throws(() => mergeBulk([`${path}/y`], () => {}), /ends within a record/);
  });
});

Deno.test("a file that cannot be opened is named", () => {
  throws(() => new ScriptOutput("/no/such/folder/x", null, false), /cannot write to \/no\/such/);
});

for (
  const [pattern, text] of [
    ["%Y-%m-%d_%H:%M:%S", "2024-02-03_04:05:06"],
    ["%F %T %j", "2024-02-03 04:05:06 034"],
    ["%a %A %b %B %e", "Sat Saturday Feb February  3"],
    ["%I%p %y %C %u %w", "04AM 24 20 6 6"],
    ["%U %W %V %G %g", "04 05 05 2024 24"],
    ["100%% %Q plain", "100% %Q plain"],
  ]
) {
  Deno.test(`strftime ${pattern}`, () => {
    equal(strftime(pattern, new Date(2024, 1, 3, 4, 5, 6)), text);
  });
}
