/** How modules are instrumented for coverage. */

import { hasMultiMemory } from "../../engine.ts";
import type { InstrumentOptions } from "../../instrument/options.ts";
import type { SanitizeOptions } from "../../instrument/sanitize/options.ts";
import type { CountKind } from "../profile/profile.ts";

/** What a run collects, besides the choice of modules. */
export interface CountingChoice {
  /** Count only whether code ran, not how often. */
  readonly hits: boolean;
  /** Count conditions of `select`, too: branches that were compiled without a jump. */
  readonly selects?: boolean | undefined;
  /** Find memory errors, too. */
  readonly sanitize?: SanitizeOptions | undefined;
}

export interface Counting {
  readonly kind: CountKind;
  readonly options: InstrumentOptions;
}

/** Where counters are, see `counterStorage`. */
export type CountingStorage = "memory" | "globals";

export function countingFor({ hits, selects, sanitize }: CountingChoice, counterStorage: CountingStorage): Counting {
  const counters = hits ? "flag" : "64bit";
  const more = { ...(selects && { selects }), ...(sanitize && { sanitize }) };
  const options: InstrumentOptions = { trace: ["counters"], counters, counterStorage, ...more };
  return { kind: hits ? "hits" : "counts", options };
}

/**
 * Where a thread of this engine counts. Other threads can read a memory, whatever happens to this thread. But if an
 * engine supports only one memory per module, that takes a call at every site; so there the main thread, which sees its
 * own end, counts in globals.
 *
 * @param isWorker whether the thread may be terminated at any time
 */
export function storageFor(isWorker: boolean): CountingStorage {
  return hasMultiMemory() || isWorker ? "memory" : "globals";
}
