/** The engine's options, and the interface of its host. */

import type { Crash } from "../engine.ts";
import type { CorpusEntry } from "./corpus.ts";

export interface FuzzerOptions {
  /** Seed of the random numbers, 32 bits. */
  readonly seed: number;
  /** Number of executions after which the engine is done; Infinity: never. */
  readonly maxRuns: number;
  /** The longest input, in bytes, at least 1. */
  readonly maxLength: number;
  /** How slowly the length of inputs grows up to `maxLength`; 0: not limited. libFuzzer's `-len_control`. */
  readonly lenControl: number;
  /** Number of stacked mutations before another input is chosen. */
  readonly depth: number;
  /** The words of the user's dictionary. */
  readonly dictionary: readonly Uint8Array[];
  /** Whether comparisons guide the engine: some executions record them. */
  readonly comparisons: boolean;
  /** Whether every execution records them, and inputs that bring operands closer to each other are kept. */
  readonly valueProfile: boolean;
  /** Whether inputs with rare features are mutated more. */
  readonly entropic: boolean;
  /** Whether seeds are kept whatever they reach. */
  readonly keepSeeds: boolean;
  /** Whether a shorter input replaces an equivalent one. */
  readonly reduce: boolean;
  /** Whether to keep an input that is the shortest so far with one of its features. */
  readonly shrink: boolean;
  /** Whether seeds run in random order, and whether shorter ones come first. */
  readonly shuffle: boolean;
  readonly preferSmall: boolean;
  /** Whether mutated inputs consist of ASCII characters. */
  readonly onlyAscii: boolean;
  /** Whether inputs are also made by combining two others. */
  readonly crossOver: boolean;
  /** Whether an input with these features is mutated in preference to all others; undefined: none is. */
  readonly focus: ((features: Uint32Array) => boolean) | undefined;
  /** Inputs that ended an earlier process, or for which it had to be ended: SHA-1, and size in bytes. */
  readonly deadly: ReadonlyMap<string, number>;
}

/** The engine's default options. */
export const DEFAULT_FUZZER_OPTIONS: FuzzerOptions = {
  seed: 1,
  maxRuns: Number.POSITIVE_INFINITY,
  maxLength: 4096,
  lenControl: 100,
  depth: 5,
  dictionary: [],
  comparisons: true,
  valueProfile: false,
  entropic: true,
  keepSeeds: false,
  reduce: true,
  shrink: false,
  shuffle: false,
  preferSmall: true,
  onlyAscii: false,
  crossOver: true,
  focus: undefined,
  deadly: new Map(),
};

/** What drives the engine: it runs inputs, and keeps what is found. */
export interface FuzzerHost {
  /** An input is about to run: whatever happens, it must be possible to tell which one it was. */
  publish(input: Uint8Array): void;
  /** The input has run. The time from here on is the engine's, not the target's. */
  returned(): void;
  /** The corpus changed. `replaced`: SHA-1 of the input that was replaced. */
  onInput(
    kind: "seed" | "new" | "reduce",
    entry: CorpusEntry,
    mutations: readonly string[],
    replaced: string | undefined,
  ): void;
  /** The target crashed on an input. @returns whether to go on */
  onCrash(input: Uint8Array<ArrayBuffer>, crash: Crash, base: CorpusEntry | undefined, mutations: string[]): boolean;
  onProgress(kind: "inited" | "pulse" | "reload"): void;
}
