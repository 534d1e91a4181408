/** The chart of the README: slowdown by program and mode, with native code beside it. */

import { type ChartBar, renderChart } from "../src/cli/bench/chart.ts";
import { AS_CLANG, type ProgramResult } from "./measured_program.ts";

/** Sides in the order of the bars, and what the legend calls them. */
const SERIES: Readonly<Record<string, string>> = {
  import: "imported hooks",
  "clang trace-pc": "native clang trace-pc",
  [AS_CLANG]: "fused, as native clang does",
  fused: "fused",
  "fused-off": "fused, device off",
  idle: "the same, idle fast",
  counters: "8-bit counters",
  counts: "counts of coverage",
};

/** @throws {RangeError} there are no programs */
export function chartOfPrograms(programs: readonly ProgramResult[]): string {
  const groups = programs.map(({ program, rows }) => {
    const bars = new Map<string, ChartBar>();
    for (const { mode, slowdown } of rows) {
      const series = SERIES[mode];
      if (series !== undefined) bars.set(series, { value: slowdown.median, low: slowdown.low, high: slowdown.high });
    }
    return { name: program, bars };
  });
  return renderChart({
    title: "Slowdown by coverage",
    axis: "time against the same program without coverage, logarithmic; lines: quartiles",
    series: Object.values(SERIES),
    groups,
  });
}
