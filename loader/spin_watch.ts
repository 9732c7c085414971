/**
 * Hears Ctrl-C while this thread is busy in a handler of the sandbox: a second thread listens for
 * the signals and counts them in shared memory. It is started by the first handler that takes long.
 */

const SOURCE = `onmessage = (message) => {
  const count = new Int32Array(message.data);
  for (const signal of ["SIGINT", "SIGTERM"]) {
    Deno.addSignalListener(signal, () => Atomics.add(count, 0, 1));
  }
};`;

/** A handler that takes longer is being watched. */
const PATIENCE_MS = 100;

export class SpinWatch {
  private worker: Worker | null = null;
  private count = new Int32Array(new SharedArrayBuffer(4));
  private heard = 0;
  private since = 0;

  /** A handler starts. */
  begin(): void {
    this.since = performance.now();
  }

  /** Called now and then by a handler: somebody has asked for the end since the last call. */
  interrupted(): boolean {
    if (this.worker == null) {
      if (performance.now() - this.since > PATIENCE_MS) this.start();
      return false;
    }
    const count = Atomics.load(this.count, 0);
    if (count == this.heard) return false;
    this.heard = count;
    return true;
  }

  private start(): void {
    const url = "data:application/javascript," + encodeURIComponent(SOURCE);
    this.worker = new Worker(url, { type: "module" });
    this.worker.postMessage(this.count.buffer);
  }

  stop(): void {
    this.worker?.terminate();
    this.worker = null;
  }
}
