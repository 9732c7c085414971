/**
 * Library functions whose bodies are C in the tapset, for engines without a C compiler.
 *
 * The names are those of `pragma:engine:NAME`; a function means the same here and there. Texts are
 * byte strings, integers are bigint and wrap at 64 bits when they return to the module.
 */
import type { Func } from "../../front/ir/ir.ts";
import type { Span } from "../../front/source/source.ts";
import { AbortHandler, type Host } from "./host.ts";
import type { Scalar } from "./map.ts";
import { calendarTime } from "./calendar.ts";
import { errnoName } from "./errno.ts";
import { EVENT_INTRINSICS } from "./event_intrinsics.ts";
import { FLOAT_INTRINSICS } from "./float_intrinsics.ts";
import { nameTable } from "./name_tables.ts";
import { quoteBytes, quoteText } from "./quote.ts";

export type Intrinsic = (host: Host, args: Scalar[], span: Span) => Scalar | void;

const text = (value: Scalar): string => value as string;
const long = (value: Scalar): bigint => value as bigint;
const small = (value: Scalar): number => Number(value);

/** The kernel's simple_strtoll on a byte string: no white space, no plus, digits up to f. */
export function parseLong(input: string, base: number): bigint {
  const negative = input.startsWith("-");
  let digits = (negative ? input.slice(1) : input).toLowerCase();
  if (base === 0) base = /^0x[0-9a-f]/.test(digits) ? 16 : digits.startsWith("0") ? 8 : 10;
  if (base === 16 && digits.startsWith("0x")) digits = digits.slice(2);
  base >>>= 0;
  let value = 0n;
  for (const digit of digits) {
    const code = digit.charCodeAt(0);
    const amount = code >= 48 && code <= 57
      ? code - 48
      : code >= 97 && code <= 102
      ? code - 87
      : -1;
    if (amount < 0 || amount >= base) break;
    value = BigInt.asUintN(64, value * BigInt(base) + BigInt(amount));
  }
  return negative ? -value : value;
}

/** Length of the part of a text that holds only (or, `inside` 0, no) bytes of a set. */
function span(input: string, set: string, inside: boolean): number {
  let at = 0;
  while (at < input.length && set.includes(input[at]) === inside) at++;
  return at;
}

/** By engine name. */
export const INTRINSICS: Record<string, Intrinsic> = {
  ...EVENT_INTRINSICS,
  ...FLOAT_INTRINSICS,

  // texts
  strlen: (_, [s]) => BigInt(text(s).length),
  substr: (_, [s, start, length]) => {
    const from = long(start), end = BigInt.asIntN(64, from + long(length));
    if (from < 0n || from >= BigInt(text(s).length) || end <= from) return "";
    return text(s).slice(small(start), small(start) + Math.min(small(length), 1 << 20));
  },
  stringat: (host, [s, at], place) => {
    if (long(at) < 0n || long(at) >= BigInt(text(s).length)) {
      host.raise("Position out of bounds", place);
    }
    return BigInt(text(s).charCodeAt(small(at)));
  },
  isinstr: (_, [a, b]) => text(a).includes(text(b)) ? 1n : 0n,
  strpos: (_, [a, b]) => BigInt(text(a).indexOf(text(b))),
  strtol: (_, [s, base]) => parseLong(text(s), Number(BigInt.asUintN(32, long(base)))),
  str_replace: (_, [s, search, replacement]) =>
    text(search) === "" ? text(s) : text(s).split(text(search)).join(text(replacement)),
  string_quoted: (host, [s]) => quoteText(text(s), host.settings.maxStringLength, true),
  text_str: (host, [s]) => quoteText(text(s), host.settings.maxStringLength, false),
  text_strn: (host, [s, room, quotes]) =>
    quoteBytes(text(s), host.settings.maxStringLength, long(room), long(quotes) !== 0n),
  errno_str: (_, [number]) => errnoName(long(number)),
  __tokenize_span: (_, [s, set, inside]) => BigInt(span(text(s), text(set), long(inside) !== 0n)),
  matched: (host, [n], place) => host.matched(long(n), place),
  ngroups: (host, _, place) => BigInt(host.groups(place)),

  // the session
  exit: (host) => host.around.stop(),
  abort: (host) => {
    host.around.abort();
    throw new AbortHandler();
  },
  warn: (host, [message]) => host.around.warn(text(message)),
  error: (host, [message], place) => host.raise(text(message), place),
  target: (host) => BigInt(host.around.target()),
  stp_pid: (host) => BigInt(host.around.task().pid),
  pp: (host) => host.row.point,
  ppfunc: (host) => /(?:function|statement)\("([^@"]*)/.exec(host.row.point)?.[1] ?? "",
  pn: (host) => host.row.name,
  module_name: () => "tapir",

  // the task
  pid: (host) => BigInt(host.around.task().pid),
  tid: (host) => BigInt(host.around.task().tid),
  ppid: (host) => BigInt(host.around.task().ppid),
  pgrp: (host) => BigInt(host.around.task().pgrp),
  sid: (host) => BigInt(host.around.task().sid),
  uid: (host) => BigInt(host.around.task().uid),
  euid: (host) => BigInt(host.around.task().euid),
  gid: (host) => BigInt(host.around.task().gid),
  egid: (host) => BigInt(host.around.task().egid),
  execname: (host) => host.around.task().execname,
  pexecname: (host) => host.around.task().pexecname,
  cpu: (host) => BigInt(host.around.task().cpu),
  task_current: (host, _, place) =>
    host.around.task().address ??
      host.raise("task_current() is known in recorded events only", place),

  // time
  gettimeofday_ns: (host) => host.around.now(),
  ktime_get_ns: (host) => host.around.monotonic(),
  local_clock_ns: (host) => host.around.monotonic(),
  cpu_clock_ns: (host) => host.around.monotonic(),
  get_cycles: (host) => host.around.monotonic(),
  jiffies: (host) => host.around.monotonic() / 4000000n,
  HZ: () => 250n,
  ctime: (_, [seconds]) => calendarTime(long(seconds)),
  randint: (_, [n]) => {
    if (long(n) <= 0n) return 0n;
    const word = crypto.getRandomValues(new BigUint64Array(1))[0];
    return word % BigInt(Math.max(1, small(n)));
  },
};

/** What serves a function with an embedded body; null if nothing does. */
export function intrinsicOf(func: Func): Intrinsic | null {
  return INTRINSICS[func.engine] ?? nameTable(func);
}
