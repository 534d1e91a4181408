/** How modules are instrumented for coverage. */

import type { InstrumentOptions } from "../../instrument/options.ts";
import { hasMultiMemory } from "../../multi_memory.ts";
import type { CountKind } from "../profile/profile.ts";

export interface Counting {
  readonly kind: CountKind;
  readonly options: InstrumentOptions;
}

/**
 * @param hits count only whether code ran, not how often
 * @param isWorker the thread may be terminated at any time
 */
export function countingFor(hits: boolean, isWorker: boolean): Counting {
  // Other threads can read a memory, whatever becomes of this one. Where an engine has one memory a module, that takes a call
  // at every site; so the main thread, which sees its own end, counts in globals there.
  const counterStorage = hasMultiMemory() || isWorker ? "memory" : "globals";
  const counters = hits ? "flag" : "64bit";
  return { kind: hits ? "hits" : "counts", options: { trace: ["counters"], counters, counterStorage } };
}
