/** What a record costs on different sides. */

import { median } from "../src/cli/bench/statistics.ts";
import { type Claim, measured } from "./claim.ts";

type Costs = ReadonlyMap<string, readonly number[]>;

/** The side whose records cost least, of those that there are. */
export function cheapestOf(costs: Costs, names: readonly string[]): readonly number[] | undefined {
  const present = names.map((name) => costs.get(name)).filter((rounds) => rounds !== undefined);
  return present.sort((a, b) => median(a) - median(b))[0];
}

/**
 * What a record costs at the least, in nanoseconds. It is two stores, and no machine makes more than two a cycle at 5 GHz.
 * A cost is the difference of two loops; one below this says that something else differed by more.
 */
const LEAST_NS = 0.2;

/** The ratio of two costs, over the rounds in which both can be. */
export function costRatio(
  costs: readonly number[] | undefined,
  references: readonly number[] | undefined,
): Pick<Claim, "value" | "spread"> & { doubts: string } {
  if (costs === undefined || references === undefined) return { value: undefined, doubts: "" };
  const possible = costs.flatMap((cost, round) => {
    const reference = references[round] ?? Number.NaN;
    return cost >= LEAST_NS && reference >= LEAST_NS ? [cost / reference] : [];
  });
  const left = costs.length - possible.length;
  const doubts =
    left === 0 ? "" : `; ${left} of ${costs.length} rounds below ${LEAST_NS} ns, which cannot be, left out`;
  return { ...measured(2 * possible.length >= costs.length ? possible : []), doubts };
}

/** "fused 0.61 ns, clang trace-pc 2.10 ns" */
export function describeCosts(costs: Costs, names: readonly string[]): string {
  const figures = names.flatMap((name) => {
    const rounds = costs.get(name);
    return rounds === undefined ? [] : [`${name} ${median(rounds).toFixed(2)} ns`];
  });
  return figures.join(", ");
}
