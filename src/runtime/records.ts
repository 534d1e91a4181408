/** How many records an area holds. */

import { COUNT_WORDS } from "../abi/layout.ts";

/** Records that word 0 counts, but no more than the area holds: its user may have written anything there. */
export function countRecords(words: BigUint64Array<ArrayBufferLike>, recordWords: number): number {
  const capacity = Math.floor((words.length - COUNT_WORDS) / recordWords);
  const count = words[0] as bigint;
  return count < BigInt(capacity) ? Number(count) : capacity;
}
