/** The options of a running session, each with what it does, in a real kernel. */
import assert from "node:assert/strict";
import { bootableKernels } from "../../loader/kernels.ts";
import { Guest } from "./guest.ts";

const target = bootableKernels().find((kernel) => kernel.build != "");

/** Numbered lines, enough for several small files. */
const LINES = `probe begin {
  for (i = 0; i < 40000; i++) printf("%063d\\n", i)
  exit()
}`;

function numbers(text: string): number[] {
  return text.split("\n").filter((line) => line != "").map(Number);
}

async function twiceAtOnce(guest: Guest): Promise<void> {
  const ko = await guest.build(`probe timer.s(100) {} probe end { println("bye") }`);
  const one = `tapir run -R -c 'sleep 5; grep -c ^tapir_ /proc/modules' ${ko}`;
  const ran = await guest.shell(`${one} & ${one}; wait`);
  assert.equal(ran.stderr, "");
  // Which of the two comes first does not matter.
  assert.deepEqual(ran.stdout.trim().split("\n").sort(), ["2", "2", "bye", "bye"]);
}

async function rotation(guest: Guest): Promise<void> {
  const ko = await guest.build(LINES, ["-DMAXACTION=10000000"]);
  const ran = await guest.shell(
    `tapir run -R -o /tmp/lines -S 1,2 ${ko} && ls /tmp/lines.* && wc -c /tmp/lines.1 &&` +
      ` cat /tmp/lines.1 /tmp/lines.2 | tail -n 20000`,
  );
  assert.equal(ran.status, 0, ran.stderr);
  const rows = ran.stdout.split("\n");
  assert.deepEqual(rows.slice(0, 2), ["/tmp/lines.1", "/tmp/lines.2"]);
  assert.match(rows[2], /^1048576 /);
  assert.deepEqual(
    numbers(rows.slice(3).join("\n")),
    Array.from({ length: 20000 }, (_, i) => i + 20000),
  );
}

async function bulk(guest: Guest): Promise<void> {
  const ko = await guest.build(`
    global n
    probe timer.us(500) { printf("%d\\n", n++) }
    probe end { printf("%d\\n", n++) }`);
  const ran = await guest.shell(
    `tapir run -R -b -o /tmp/bulk -c 'for i in 1 2 3 4; do taskset 1 true; taskset 2 true; done;` +
      ` sleep 1' ${ko} && ls /tmp/bulk_* && tapir merge -o /tmp/merged /tmp/bulk_* && cat /tmp/merged`,
  );
  assert.equal(ran.status, 0, ran.stderr);
  const rows = ran.stdout.split("\n").filter((row) => row != "");
  const names = rows.filter((row) => row.startsWith("/tmp/bulk_"));
  assert.ok(names.length >= 1 && names.every((name) => /^\/tmp\/bulk_[01]$/.test(name)));
  const merged = rows.slice(names.length).map(Number);
  assert.ok(merged.length > 100);
  merged.forEach((value, i) => assert.equal(value, i));
}

async function flightInMemory(guest: Guest): Promise<void> {
  const ko = await guest.build(
    `global n
    probe begin { for (i = 0; i < 40000; i++) printf("%063d\\n", n++) }
    probe timer.ms(10) { printf("%063d\\n", n++) }
    probe end { println("end ", n) }`,
    ["-DMAXACTION=10000000"],
  );
  const started = await guest.shell(`tapir run -R -F -s 1 ${ko}; sleep 1`);
  assert.equal(started.status, 0, started.stderr);
  const name = /type "tapir -A (\w+)"/.exec(started.stderr)?.[1];
  assert.ok(name != null, started.stderr);
  // A reader that leaves lets it run; rmmod and a later session do not see a leftover.
  const left = await guest.shell(
    `tapir -A ${name} > /tmp/first & until [ -s /tmp/first ]; do sleep 0.1; done; sleep 1; kill -QUIT $!; wait $!; echo $?; cat /tmp/first`,
  );
  assert.match(left.stderr, /Disconnecting/);
  const first = left.stdout.split("\n");
  assert.equal(first.shift(), "0");
  const lines = numbers(first.join("\n"));
  // The oldest are gone, the newest are there, without a hole.
  assert.ok(lines[0] > 20000 && lines[0] < 40000, String(lines[0]));
  lines.forEach((value, i) => assert.equal(value, lines[0] + i));
  const ended = await guest.shell(
    `tapir -A ${name} --summary=json > /tmp/rest & until [ -s /tmp/rest ]; do sleep 0.1; done; sleep 1; kill -INT $!; wait $!; echo $?;` +
      ` cat /tmp/rest; grep -c ${name} /proc/modules`,
  );
  const rest = ended.stdout.trimEnd().split("\n");
  assert.equal(rest.shift(), "0");
  assert.equal(rest.pop(), "0");
  assert.match(rest.pop()!, /^end \d+$/);
  assert.equal(Number(rest[0]), lines[lines.length - 1] + 1);
  const { summary } = JSON.parse(ended.stderr.trim().split("\n").pop()!);
  assert.equal(summary.probes[1].point, "timer.ms(10)");
  const unknown = await guest.shell(`tapir -A ${name}`);
  assert.equal(unknown.status, 1);
  assert.match(unknown.stderr, /no flight recorder/);
}

