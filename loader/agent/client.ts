/** The agent protocol's client: what the host does with the machine at the other end. */
import type { SessionOptions, SessionResult, SessionSink } from "../types.ts";
import { CHUNK, Frame, FrameReader, FrameWriter } from "./protocol.ts";

export interface ByteStream {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
}

/** Requests go one after the other; a lost connection fails the one under way. */
export class AgentClient {
  private reader: FrameReader;
  private writer: FrameWriter;
  private last: Promise<unknown> = Promise.resolve();

  /** `gone` gives the reason when the stream ends (a kernel panic, for example). */
  constructor(stream: ByteStream, private gone: () => Promise<string>) {
    this.reader = new FrameReader(stream);
    this.writer = new FrameWriter(stream);
  }

  async ready(): Promise<void> {
    const frame = await this.reader.next();
    if (frame == null || frame.kind != Frame.Ready) throw new Error(await this.gone());
  }

  async putFile(path: string, data: Uint8Array, mode = 0o644): Promise<void> {
    let at = 0;
    do {
      const head = new TextEncoder().encode(JSON.stringify({ path, mode, append: at > 0 }) + "\0");
      const part = data.subarray(at, at + CHUNK);
      const payload = new Uint8Array(head.length + part.length);
      payload.set(head);
      payload.set(part, head.length);
      await this.request(Frame.PutFile, payload, null);
      at += CHUNK;
    } while (at < data.length);
  }

  async makeDirectory(path: string): Promise<void> {
    await this.request(Frame.MakeDirectory, encode({ path }), null);
  }

  /** Copies a host file, or a folder with all that is in it. */
  async putTree(hostPath: string, path: string): Promise<void> {
    const info = await Deno.stat(hostPath);
    if (!info.isDirectory) {
      return await this.putFile(path, await Deno.readFile(hostPath), (info.mode ?? 0o644) & 0o777);
    }
    await this.makeDirectory(path);
    for await (const entry of Deno.readDir(hostPath)) {
      if (entry.isSymlink && !await exists(`${hostPath}/${entry.name}`)) continue;
      await this.putTree(`${hostPath}/${entry.name}`, `${path}/${entry.name}`);
    }
  }

  runSession(options: SessionOptions, sink: SessionSink): Promise<SessionResult> {
    return this.request(Frame.RunSession, encode(options), sink);
  }

  runShell(command: string, sink: SessionSink, cwd = "/"): Promise<SessionResult> {
    return this.request(Frame.RunShell, encode({ command, cwd }), sink);
  }

  async kernelLog(): Promise<string> {
    let log = "";
    const decoder = new TextDecoder();
    await this.request(Frame.KernelLog, new Uint8Array(), {
      stdout: (bytes) => {
        log += decoder.decode(bytes, { stream: true });
      },
      stderr: () => {},
    });
    return log;
  }

  async signal(signal: string): Promise<void> {
    await this.writer.json(Frame.Signal, { signal });
  }

  async shutdown(): Promise<void> {
    await this.writer.send(Frame.Shutdown);
  }

  private request(
    kind: Frame,
    payload: Uint8Array,
    sink: SessionSink | null,
  ): Promise<SessionResult> {
    const next = this.last.then(() => this.exchange(kind, payload, sink));
    this.last = next.catch(() => {});
    return next;
  }

  private async exchange(
    kind: Frame,
    payload: Uint8Array,
    sink: SessionSink | null,
  ): Promise<SessionResult> {
    await this.writer.send(kind, payload);
    for (;;) {
      const frame = await this.reader.next();
      if (frame == null) throw new Error(await this.gone());
      switch (frame.kind) {
        case Frame.Stdout:
          await sink?.stdout(frame.payload);
          break;
        case Frame.Stderr:
          await sink?.stderr(frame.payload);
          break;
        case Frame.Bulk: {
          const { payload } = frame;
          const cpu = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
          await sink?.bulk?.(cpu, payload.subarray(4));
          break;
        }
        case Frame.Event:
          await sink?.event?.(new TextDecoder().decode(frame.payload));
          break;
        case Frame.Done:
          return { status: 0, summary: null };
        case Frame.Exit:
          return JSON.parse(new TextDecoder().decode(frame.payload));
        case Frame.Failed:
          throw new Error(new TextDecoder().decode(frame.payload));
      }
    }
  }
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
