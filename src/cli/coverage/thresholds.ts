/** Thresholds: the least coverage that is accepted. */

import type { CoverageMap, CoverageSummary } from "istanbul-lib-coverage";
import { visible } from "../../text.ts";

export const MEASURES = ["lines", "functions", "branches", "statements"] as const;

/** A measure of coverage. */
export type Measure = (typeof MEASURES)[number];

export type Thresholds = Readonly<Partial<Record<Measure, number>>>;

/** As in c8, if checking is requested without numbers. */
const DEFAULT: Thresholds = { lines: 90 };

export interface ThresholdFlags extends Partial<Record<Measure, number>> {
  checkCoverage?: boolean;
  "100"?: boolean;
}

/** The thresholds to check. @returns undefined if there is nothing to check */
export function thresholdsOf(flags: ThresholdFlags): Thresholds | undefined {
  if (flags.checkCoverage === false) return undefined;
  if (flags["100"]) return Object.fromEntries(MEASURES.map((measure) => [measure, 100]));
  const given = MEASURES.flatMap((measure) => (flags[measure] === undefined ? [] : [[measure, flags[measure]]]));
  if (given.length > 0) return Object.fromEntries(given);
  return flags.checkCoverage ? DEFAULT : undefined;
}

/** Checks thresholds. @returns a line for each one that is missed */
export function checkThresholds(map: CoverageMap, thresholds: Thresholds, perFile: boolean): string[] {
  if (!perFile) return missed(map.getCoverageSummary(), thresholds, "");
  return map
    .files()
    .flatMap((file) => missed(map.fileCoverageFor(file).toSummary(), thresholds, ` of ${visible(file)}`));
}

function missed(summary: CoverageSummary, thresholds: Thresholds, where: string): string[] {
  return MEASURES.flatMap((measure) => {
    const least = thresholds[measure];
    const { pct, total } = summary[measure];
    if (least === undefined || total === 0 || pct >= least) return [];
    return [`coverage of ${measure}${where} is ${pct} %, below the threshold of ${least} %`];
  });
}
