import { deepEqual, equal } from "node:assert/strict";
import { Writer } from "./command.ts";
import { RecordKind } from "./device.ts";
import { Output } from "./session_output.ts";

/** What comes out when these records come in, by stream; bulk streams are named by processor. */
async function outcome(
  records: [RecordKind, string, number][],
  options: { quiet?: boolean; bulk?: boolean } = {},
) {
  const streams: Record<string, string> = {};
  const add = (name: string) => (bytes: Uint8Array) => {
    streams[name] = (streams[name] ?? "") + new TextDecoder("latin1").decode(bytes);
  };
  const writer = new Writer({
    stdout: add("stdout"),
    stderr: add("stderr"),
    bulk: (cpu, bytes) => add(`cpu${cpu}`)(bytes),
    event: (lines) => add("event")(new TextEncoder().encode(lines)),
  });
  const line = (note: Uint8Array) => `<${new TextDecoder().decode(note)}>`;
  const output = new Output(writer, options.quiet ?? false, line, options.bulk ?? false);
  records.forEach(([kind, text, cpu], i) => {
    const bytes = new TextEncoder().encode(`..${text}`);
    output.take(kind, bytes, 2, bytes.length, cpu, i + 1);
  });
  await output.flush();
  return { streams, failed: output.failed };
}

Deno.test("warnings are printed once, errors always and make the session fail", async () => {
  const { Warn, Error, Out } = RecordKind;
  const records: [RecordKind, string, number][] = [
    [Warn, "WARNING: w\n", 0],
    [Out, "text\n", 0],
    [Warn, "WARNING: w\n", 1],
    [Warn, "WARNING: other\n", 0],
  ];
  const calm = await outcome(records);
  deepEqual(calm.streams, { stdout: "text\n", stderr: "WARNING: w\nWARNING: other\n" });
  equal(calm.failed, false);
  const quiet = await outcome(records, { quiet: true });
  deepEqual(quiet.streams, { stdout: "text\n" });
  const failed = await outcome([[Error, "ERROR: e\n", 0], [Error, "ERROR: e\n", 0]]);
  deepEqual(failed.streams, { stderr: "ERROR: e\nERROR: e\n" });
  equal(failed.failed, true);
});

Deno.test("bulk output goes to its processor, with number and length; messages do not", async () => {
  const { streams } = await outcome([
    [RecordKind.Out, "one", 1],
    [RecordKind.Warn, "WARNING: w\n", 1],
    [RecordKind.Out, "three", 0],
  ], { bulk: true });
  deepEqual(streams, {
    stderr: "WARNING: w\n",
    cpu1: "\x01\0\0\0\x03\0\0\0one",
    cpu0: "\x03\0\0\0\x05\0\0\0three",
  });
});

Deno.test("notes of a recording become lines of events", async () => {
  const { streams } = await outcome([
    [RecordKind.Control, "a", 0],
    [RecordKind.Out, "out\n", 0],
    [RecordKind.Control, "b", 0],
  ]);
  deepEqual(streams, { event: "<a>\n<b>\n", stdout: "out\n" });
});

Deno.test("long records keep their place among short ones, and chunks are used again", async () => {
  const { Out, Warn } = RecordKind;
  const long = "x".repeat(5000), longer = "y".repeat(30000);
  const { streams } = await outcome([
    [Out, "a", 0],
    [Out, long, 0],
    [Out, "b", 1],
    [Warn, "WARNING: w\n", 0],
    [Out, longer, 0],
    [Out, "c", 0],
  ]);
  deepEqual(streams, { stdout: `a${long}b${longer}c`, stderr: "WARNING: w\n" });
});

Deno.test("what a slow sink has not taken is not overwritten", async () => {
  let text = "";
  const writer = new Writer({
    stdout: async (bytes) => {
      await new Promise((done) => setTimeout(done, 1));
      text += new TextDecoder().decode(bytes);
    },
    stderr: () => {},
  });
  const output = new Output(writer, false, () => "", false);
  const take = (part: string) => {
    const bytes = new TextEncoder().encode(part);
    output.take(RecordKind.Out, bytes, 0, bytes.length, 0, 1);
  };
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 200; i++) take(`${round}:${i}`.padEnd(3000));
    await output.flush();
  }
  equal(text.length, 3 * 200 * 3000);
  for (let i = 0; i < 600; i++) {
    const at = i * 3000;
    equal(text.slice(at, at + 10).trim(), `${Math.floor(i / 200)}:${i % 200}`);
  }
});
