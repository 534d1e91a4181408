/** What a record costs on different sides. */

import { median } from "../src/cli/bench/statistics.ts";

type Costs = ReadonlyMap<string, readonly number[]>;

/** The side whose records cost least, of those that there are. */
export function cheapestOf(costs: Costs, names: readonly string[]): readonly number[] | undefined {
  const present = names.map((name) => costs.get(name)).filter((rounds) => rounds !== undefined);
  return present.sort((a, b) => median(a) - median(b))[0];
}

/** "fused 0.61 ns, clang trace-pc 2.10 ns" */
export function describeCosts(costs: Costs, names: readonly string[]): string {
  const figures = names.flatMap((name) => {
    const rounds = costs.get(name);
    return rounds === undefined ? [] : [`${name} ${median(rounds).toFixed(2)} ns`];
  });
  return figures.join(", ");
}
