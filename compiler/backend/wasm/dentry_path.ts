/** The path of a dentry, from what an event recorded of the kernel's memory (tapset/dentry.stp). */
import type { Host } from "./host.ts";
import type { Scalar } from "./map.ts";
import { peek, unsigned } from "./recorded_memory.ts";

/** Most dentries and mounts that are passed. */
const MOST_STEPS = 128;
/** struct qstr: the hash, the length, the address of the name. */
const QSTR = { length: 4n, name: 8n };

/** An unsigned integer of the kernel's memory; null on a fault. */
function read(host: Host, address: bigint, size: number): bigint | null {
  const bytes = peek(host, address, size, false);
  return bytes === null ? null : unsigned(bytes);
}

/** The name that a struct qstr holds; null on a fault, or if it has more bytes than `most`. */
function nameOf(host: Host, qstr: bigint, most: number): string | null {
  const length = read(host, qstr + QSTR.length, 4);
  const address = read(host, qstr + QSTR.name, 8);
  if (length === null || address === null || length > BigInt(most)) return null;
  if (length === 0n) return "";
  const bytes = peek(host, address, Number(length), false);
  return bytes === null ? null : String.fromCharCode(...bytes);
}

/** Arguments as in the tapset; what a fault leaves of the path is its result. */
export function walkDentries(host: Host, args: Scalar[]): string {
  let [dentry, vfsmnt] = (args as bigint[]).map((arg) => BigInt.asUintN(64, arg));
  const [, , rootDentry, rootMount, mnt, mntParent, mountpoint, dParent, dName, mntRoot] =
    (args as bigint[]).map((arg) => BigInt.asUintN(64, arg));
  let path = "";
  for (let step = 0; step < MOST_STEPS && dentry !== 0n; step++) {
    if (dentry === rootDentry && vfsmnt === rootMount) break;
    const parent = read(host, dentry + dParent, 8);
    const top = vfsmnt === 0n ? 0n : read(host, vfsmnt + mntRoot, 8);
    if (parent === null || top === null) return path;
    if (dentry === top || dentry === parent) {
      const mount = vfsmnt - mnt;
      const upper = vfsmnt === 0n ? null : read(host, mount + mntParent, 8);
      if (upper === null) return path;
      if (upper === mount) break;
      const place = read(host, mount + mountpoint, 8);
      if (place === null) return path;
      dentry = place;
      vfsmnt = upper + mnt;
      continue;
    }
    const name = nameOf(host, dentry + dName, host.settings.maxStringLength - 2 - path.length);
    if (name === null) break;
    path = `/${name}${path}`;
    dentry = parent;
  }
  return path === "" ? "/" : path;
}
