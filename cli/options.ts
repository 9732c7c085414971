/**
 * The options: one table, from which both the parser and the help text are made. Options come
 * before the script, as with SystemTap; short ones may be bundled (`-gvp4`), the value of a short
 * one may follow it at once or as the next word, of a long one after `=` or as the next word.
 */

import { compareVersions } from "../compiler/front/source/glob.ts";
import { didYouMean } from "../compiler/front/source/similar.ts";

/** The newest language version that --compatible may name. */
const NEWEST = "5.6";

/** What a command line asks for. */
export interface Settings {
  help: boolean;
  version: boolean;
  verbose: number;
  lastPass: number;
  includes: string[];
  script: string | null;
  extraScripts: string[];
  output: string;
  release: string;
  moduleName: string;
  keep: boolean;
  guru: boolean;
  command: string | null;
  pid: number;
  defines: string[];
  make: string[];
  bufferMb: number;
  noWarnings: boolean;
  /** `tapir record`: the output is a recording. */
  record: boolean;
  timing: boolean;
  bulk: boolean;
  /** -S: size in MB and number of files; 0 for none and for all. */
  rotateMb: number;
  keepFiles: number;
  flight: boolean;
  /** Module of -A, or "". */
  attach: string;
  warningsAreErrors: boolean;
  list: string | null;
  /** -L rather than -l. */
  listVariables: boolean;
  dumpFunctions: boolean;
  dumpProbeAliases: boolean;
  skipBadVariables: boolean;
  /** Show the globals that nothing reads when the session ends. */
  displayGlobals: boolean;
  /** Language version; "" for the newest. */
  compatible: string;
  /** stapusr, stapsys or stapdev; "" if not given. */
  privilege: string;
  /** -u */
  unoptimized: boolean;
  /** human, short or json. */
  errorFormat: string;
  /** A file with the target's BTF (`tapir check --btf`); "" to look for the kernel's. */
  btf: string;
  /** Do without debuginfo, whatever there is: `tapir check` says the same on every machine. */
  typesOnly: boolean;
  globals: [string, string][];
  timeoutMs: number;
  remote: string;
  cache: boolean;
  dumpIr: boolean;
  /** "kernel" or "wasm". */
  runtime: string;
  replay: string;
  dumpWat: boolean;
  /** Limits of the WebAssembly sandbox; 0 for the default. */
  sandboxMemoryMb: number;
  sandboxSteps: number;
  dumpProbeTypes: boolean;
  suppressTimeLimits: boolean;
  suppressHandlerErrors: boolean;
  /** "json", or "" for none. */
  summary: string;
  /** Load the module under a name of the session's own. */
  ownName: boolean;
  color: string;
  /** Script file, if the script is not given by -e; "-" for standard input. */
  file: string | null;
  /** Words after the script. */
  args: string[];
}

/** A command line that cannot be followed; `message` says why. */
export class UsageError extends Error {}

interface Option {
  short: string;
  long: string;
  /** Name of its value in the help text; "" if it takes none. */
  value: string;
  help: string;
  set(settings: Settings, value: string): void;
}

