/** How much slower whole programs get: with tracing on, with the device off, with inline counters, and natively. */

import { geometricMean, median } from "../src/cli/bench/statistics.ts";
import { type Claim, measured } from "./claim.ts";
import type { Context } from "./context.ts";
import type { ProgramResult } from "./measured_program.ts";

export async function slowdown(context: Context): Promise<Claim[]> {
  const programs = await context.programs();
  const packages = await context.packages();
  const native = meansOf(programs, "clang trace-pc");
  const nativeCounters = meansOf(programs, "clang counters");
  return [
    claimOf("slowdown, tracing on", programs, "fused", 1.5, 1.3),
    againstNative(meansOf(programs, "fused"), native),
    claimOf("slowdown, device off", programs, "fused-off", 1.2, 1.05),
    claimOf("slowdown, inline 8-bit counters", programs, "counters", 1.25, 1.15, nativeCounters),
    claimOf("slowdown, counts of coverage", programs, "counts", 1.3, 1.2),
    claimOf("slowdown, hits of coverage", programs, "hits", 1.2, 1.1),
    claimOf("slowdown, counts of coverage, npm modules", packages, "counts", 1.3, 1.2),
    claimOf("slowdown, hits of coverage, npm modules", packages, "hits", 1.2, 1.1),
    claimOf("slowdown, tracing on, npm modules", packages, "fused", 1.5, 1.3),
    claimOf("slowdown, device off, npm modules", packages, "fused-off", 1.2, 1.05),
  ];
}

function claimOf(
  what: string,
  programs: readonly ProgramResult[],
  side: string,
  bar: number,
  stretch: number,
  native: readonly number[] = [],
): Claim {
  const figures = programs.flatMap(({ program, slowdowns }) => {
    const rounds = slowdowns.get(side);
    return rounds === undefined ? [] : [`${program} ${median(rounds).toFixed(2)}`];
  });
  if (native.length > 0) figures.push(`native clang's mean ${median(native).toFixed(2)}`);
  return { what, ...measured(meansOf(programs, side)), unit: "×", bar, stretch, note: figures.join(", ") };
}

/** What tracing adds to a program's time, against what native tracing adds. */
function againstNative(ours: readonly number[], native: readonly number[]): Claim {
  const rounds = native.length === 0 ? [] : ours.map((each, round) => (each - 1) / ((native[round] ?? Number.NaN) - 1));
  return {
    what: "added time, tracing on, against native clang's",
    ...measured(rounds),
    unit: "×",
    bar: 1,
    stretch: 0.5,
    note:
      native.length === 0
        ? "there is no native code"
        : `means ${median(ours).toFixed(2)}×, native clang ${median(native).toFixed(2)}×`,
  };
}

/** Geometric mean over the programs, round by round. Programs without such a side do not count. */
function meansOf(programs: readonly ProgramResult[], side: string): number[] {
  const all = programs.map(({ slowdowns }) => slowdowns.get(side)).filter((rounds) => rounds !== undefined);
  return (all[0] ?? []).map((_, round) => geometricMean(all.map((rounds) => rounds[round] ?? Number.NaN)));
}
