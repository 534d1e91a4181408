/** Choosing mutations. */

import type { MutationState } from "./mutation_state.ts";
import {
  copyPart,
  crossOver,
  eraseBytes,
  insertRepeatedBytes,
  putOperand,
  putWord,
  repeatPart,
  splice,
} from "./mutations_blocks.ts";
import {
  changeAsciiInteger,
  changeBinaryInteger,
  changeBit,
  changeByte,
  insertByte,
  putEdgeValue,
  shuffleBytes,
} from "./mutations_bytes.ts";
import type { Random } from "./random.ts";
import type { Substitution } from "./substitution.ts";

type Mutation = (state: MutationState, size: number) => number;

/** Names as libFuzzer's logs have them, where it has the mutation. */
const MUTATIONS: readonly (readonly [name: string, mutation: Mutation])[] = [
  ["EraseBytes", eraseBytes],
  ["InsertByte", insertByte],
  ["InsertRepeatedBytes", insertRepeatedBytes],
  ["ChangeByte", changeByte],
  ["ChangeBit", changeBit],
  ["ShuffleBytes", shuffleBytes],
  ["ChangeASCIIInt", changeAsciiInteger],
  ["ChangeBinInt", changeBinaryInteger],
  ["EdgeValue", putEdgeValue],
  ["CopyPart", copyPart],
  ["Repeat", repeatPart],
  ["CrossOver", crossOver],
  ["Splice", splice],
  ["ManualDict", putWord],
  ["CMP", putOperand],
];

/** Tries until a mutation applies. With room for one byte, one of them always does before long. */
const TRIES = 100;
/** Mutations whose names are remembered. */
const HISTORY = 64;

export class Mutator {
  readonly state: MutationState;
  readonly #history = new Uint8Array(HISTORY);
  #historyLength = 0;

  /**
   * @param maxLength the longest input, in bytes
   * @param substitutions a live list
   */
  constructor(
    random: Random,
    maxLength: number,
    dictionary: readonly Uint8Array[],
    substitutions: readonly Substitution[],
  ) {
    const data = new Uint8Array(maxLength);
    this.state = {
      data,
      view: new DataView(data.buffer),
      scratch: new Uint8Array(maxLength),
      random,
      limit: maxLength,
      other: new Uint8Array(0),
      dictionary,
      substitutions,
    };
  }

  /** Begins with another input. */
  load(bytes: Uint8Array): void {
    this.state.data.set(bytes);
    this.#historyLength = 0;
  }

  /**
   * Changes the input in `state.data` in one way.
   *
   * @param size its bytes
   * @returns its bytes now, at least 1
   */
  mutate(size: number): number {
    for (let tries = 0; tries < TRIES; tries++) {
      const chosen = this.state.random.below(MUTATIONS.length);
      const [, mutation] = MUTATIONS[chosen] as (typeof MUTATIONS)[number];
      const result = mutation(this.state, size);
      if (result <= 0) continue;
      this.#history[Math.min(this.#historyLength++, HISTORY - 1)] = chosen;
      return result;
    }
    this.state.data[0] = this.state.random.below(256);
    return Math.max(size, 1);
  }

  /** Names of the mutations since {@link load}, in order. */
  history(): string[] {
    const chosen = this.#history.subarray(0, Math.min(this.#historyLength, HISTORY));
    return Array.from(chosen, (k) => (MUTATIONS[k] as (typeof MUTATIONS)[number])[0]);
  }
}
