/**
 * ELF section tables, 64-bit little-endian: where a named section lies in the bytes of a file.
 * Every number of the file is checked against its length before use.
 */

export interface Section {
  name: string;
  /** sh_type: 8 is NOBITS. */
  type: number;
  /** sh_flags: 0x800 is compressed. */
  flags: number;
  /** The bytes in the file; empty for NOBITS. A view, not a copy. */
  data: Uint8Array;
}

const NOBITS = 8;

/** Sections of an ELF file, in order. Throws with the reason if the bytes are no such file. */
export function readSections(file: Uint8Array): Section[] {
  if (
    file.length < 64 || file[0] !== 0x7f || file[1] !== 0x45 || file[2] !== 0x4c || file[3] !== 0x46
  ) {
    throw new Error("not an ELF file");
  }
  if (file[4] !== 2 || file[5] !== 1) throw new Error("not a 64-bit little-endian ELF file");
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const tableAt = offset64(view, 0x28);
  const entrySize = view.getUint16(0x3a, true);
  let count = view.getUint16(0x3c, true);
  let namesIndex = view.getUint16(0x3e, true);
  if (tableAt === 0) return [];
  if (entrySize < 64 || tableAt + entrySize > file.length) {
    throw new Error("the ELF section table lies outside of the file");
  }
  // Large counts are kept in the first entry.
  if (count === 0) count = offset64(view, tableAt + 0x20);
  if (namesIndex === 0xffff) namesIndex = view.getUint32(tableAt + 0x28, true);
  if (count > (file.length - tableAt) / entrySize) {
    throw new Error("the ELF section table lies outside of the file");
  }
  const slice = (index: number): Uint8Array => {
    const at = tableAt + index * entrySize;
    if (view.getUint32(at + 4, true) === NOBITS) return new Uint8Array(0);
    const offset = offset64(view, at + 0x18);
    const size = offset64(view, at + 0x20);
    if (offset + size > file.length) {
      throw new Error(`ELF section ${index} lies outside of the file`);
    }
    return file.subarray(offset, offset + size);
  };
  const names = namesIndex < count ? slice(namesIndex) : new Uint8Array(0);
  const sections: Section[] = [];
  for (let i = 0; i < count; i++) {
    const at = tableAt + i * entrySize;
    sections.push({
      name: nameAt(names, view.getUint32(at, true)),
      type: view.getUint32(at + 4, true),
      flags: offset64(view, at + 8),
      data: i === 0 ? new Uint8Array(0) : slice(i),
    });
  }
  return sections;
}

/** Bytes of a section, or null if the file has none of this name. */
export function sectionData(file: Uint8Array, name: string): Uint8Array | null {
  return readSections(file).find((section) => section.name === name)?.data ?? null;
}

function nameAt(names: Uint8Array, at: number): string {
  const end = names.indexOf(0, at);
  return end < 0 ? "" : String.fromCharCode(...names.subarray(at, Math.min(end, at + 4096)));
}

/** A 64-bit value; what cannot be a file offset becomes infinite and fails the caller's check. */
function offset64(view: DataView, at: number): number {
  if (at + 8 > view.byteLength) throw new Error("the ELF header points outside of the file");
  const value = view.getBigUint64(at, true);
  return value > 0xffffffffffffn ? Infinity : Number(value);
}
