/**
 * Workers of a traced program. Each becomes a task of the same device, with an area of its own: the parent opens and
 * maps a descriptor, the worker enables it, and when the worker has ended, the parent keeps what is in the area.
 *
 *     parent                                worker
 *       taskInit, open, INIT_TRACE, mmap
 *       new Worker ────────────────────────▶ preload: attach, ENABLE, install the loader
 *       'exit' ◀──────────────────────────── runs, ends, is terminated, …
 *       reads the area, reap, munmap, close
 *
 * A worker's own workers are its children: what they recorded travels to the main thread on a broadcast channel. A
 * message that was posted is there, whatever became of the worker.
 */

import { BroadcastChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { TaskWords } from "./records.ts";
import type { TraceSetup } from "./session.ts";

/** What a worker needs to know. */
export interface WorkerSetup {
  memory: WebAssembly.Memory;
  task: number;
  fd: number;
  trace: TraceSetup;
  /** Name of the broadcast channel. */
  channel: string;
  mailbox: { directory: string; server: number };
}

/** @returns a function that gives the next message, if there is one: also while the process exits */
export function openInbox(channel: string): () => TaskWords | undefined {
  const inbox = new BroadcastChannel(channel);
  const received: TaskWords[] = [];
  // The event loop takes messages off the channel when it runs; what comes after its last turn is still there.
  inbox.onmessage = (event) => received.push((event as unknown as MessageEvent).data);
  inbox.unref();
  return () => received.shift() ?? receiveMessageOnPort(inbox as unknown as MessagePort)?.message;
}

/** @returns a function that posts what a worker's worker recorded */
export function openOutbox(channel: string): (words: TaskWords) => void {
  const outbox = new BroadcastChannel(channel);
  outbox.unref();
  return (words) => outbox.postMessage(words);
}
