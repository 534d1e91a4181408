/**
 * Where each module's counters are in AFL++'s map.
 *
 *     ┌ module 0 ───────┬ module 1 ──┬ … ┬ always ┐
 *     │ counter k at k  │            │   │   1    │
 *     └─────────────────┴────────────┴───┴────────┘
 *      modules start at page boundaries, so that pages of the map can replace those of the counters
 *
 * AFL++ takes an empty map to mean that the program is not instrumented, so one byte is always set.
 */

import { HOST_PAGE_BYTES } from "../native/shared_memory.ts";
import { MAX_MAP_BYTES } from "./protocol.ts";

/** AFL++ rounds map sizes up to a multiple of this. */
const ALIGNMENT = 64;

export class MapLayout {
  readonly #offsets = new Map<bigint, number>();
  readonly #end: number;

  /**
   * @param modules the modules that the target loaded
   * @throws {RangeError} there are more counters than a map can hold
   */
  constructor(modules: readonly { readonly id: bigint; readonly pcs: { readonly length: number } }[]) {
    let end = 0;
    for (const { id, pcs } of modules) {
      if (this.#offsets.has(id)) continue;
      const start = Math.ceil(end / HOST_PAGE_BYTES) * HOST_PAGE_BYTES;
      this.#offsets.set(id, start);
      end = start + pcs.length;
    }
    this.#end = end;
    if (this.bytes > MAX_MAP_BYTES) {
      throw new RangeError(`the target has ${end} sites, but a map of AFL++ holds ${MAX_MAP_BYTES}`);
    }
  }

  /** Size of the map in bytes. */
  get bytes(): number {
    return Math.ceil((this.#end + 1) / ALIGNMENT) * ALIGNMENT;
  }

  /** Index of the byte that is always set. */
  get always(): number {
    return this.#end;
  }

  /** Index of a module's first counter; undefined for a module that was loaded later, for which there is no room. */
  offsetOf(id: bigint): number | undefined {
    return this.#offsets.get(id);
  }
}
