/**
 * Kernel images and modules come compressed. gzip and zstd are taken apart by node:zlib, lz4 here;
 * xz and lzma by the program `xz`, which every distribution has.
 */
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as zlib from "node:zlib";
import { unpackLz4 } from "./lz4.ts";

/** No kernel image comes near this; hostile input stops here. */
const LARGEST = 512 * 1024 * 1024;

interface Format {
  name: string;
  magic: number[];
  unpack(bytes: Uint8Array): Uint8Array;
}

const FORMATS: Format[] = [
  { name: "gzip", magic: [0x1f, 0x8b], unpack: gunzip },
  { name: "xz", magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a], unpack: (b) => program("xz", b) },
  { name: "zstd", magic: [0x28, 0xb5, 0x2f, 0xfd], unpack: zstd },
  { name: "lz4", magic: [0x02, 0x21, 0x4c, 0x18], unpack: (b) => unpackLz4(b, LARGEST) },
  { name: "lzma", magic: [0x5d, 0x00, 0x00], unpack: (b) => program("xz", b, "--format=lzma") },
];

/** Name of the compression that the bytes begin with, or "" if they look plain. */
export function compressionOf(bytes: Uint8Array): string {
  return formatOf(bytes)?.name ?? "";
}

/** The bytes uncompressed, or as they are if no known compression is seen. */
export function decompress(bytes: Uint8Array): Uint8Array {
  const format = formatOf(bytes);
  return format === undefined ? bytes : format.unpack(bytes);
}

function formatOf(bytes: Uint8Array): Format | undefined {
  return FORMATS.find((format) => format.magic.every((byte, i) => bytes[i] === byte));
}

function gunzip(bytes: Uint8Array): Uint8Array {
  return zlib.gunzipSync(bytes, { maxOutputLength: LARGEST });
}

function zstd(bytes: Uint8Array): Uint8Array {
  const unpack = (zlib as unknown as {
    zstdDecompressSync?: (bytes: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;
  }).zstdDecompressSync;
  if (unpack === undefined) return program("zstd", bytes);
  try {
    return unpack(bytes, { maxOutputLength: LARGEST });
  } catch {
    // Kernels are packed with windows that the library may refuse.
    return program("zstd", bytes, "--long=31");
  }
}

/**
 * Runs `NAME -dc FILE`. What follows the compressed stream makes these programs complain after they
 * have written everything, so output counts more than the exit status; the caller checks what it
 * got. The input goes through a file: a pipe for input and one for output can block each other.
 */
function program(name: string, bytes: Uint8Array, ...options: string[]): Uint8Array {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tapir-unpack-"));
  try {
    const file = path.join(folder, "data");
    fs.writeFileSync(file, bytes);
    return run(name, ["-dc", ...options, file]);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function run(name: string, words: string[]): Uint8Array {
  const done = spawnSync(name, words, { stdio: ["ignore", "pipe", "pipe"], maxBuffer: LARGEST });
  if (done.error !== undefined) {
    const missing = (done.error as { code?: string }).code === "ENOENT";
    throw new Error(
      missing
        ? `the data is compressed with ${name} and the program "${name}" is not installed`
        : `${name}: ${done.error.message}`,
    );
  }
  if (done.stdout.length === 0) {
    throw new Error(`${name}: ${done.stderr.toString().trim() || "no output"}`);
  }
  return done.stdout;
}
