/** The input of the pass, and its result. */

import type { AdoptedHook } from "./adopt/adoption.ts";
import type { SetAside } from "./custom_sections.ts";
import type { CounterStorage, Settings } from "./options.ts";
import type { LinkMode, PcTable } from "./pc_table.ts";
import type { SanitizerPart } from "./sanitize/parts.ts";
import type { Section } from "./wasm/sections.ts";

/** An instrumented module. */
export interface InstrumentResult {
  /** The instrumented module. */
  readonly binary: Uint8Array<ArrayBuffer>;
  /** What the PCs mean; decoded from the binary on first access. */
  readonly pcTable: PcTable;
  /** How code reaches the hooks. */
  readonly link: LinkMode;
  /** Where the counters are; undefined for a module without any. */
  readonly counterStorage: CounterStorage | undefined;
  /** How much was done. */
  readonly stats: InstrumentStats;
  /** Functions that were left out although the options include them. */
  readonly leftOut: readonly LeftOut[];
  /** Custom sections that were left out, because they are damaged or mean something else to this library. */
  readonly setAside: readonly SetAside[];
  /** Patterns of `functions`, as they were passed, that match no function of the module. */
  readonly unmatched: readonly string[];
  /** Indices of functions whose PCs are merely distinct offsets inside the body, not those of the instructions. */
  readonly inexact: readonly number[];
  /** Hooks of the compiler that had instrumented the module, and what happened to their calls. */
  readonly adopted: readonly AdoptedHook[];
  /** The parts of the sanitizer, and what each does; none without `sanitize`. */
  readonly sanitizer: readonly SanitizerPart[];
}

/** Numbers about one run. */
export interface InstrumentStats {
  /** Numbers of functions. */
  readonly functions: {
    /** Those that the module defines. */
    readonly defined: number;
    /** Those of them that have sites. */
    readonly instrumented: number;
  };
  /** Numbers of sites. */
  readonly sites: {
    /** Those with a hook. */
    readonly hooked: number;
    /** Those that follow from others, and have none. */
    readonly pruned: number;
  };
  /** Sizes. */
  readonly bytes: {
    /** The size of the original. */
    readonly original: number;
    /** The size of the output, including its pc table. */
    readonly instrumented: number;
    /** The size of the pc table. */
    readonly pcTable: number;
  };
}

/** A function that carries no hooks, and why. */
export interface LeftOut {
  /** Index of the function in the original. */
  readonly index: number;
  /** Why, in text for users. */
  readonly reason: string;
}

/** What to instrument. */
export interface PassInput {
  bytes: Uint8Array;
  sections: readonly Section[];
  settings: Settings;
  /** Functions to leave out whatever the settings say. */
  leftOut: readonly LeftOut[];
  /** Custom sections that Binaryen does not get to read. */
  setAside: readonly SetAside[];
}

/** An instrumented module, and what is needed to examine its functions. */
export interface PassOutput {
  result: InstrumentResult;
  importedFunctions: number;
}
