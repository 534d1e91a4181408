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
 * What a worker instruments it announces on a broadcast channel: a message that was posted is there, whatever became of
 * the worker. A worker's own workers are its children: their records travel to the main thread on the same channel.
 */

import { createRequire, syncBuiltinESMExports } from "node:module";
import type { Worker, WorkerOptions } from "node:worker_threads";
import { BroadcastChannel, type MessagePort, receiveMessageOnPort, setEnvironmentData } from "node:worker_threads";
import { say } from "../io.ts";
import type { TracedModule, TraceSetup } from "./modules.ts";
import type { TraceSession } from "./session.ts";

/** Key under which a worker finds its setup. */
export const WORKER_SETUP = "wasm-kcov";

/** What a worker needs to know. */
export interface WorkerSetup {
  memory: WebAssembly.Memory;
  task: number;
  fd: number;
  trace: TraceSetup;
  /** Name of the broadcast channel. */
  channel: string;
}

/** What a worker says: a module that it instrumented, or what a worker of its own recorded (the words of its area). */
export type WorkerMessage = { module: TracedModule } | { task: number; words: BigUint64Array<ArrayBuffer> };

/** A worker on its way. */
export interface StartedWorker {
  setup: WorkerSetup;
  /** Called when it has ended. */
  ended(): void;
}

const PRELOAD = new URL("./worker_preload.js", import.meta.url).href;

/** Makes every Worker that the main thread starts a task of the session, and theirs too. */
export function traceWorkers(session: TraceSession): void {
  const channel = `wasm-kcov ${process.pid}`;
  session.inbox = openInbox(channel);
  replaceWorker(() => {
    const area = session.addWorkerTask();
    if (area === undefined) return undefined;
    const { task, fd } = area;
    return {
      setup: { memory: session.kcov.memory, task, fd, trace: session.setup, channel },
      ended: () => session.endWorkerTask(area),
    };
  });
}

/** @returns a function that gives the next message, if there is one: also while the process exits */
function openInbox(channel: string): () => WorkerMessage | undefined {
  const inbox = new BroadcastChannel(channel);
  const received: WorkerMessage[] = [];
  // The event loop takes messages off the channel when it runs; what comes after its last turn is still there.
  inbox.onmessage = (event) => received.push((event as unknown as MessageEvent).data);
  inbox.unref();
  return () => received.shift() ?? receiveMessageOnPort(inbox as unknown as MessagePort)?.message;
}

/**
 * Replaces `Worker` of node:worker_threads in this thread.
 *
 * @param start called for each new worker; undefined: it can not be traced
 */
export function replaceWorker(start: () => StartedWorker | undefined): void {
  const threads = createRequire(import.meta.url)("node:worker_threads") as { Worker: typeof Worker };
  threads.Worker = class extends threads.Worker {
    constructor(filename: string | URL, options: WorkerOptions = {}) {
      const started = start();
      if (started === undefined) {
        say("wasm-kcov: a worker is not traced: the device's memory is exhausted");
        super(filename, options);
        return;
      }
      // Handed to the worker as a copy when it is made, so it may be another one for the next.
      setEnvironmentData(WORKER_SETUP, started.setup as never);
      try {
        super(filename, { ...options, execArgv: [...(options.execArgv ?? process.execArgv), "--import", PRELOAD] });
      } catch (error) {
        started.ended();
        throw error;
      } finally {
        setEnvironmentData(WORKER_SETUP, undefined as never);
      }
      this.once("exit", () => started.ended());
    }
  };
  syncBuiltinESMExports();
}