const OPTIONS: Option[] = [
  row("h", "help", "", "show this text", (s) => s.help = true),
  row("V", "version", "", "show the version", (s) => s.version = true),
  row("v", "", "", "say more about all passes (-vv, -vvv)", (s) => s.verbose++),
  row(
    "p",
    "",
    "N",
    "stop after pass N: 1 parse, 2 analyse, 3 translate, 4 build, 5 run",
    (s, v) => {
      if (!/^[1-5]$/.test(v)) throw new UsageError(`-p takes a pass from 1 to 5, not '${v}'`);
      s.lastPass = Number(v);
    },
  ),
  row("I", "", "DIR", "also look in DIR for library scripts", (s, v) => s.includes.push(v)),
  row("e", "", "SCRIPT", "run SCRIPT instead of a file", (s, v) => {
    if (s.script != null) throw new UsageError("only one script can be given with -e");
    s.script = v;
  }),
  row("E", "", "SCRIPT", "run SCRIPT too, beside the main script", (s, v) => {
    s.extraScripts.push(v);
  }),
  row("o", "", "FILE", "write the script's output to FILE", (s, v) => s.output = v),
  row("r", "", "RELEASE", "build for this kernel (6.1 means the newest 6.1 here)", (s, v) => {
    s.release = v;
  }),
  row("m", "", "NAME", "name the module; with -p4 it is left in this folder", (s, v) => {
    const name = v.replace(/\.ko$/, "");
    if (!/^[a-z0-9_]{1,55}$/.test(name)) {
      throw new UsageError(`a module name is 1 to 55 of a-z, 0-9 and _, not '${v}'`);
    }
    s.moduleName = name;
  }),
  row("k", "", "", "keep the folder of the build", (s) => s.keep = true),
  row("g", "", "", "guru mode: allow embedded C and writing to the kernel", (s) => s.guru = true),
  row("c", "", "COMMAND", "run COMMAND, end with it; target() is its process", (s, v) => {
    if (v.trim() == "") throw new UsageError("-c needs a command");
    s.command = v;
  }),
  row("x", "", "PID", "target() is this process", (s, v) => s.pid = integer("-x", v, 1, 4194304)),
  row("D", "", "NAME=VALUE", "set a limit or define a macro of the generated C", (s, v) => {
    if (!/^[A-Za-z_]\w*(=[A-Za-z_0-9-]*)?$/.test(v)) {
      throw new UsageError(`-D takes NAME or NAME=VALUE, not '${v}'`);
    }
    s.defines.push(v);
  }),
  row("B", "", "KBUILD_OPTION", "give this word to make in pass 4", (s, v) => s.make.push(v)),
  row("s", "", "MB", "size of the output buffer per processor", (s, v) => {
    s.bufferMb = integer("-s", v, 1, 4095);
  }),
  row("w", "", "", "no warnings", (s) => s.noWarnings = true),
  row("W", "", "", "warnings are errors", (s) => s.warningsAreErrors = true),
  row("t", "", "", "at the end say how often and how long the handlers ran", (s) => {
    s.timing = true;
    s.defines.push("STP_TIMING");
  }),
  row("b", "", "", "bulk mode: a file of output for each processor; see 'tapir merge'", (s) => {
    s.bulk = true;
  }),
  row("S", "", "MB[,N]", "with -o: change to a new file at that size, keep N of them", (s, v) => {
    const parts = /^(\d+)(?:,(\d+))?$/.exec(v);
    if (parts == null || Number(parts[1]) == 0) {
      throw new UsageError(`-S takes a size in MB and a number of files, as 10,3, not '${v}'`);
    }
    s.rotateMb = Number(parts[1]);
    s.keepFiles = Number(parts[2] ?? 0);
  }),
  row("F", "", "", "flight recorder: go on in the background, in memory or into -o FILE", (s) => {
    s.flight = true;
  }),
  row("A", "", "MODULE", "read what a flight recorder in memory keeps, and end it", (s, v) => {
    s.attach = v;
  }),
  row("l", "", "PROBE", "list the probe points that match", (s, v) => setList(s, v, false)),
  row("L", "", "PROBE", "the same, with the variables that each has", (s, v) => {
    setList(s, v, true);
  }),
  row("G", "", "NAME=VALUE", "start a global variable with this value", (s, v) => {
    const parts = v.match(/^([A-Za-z_]\w*)=(.*)$/s);
    if (parts == null) throw new UsageError(`-G takes NAME=VALUE, not '${v}'`);
    s.globals.push([parts[1], parts[2]]);
  }),
  row("T", "", "SECONDS", "end after that time", (s, v) => {
    if (!/^\d+(\.\d*)?$|^\.\d+$/.test(v) || Number(v) <= 0) {
      throw new UsageError(`-T takes a number of seconds, not '${v}'`);
    }
    s.timeoutMs = Math.max(1, Math.round(Number(v) * 1000));
  }),
  row("", "remote", "vm:RELEASE", "run in a throwaway VM (vm: means the newest kernel)", (s, v) => {
    if (!v.startsWith("vm:")) {
      throw new UsageError(`--remote takes vm: or vm:RELEASE, not '${v}'`);
    }
    s.remote = v;
  }),
  row("", "disable-cache", "", "build afresh and keep nothing", (s) => s.cache = false),
  row("", "runtime", "ENGINE", "kernel, or wasm: in this process, without privilege", (s, v) => {
    if (v != "kernel" && v != "wasm") {
      throw new UsageError(`--runtime takes kernel or wasm, not '${v}'`);
    }
    s.runtime = v;
  }),
  row(
    "",
    "replay",
    "FILE",
    "drive the probes by recorded events (implies --runtime=wasm)",
    (s, v) => {
      s.replay = v;
      s.runtime = "wasm";
    },
  ),
  row("", "dump-wat", "", "print the WebAssembly module as text (implies --runtime=wasm)", (s) => {
    s.dumpWat = true;
    s.runtime = "wasm";
  }),
  row("", "sandbox-memory", "MB", "memory that the WebAssembly engine may use", (s, v) => {
    s.sandboxMemoryMb = integer("--sandbox-memory", v, 1, 4095);
  }),
  row("", "sandbox-steps", "N", "loop rounds and calls that a handler may take in it", (s, v) => {
    s.sandboxSteps = integer("--sandbox-steps", v, 1, Number.MAX_SAFE_INTEGER);
  }),
  row(
    "",
    "suppress-time-limits",
    "",
    "no limits on time and actions of handlers (needs -g)",
    (s) => {
      s.suppressTimeLimits = true;
    },
  ),
  row("", "suppress-handler-errors", "", "go on after run-time errors of handlers", (s) => {
    s.suppressHandlerErrors = true;
  }),
  row("", "summary", "FORM", "at the end say what was handled, missed and lost; json", (s, v) => {
    if (v != "json") throw new UsageError(`--summary takes json, not '${v}'`);
    s.summary = v;
  }),
  row("R", "", "", "with 'tapir run': give the module a name of its own", (s) => s.ownName = true),
  row("", "dump-ir", "", "print the program's intermediate form as JSON", (s) => s.dumpIr = true),
  row("", "dump-probe-types", "", "list the forms that a probe point can take", (s) => {
    s.dumpProbeTypes = true;
  }),
  row("", "dump-probe-aliases", "", "list the library's probe aliases (-v: all)", (s) => {
    s.dumpProbeAliases = true;
  }),
  row("", "dump-functions", "", "list the library's functions (-v: all, with tags)", (s) => {
    s.dumpFunctions = true;
  }),
  row("u", "", "", "keep what has no effect", (s) => s.unoptimized = true),
  row("", "skip-badvars", "", "target variables that are not known count as 0", (s) => {
    s.skipBadVariables = true;
  }),
  row("", "no-global-var-display", "", "do not show globals that nothing reads at the end", (s) => {
    s.displayGlobals = false;
  }),
  row("", "compatible", "VERSION", "understand scripts as SystemTap VERSION does", (s, v) => {
    if (!/^\d+(\.\d+)*$/.test(v)) throw new UsageError(`--compatible takes a version, not '${v}'`);
    if (compareVersions(v, NEWEST) > 0) {
      throw new UsageError(`--compatible ${v}: newer than ${NEWEST}, the newest known here`);
    }
    s.compatible = v;
  }),
  row("", "privilege", "LEVEL", "allow only what stapusr, stapsys or stapdev may do", (s, v) => {
    setPrivilege(s, v);
  }),
  row("", "unprivileged", "", "as --privilege=stapusr", (s) => setPrivilege(s, "stapusr")),
  row("", "error-format", "FORMAT", "messages as human (several lines), short or json", (s, v) => {
    if (!["human", "short", "json"].includes(v)) {
      throw new UsageError(`--error-format takes human, short or json, not '${v}'`);
    }
    s.errorFormat = v;
  }),
  row("", "color", "WHEN", "colour messages: auto, always or never", (s, v) => {
    if (!["auto", "always", "never"].includes(v)) {
      throw new UsageError(`--color takes auto, always or never, not '${v}'`);
    }
    s.color = v;
  }),
];

