/** AFL++'s coverage map, which it looks at after each run. */

import type { TargetCounters } from "../engine.ts";
import { CounterBlock } from "../native/counter_block.ts";
import type { Segment, SharedMemory } from "../native/shared_memory.ts";
import type { MapLayout } from "./map_layout.ts";

/**
 * The counters of a target in AFL++'s map. Where the system supports it, pages of the map replace the counters' own, so
 * that instrumented code counts directly in the map. Other counters, such as those of later instances, are copied after
 * each run.
 */
export class CoverageMap {
  readonly #memory: SharedMemory;
  readonly #map: Uint8Array;
  readonly #layout: MapLayout;
  /** Regions whose pages are pages of the map. */
  #overlaid: TargetCounters[] = [];
  readonly #block: CounterBlock;

  /** @throws {RangeError} the segment is smaller than the map */
  constructor(memory: SharedMemory, segment: Segment, layout: MapLayout, counters: readonly TargetCounters[]) {
    if (segment.bytes.length < layout.bytes) {
      throw new RangeError(`AFL++'s map has ${segment.bytes.length} bytes, not ${layout.bytes}: set AFL_MAP_SIZE`);
    }
    this.#memory = memory;
    this.#map = segment.bytes.subarray(0, layout.bytes);
    this.#layout = layout;
    this.#block = new CounterBlock(this.#map, (id) => layout.offsetOf(id));
    const seen = new Set<bigint>();
    for (const region of counters) {
      const offset = layout.offsetOf(region.id);
      // A module's pages serve one instance only: the counts of further instances are added to them.
      if (offset === undefined || seen.has(region.id)) continue;
      seen.add(region.id);
      if (memory.overlay(segment.id, offset, region.bytes)) this.#overlaid.push(region);
    }
  }

  /** Zeroes the counters before a run. AFL++ has cleared the map. */
  begin(counters: readonly TargetCounters[]): void {
    for (const region of counters) if (!this.#isOverlaid(region)) region.bytes.fill(0);
  }

  /** Copies the counts to the map after a run. */
  end(counters: readonly TargetCounters[]): void {
    this.#releaseAllBut(counters);
    this.#block.begin(this.#overlaid.map(({ id }) => id));
    for (const region of counters) if (!this.#isOverlaid(region)) this.#block.collect(region);
    this.#map[this.#layout.always] = 1;
  }

  /** Discards the coverage of a run, so that AFL++ sees none. */
  forget(): void {
    this.#map.fill(0);
    this.#map[this.#layout.always] = 1;
  }

  /**
   * Gives pages of their own back to regions whose instance is gone: its memory was freed, and may be in use for
   * something else. A new instance of the same module at the same address is as good as the old one.
   */
  #releaseAllBut(counters: readonly TargetCounters[]): void {
    const isGone = (old: TargetCounters): boolean => !counters.some((region) => isSame(region, old));
    for (const old of this.#overlaid.filter(isGone)) {
      this.#memory.release(old.bytes);
      this.#map.fill(0, this.#layout.offsetOf(old.id), (this.#layout.offsetOf(old.id) ?? 0) + old.length);
    }
    this.#overlaid = this.#overlaid.filter((old) => !isGone(old));
  }

  #isOverlaid(region: TargetCounters): boolean {
    return this.#overlaid.some((other) => isSame(region, other));
  }
}

/** Whether two regions are the same place, and for counters of the same module. */
function isSame(a: TargetCounters, b: TargetCounters): boolean {
  return a.memory === b.memory && a.address === b.address && a.id === b.id;
}
