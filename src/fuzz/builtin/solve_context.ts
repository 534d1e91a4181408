/** What the engine provides to its stages that use comparisons. */

import { type Compared, type ComparisonReader, mix } from "./comparisons.ts";
import type { Random } from "./random.ts";
import type { Substitution } from "./substitution.ts";

export interface SolveContext {
  /** Holds the input. */
  readonly data: Uint8Array;
  /** The longest input, in bytes. */
  readonly limit: number;
  readonly random: Random;
  readonly reader: ComparisonReader;
  readonly tries: Tries;
  /** Scratch memory for `Haystack.index`. */
  readonly pairs: Uint8Array;
  /**
   * Sites where a computed value must equal one in the input: a checksum, or a length. Inputs that pass them no longer
   * do when they are mutated, unless they are repaired.
   */
  readonly guards: Set<number>;
  /** Switches recording of comparisons on or off. Recording takes longer than many targets do. */
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
/** How many comparisons of one site are always looked at, and how often the same attempt is always made. */
const SITE_LOOKS = 128;
const ATTEMPT_TRIES = 8;

/** Counts how often things were tried, in tables of small counts that things with the same hash share. */
export class Tries {
  readonly #counts = new Uint8Array(SLOTS);
  readonly #looks = new Uint16Array(SLOTS);

  /**
   * Returns true less and less often, the more comparisons of the site were looked at: a parser's loop makes thousands
   * for every input. Counts the call.
   */
  isWorthLooking(site: number, random: Random): boolean {
    const slot = site & (SLOTS - 1);
    const count = this.#looks[slot] as number;
    if (count < 0xffff) this.#looks[slot] = count + 1;
    return count < SITE_LOOKS || random.below(count) < SITE_LOOKS;
  }

  /** Returns true less and less often, the more often the same was tried at the same site. Counts it if true. */
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
