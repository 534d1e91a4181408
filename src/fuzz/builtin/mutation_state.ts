/** The data that mutations work on. */

import type { Random } from "./random.ts";
import type { Substitution } from "./substitution.ts";

export interface MutationState {
  /** The input, starting at its first byte; has room for the longest input. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** A view of the same memory. */
  readonly view: DataView;
  /** Scratch memory for mutations, as long as `data`. */
  readonly scratch: Uint8Array<ArrayBuffer>;
  readonly random: Random;
  /** The longest input that a mutation may produce, in bytes. */
  limit: number;
  /** Another input of the corpus; empty while there is none. */
  other: Uint8Array;
  /** The words of the user's dictionary. */
  readonly dictionary: readonly Uint8Array[];
  /** Recently seen operands of comparisons. */
  readonly substitutions: readonly Substitution[];
}
