import { deepEqual, equal, throws } from "node:assert/strict";
import { helpText, parseOptions, UsageError } from "./options.ts";

Deno.test("short options may be bundled, the last one with its value", () => {
  const s = parseOptions(["-gvvp4", "-r6.1", "x.stp", "-v", "a b"]);
  deepEqual([s.guru, s.verbose, s.lastPass, s.release], [true, 2, 4, "6.1"]);
  deepEqual([s.file, s.args], ["x.stp", ["-v", "a b"]]);
});

Deno.test("with -e every word after the options is an argument", () => {
  const s = parseOptions(["-e", "probe begin {}", "1", "2"]);
  deepEqual([s.script, s.file, s.args], ["probe begin {}", null, ["1", "2"]]);
});

Deno.test("'--' ends the options and '-' is standard input", () => {
  equal(parseOptions(["--", "-x.stp"]).file, "-x.stp");
  equal(parseOptions(["-v", "-"]).file, "-");
});

Deno.test("a long option takes its value after '=' or as the next word", () => {
  equal(parseOptions(["--remote=vm:", "x"]).remote, "vm:");
  equal(parseOptions(["--remote", "vm:6.1", "x"]).remote, "vm:6.1");
});

Deno.test("times may be fractions", () => {
  equal(parseOptions(["-T", "0.5", "x"]).timeoutMs, 500);
});

const MISTAKES: [string[], RegExp][] = [
  [[], /a script must be given/],
  [["--nonsense", "x"], /unknown option '--nonsense'/],
  [["-Z", "x"], /unknown option '-Z'/],
  [["-p6", "x"], /pass from 1 to 5/],
  [["-e"], /needs a value/],
  [["-e", "a", "-e", "b"], /only one script/],
  [["-c", "ls", "-x", "1", "x"], /cannot be used together/],
  [["-F", "-c", "ls", "x"], /cannot be used together/],
  [["-A", "module", "-b"], /cannot be used together/],
  [["-F", "--remote=vm:", "x"], /throwaway VM/],
  [["-b", "--runtime=wasm", "x"], /kernel engine/],
  [["-S", "1", "x"], /-S needs -o/],
  [["-S", "0", "-o", "y", "x"], /-S takes a size/],
  [["--suppress-time-limits", "x"], /requires -g/],
  [["--summary=xml", "x"], /--summary takes json/],
  [["-m", "Bad-Name", "x"], /module name/],
  [["-x", "abc", "x"], /-x takes a number/],
  [["-T", "abc", "x"], /number of seconds/],
  [["--remote=ssh:x", "x"], /vm:RELEASE/],
  [["--disable-cache=1", "x"], /takes no value/],
  [["-D", "A=b c", "x"], /NAME=VALUE/],
  [["--compatibel=5.0", "x"], /did you mean '--compatible'/],
  [["--compatible=9.9", "x"], /newer than/],
  [["--compatible=new", "x"], /takes a version/],
  [["--error-format=xml", "x"], /human, short or json/],
  [["--privilege=root", "x"], /stapusr, stapsys or stapdev/],
  [["--privilege=stapsys", "--unprivileged", "x"], /asked for before/],
  [["-g", "--unprivileged", "x"], /cannot be used together/],
  [["-l", "a", "-L", "b"], /only one of -l and -L/],
  [["-l", "a", "--dump-functions"], /cannot be used together/],
  [["-L", "a", "-e", "probe begin {}"], /take no script/],
];

for (const [words, expected] of MISTAKES) {
  Deno.test(`mistake: ${JSON.stringify(words)}`, () => {
    throws(() => parseOptions(words), (e) => e instanceof UsageError && expected.test(e.message));
  });
}

Deno.test("lists and catalogues need no script", () => {
  equal(parseOptions(["-L", "begin"]).listVariables, true);
  equal(parseOptions(["-l", "begin"]).lastPass, 2);
  equal(parseOptions(["--dump-functions"]).dumpFunctions, true);
  equal(parseOptions(["--dump-probe-aliases", "-v"]).verbose, 1);
});

Deno.test("language options reach the settings", () => {
  const s = parseOptions(["--skip-badvars", "--compatible", "4.0", "--unprivileged", "x"]);
  deepEqual([s.skipBadVariables, s.compatible, s.privilege], [true, "4.0", "stapusr"]);
});

Deno.test("the help text names every option of the table once", () => {
  for (const option of ["-p N", "  -k ", "--remote=vm:RELEASE", "-V, --version"]) {
    equal(helpText().split(option).length, 2, option);
  }
});
