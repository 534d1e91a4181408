/** What mutations work on. */

import type { Random } from "./random.ts";
import type { Substitution } from "./substitution.ts";

export interface MutationState {
  /** The input, from its first byte on; as long as the longest input. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** The same memory. */
  readonly view: DataView;
  /** Room for a mutation, as long as `data`. */
  readonly scratch: Uint8Array<ArrayBuffer>;
  readonly random: Random;
  /** The longest input that a mutation may make, in bytes. */
  limit: number;
  /** Another input of the corpus; empty while there is none. */
  other: Uint8Array;
  /** The user's words. */
  readonly dictionary: readonly Uint8Array[];
  /** Operands of comparisons that were seen lately. */
  readonly substitutions: readonly Substitution[];
}
