/** How much larger modules get with default options. */

import { geometricMean } from "../src/cli/bench/statistics.ts";
import type { Claim } from "./claim.ts";
import type { Context } from "./context.ts";

export async function codeSize(context: Context): Promise<Claim[]> {
  const sizes = [...(await context.tuned()), ...(await context.others()), ...(await context.packages())].flatMap(
    ({ program, rows }) => {
      const size = rows.find(({ mode }) => mode === "fused")?.size;
      return size === undefined ? [] : [{ program, size }];
    },
  );
  return [
    {
      what: "code size, default options",
      value: sizes.length === 0 ? undefined : geometricMean(sizes.map(({ size }) => size)),
      unit: "×",
      bar: 2.5,
      stretch: 1.6,
      note: sizes.map(({ program, size }) => `${program} ${size.toFixed(2)}`).join(", "),
    },
  ];
}
