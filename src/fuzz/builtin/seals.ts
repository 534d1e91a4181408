/** Seals: checksums whose place in the input is known. Changes of the input break them, and are followed by mending. */

import type { Compared } from "./comparisons.ts";
import { type Field, settle } from "./probe.ts";
import type { SolveContext } from "./solve_context.ts";

/** A one-byte checksum cannot be told reliably from other data. */
const LEAST_BYTES = 2;

/** The fields of a probed input that are seals. */
export function sealsOf(fields: readonly Field[]): readonly Field[] {
  const seals = new Map<Compared, Field>();
  for (const field of fields) {
    const { compared, places, isMixed } = field;
    if (!isMixed || places.length < LEAST_BYTES || places.includes(-1) || !agrees(compared)) continue;
    // Fields of bits come first, and take precedence: what is xor-ed is not added.
    if (!seals.has(compared)) seals.set(compared, field);
  }
  return [...seals.values()];
}

/**
 * Mends the seals that were broken in the last execution, which was of the input in `data`, one after the other.
 * A stage of the engine.
 *
 * @param move maps an offset in the probed input to one in this input
 * @returns how many executions it took
 */
export function* mend(
  { data, reader, words, foundNew }: SolveContext,
  size: number,
  seals: readonly Field[],
  move: (place: number) => number,
): Generator<number, number, void> {
  let runs = 0;
  for (const seal of seals) {
    const now = reader.ofSite(words(), seal.compared);
    if (now === undefined || agrees(now)) continue;
    if (!settle(data, size, seal, now, move)) return runs;
    yield size;
    runs++;
    if (foundNew()) return runs;
  }
  return runs;
}

function agrees({ arg1, arg2 }: Compared): boolean {
  return arg1.low === arg2.low && arg1.high === arg2.high;
}
