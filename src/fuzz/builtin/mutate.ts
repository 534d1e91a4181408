/** Chooses and applies mutations. */

import type { CustomMutations, DefaultMutation } from "../engine.ts";
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

/** Mutations, with libFuzzer's names for those that it has, too. */
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

/** Mutations that combine two inputs. */
const CROSSING: ReadonlySet<string> = new Set(["CrossOver", "Splice"]);
const CUSTOM = "Custom";
const CUSTOM_CROSS_OVER = "CustomCrossOver";
const NAMES: readonly string[] = [...MUTATIONS.map(([name]) => name), CUSTOM, CUSTOM_CROSS_OVER];

/** The most tries until a mutation applies. With room for one byte, one of them soon does. */
const TRIES = 100;
/** How many mutations are remembered by name. */
const HISTORY = 64;

export interface MutatorOptions {
  /** The longest input, in bytes. */
  readonly maxLength: number;
  readonly dictionary: readonly Uint8Array[];
  /** A live list. */
  readonly substitutions: readonly Substitution[];
  /** Whether inputs are also made by combining two others. */
  readonly crossOver: boolean;
  /** The target's own mutations. */
  readonly custom: CustomMutations | undefined;
}

export class Mutator {
  readonly state: MutationState;
  readonly #mutations: readonly (readonly [chosen: number, mutation: Mutation])[];
  readonly #history = new Uint8Array(HISTORY);
  #historyLength = 0;

  constructor(random: Random, { maxLength, dictionary, substitutions, crossOver, custom }: MutatorOptions) {
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
    const own = MUTATIONS.flatMap(([name, mutation]) =>
      (CROSSING.has(name) && !crossOver) || (mutation === putWord && dictionary.length === 0)
        ? []
        : [[NAMES.indexOf(name), mutation] as const],
    );
    // As in libFuzzer, a custom mutator replaces all other mutations, whereas a custom cross-over is one more.
    const { mutate, crossOver: cross } = custom ?? {};
    const plain = mutate && new Mutator(random, { maxLength, dictionary, substitutions, crossOver, custom: undefined });
    this.#mutations = [
      ...(mutate && plain ? [[NAMES.indexOf(CUSTOM), customMutation(mutate, plain)] as const] : own),
      ...(cross ? [[NAMES.indexOf(CUSTOM_CROSS_OVER), customCrossOver(cross)] as const] : []),
    ];
  }

  /** Starts over with another input. */
  load(bytes: Uint8Array): void {
    this.state.data.set(bytes);
    this.#historyLength = 0;
  }

  /**
   * Applies one mutation to the input in `state.data`.
   *
   * @param size its size in bytes
   * @returns its new size in bytes, at least 1
   */
  mutate(size: number): number {
    for (let tries = 0; tries < TRIES; tries++) {
      const place = this.#mutations.length === 1 ? 0 : this.state.random.below(this.#mutations.length);
      const [chosen, mutation] = this.#mutations[place] as readonly [number, Mutation];
      const result = mutation(this.state, size);
      if (result <= 0) continue;
      this.#history[Math.min(this.#historyLength++, HISTORY - 1)] = chosen;
      return result;
    }
    this.state.data[0] = this.state.random.below(256);
    return Math.max(size, 1);
  }

  /** Names of the mutations applied since {@link load}, in order. */
  history(): string[] {
    const chosen = this.#history.subarray(0, Math.min(this.#historyLength, HISTORY));
    return Array.from(chosen, (k) => NAMES[k] as string);
  }
}

function customMutation(mutate: NonNullable<CustomMutations["mutate"]>, plain: Mutator): Mutation {
  const fallback: DefaultMutation = (data, size, limit) => {
    const { state } = plain;
    state.data.set(data.subarray(0, Math.min(size, state.data.length)));
    state.limit = Math.min(limit, state.data.length);
    const mutated = Math.min(plain.mutate(Math.min(size, state.data.length)), limit);
    data.set(state.data.subarray(0, mutated));
    return mutated;
  };
  return ({ data, random, limit, other }, size) => {
    plain.state.other = other;
    return mutate(data, size, limit, random.next(), fallback);
  };
}

function customCrossOver(cross: NonNullable<CustomMutations["crossOver"]>): Mutation {
  return ({ data, scratch, random, limit, other }, size) => {
    if (other.length === 0) return -1;
    const made = cross(data.subarray(0, size), other, scratch, limit, random.next());
    data.set(scratch.subarray(0, made));
    return made;
  };
}
