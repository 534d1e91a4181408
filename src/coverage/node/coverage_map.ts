/** Coverage maps of profiles whose sources are files on this machine. */

import type { CoverageMapData } from "istanbul-lib-coverage";
import { makeCoverageMap as toMap } from "../map/make_coverage_map.ts";
import type { CoverageMapOptions } from "../map/options.ts";
import type { Profile } from "../profile/profile.ts";
import { nodeSourceAccess } from "./source_access.ts";

/**
 * Makes a coverage map, in istanbul's data model, from the counts of a run.
 *
 * @throws {Error} the original of a module no longer exists
 */
export function toCoverageMap(profile: Profile, options: CoverageMapOptions = {}): Promise<CoverageMapData> {
  return toMap(profile, { ...nodeSourceAccess(process.cwd()), ...options });
}
