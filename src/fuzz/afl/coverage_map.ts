/** AFL++'s map of coverage: what it looks at after each run. */

import type { KcovCounters } from "../../runtime/counters.ts";
import { CounterBlock } from "../native/counter_block.ts";
import type { Segment, SharedMemory } from "../native/shared_memory.ts";
import type { MapLayout } from "./map_layout.ts";

/**
 * The counters of a target in AFL++'s map. Pages of the map take the place of the counters' own where the system can do
 * that, so that instrumented code counts right in the map. Other counters are copied after each run: those of instances
 * that came later, say.
 */
export class CoverageMap {
  readonly #memory: SharedMemory;
  readonly #map: Uint8Array;
  readonly #layout: MapLayout;
  /** Regions whose pages are the map's, by address. */
  readonly #overlaid = new Map<number, KcovCounters>();
  readonly #block: CounterBlock;

  /** @throws {RangeError} the segment is smaller than the map */
  constructor(memory: SharedMemory, segment: Segment, layout: MapLayout, counters: readonly KcovCounters[]) {
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
      // The pages of a module are one instance's: what others of the same module count is added.
      if (offset === undefined || seen.has(region.id)) continue;
      seen.add(region.id);
      if (memory.overlay(segment.id, offset, region.bytes)) this.#overlaid.set(region.address, region);
    }
  }

  /** Makes the counters zero, before a run. AFL++ has cleared the map. */
  begin(counters: readonly KcovCounters[]): void {
    for (const { address, bytes } of counters) if (!this.#overlaid.has(address)) bytes.fill(0);
  }

  /** Brings what was counted into the map, after a run. */
  end(counters: readonly KcovCounters[]): void {
    this.#releaseAllBut(counters);
    this.#block.begin(Array.from(this.#overlaid.values(), ({ id }) => id));
    for (const region of counters) if (!this.#overlaid.has(region.address)) this.#block.collect(region);
    this.#map[this.#layout.always] = 1;
  }

  /** Takes a run back: AFL++ sees nothing in it. */
  forget(): void {
    this.#map.fill(0);
    this.#map[this.#layout.always] = 1;
  }

  /**
   * An instance that has gone gave its memory back, and something else may be there now: that gets pages of its own.
   * A new instance of the module at the same address is as good as the old one.
   */
  #releaseAllBut(counters: readonly KcovCounters[]): void {
    for (const [address, old] of this.#overlaid) {
      if (counters.some((region) => region.address === address && region.id === old.id)) continue;
      this.#overlaid.delete(address);
      this.#memory.release(old.bytes);
      this.#map.fill(0, this.#layout.offsetOf(old.id), (this.#layout.offsetOf(old.id) ?? 0) + old.length);
    }
  }
}
