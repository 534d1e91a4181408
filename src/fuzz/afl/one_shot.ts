/** A single run without a fork server, for afl-showmap, afl-cmin and afl-tmin, and for people who reproduce a crash. */

import type { FuzzTarget, RunOutcome } from "../engine.ts";
import type { Koffi } from "../native/koffi.ts";
import { SharedMemory } from "../native/shared_memory.ts";
import { CoverageMap } from "./coverage_map.ts";
import type { MapLayout } from "./map_layout.ts";

/** AFL++'s map, present if AFL++ expects coverage. */
export interface OneShotMap {
  readonly koffi: Koffi;
  readonly segment: number;
  readonly layout: MapLayout;
}

/** Runs the target once, and writes its coverage to the map. */
export async function runOneShot(
  target: FuzzTarget,
  input: Uint8Array,
  map: OneShotMap | undefined,
): Promise<RunOutcome> {
  const bytes = input.subarray(0, target.maxInputBytes);
  if (map === undefined) return target.runOne(bytes);
  const memory = new SharedMemory(map.koffi);
  // Nothing is overlaid: for a single run, copying is cheaper.
  const coverage = new CoverageMap(memory, memory.attach(map.segment), map.layout, []);
  coverage.begin(target.counters);
  const outcome = await target.runOne(bytes);
  coverage.end(target.counters);
  return outcome;
}