function setList(s: Settings, pattern: string, variables: boolean): void {
  if (s.list != null) throw new UsageError("only one of -l and -L can be given, and once");
  s.list = pattern;
  s.listVariables = variables;
}

function setPrivilege(s: Settings, level: string): void {
  if (!["stapusr", "stapsys", "stapdev"].includes(level)) {
    throw new UsageError(`--privilege takes stapusr, stapsys or stapdev, not '${level}'`);
  }
  if (s.privilege != "" && s.privilege != level) {
    throw new UsageError(`--privilege=${level}: ${s.privilege} was asked for before`);
  }
  s.privilege = level;
}

function row(
  short: string,
  long: string,
  value: string,
  help: string,
  set: (settings: Settings, value: string) => void,
): Option {
  return { short, long, value, help, set };
}

export function defaultSettings(): Settings {
  return {
    help: false,
    version: false,
    verbose: 0,
    lastPass: 5,
    includes: [],
    script: null,
    extraScripts: [],
    output: "",
    release: "",
    moduleName: "",
    keep: false,
    guru: false,
    command: null,
    pid: 0,
    defines: [],
    make: [],
    bufferMb: 0,
    noWarnings: false,
    record: false,
    timing: false,
    bulk: false,
    rotateMb: 0,
    keepFiles: 0,
    flight: false,
    attach: "",
    warningsAreErrors: false,
    list: null,
    listVariables: false,
    dumpFunctions: false,
    dumpProbeAliases: false,
    skipBadVariables: false,
    displayGlobals: true,
    compatible: "",
    privilege: "",
    unoptimized: false,
    errorFormat: "human",
    btf: "",
    typesOnly: false,
    globals: [],
    timeoutMs: 0,
    remote: "",
    cache: true,
    dumpIr: false,
    runtime: "kernel",
    replay: "",
    dumpWat: false,
    sandboxMemoryMb: 0,
    sandboxSteps: 0,
    dumpProbeTypes: false,
    suppressTimeLimits: false,
    suppressHandlerErrors: false,
    summary: "",
    ownName: false,
    color: "auto",
    file: null,
    args: [],
  };
}

