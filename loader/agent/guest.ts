/**
 * The agent's server inside a throwaway machine: standard input and output are the protocol
 * stream, the console is the log. Started by the machine's init script.
 */
import type { SessionOptions, SessionSink } from "../types.ts";
import { type FileHead, Frame, FrameReader, FrameWriter } from "./protocol.ts";

const reader = new FrameReader(Deno.stdin);
const writer = new FrameWriter(Deno.stdout);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const sink: SessionSink = {
  stdout: (bytes) => writer.send(Frame.Stdout, bytes),
  stderr: (bytes) => writer.send(Frame.Stderr, bytes),
  bulk: (cpu, bytes) => {
    const payload = new Uint8Array(4 + bytes.length);
    new DataView(payload.buffer).setUint32(0, cpu, true);
    payload.set(bytes, 4);
    return writer.send(Frame.Bulk, payload);
  },
  event: (line) => writer.send(Frame.Event, new TextEncoder().encode(line)),
};

/** What a Signal frame reaches: this process (its session listens) or a shell command. */
let signalTarget = 0;

async function runSession(options: SessionOptions): Promise<void> {
  signalTarget = Deno.pid;
  const session = await import("../session.ts");
  const result = await session.runSession(options, sink);
  await writer.json(Frame.Exit, result);
}

async function pump(from: ReadableStream<Uint8Array>, kind: Frame): Promise<void> {
  for await (const bytes of from) await writer.send(kind, bytes);
}

async function runShell(command: string, cwd: string): Promise<void> {
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", command],
    cwd,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  signalTarget = child.pid;
  await Promise.all([pump(child.stdout, Frame.Stdout), pump(child.stderr, Frame.Stderr)]);
  const status = await child.status;
  await writer.json(Frame.Exit, { status: status.code, summary: null });
}

function putFile(payload: Uint8Array): void {
  const zero = payload.indexOf(0);
  const head: FileHead = JSON.parse(text(payload.subarray(0, zero)));
  const slash = head.path.lastIndexOf("/");
  if (slash > 0) Deno.mkdirSync(head.path.slice(0, slash), { recursive: true });
  const data = payload.subarray(zero + 1);
  Deno.writeFileSync(head.path, data, { mode: head.mode, append: head.append });
  if (!head.append) Deno.chmodSync(head.path, head.mode);
}

async function handle(kind: Frame, payload: Uint8Array): Promise<void> {
  switch (kind) {
    case Frame.PutFile:
      putFile(payload);
      return await writer.send(Frame.Done);
    case Frame.MakeDirectory:
      Deno.mkdirSync(JSON.parse(text(payload)).path, { recursive: true });
      return await writer.send(Frame.Done);
    case Frame.RunSession:
      return await runSession(JSON.parse(text(payload)));
    case Frame.RunShell: {
      const { command, cwd } = JSON.parse(text(payload));
      return await runShell(command, cwd);
    }
    case Frame.KernelLog:
      return await runShell("dmesg", "/");
    case Frame.Echo:
      await writer.send(Frame.Stdout, payload);
      return await writer.json(Frame.Exit, { status: 0, summary: null });
    default:
      throw new Error(`unknown request ${kind}`);
  }
}

async function main(): Promise<void> {
  // A session listens for the signal itself; between sessions it must not end the agent.
  Deno.addSignalListener("SIGINT", () => {});
  Deno.addSignalListener("SIGTERM", () => {});
  await writer.send(Frame.Ready);
  let busy: Promise<void> = Promise.resolve();
  for (;;) {
    const frame = await reader.next();
    if (frame == null || frame.kind == Frame.Shutdown) break;
    if (frame.kind == Frame.Signal) {
      try {
        if (signalTarget != 0) Deno.kill(signalTarget, JSON.parse(text(frame.payload)).signal);
      } catch {
        // It has just ended.
      }
      continue;
    }
    busy = busy
      .then(() => handle(frame.kind, frame.payload))
      .catch((error) =>
        writer.send(Frame.Failed, new TextEncoder().encode(String(error?.message ?? error)))
      )
      .then(() => {
        signalTarget = 0;
      });
  }
  await busy;
  Deno.exit(0);
}

await main();
