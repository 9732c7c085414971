/**
 * A writer for the "newc" cpio format, which the kernel unpacks as its first file system.
 * Entries are kept in order; a directory must be added before what is in it (`file` sees to it).
 */

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFLNK = 0o120000;
const S_IFCHR = 0o020000;

/** Builds an archive in memory. Paths are absolute or relative; a leading "/" is dropped. */
export class CpioWriter {
  private parts: Uint8Array[] = [];
  private inode = 1;
  private known = new Set<string>();

  directory(path: string, mode = 0o755): void {
    const name = relative(path);
    if (name == "" || this.known.has(name)) return;
    this.parents(name);
    this.entry(name, S_IFDIR | mode, new Uint8Array());
  }

  file(path: string, data: Uint8Array, mode = 0o644): void {
    const name = relative(path);
    if (this.known.has(name)) return;
    this.parents(name);
    this.entry(name, S_IFREG | mode, data);
  }

  link(path: string, target: string): void {
    const name = relative(path);
    if (this.known.has(name)) return;
    this.parents(name);
    this.entry(name, S_IFLNK | 0o777, new TextEncoder().encode(target));
  }

  characterDevice(path: string, major: number, minor: number, mode = 0o600): void {
    const name = relative(path);
    this.parents(name);
    this.entry(name, S_IFCHR | mode, new Uint8Array(), major, minor);
  }

  /** The parts of the whole archive, closed by its trailer. */
  finish(): Uint8Array[] {
    this.entry("TRAILER!!!", 0, new Uint8Array());
    return this.parts;
  }

  private parents(name: string): void {
    const slash = name.lastIndexOf("/");
    if (slash > 0) this.directory(name.slice(0, slash));
  }

  private entry(name: string, mode: number, data: Uint8Array, major = 0, minor = 0): void {
    this.known.add(name);
    const bytes = new TextEncoder().encode(name + "\0");
    const links = (mode & S_IFDIR) == S_IFDIR ? 2 : 1;
    const fields = [
      this.inode++,
      mode,
      0,
      0,
      links,
      0,
      data.length,
      0,
      0,
      major,
      minor,
      bytes.length,
      0,
    ];
    const text = "070701" + fields.map((n) => n.toString(16).padStart(8, "0")).join("");
    const head = new Uint8Array(align(text.length + bytes.length));
    head.set(new TextEncoder().encode(text));
    head.set(bytes, text.length);
    this.parts.push(head);
    if (data.length == 0) return;
    this.parts.push(data);
    const pad = align(data.length) - data.length;
    if (pad > 0) this.parts.push(new Uint8Array(pad));
  }
}

function align(size: number): number {
  return (size + 3) & ~3;
}

function relative(path: string): string {
  return path.replace(/^\/+/, "").replace(/\/+$/, "");
}
