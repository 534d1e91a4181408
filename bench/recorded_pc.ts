/** The cost of one recorded PC, on a loop of little more than branches, against native trace-pc. */

import { ratios } from "../src/cli/bench/statistics.ts";
import { type Claim, measured } from "./claim.ts";
import type { Context } from "./context.ts";
import { cheapestOf, describeCosts } from "./recorded.ts";

export async function recordedPc(context: Context): Promise<Claim[]> {
  const { costs } = await context.loop();
  const native = cheapestOf(costs, ["clang trace-pc", "gcc trace-pc"]);
  const fused = costs.get("fused");
  const note = describeCosts(costs, ["fused", "import", "clang trace-pc", "gcc trace-pc"]);
  return [
    {
      what: "one recorded PC against native trace-pc",
      ...(fused === undefined || native === undefined ? { value: undefined } : measured(ratios(fused, native))),
      unit: "×",
      bar: 0.35,
      stretch: 0.2,
      note,
    },
  ];
}
