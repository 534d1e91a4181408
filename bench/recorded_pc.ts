/** The cost of one recorded PC, on a loop of little more than branches, against native trace-pc. */

import type { Claim } from "./claim.ts";
import type { Context } from "./context.ts";
import { cheapestOf, costRatio, describeCosts } from "./recorded.ts";

export async function recordedPc(context: Context): Promise<Claim[]> {
  const { costs } = await context.loop();
  const native = cheapestOf(costs, ["clang trace-pc", "gcc trace-pc"]);
  const { doubts, ...ratio } = costRatio(costs.get("fused"), native);
  const note = describeCosts(costs, ["fused", "import", "clang trace-pc", "gcc trace-pc"]);
  return [
    {
      what: "one recorded PC against native trace-pc",
      ...ratio,
      unit: "×",
      bar: 0.35,
      stretch: 0.2,
      note: note + doubts,
    },
  ];
}
