/**
 * Where in AFL++'s map the counters of each module are.
 *
 *     ┌ module 0 ───────┬ module 1 ──┬ … ┬ always ┐
 *     │ counter k at k  │            │   │   1    │
 *     └─────────────────┴────────────┴───┴────────┘
 *      at page borders, so that pages of the map can take the place of the counters'
 *
 * AFL++ takes a run that leaves the whole map empty for a program without instrumentation, so one byte is set always.
 */

import { HOST_PAGE_BYTES } from "../native/shared_memory.ts";
import { MAX_MAP_BYTES } from "./protocol.ts";

/** AFL++ rounds sizes of maps up to this. */
const ALIGNMENT = 64;

export class MapLayout {
  readonly #offsets = new Map<bigint, number>();
  readonly #end: number;

  /**
   * @param modules what the target loaded
   * @throws {RangeError} there is more to count than a map can hold
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

  /** Size of the map. */
  get bytes(): number {
    return Math.ceil((this.#end + 1) / ALIGNMENT) * ALIGNMENT;
  }

  /** Index of the byte that is always set. */
  get always(): number {
    return this.#end;
  }

  /** Index of a module's first counter; undefined for one that was loaded later: there is no room for it. */
  offsetOf(id: bigint): number | undefined {
    return this.#offsets.get(id);
  }
}
