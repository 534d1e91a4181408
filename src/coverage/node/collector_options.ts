/** How modules are instrumented for coverage. */

import type { InstrumentOptions } from "../../instrument/options.ts";
import { hasMultiMemory } from "../../multi_memory.ts";
import type { CountKind } from "../profile/profile.ts";

export interface Counting {
  readonly kind: CountKind;
  readonly options: InstrumentOptions;
}

/** @param hits count only whether code ran, not how often */
export function countingFor(hits: boolean): Counting {
  // Other threads can read a memory; where the engine has only one a module, a call at every site would be its price.
  const counterStorage = hasMultiMemory() ? "memory" : "globals";
  const counters = hits ? "flag" : "64bit";
  return { kind: hits ? "hits" : "counts", options: { trace: ["counters"], counters, counterStorage } };
}
