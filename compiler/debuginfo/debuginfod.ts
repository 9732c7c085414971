/**
 * A download that the caller waits for: questions to an oracle are answered at once, so the request
 * runs in a thread of its own.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import process from "node:process";

/** Nobody waits longer for a server's answer to begin; in milliseconds. */
const PATIENCE = 90_000;
const LONGEST = 3_600_000;

const WORKER = `
self.onmessage = async ({ data }) => {
  const flag = new Int32Array(data.flag);
  try {
    const signal = AbortSignal.timeout(data.patience);
    const answer = await fetch(data.url, { signal });
    if (!answer.ok || answer.body == null) throw new Error("status " + answer.status);
    const file = await Deno.open(data.file, { write: true, create: true, truncate: true });
    await answer.body.pipeTo(file.writable);
    Atomics.store(flag, 0, 1);
  } catch {
    Atomics.store(flag, 0, 2);
  }
  Atomics.notify(flag, 0);
};`;

/** Fetches `url` into `file`; false if that failed, which leaves no file. */
export function download(url: string, file: string): boolean {
  const own = `${file}.${process.pid}`;
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true });
  } catch {
    return false;
  }
  const flag = new SharedArrayBuffer(4);
  const worker = new Worker("data:text/javascript," + encodeURIComponent(WORKER), {
    type: "module",
  });
  worker.postMessage({ url, file: own, flag, patience: PATIENCE });
  const view = new Int32Array(flag);
  Atomics.wait(view, 0, 0, LONGEST);
  worker.terminate();
  const done = Atomics.load(view, 0) == 1;
  try {
    if (done) fs.renameSync(own, file);
    else fs.rmSync(own, { force: true });
    return done;
  } catch {
    return false;
  }
}
