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
