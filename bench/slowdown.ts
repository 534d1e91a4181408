/** How much slower whole programs get: with tracing on, with the device off, with inline counters, and natively. */

import { geometricMean, median } from "../src/cli/bench/statistics.ts";
import { type Claim, measured } from "./claim.ts";
import type { Context } from "./context.ts";
import { AS_CLANG, type ProgramResult } from "./measured_program.ts";

export async function slowdown(context: Context): Promise<Claim[]> {
  const sets = [
    { of: "five tuned programs", programs: await context.tuned(), on: 1.6, counters: 1.25 },
    { of: "other programs", programs: await context.others(), on: 1.8, counters: 1.3 },
    { of: "npm modules", programs: await context.packages(), on: 1.8, counters: 1.3 },
  ];
  return sets.flatMap(({ of, programs, on, counters }) => {
    const native = meansOf(programs, "clang trace-pc");
    const nativeCounters = meansOf(programs, "clang counters");
    return [
      claimOf(`slowdown, tracing on, ${of}`, programs, "fused", on, 1.4),
      claimOf(`slowdown, tracing on, sites as clang's, ${of}`, programs, "calls-return", on, 1.4),
      ...(native.length > 0 ? [againstNative(meansOf(programs, "fused"), native), mostToNative(programs, of)] : []),
      claimOf(`slowdown, device off, ${of}`, programs, "fused-off", 1.4, 1.03),
      claimOf(`slowdown, device off with idle copies, ${of}`, programs, "idle", 1.1, 1.03),
      claimOf(`slowdown, inline 8-bit counters, ${of}`, programs, "counters", counters, 1.15, nativeCounters),
      claimOf(`slowdown, counts of coverage, ${of}`, programs, "counts", 1.3, 1.2),
      claimOf(`slowdown, hits of coverage, ${of}`, programs, "hits", 1.2, 1.1),
      claimOf(`slowdown, memory checked, ${of}`, programs, "sanitize", 1.8, 1.5, meansOf(programs, "clang address")),
      claimOf(`slowdown, memory checked and counters, ${of}`, programs, "fuzz", 2.2, 1.9),
    ];
  });
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

/** The same sites in the same functions as native clang's: the most of a program's slowdown to that of its native code. */
function mostToNative(programs: readonly ProgramResult[], of: string): Claim {
  const figures = programs.flatMap(({ program, slowdowns }) => {
    const [ours, native] = [slowdowns.get(AS_CLANG), slowdowns.get("clang trace-pc")];
    return ours === undefined || native === undefined ? [] : [{ program, ratio: median(ours) / median(native) }];
  });
  return {
    what: `tracing what native clang does, to native clang's, the most of ${of}`,
    value: figures.length === 0 ? undefined : Math.max(...figures.map(({ ratio }) => ratio)),
    unit: "×",
    bar: 1,
    note: figures.map(({ program, ratio }) => `${program} ${ratio.toFixed(2)}`).join(", "),
  };
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
