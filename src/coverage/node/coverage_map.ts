/** A coverage map of a profile whose sources are files of this machine. */

import type { CoverageMapData } from "istanbul-lib-coverage";
import { makeCoverageMap as toMap } from "../map/make_coverage_map.ts";
import type { CoverageMapOptions } from "../map/options.ts";
import type { Profile } from "../profile/profile.ts";
import { nodeSourceAccess } from "./source_access.ts";

/**
 * Makes a coverage map, in istanbul's data model, of what a run counted.
 *
 * @throws {Error} the original of a module is not there any more
 */
export function toCoverageMap(profile: Profile, options: CoverageMapOptions = {}): Promise<CoverageMapData> {
  return toMap(profile, { ...nodeSourceAccess(process.cwd()), ...options });
}
