/** One run without a fork server: what afl-showmap, afl-cmin and afl-tmin can ask for, and people who try a crash. */

import type { FuzzTarget, RunOutcome } from "../engine.ts";
import type { Koffi } from "../native/koffi.ts";
import { SharedMemory } from "../native/shared_memory.ts";
import { CoverageMap } from "./coverage_map.ts";
import type { MapLayout } from "./map_layout.ts";

/** AFL++'s map, where it waits for one. */
export interface OneShotMap {
  readonly koffi: Koffi;
  readonly segment: number;
  readonly layout: MapLayout;
}

/** Runs the target once, and leaves its coverage in the map. */
export async function runOneShot(
  target: FuzzTarget,
  input: Uint8Array,
  map: OneShotMap | undefined,
): Promise<RunOutcome> {
  const bytes = input.subarray(0, target.maxInputBytes);
  if (map === undefined) return target.runOne(bytes);
  const memory = new SharedMemory(map.koffi);
  // Nothing is overlaid: for one run a copy is cheaper.
  const coverage = new CoverageMap(memory, memory.attach(map.segment), map.layout, []);
  coverage.begin(target.counters);
  const outcome = await target.runOne(bytes);
  coverage.end(target.counters);
  return outcome;
}
