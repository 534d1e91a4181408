/** Strings that are compared byte by byte, or word by word, in a loop that ends at the first difference. */

import type { Compared } from "./comparisons.ts";
import { type Attempt, seenBytes, wantedBytes } from "./encodings.ts";
import type { SolveContext } from "./solve_context.ts";

/** Steps: the longest string that is found. */
const LONGEST = 512;

/** Where a chase begins: what the last execution replaced. */
export interface ChaseStart {
  /** Bytes of the input. */
  readonly size: number;
  /** The comparison that is to agree now. */
  readonly compared: Compared;
  readonly attempt: Attempt;
  /** Place in the input. */
  readonly at: number;
}

/**
 * While the loop compares what follows in the input, makes the next comparison that differs agree too. Other loops may
 * go through the same site before and after it: what tells them apart is that they see something else.
 * A stage of the engine.
 *
 * @returns how many executions it took
 */
export function* chase(context: SolveContext, start: ChaseStart): Generator<number, number, void> {
  const { data, limit, reader } = context;
  const { compared, attempt } = start;
  const { width } = attempt;
  let { size, at } = start;
  let { ordinal } = compared;
  for (let runs = 0; runs < LONGEST; runs++) {
    const next = reader.nextBroken(context.words(), compared, ordinal);
    if (next === undefined) return runs;
    // What is between agreed by itself, and was compared too.
    at += width * (next.ordinal - ordinal);
    ordinal = next.ordinal;
    if (at > size) return runs;
    const bytes = wantedBytes(next, attempt);
    const seen = seenBytes(next, attempt);
    const isThere = at + width <= size && seen.every((byte, k) => data[at + k] === byte);
    if (!isThere) {
      // Behind the end of the input, or of a line that was copied out of it.
      if (at < size && seen.some((byte) => byte !== 0)) return runs;
      if (size + width > limit) return runs;
      data.copyWithin(at + width, at, size);
      size += width;
    }
    data.set(bytes, at);
    yield size;
  }
  return LONGEST;
}
