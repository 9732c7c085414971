/** Reading a built module: its manifest and its version magic, without the kernel's help. */
import type { Manifest } from "./types.ts";

interface Section {
  name: string;
  data: Uint8Array;
}

/** Sections of a 64-bit little-endian ELF object; empty if it is not one. */
function sections(file: Uint8Array): Section[] {
  if (file.length < 64 || file[0] != 0x7f || file[1] != 0x45 || file[4] != 2) return [];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const table = Number(view.getBigUint64(0x28, true));
  const size = view.getUint16(0x3a, true);
  const count = view.getUint16(0x3c, true);
  const namesIndex = view.getUint16(0x3e, true);
  if (table + size * count > file.length) return [];
  const raw: { name: number; data: Uint8Array }[] = [];
  for (let i = 0; i < count; i++) {
    const at = table + size * i;
    const offset = Number(view.getBigUint64(at + 0x18, true));
    const length = Number(view.getBigUint64(at + 0x20, true));
    const empty = view.getUint32(at + 4, true) == 8;
    const data = empty ? new Uint8Array() : file.subarray(offset, offset + length);
    raw.push({ name: view.getUint32(at, true), data });
  }
  const names = raw[namesIndex]?.data ?? new Uint8Array();
  return raw.map(({ name, data }) => {
    const end = names.indexOf(0, name);
    return { name: new TextDecoder().decode(names.subarray(name, end)), data };
  });
}

/** The manifest that Kbuild put into the module, or null: not a Tapir module. */
export function readManifest(file: Uint8Array): Manifest | null {
  const section = sections(file).find((s) => s.name == "tapir");
  if (section == null) return null;
  try {
    const manifest = JSON.parse(new TextDecoder().decode(section.data));
    return manifest.version == 1 ? manifest : null;
  } catch {
    return null;
  }
}

/** A value of the module's .modinfo ("vermagic", "name"), or "". */
export function moduleInfo(file: Uint8Array, key: string): string {
  const section = sections(file).find((s) => s.name == ".modinfo");
  if (section == null) return "";
  const text = new TextDecoder().decode(section.data);
  const row = text.split("\0").find((part) => part.startsWith(key + "="));
  return row == null ? "" : row.slice(key.length + 1);
}

/** It carries an appended signature, which a changed byte would break. */
export function isSigned(file: Uint8Array): boolean {
  const mark = "~Module signature appended~\n";
  return new TextDecoder("latin1").decode(file.subarray(-mark.length)) == mark;
}

/**
 * A copy of the module under another name, so that one build can be loaded many times at once; null
 * if the name does not fit or is not found. The kernel takes a module's name from its `struct
 * module`, which is in the file.
 */
export function renameModule(file: Uint8Array, from: string, to: string): Uint8Array | null {
  if (to.length > NAME_MAX || isSigned(file)) return null;
  const copy = file.slice();
  const home = sections(copy).find((s) => s.name == ".gnu.linkonce.this_module");
  if (home == null) return null;
  const encoder = new TextEncoder();
  const at = find(home.data, encoder.encode(from + "\0"));
  if (at < 0) return null;
  home.data.fill(0, at, at + from.length);
  home.data.set(encoder.encode(to), at);
  return copy;
}

/** Longest module name: MODULE_NAME_LEN without its NUL. */
const NAME_MAX = 55;

function find(data: Uint8Array, wanted: Uint8Array): number {
  for (let at = 0; at + wanted.length <= data.length; at++) {
    let i = 0;
    while (i < wanted.length && data[at + i] == wanted[i]) i++;
    if (i == wanted.length) return at;
  }
  return -1;
}
