/**
 * Where a session runs. `LocalAgent` is this process on this machine's kernel; `VmAgent` talks
 * to a throwaway machine. What the command line does with a module is the same for both.
 */
import type { SessionOptions, SessionResult, SessionSink } from "../types.ts";

export interface Agent {
  /** Makes a host file or folder readable for sessions; gives its path as the session sees it. */
  put(hostPath: string, name: string): Promise<string>;
  /** Runs a session to its end. The options' modulePath is a path that `put` gave. */
  run(options: SessionOptions, sink: SessionSink): Promise<SessionResult>;
  /** Ends the session under way as Ctrl-C does. */
  interrupt(): Promise<void>;
  /** The kernel's log. */
  kernelLog(): Promise<string>;
  close(): Promise<void>;
}
