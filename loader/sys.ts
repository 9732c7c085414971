/**
 * System calls by FFI: each one once, with errno turned into an error. Linux, x86-64 and aarch64.
 * The library is opened at the first call, so that importing this file needs no permission.
 */

const SYMBOLS = {
  open: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
  mknod: { parameters: ["buffer", "u32", "u64"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  ioctlLater: {
    name: "ioctl",
    parameters: ["i32", "u64", "pointer"],
    result: "i32",
    nonblocking: true,
  },
  pollLater: {
    name: "poll",
    parameters: ["buffer", "u64", "i32"],
    result: "i32",
    nonblocking: true,
  },
  finitModule: {
    name: "syscall",
    parameters: ["i64", "i32", "buffer", "i32"],
    result: "i64",
  },
  initModule: {
    name: "syscall",
    parameters: ["i64", "buffer", "u64", "buffer"],
    result: "i64",
  },
  deleteModule: { name: "syscall", parameters: ["i64", "buffer", "i32"], result: "i64" },
  __errno_location: { parameters: [], result: "pointer" },
} as const;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];
let library: Library | null = null;

function libc(): Library {
  library ??= Deno.dlopen("libc.so.6", SYMBOLS).symbols;
  return library;
}

const ERRNO: Record<number, string> = {
  1: "EPERM",
  2: "ENOENT",
  8: "ENOEXEC",
  9: "EBADF",
  11: "EAGAIN",
  12: "ENOMEM",
  13: "EACCES",
  14: "EFAULT",
  16: "EBUSY",
  17: "EEXIST",
  22: "EINVAL",
  28: "ENOSPC",
  38: "ENOSYS",
  126: "ENOKEY",
  127: "EKEYEXPIRED",
  129: "EKEYREJECTED",
};

/** A system call that failed. */
export class SysError extends Error {
  constructor(public call: string, public errno: number) {
    super(`${call}: ${ERRNO[errno] ?? `errno ${errno}`}`);
    this.name = "SysError";
  }
  /** "EPERM" and so on, or "". */
  get code(): string {
    return ERRNO[this.errno] ?? "";
  }
}

function check<T extends number | bigint>(call: string, result: T): T {
  if (result >= 0) return result;
  const at = libc().__errno_location();
  throw new SysError(call, at == null ? 0 : new Deno.UnsafePointerView(at).getInt32());
}

const cstring = (text: string) => new TextEncoder().encode(text + "\0");
const arm64 = Deno.build.arch == "aarch64";

export const O_RDONLY = 0;
export const O_RDWR = 2;
export const O_NONBLOCK = 0o4000;
const O_CLOEXEC = 0o2000000;

export function open(path: string, flags: number): number {
  return check(`open ${path}`, libc().open(cstring(path), flags | O_CLOEXEC, 0));
}

export function close(fd: number): void {
  libc().close(fd);
}

/** Bytes read; a SysError EAGAIN where nothing is there in non-blocking mode. */
export function read(fd: number, into: Uint8Array<ArrayBuffer>): number {
  return Number(check("read", libc().read(fd, into, BigInt(into.length))));
}

export function seekEnd(fd: number): void {
  libc().lseek(fd, 0n, 2);
}

/** A character device node. */
export function mknod(path: string, major: number, minor: number): void {
  const device = BigInt((major << 8) | (minor & 0xff)) | (BigInt(minor & ~0xff) << 12n);
  check(`mknod ${path}`, libc().mknod(cstring(path), 0o020600, device));
}

/** A shared mapping, readable and writable; give it back with `munmap`. */
export class Mapping {
  constructor(public pointer: Deno.PointerObject, public buffer: ArrayBuffer) {}
}

export function mmap(fd: number, length: number, offset: number): Mapping {
  const pointer = libc().mmap(null, BigInt(length), 3, 1, fd, BigInt(offset));
  if (pointer == null || Deno.UnsafePointer.value(pointer) == 0xffffffffffffffffn) {
    check("mmap", -1);
  }
  const at = pointer as Deno.PointerObject;
  return new Mapping(at, Deno.UnsafePointerView.getArrayBuffer(at, length));
}

/** The mapping's buffer must not be touched any more. */
export function munmap(mapping: Mapping): void {
  libc().munmap(mapping.pointer, BigInt(mapping.buffer.byteLength));
}

export function ioctl(fd: number, request: number, data: Uint8Array<ArrayBuffer>): number {
  return check("ioctl", libc().ioctl(fd, BigInt(request), data));
}

/** An ioctl without an argument on another thread: its result, negative for an error. */
export async function ioctlLater(fd: number, request: number): Promise<number> {
  return await libc().ioctlLater(fd, BigInt(request), null);
}

export const POLLIN = 1;
export const POLLPRI = 2;

/** Waits on another thread for `events` of `fd`; gives those that happened. */
export async function pollLater(fd: number, events: number, milliseconds: number): Promise<number> {
  const data = new Uint8Array(8);
  const view = new DataView(data.buffer);
  view.setInt32(0, fd, true);
  view.setInt16(4, events, true);
  const count = await libc().pollLater(data, 1n, milliseconds);
  return count > 0 ? view.getUint16(6, true) : 0;
}

export function finitModule(fd: number, parameters: string): void {
  check("finit_module", libc().finitModule(arm64 ? 273n : 313n, fd, cstring(parameters), 0));
}

export function initModule(file: Uint8Array<ArrayBuffer>, parameters: string): void {
  const number = arm64 ? 105n : 175n;
  check(
    "init_module",
    libc().initModule(number, file, BigInt(file.length), cstring(parameters)),
  );
}

/** Fails with EBUSY (as EAGAIN) instead of waiting while the module is in use. */
export function deleteModule(name: string): void {
  check("delete_module", libc().deleteModule(arm64 ? 106n : 176n, cstring(name), O_NONBLOCK));
}

/** Address of a buffer, for structures that hold pointers. */
export function addressOf(data: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(data));
}
