/**
 * The end of a thread in Deno or Bun. Neither calls `process.emit` or `process.reallyExit` when it ends, so events are
 * watched by ordinary listeners, which the program can see. `end` may be called several times, since none of the events
 * is sure to be the last.
 */

import { isMainThread } from "node:worker_threads";
import { apply } from "../primordials.ts";
import { replace } from "../replace.ts";
import type { EndReason } from "./options.ts";
import { ENDING_SIGNALS, type SignalNotes } from "./signal_notes.ts";

/** Deno's events for the end of a thread: it was requested, or an error was not handled. */
const EVENTS = ["unload", "error", "unhandledrejection"] as const;

/** Calls `end` when the thread ends. @param notes records what happens to signals */
export function whenForeignThreadEnds(end: (reason: EndReason) => void, notes?: SignalNotes): void {
  const onExit = (): void => end("exit");
  process.on("exit", onExit);
  // The program's handlers may run more WebAssembly, so this one is moved after them.
  const beLast = (): void => {
    process.removeListener("exit", onExit);
    process.on("exit", onExit);
  };
  process.on("newListener", (event, listener) => {
    if (event === "exit" && listener !== onExit) queueMicrotask(beLast);
  });
  replace(process, "exit", (target, self, args) => {
    beLast();
    return apply(target, self, args);
  });
  const { addEventListener } = globalThis as { addEventListener?: (event: string, listener: () => void) => void };
  for (const event of EVENTS) addEventListener?.(event, onExit);
  if (!isMainThread) return;
  for (const signal of ENDING_SIGNALS) {
    const listener = (): void => {
      notes?.arrived(signal);
      if (process.listenerCount(signal) > 1) return;
      end(signal);
      process.removeListener(signal, listener);
      process.kill(process.pid, signal);
    };
    process.on(signal, listener);
    process.on("newListener", (event) => {
      if (event === signal) notes?.handles(signal, true);
    });
  }
}