/** Parses the words of a command line; throws UsageError. */
export function parseOptions(words: string[]): Settings {
  const settings = defaultSettings();
  let at = 0;
  const next = (option: string): string => {
    if (at + 1 >= words.length) throw new UsageError(`option ${option} needs a value`);
    return words[++at];
  };
  for (; at < words.length; at++) {
    const word = words[at];
    if (word == "--") {
      at++;
      break;
    }
    if (word == "-" || !word.startsWith("-")) break;
    if (word.startsWith("--")) {
      const equals = word.indexOf("=");
      const name = word.slice(2, equals < 0 ? undefined : equals);
      const option = OPTIONS.find((o) => o.long == name && name != "");
      if (option == null) throw unknownOption("--" + name);
      if (option.value == "" && equals >= 0) {
        throw new UsageError(`option --${name} takes no value`);
      }
      const value = option.value == ""
        ? ""
        : equals >= 0
        ? word.slice(equals + 1)
        : next("--" + name);
      option.set(settings, value);
      continue;
    }
    for (let i = 1; i < word.length; i++) {
      const option = OPTIONS.find((o) => o.short == word[i]);
      if (option == null) throw unknownOption("-" + word[i]);
      if (option.value == "") {
        option.set(settings, "");
        continue;
      }
      option.set(settings, i + 1 < word.length ? word.slice(i + 1) : next("-" + word[i]));
      break;
    }
  }
  const rest = words.slice(at);
  const noScript = settings.script != null || settings.list != null ||
    dumps(settings) || settings.attach != "";
  if (!noScript && rest.length > 0) settings.file = rest.shift()!;
  settings.args = rest;
  checkTogether(settings);
  return settings;
}

