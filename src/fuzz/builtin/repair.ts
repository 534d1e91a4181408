/**
 * Repairs an input after a change that made a checksum or a length wrong. The comparison that detected this has the
 * right value as one operand, and the value in the input as the other.
 */

import type { Compared } from "./comparisons.ts";
import { attempts } from "./encodings.ts";
import { Haystack } from "./haystack.ts";
import type { SolveContext } from "./solve_context.ts";
import { findCyclic } from "./substitution.ts";

/** Depth of nested repairs: a checksum of a header that contains a checksum. */
const ROUNDS = 3;

/**
 * Makes the comparisons at `sites` that differed in the last execution agree. A stage of the engine.
 *
 * @param size size of the input in bytes
 * @returns how many executions it took
 */
export function* repair(
  context: SolveContext,
  size: number,
  sites: ReadonlySet<number>,
): Generator<number, number, void> {
  for (let runs = 0; runs < ROUNDS; runs++) {
    const broken = context.reader.firstBroken(context.words(), sites);
    if (broken === undefined || !patch(context, size, broken)) return runs;
    yield size;
    if (!context.foundNew()) continue;
    context.guards.add(broken.site);
    return runs + 1;
  }
  return ROUNDS;
}

/** @returns whether one of the operands was in the input, and so could be replaced */
function patch({ data, random }: SolveContext, size: number, broken: Compared): boolean {
  if (broken.size === 1) return false;
  for (const { from, to, width } of attempts(broken, new Haystack(data, size))) {
    if (width < 2 || from.length !== to.length) continue;
    const at = findCyclic(data, size, from, random.oneIn(2) ? 0 : random.below(size));
    if (at < 0) continue;
    data.set(to, at);
    return true;
  }
  return false;
}
