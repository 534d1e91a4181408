/** Counters of several instances, collected in one block of memory that another engine reads. */

import type { TargetCounters } from "../engine.ts";

/** Where a module's counters begin in the block; undefined if there is no room for them. */
export type OffsetOf = (id: bigint) => number | undefined;

export class CounterBlock {
  readonly #block: Uint8Array;
  readonly #offsetOf: OffsetOf;
  readonly #written = new Set<bigint>();

  constructor(block: Uint8Array, offsetOf: OffsetOf) {
    this.#block = block;
    this.#offsetOf = offsetOf;
  }

  /** Begins a run, whose counts replace the old ones. @param kept modules whose counts are added to instead */
  begin(kept: Iterable<bigint> = []): void {
    this.#written.clear();
    for (const id of kept) this.#written.add(id);
  }

  /** Collects an instance's counters. Those of further instances of the same module are added, up to 255. */
  collect({ id, bytes }: TargetCounters): void {
    const offset = this.#offsetOf(id);
    if (offset === undefined) return;
    if (this.#written.has(id)) this.#add(bytes, offset);
    else this.#block.set(bytes, offset);
    this.#written.add(id);
  }

  #add(bytes: Uint8Array, offset: number): void {
    const block = this.#block;
    for (let k = 0; k < bytes.length; k++) {
      const count = bytes[k] as number;
      if (count !== 0) block[offset + k] = Math.min(255, (block[offset + k] as number) + count);
    }
  }
}
