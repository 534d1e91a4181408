/** What the engine gives its stages that look at comparisons. */

import { type Compared, type ComparisonReader, mix } from "./comparisons.ts";
import type { Random } from "./random.ts";
import type { Substitution } from "./substitution.ts";

export interface SolveContext {
  /** The input. */
  readonly data: Uint8Array;
  /** The longest input, in bytes. */
  readonly limit: number;
  readonly random: Random;
  readonly reader: ComparisonReader;
  readonly tries: Tries;
  /**
   * Sites where a value that the code computes must equal one in the input: a checksum, or a length. What passes them
   * passes no more when it is mutated, unless it is repaired.
   */
  readonly guards: Set<number>;
  /** Comparisons of the last execution. */
  words(): BigUint64Array<ArrayBufferLike>;
  /** Whether the last execution had new features. */
  foundNew(): boolean;
  /** Told the comparisons of an input. */
  onCompared(compared: readonly Compared[]): void;
}

/** How often what was tried. A table of small counts, shared by whatever has the same hash. */
export class Tries {
  readonly #counts = new Uint8Array(1 << 16);

  /** Less and less often true, the more often the same was tried at the same site. Counts it if so. */
  isWorth(site: number, { from, to }: Substitution, random: Random): boolean {
    let hash = mix(site ^ from.length);
    for (let k = 0; k < to.length; k++) hash = mix(hash ^ (to[k] as number));
    const slot = hash & 0xffff;
    const count = this.#counts[slot] as number;
    if (count >= 8 && !random.oneIn(count)) return false;
    if (count < 255) this.#counts[slot] = count + 1;
    return true;
  }
}
