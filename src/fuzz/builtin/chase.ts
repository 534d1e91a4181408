/** Solves strings that are compared byte by byte or word by word, in a loop that stops at the first difference. */

import type { Compared } from "./comparisons.ts";
import { type Attempt, seenBytes, wantedBytes } from "./encodings.ts";
import type { SolveContext } from "./solve_context.ts";

/** The most steps, and so the length of the longest string that can be found. */
const LONGEST = 512;

/** Where a chase begins: what the last execution replaced. */
export interface ChaseStart {
  /** Size of the input in bytes. */
  readonly size: number;
  /** The comparison that should agree now. */
  readonly compared: Compared;
  readonly attempt: Attempt;
  /** Offset in the input. */
  readonly at: number;
}

/**
 * As long as the loop compares what follows in the input, makes the next differing comparison agree, too. Other loops
 * may pass through the same site before and after it; they are told apart by the different values that they see.
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
    // The comparisons in between already agreed, and each consumed input, too.
    at += width * (next.ordinal - ordinal);
    ordinal = next.ordinal;
    if (at > size) return runs;
    const bytes = wantedBytes(next, attempt);
    const seen = seenBytes(next, attempt);
    const isThere = at + width <= size && seen.every((byte, k) => data[at + k] === byte);
    if (!isThere) {
      // Past the end of the input, or of a line that was copied from it.
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
