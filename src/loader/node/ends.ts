/**
 * The end of a thread, after the program's own code: its `exit` handlers may run more WebAssembly, and a signal that it
 * does not handle ends it without calling any handler.
 */

import { isMainThread } from "node:worker_threads";
import { apply } from "../primordials.ts";
import { replace } from "../replace.ts";
import { replaceEmit } from "./emit.ts";
import type { EndReason } from "./options.ts";
import { ENDING_SIGNALS, type SignalNotes } from "./signal_notes.ts";

/**
 * Calls `end` once, when the thread ends.
 *
 * @param notes records what happens to signals
 */
export function whenThreadEnds(end: (reason: EndReason) => void, notes?: SignalNotes): void {
  let isOver = false;
  const endOnce = (reason: EndReason): void => {
    if (isOver) return;
    isOver = true;
    end(reason);
  };
  const { listenerCount } = process;
  const kill = process.kill.bind(process);
  const { pid } = process;
  // Each way to end leads to one of the two: before the first all `exit` handlers are called, before the second none.
  replace(process, "reallyExit", (target, self, args) => {
    endOnce("exit");
    return apply(target, self, args);
  });
  replaceEmit((target, self, args) => {
    const [event, signal, listener] = args as [string, NodeJS.Signals, unknown];
    if (event === "exit") {
      try {
        return apply(target, self, args);
      } finally {
        endOnce("exit");
      }
    }
    if (isSignal(event)) notes?.arrived(event);
    if (isSignal(event) && apply(listenerCount, process, [event]) === 0) {
      endOnce(event);
      // If the program has no listener there is only the watch below, which ends here: the signal then has its effect.
      apply(target, process, ["removeListener", event, watch]);
      kill(pid, event);
      return true;
    }
    if (event === "newListener" && isSignal(signal) && listener !== watch) notes?.handles(signal, true);
    const result = apply(target, self, args);
    if (event === "removeListener" && isSignal(signal)) watchSignal(target, signal);
    return result;
  });
  if (!isMainThread) return;
  for (const signal of ENDING_SIGNALS) watchSignal(process.emit as never, signal);

  /**
   * Node.js watches for a signal from the first listener on, until the last is removed. Announcing a listener that does
   * not exist makes it watch, and leaves the list of listeners as the program expects it.
   */
  function watchSignal(target: (...args: never[]) => unknown, signal: NodeJS.Signals): void {
    if (isOver || apply(listenerCount, process, [signal]) > 0) return;
    notes?.handles(signal, false);
    apply(target, process, ["newListener", signal, watch]);
  }
}

function watch(): void {}

function isSignal(name: string): name is NodeJS.Signals {
  return (ENDING_SIGNALS as readonly string[]).includes(name);
}
