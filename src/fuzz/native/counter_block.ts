/** Counters of several instances, brought together in one block of memory that somebody else looks at. */

import type { KcovCounters } from "../../runtime/counters.ts";

/** Where the counters of a module begin in the block; undefined: there is no room for them. */
export type OffsetOf = (id: bigint) => number | undefined;

export class CounterBlock {
  readonly #block: Uint8Array;
  readonly #offsetOf: OffsetOf;
  readonly #written = new Set<bigint>();

  constructor(block: Uint8Array, offsetOf: OffsetOf) {
    this.#block = block;
    this.#offsetOf = offsetOf;
  }

  /** A new run: what is collected next takes the place of what is there. @param kept modules that must be added to */
  begin(kept: Iterable<bigint> = []): void {
    this.#written.clear();
    for (const id of kept) this.#written.add(id);
  }

  /** Brings an instance's counters in. Those of further instances of the same module are added, up to 255. */
  collect({ id, bytes }: KcovCounters): void {
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
