/** The events of a campaign: `--json` prints them unchanged, logs are made from them. */

/** The state of a run in figures. */
export interface Figures {
  /** Number of executions. */
  readonly runs: number;
  /** Number of sites reached, and of features. */
  readonly edges: number;
  readonly features: number;
  /** Number of inputs in the corpus, and their total size in bytes. */
  readonly inputs: number;
  readonly bytes: number;
  /** The length that mutations may currently reach. */
  readonly limit: number;
  /** Seconds since the first execution. */
  readonly seconds: number;
  readonly rssMb: number;
}

/** An input that entered the corpus. */
export interface InputFacts {
  readonly sha1: string;
  readonly bytes: number;
  /** Names of the mutations that made it. */
  readonly mutations: readonly string[];
}

/** A WebAssembly frame. */
export interface FindingFrame {
  readonly name: string;
  readonly offset: number | undefined;
  /** File, line and column in the sources. */
  readonly position?: string | undefined;
}

/** An input that the target failed on, or was slow with. */
export interface Finding {
  readonly kind: "crash" | "timeout" | "oom" | "slow-unit";
  /** What went wrong. */
  readonly reason: string;
  /** For a memory error: AddressSanitizer's report. */
  readonly report?: string;
  /** A key that is the same for findings that are probably the same bug. */
  readonly key: string;
  /**
   * Stack frames, innermost first. WebAssembly: function, byte offset in the original file; JavaScript: function, and
   * its location as `file:line:column`.
   */
  readonly frames: readonly {
    readonly name: string;
    readonly offset: number | undefined;
    readonly location: string | undefined;
  }[];
  /** Where the input was saved; undefined if it came from a file, or could not be saved. */
  readonly path: string | undefined;
  /** Why it could not be saved. */
  readonly unsaved: string | undefined;
  readonly sha1: string;
  readonly input: Uint8Array<ArrayBuffer>;
  readonly mutations: readonly string[];
  /** SHA-1 of the input that it was made from. */
  readonly base: string | undefined;
  /** How long it ran, in seconds, where that matters. */
  readonly seconds: number | undefined;
}

/** Whether inputs reach the same edges when they run again. */
export interface StabilityFigures {
  /** Number of edges that inputs of the corpus reached, and of those among them that differed. */
  readonly reached: number;
  readonly unstable: number;
}

export type FuzzEvent =
  | {
      readonly event: "loaded";
      readonly seed: number;
      readonly modules: readonly { readonly name: string; readonly counters: number }[];
    }
  | { readonly event: "note"; readonly text: string }
  | { readonly event: "inited" | "pulse" | "reload" | "done"; readonly figures: Figures }
  | { readonly event: "new" | "reduce"; readonly figures: Figures; readonly input: InputFacts }
  | { readonly event: "finding"; readonly finding: Finding; readonly isDuplicate: boolean }
  | { readonly event: "ran"; readonly path: string; readonly bytes: number; readonly milliseconds: number }
  | { readonly event: "running"; readonly path: string }
  | { readonly event: "merged"; readonly files: number; readonly features: number; readonly edges: number }
  | { readonly event: "minimized"; readonly path: string; readonly bytes: number; readonly last: boolean }
  /** At the end of a campaign that ended by itself. */
  | { readonly event: "stability"; readonly stability: StabilityFigures }
  /** A finding was run again, in a fresh state. `input`: its path, or its SHA-1. */
  | { readonly event: "verified"; readonly key: string; readonly input: string; readonly reproduced: boolean }
  | {
      readonly event: "stats";
      readonly figures: Figures;
      readonly findings: number;
      readonly reproduced: number;
      readonly notReproduced: number;
      /** Undefined if the campaign did not end by itself. */
      readonly stability: StabilityFigures | undefined;
      readonly longestSeconds: number;
    };
