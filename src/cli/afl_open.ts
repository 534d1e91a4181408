/** Opens a target for AFL++. */

import type { MapLayout } from "../fuzz/afl/map_layout.ts";
import type { FuzzTarget } from "../fuzz/engine.ts";
import { type TargetFlags, toTargetSettings } from "./target_options.ts";

/** A target, and the layout of its counters in AFL++'s map. */
export interface AflTarget {
  readonly target: FuzzTarget;
  readonly layout: MapLayout;
}

/**
 * Opens the target. If it loads its modules only with the first input, runs one, so that they are known: the size of
 * the map must be fixed before AFL++ sends the first test case.
 */
export async function openAflTarget(path: string, flags: TargetFlags): Promise<AflTarget> {
  const { openTarget } = await import("../fuzz/index.ts");
  const { MapLayout } = await import("../fuzz/afl/map_layout.ts");
  const target = await openTarget(path, await toTargetSettings(flags));
  if (target.modules.length === 0) await target.runOne(new Uint8Array(0));
  return { target, layout: new MapLayout(target.modules) };
}
