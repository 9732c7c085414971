import { deepEqual, equal } from "node:assert/strict";
import { Frame, FrameReader, FrameWriter } from "./protocol.ts";

/** A stream that hands out its bytes in pieces of a given size. */
function pieces(bytes: Uint8Array, size: number) {
  let at = 0;
  return {
    read(into: Uint8Array): Promise<number | null> {
      if (at == bytes.length) return Promise.resolve(null);
      const part = bytes.subarray(at, at + Math.min(size, into.length));
      into.set(part);
      at += part.length;
      return Promise.resolve(part.length);
    },
  };
}

async function written(send: (writer: FrameWriter) => Promise<unknown>): Promise<Uint8Array> {
  const parts: number[] = [];
  const writer = new FrameWriter({
    write(bytes) {
      // A short write, as a full pipe gives.
      const count = Math.min(bytes.length, 7);
      parts.push(...bytes.subarray(0, count));
      return Promise.resolve(count);
    },
  });
  await send(writer);
  return Uint8Array.from(parts);
}

for (const size of [1, 3, 1000]) {
  Deno.test(`frames survive a stream in pieces of ${size}`, async () => {
    const big = new Uint8Array(100_000).fill(65);
    const bytes = await written((w) =>
      Promise.all([
        w.send(Frame.Ready),
        w.json(Frame.Exit, { status: 1 }),
        w.send(Frame.Stdout, big),
      ])
    );
    const reader = new FrameReader(pieces(bytes, size));
    deepEqual(await reader.next(), { kind: Frame.Ready, payload: new Uint8Array() });
    const exit = await reader.next();
    equal(new TextDecoder().decode(exit!.payload), '{"status":1}');
    deepEqual((await reader.next())!.payload, big);
    equal(await reader.next(), null);
  });
}

Deno.test("a stream that ends within a frame ends", async () => {
  const bytes = await written((w) => w.send(Frame.Stdout, new Uint8Array(10)));
  equal(await new FrameReader(pieces(bytes.subarray(0, 9), 4)).next(), null);
});
