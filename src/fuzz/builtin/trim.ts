/** Removes what an input can do without: in a shorter one, a mutation is more likely to change what matters. */

import type { CorpusEntry } from "./corpus.ts";

/** The most executions for trimming one input. */
const BUDGET = 192;
/** Inputs of at most this many bytes are not trimmed. */
export const SHORT = 8;
/** The most pieces that an input is cut into. */
const MOST_PIECES = 64;

/**
 * Runs an input without stretches of it, from halves down. The engine replaces the entry's bytes by shorter ones that
 * still have the features that the entry is kept for. A stage of the engine.
 *
 * @param data where inputs are put
 */
export function* trim(entry: CorpusEntry, data: Uint8Array): Generator<number, void, void> {
  let runs = 0;
  for (let length = entry.bytes.length >> 1; length >= Math.max(1, entry.bytes.length / MOST_PIECES); length >>= 1) {
    for (let at = 0; at < entry.bytes.length && entry.bytes.length > SHORT; ) {
      const { bytes } = entry;
      const end = Math.min(at + length, bytes.length);
      data.set(bytes.subarray(0, at));
      data.set(bytes.subarray(end), at);
      if (runs++ === BUDGET) return;
      yield Math.max(1, bytes.length - (end - at));
      if (entry.bytes === bytes) at += length;
    }
  }
}