async function flightIntoFiles(guest: Guest): Promise<void> {
  const ko = await guest.build(`global n probe timer.ms(2) { printf("%063d\\n", n++) }
    probe end { println("end") }`);
  const ran = await guest.shell(
    `pid=$(tapir run -R -F -o /tmp/fly.%Y ${ko}) && grep -c ^tapir_ /proc/modules && sleep 1 &&` +
      ` kill -INT $pid && while [ -d /proc/$pid ]; do sleep 0.1; done;` +
      ` grep -c ^tapir_ /proc/modules; ls /tmp/fly.*; tail -n 1 /tmp/fly.*`,
  );
  const rows = ran.stdout.trimEnd().split("\n");
  assert.deepEqual(rows.slice(0, 2), ["1", "0"], ran.stderr);
  assert.match(rows[2], /^\/tmp\/fly\.20\d\d$/);
  assert.equal(rows[3], "end");
}

async function command(guest: Guest): Promise<void> {
  const ko = await guest.build(`probe timer.s(100) { println("late") }`);
  const ran = await guest.shell(
    `echo typed | tapir run -R -c 'cat; exit 3' ${ko}; echo $?;` +
      ` tapir run -R -c 'kill -9 $$' ${ko}; echo $?`,
  );
  assert.equal(ran.stdout, "typed\n1\n1\n");
  assert.match(ran.stderr, /WARNING: Child process exited with status 3\n/);
  assert.match(ran.stderr, /WARNING: Child process exited with signal 9 \(Killed\)\n/);
}

async function killedLoader(guest: Guest): Promise<void> {
  const ko = await guest.build(`probe kernel.function("vfs_read") { n++ } global n`);
  const ran = await guest.shell(
    `tapir run -R ${ko} & until grep -q ^tapir_ /proc/modules; do sleep 0.1; done; kill -9 $!; wait $!; sleep 0.5; grep -c ^tapir_ /proc/modules;` +
      ` tapir run -R -T 0.1 ${ko} >/dev/null; grep -c ^tapir_ /proc/modules`,
  );
  assert.equal(ran.stdout, "1\n0\n", ran.stderr);
}

/** Name and body of each step. */
const STEPS: [string, (guest: Guest) => Promise<void>][] = [
  ["the same build runs twice at once", twiceAtOnce],
  ["-o with -S: files of a size, the oldest go", rotation],
  ["-b: files for each processor, merged in order", bulk],
  ["-F in memory, -A, left by SIGQUIT, ended by SIGINT", flightInMemory],
  ["-F with -o: in the background", flightIntoFiles],
  ["-c reads the standard input; how it ends is said", command],
  ["a loader that is killed leaves nothing armed, the next run removes the module", killedLoader],
];

Deno.test({
  name: "options of a running session",
  ignore: target == null,
  async fn(t) {
    const guest = await Guest.boot(target!);
    try {
      for (const [name, body] of STEPS) await t.step(name, () => body(guest));
      await t.step("the kernel does not complain, and nothing is left", () => guest.assertClean());
    } finally {
      await guest.stop();
    }
  },
});
