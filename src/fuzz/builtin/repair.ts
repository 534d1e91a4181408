/**
 * Repairs of an input that was changed: a checksum over what changed is wrong, a length is. The comparison that said so
 * has the right value as one operand, and as the other what the input holds.
 */

import type { Compared } from "./comparisons.ts";
import { attempts } from "./encodings.ts";
import { Haystack } from "./haystack.ts";
import type { SolveContext } from "./solve_context.ts";
import { findCyclic } from "./substitution.ts";

/** Repairs on top of each other: a checksum of a header that holds a checksum. */
const ROUNDS = 3;

/**
 * Makes the comparisons at `sites`, which differ in the last execution, agree. A stage of the engine.
 *
 * @param size bytes of the input
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

/** @returns whether one of the operands is in the input, and so could be replaced */
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
