/** What the engine is told, and whom it tells. */

import type { Crash } from "../engine.ts";
import type { CorpusEntry } from "./corpus.ts";

export interface FuzzerOptions {
  /** 32 bits. */
  readonly seed: number;
  /** Executions after which it is done; Infinity: never. */
  readonly maxRuns: number;
  /** The longest input, in bytes, at least 1. */
  readonly maxLength: number;
  /** How slowly the length of inputs grows up to that; 0: not limited. libFuzzer's `-len_control`. */
  readonly lenControl: number;
  /** Mutations on top of each other before another input is chosen. */
  readonly depth: number;
  /** The words of the user's dictionary. */
  readonly dictionary: readonly Uint8Array[];
  /** Whether comparisons guide it: some executions record them. */
  readonly comparisons: boolean;
  /** Whether every execution records them, and inputs that come closer to equality are kept. */
  readonly valueProfile: boolean;
  /** Whether inputs that reach what is rarely reached are mutated more. */
  readonly entropic: boolean;
  /** Whether seeds are kept whatever they reach. */
  readonly keepSeeds: boolean;
  /** Whether a shorter input takes the place of one that it equals. */
  readonly reduce: boolean;
  /** Whether an input is kept that has a feature with fewer bytes than any before it. */
  readonly shrink: boolean;
  /** Whether seeds run in a random order, and whether shorter ones come first. */
  readonly shuffle: boolean;
  readonly preferSmall: boolean;
  /** Whether mutated inputs consist of ASCII characters. */
  readonly onlyAscii: boolean;
  /** Whether inputs are made of two others, too. */
  readonly crossOver: boolean;
  /** Whether an input with these features is to be mutated before all others; undefined: none is. */
  readonly focus: ((features: Uint32Array) => boolean) | undefined;
  /** Inputs that an earlier process had to be ended for, or ended of: SHA-1, and how many bytes. */
  readonly deadly: ReadonlyMap<string, number>;
}

/** What an engine does by default. */
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
  /** An input is about to run: whatever happens, it must be known. */
  publish(input: Uint8Array): void;
  /** It has run. What follows takes the engine's time, not the target's. */
  returned(): void;
  /** The corpus changed. `replaced`: SHA-1 of the input that was there before. */
  onInput(
    kind: "seed" | "new" | "reduce",
    entry: CorpusEntry,
    mutations: readonly string[],
    replaced: string | undefined,
  ): void;
  /** An input crashed. @returns whether to go on */
  onCrash(input: Uint8Array<ArrayBuffer>, crash: Crash, base: CorpusEntry | undefined, mutations: string[]): boolean;
  onProgress(kind: "inited" | "pulse" | "reload"): void;
}
