/** The cost of one comparison record, on the same loop, against native trace-cmp. */

import { median } from "../src/cli/bench/statistics.ts";
import type { Claim } from "./claim.ts";
import type { Context } from "./context.ts";
import { cheapestOf, costRatio, describeCosts } from "./recorded.ts";

/** Nanoseconds at which a record is cheap, whatever native ones cost. */
const CHEAP_NS = 2;

export async function recordedCmp(context: Context): Promise<Claim[]> {
  const { costs } = await context.loop();
  const native = cheapestOf(costs, ["clang trace-cmp", "gcc trace-cmp"]);
  const fused = costs.get("cmp") ?? [];
  const nanoseconds = median(fused);
  const { doubts, ...ratio } = costRatio(fused, native);
  return [
    {
      what: "one comparison record against native trace-cmp",
      ...ratio,
      unit: "×",
      bar: 1,
      stretch: 0.5,
      metOtherwise: nanoseconds <= CHEAP_NS,
      note: `${describeCosts(costs, ["cmp", "clang trace-cmp", "gcc trace-cmp"])}; or up to ${CHEAP_NS} ns${doubts}`,
    },
  ];
}
