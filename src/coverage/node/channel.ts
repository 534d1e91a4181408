/**
 * Messages from the threads of a process to its main thread, which writes the profile (or, for `trace`, the report).
 * They are posted on a broadcast channel on which only the main thread listens: what was posted arrives, whatever
 * happens to the worker that posted it.
 */

import { BroadcastChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { CounterForm } from "../../abi/counters.ts";
import { HOST } from "../../loader/node/index.ts";
import type { StoredMemoryError } from "../profile/memory_error.ts";
import type { ModuleOrigin } from "./module_filter.ts";
import type { TalliedModule } from "./tally.ts";

export type ThreadMessage =
  | { readonly type: "loaded"; readonly module: TalliedModule; readonly origin: ModuleOrigin }
  /** Counters that the main thread can read, too. */
  | {
      readonly type: "counting";
      /** Ids of the original and of the pc table, as in counters: the module may have come from another thread. */
      readonly id: bigint;
      readonly table: bigint;
      readonly thread: string;
      readonly memory: WebAssembly.Memory;
      readonly form: CounterForm;
      readonly length: number;
    }
  /** Counters that only the thread itself can read: it sends them when it ends, unless it is terminated. */
  | { readonly type: "countingAlone"; readonly id: bigint; readonly table: bigint; readonly thread: string }
  /** The values of such counters at the thread's end. */
  | {
      readonly type: "counts";
      readonly thread: string;
      readonly id: bigint;
      readonly table: bigint;
      readonly counters: number;
      readonly counts: Uint8Array;
    }
  /** A worker of a worker has ended. */
  | { readonly type: "ended"; readonly thread: string }
  | { readonly type: "leftOut"; readonly place: string }
  | { readonly type: "memoryError"; readonly error: StoredMemoryError }
  | { readonly type: "note"; readonly line: string };

/** Posts to the main thread. Closes the channel again: an open one would collect what others post. */
export function postTo(name: string, message: unknown): void {
  const channel = new BroadcastChannel(name);
  channel.postMessage(message);
  channel.close();
}

/** Receives what workers post. It does not keep the process alive. */
export class Inbox<Message = ThreadMessage> {
  /** Undefined in Deno and Bun, which cannot receive without waiting: nobody posts anything there. */
  readonly #channel: BroadcastChannel | undefined;
  readonly #receive: (message: Message) => void;

  /** @param name name of the channel */
  constructor(name: string, receive: (message: Message) => void) {
    this.#receive = receive;
    if (HOST !== "node") return;
    this.#channel = new BroadcastChannel(name);
    this.#channel.onmessage = (event) => receive((event as unknown as MessageEvent<Message>).data);
    this.#channel.unref();
  }

  close(): void {
    this.#channel?.close();
  }

  /** Receives all pending messages, without waiting for the event loop, which may never turn again. */
  drain(): void {
    if (this.#channel === undefined) return;
    for (;;) {
      const received = receiveMessageOnPort(this.#channel as unknown as MessagePort);
      if (received === undefined) return;
      this.#receive(received.message as Message);
    }
  }
}
