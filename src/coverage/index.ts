/**
 * Coverage from your own program:
 *
 *     const coverage = startCoverage({ modules: ["parser.wasm"] });
 *     await import("./test.mjs");
 *     const map = await toCoverageMap(await coverage.stop());
 *
 * and from the profiles that `wasm-kcov coverage` and the preload `wasm-kcov/register` leave.
 */

export type { CoverageMapOptions } from "./map/options.ts";
export { toCoverageMap } from "./node/coverage_map.ts";
export { type ReadProfiles, readProfiles } from "./node/read_profiles.ts";
export { type Coverage, type CoverageOptions, startCoverage, type TakeOptions } from "./node/start_coverage.ts";
export { mergeProfiles, type OnProblem } from "./profile/merge.ts";
export type { CountKind, ModuleProfile, Profile } from "./profile/profile.ts";
export { REPORTERS } from "./reports/reporters.ts";
export { type WriteReportsOptions, writeReports } from "./reports/reports.ts";
