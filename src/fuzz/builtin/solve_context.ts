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
  /** Scratch memory for `Haystack.index`. */
  readonly pairs: Uint8Array;
  /**
   * Sites where a value that the code computes must equal one in the input: a checksum, or a length. What passes them
   * passes no more when it is mutated, unless it is repaired.
   */
  readonly guards: Set<number>;
  /** Whether the executions that follow record their comparisons. Recording takes longer than many targets do. */
  record(on: boolean): void;
  /** Comparisons of the last execution, if it recorded them. */
  words(): BigUint64Array<ArrayBufferLike>;
  /** Whether the last execution had new features. */
  foundNew(): boolean;
  /** Called with the comparisons of an input. */
  onCompared(compared: readonly Compared[]): void;
}

/** Slots of a table of counts, a power of two. */
const SLOTS = 1 << 16;
/** Comparisons of one site that are looked at without question, and what is tried. */
const SITE_LOOKS = 128;
const ATTEMPT_TRIES = 8;

/** How often what was tried. Tables of small counts, shared by whatever has the same hash. */
export class Tries {
  readonly #counts = new Uint8Array(SLOTS);
  readonly #looks = new Uint16Array(SLOTS);

  /**
   * Less and less often true, the more comparisons of the site were looked at: of a parser's loop there are thousands
   * in every input. Counts it.
   */
  isWorthLooking(site: number, random: Random): boolean {
    const slot = site & (SLOTS - 1);
    const count = this.#looks[slot] as number;
    if (count < 0xffff) this.#looks[slot] = count + 1;
    return count < SITE_LOOKS || random.below(count) < SITE_LOOKS;
  }

  /** Less and less often true, the more often the same was tried at the same site. Counts it if so. */
  isWorth(site: number, { from, to }: Substitution, random: Random): boolean {
    let hash = mix(site ^ from.length);
    for (let k = 0; k < to.length; k++) hash = mix(hash ^ (to[k] as number));
    const slot = hash & (SLOTS - 1);
    const count = this.#counts[slot] as number;
    if (count >= ATTEMPT_TRIES && !random.oneIn(count)) return false;
    if (count < 255) this.#counts[slot] = count + 1;
    return true;
  }
}
