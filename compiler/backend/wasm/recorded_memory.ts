/** Memory of the machine, as far as the event at hand recorded it. */
import type { Host } from "./host.ts";

/** `size` bytes at an address; null where the event has none. */
export function peek(
  host: Host,
  address: bigint,
  size: number,
  user: boolean,
): Uint8Array | null {
  return host.around.hit()?.memory(address, size, user) ?? null;
}

/** The bytes as an unsigned number, the lowest first. */
export function unsigned(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let at = bytes.length - 1; at >= 0; at--) value = (value << 8n) | BigInt(bytes[at]);
  return value;
}