/** Is a catalogue asked for, which needs no script? */
function dumps(s: Settings): boolean {
  return s.dumpProbeTypes || s.dumpProbeAliases || s.dumpFunctions;
}

function checkTogether(s: Settings): void {
  if (s.help || s.version) return;
  const catalogues = [s.list != null, s.dumpProbeTypes, s.dumpProbeAliases, s.dumpFunctions];
  const asked = catalogues.filter((yes) => yes).length;
  if (asked > 1) throw new UsageError("-l, -L and --dump-... cannot be used together");
  if (asked > 0 && s.script != null) {
    throw new UsageError("-l, -L and --dump-... take no script");
  }
  if (s.list != null) s.lastPass = 2;
  if (s.guru && s.privilege != "" && s.privilege != "stapdev") {
    throw new UsageError(`-g and --privilege=${s.privilege} cannot be used together`);
  }
  if (dumps(s)) return;
  if (s.rotateMb > 0 && s.output == "" && !s.bulk) throw new UsageError("-S needs -o FILE");
  if (s.attach != "") {
    for (const [given, name] of [[s.bulk, "-b"], [s.command != null, "-c"], [s.pid != 0, "-x"]]) {
      if (given) throw new UsageError(`-A and ${name} cannot be used together`);
    }
    return;
  }
  if (s.runtime != "kernel" && (s.flight || s.bulk)) {
    throw new UsageError("-F and -b need the kernel engine");
  }
  if (s.flight && s.command != null) throw new UsageError("-F and -c cannot be used together");
  if (s.flight && s.remote != "") {
    throw new UsageError("-F leaves the module running, which a throwaway VM does not");
  }
  if (s.suppressTimeLimits && !s.guru) {
    throw new UsageError("--suppress-time-limits requires -g");
  }
  if (s.command != null && s.pid != 0) throw new UsageError("-c and -x cannot be used together");
  if (s.list == null && s.script == null && s.file == null) {
    throw new UsageError("a script must be given: a file, '-', or -e SCRIPT");
  }
}

function integer(option: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high) {
    throw new UsageError(`${option} takes a number from ${low} to ${high}, not '${text}'`);
  }
  return value;
}

function unknownOption(option: string): UsageError {
  const names = OPTIONS.filter((o) => o.long != "").map((o) => `--${o.long}`);
  const near = option.length > 3 ? didYouMean(option, names) : "";
  const hint = near == "" ? "" : `: ${near}`;
  return new UsageError(`unknown option '${option}'${hint}`);
}

export function helpText(): string {
  const rows = OPTIONS.map((o) => {
    const short = o.short == "" ? "   " : `-${o.short}${o.long == "" ? "" : ","}`;
    const long = o.long == "" ? "" : ` --${o.long}`;
    const value = o.value == "" ? "" : (o.long == "" ? " " : "=") + o.value;
    return `  ${(short + long + value).padEnd(24)} ${o.help}`;
  });
  return [
    "Usage: tapir [options] FILE [args]        run a script",
    "       tapir [options] - [args]           run a script from standard input",
    "       tapir [options] -e SCRIPT [args]   run this script",
    "       tapir run [options] MODULE.ko      run a module built with -p4",
    "       tapir -A MODULE                    read a flight recorder (-F) and end it",
    "       tapir record [-o FILE] [options] FILE [args]",
    "                                          run it and record its events for --replay",
    "       tapir merge [-o FILE] FILE...      put files of bulk mode (-b) together",
    "       tapir check [--sandbox] FILE...    only look for mistakes (also --btf FILE)",
    "       tapir format [-w|--check] FILE...  lay scripts out evenly",
    "       tapir doctor [-r RELEASE]          what this machine can do, and what is missing",
    "       tapir setup [RELEASE...]           install what is needed to build and to run in VMs",
    "",
    "Options:",
    ...rows,
    "",
  ].join("\n");
}
