/**
 * Library functions that read what a hit has: memory, arguments, results. They serve replayed
 * events; without one every read is a fault, as with an address that is not mapped.
 */
import type { Span } from "../../front/source/source.ts";
import type { Host } from "./host.ts";
import { walkDentries } from "./dentry_path.ts";
import { quoteMemory } from "./quote.ts";
import type { Scalar } from "./map.ts";
import { peek, unsigned } from "./recorded_memory.ts";

type Serve = (host: Host, args: Scalar[], span: Span) => Scalar;

const hex = (address: Scalar): string => `0x${BigInt.asUintN(64, address as bigint).toString(16)}`;

/** A C integer at an address; a fault is an error, of the kernel's memory with what it was. */
function reader(size: number, signed: boolean, kernelType = ""): Serve {
  const user = kernelType == "";
  return (host, [address], span) => {
    const bytes = peek(host, address as bigint, size, user);
    if (bytes === null) {
      const text = user
        ? `read fault [man error::fault] at ${hex(address)}`
        : `kernel ${kernelType} copy fault at ${hex(address)} [man error::fault]`;
      return host.raise(text, span);
    }
    const value = unsigned(bytes);
    return signed ? BigInt.asIntN(size * 8, value) : value;
  };
}

/** The text at an address, in less than `room` bytes; null on a fault. */
function textAt(host: Host, address: Scalar, room: number, user: boolean): string | null {
  let text = "";
  while (text.length < room - 1) {
    const byte = peek(host, (address as bigint) + BigInt(text.length), 1, user);
    if (byte === null) return null;
    if (byte[0] === 0) break;
    text += String.fromCharCode(byte[0]);
  }
  return text;
}

/** Room for at most n bytes: all of a string's for what makes no sense. */
function roomFor(host: Host, n: Scalar): number {
  const all = host.settings.maxStringLength;
  return (n as bigint) < 0n || (n as bigint) >= BigInt(all) ? all : Number(n) + 1;
}

function faultText(user: boolean, address: Scalar): string {
  return user
    ? `user string copy fault -14 at ${hex(address)} [man error::fault]`
    : `kernel string copy fault at ${hex(address)} [man error::fault]`;
}

/** arguments: address, and n if `counted`, and a text for faults if `fallback`. */
function stringReader(user: boolean, counted: boolean, fallback: boolean): Serve {
  return (host, args, span) => {
    const room = counted ? roomFor(host, args[1]) : host.settings.maxStringLength;
    const text = textAt(host, args[0], room, user);
    if (text !== null) return text;
    return fallback ? args[args.length - 1] : host.raise(faultText(user, args[0]), span);
  };
}

function quotedReader(user: boolean): Serve {
  return (host, [address, count, room], span) => {
    const look = (offset: bigint, size: number) =>
      peek(host, (address as bigint) + offset, size, user);
    const all = host.settings.maxStringLength;
    const space = user ? "user" : "kernel";
    return quoteMemory(look, count as bigint, all, room as bigint) ??
      host.raise(`Unable to access ${space} space data at ${hex(address)}`, span);
  };
}

/** Argument number n (from 1) of the probed function, as a C integer of so many bits. */
function argument(bits: number, signed: boolean, limited: boolean): Serve {
  return (host, [n], span) => {
    if (limited && ((n as bigint) < 1n || (n as bigint) > 6n)) {
      return host.raise(`cannot fetch argument number ${n}`, span);
    }
    const value = host.around.hit()?.long("arg", Number(n) - 1) ?? 0n;
    return signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
  };
}

/** By engine name. */
export const EVENT_INTRINSICS: Record<string, Serve> = {
  kernel_long: reader(8, true, "long"),
  kernel_pointer: reader(8, true, "pointer"),
  kernel_int: reader(4, true, "int"),
  kernel_short: reader(2, true, "short"),
  kernel_char: reader(1, true, "char"),
  kernel_string: stringReader(false, false, false),
  kernel_string_or: stringReader(false, false, true),
  kernel_string_n: stringReader(false, true, false),
  kernel_buffer_quoted_error: quotedReader(false),
  user_char_error: reader(1, true),
  user_short_error: reader(2, true),
  user_int_error: reader(4, true),
  user_long_error: reader(8, true),
  user_ushort_error: reader(2, false),
  user_ulong_error: reader(8, false),
  user_int8_error: reader(1, true),
  user_int16_error: reader(2, true),
  user_int32_error: reader(4, true),
  user_int64_error: reader(8, true),
  user_uint8_error: reader(1, false),
  user_uint16_error: reader(2, false),
  user_uint32_error: reader(4, false),
  user_uint64_error: reader(8, false),
  user_string_n: stringReader(true, true, false),
  user_string_n_or: stringReader(true, true, true),
  user_buffer_quoted_error: quotedReader(true),
  __sysarg: argument(64, true, false),
  __sysarg_int: argument(32, true, false),
  __sysarg_uint: argument(32, false, false),
  int_arg: argument(32, true, true),
  s32_arg: argument(32, true, true),
  uint_arg: argument(32, false, true),
  u32_arg: argument(32, false, true),
  long_arg: argument(64, true, true),
  longlong_arg: argument(64, true, true),
  s64_arg: argument(64, true, true),
  ulong_arg: argument(64, true, true),
  ulonglong_arg: argument(64, true, true),
  u64_arg: argument(64, true, true),
  pointer_arg: argument(64, true, true),
  __walk_dentries: walkDentries,
  returnval: (host, _, span) =>
    host.around.hit()?.long("retval", 0) ??
      host.raise(`returnval() not defined in this context ${host.row.point}`, span),
};
