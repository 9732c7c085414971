import assert from "node:assert/strict";
import { EventHit, parseReplay, plainPoint, ReplayError } from "./replay.ts";

const task = {
  pid: 1,
  tid: 1,
  ppid: 0,
  uid: 0,
  gid: 0,
  euid: 0,
  egid: 0,
  pgrp: 1,
  sid: 1,
  cpu: 0,
  execname: "init",
  pexecname: "",
};

Deno.test("events keep integers exact and fill in the task", () => {
  const [event] = parseReplay(
    '{"probe": "timer.s(1)", "args": [18446744073709551615, 1234567890123456789, "0x10", "text"],' +
      ' "task": {"pid": 7}, "vars": {"note": "12345678901234567890 \\" stays"}}\n\n',
    task,
  );
  assert.deepEqual(event.args, [-1n, 1234567890123456789n, 16n, "text"]);
  assert.deepEqual([event.task.pid, event.task.execname], [7, "init"]);
  assert.equal(event.vars.get("note"), '12345678901234567890 " stays');
});

Deno.test("memory is served where the event has it", () => {
  const [event] = parseReplay(
    '{"probe": "p", "retval": -1, "memory": [{"address": 4096, "bytes": "010203"}]}',
    task,
  );
  const hit = new EventHit(event);
  assert.deepEqual(hit.memory(4097n, 2), new Uint8Array([2, 3]));
  assert.equal(hit.memory(4097n, 3), null);
  assert.equal(hit.long("retval", 0), -1n);
  assert.equal(hit.long("arg", 0), undefined);
});

Deno.test("a bad line is named", () => {
  const faults: [string, RegExp][] = [
    ["{}", /^line 1: no "probe"$/],
    ['\n{"probe": "p", "args": [1.5]}', /^line 2: 1.5 is not an integer$/],
    ['{"probe": "p", "memory": [{"address": 1, "bytes": "0"}]}', /"bytes" is not hexadecimal$/],
    ["x", /^line 1: /],
  ];
  for (const [text, message] of faults) {
    assert.throws(
      () => parseReplay(text, task),
      (error) => error instanceof ReplayError && message.test(error.message),
      text,
    );
  }
});

Deno.test("points match without the place that resolution added", () => {
  assert.equal(plainPoint('kernel.function("f@fs/a.c:3").return'), 'kernel.function("f").return');
  assert.equal(plainPoint("timer.s(1)"), "timer.s(1)");
});
