/**
 * The border between fuzz engines and what they fuzz. A target is instrumented code that is loaded and ready to run; an
 * engine gives it inputs and looks at what they reached. The built-in engine, AFL++ and libFuzzer are engines, and so is
 * whatever a user writes against these types.
 *
 *     engine ── runOne(input) ──▶ target ── counters, comparisons ──▶ device memory ◀── engine reads
 */

import type { PcTable } from "../instrument/pc_table.ts";
import type { KcovCounters } from "../runtime/counters.ts";
import type { Kcov } from "../runtime/kcov.ts";

/** How one execution ended. */
export type RunOutcome =
  | {
      /** It returned. */
      readonly kind: "ok";
      /** The target says that the input is not worth keeping: `LLVMFuzzerTestOneInput` gave −1. */
      readonly rejected: boolean;
    }
  | {
      /** It trapped, threw, or exited with an error. */
      readonly kind: "crash";
      /** What is known of that. */
      readonly crash: Crash;
      /** The input of an earlier execution that left behind what has failed now; undefined: it was this one. */
      readonly input?: Uint8Array<ArrayBuffer>;
    };

/** What is known of a crash. */
export interface Crash {
  /**
   * What went wrong, the same for the same kind of failure on every run and engine version: "unreachable",
   * "memory access out of bounds", "exit 1", "Error: unexpected tag" …
   */
  readonly reason: string;
  /** Frames of WebAssembly and of a script, innermost first. */
  readonly frames: readonly CrashFrame[];
  /** What was thrown. */
  readonly error: unknown;
  /** For a memory error: what AddressSanitizer says of it, after `==PID==ERROR: AddressSanitizer: `. */
  readonly report?: string;
}

/** One frame in a stack. */
export interface CrashFrame {
  /** Index of the function in the original module; undefined for JavaScript. */
  readonly function: number | undefined;
  /** Its name, or `func[12]` where the module has none. */
  readonly name: string;
  /** Byte offset in the original file, as far as it can be told: that of the function's nearest site before the frame. */
  readonly offset: number | undefined;
  /** `file:line:column`: of JavaScript, and of the sources where the module has debug information. */
  readonly location: string | undefined;
}

/** A module that the target loaded. */
export interface TargetModule {
  /** File name, or what else it can be called. */
  readonly name: string;
  /** First eight bytes of the original's SHA-256, big-endian: {@link KcovCounters.id} of its instances. */
  readonly id: bigint;
  /** The pc of the k-th counter at index k. */
  readonly pcs: BigUint64Array;
  /** Its pc table, and the module that it was made from, as far as that is known: for reports in source lines. */
  readonly source?: {
    /** What the PCs mean. */
    readonly pcTable: PcTable;
    /** The bytes of the original. */
    readonly original: Uint8Array | undefined;
  };
  /** Name of a function of the original module, by index. */
  functionName(index: number): string;
  /** Index of the function that a pc lies in; undefined for a pc of another module. */
  functionOf(pc: bigint): number | undefined;
}

/** Comparison records, off unless an engine turns them on: see `KCOV_TRACE_CMP`. */
export interface ComparisonTrace {
  /** Records the comparisons of the executions that follow; each starts with an empty area. */
  enable(): void;
  /** Stops recording comparisons. */
  disable(): void;
  /**
   * The area, word 0 the count, then records of four words: type, arg1, arg2, pc. A live view; decode it with
   * `decodeComparisons`, or read it as 32-bit words where that is too slow.
   */
  readonly words: BigUint64Array;
}

/** One of an engine's own mutations of the first `size` bytes of `data`. @returns how many bytes there are now */
export type DefaultMutation = (data: Uint8Array, size: number, limit: number) => number;

/** Mutations that a target brings along, in place of an engine's own: see `LLVMFuzzerCustomMutator` of libFuzzer. */
export interface CustomMutations {
  /** Changes the first `size` bytes of `data`, to at most `limit`. @returns how many bytes there are now */
  readonly mutate:
    | ((data: Uint8Array, size: number, limit: number, seed: number, mutation: DefaultMutation) => number)
    | undefined;
  /** Makes one input of two, at most `limit` bytes of `out`. @returns how many */
  readonly crossOver:
    | ((first: Uint8Array, second: Uint8Array, out: Uint8Array, limit: number, seed: number) => number)
    | undefined;
}

/** What an engine drives. */
export interface FuzzTarget {
  /** For messages: the path that the user gave. */
  readonly name: string;
  /** The modules that the target loaded so far. */
  readonly modules: readonly TargetModule[];
  /** The device that the counters and the comparisons are in. An engine may take memory and open descriptors there. */
  readonly kcov: Kcov;
  /**
   * The inline counters of the instances that are alive, one byte a site; index k of a region is index k of its
   * module's `pcs`. Live views: an engine zeroes them before an execution. Instances may come and go between executions,
   * so it looks here anew after each.
   */
  readonly counters: readonly KcovCounters[];
  /** The comparisons that executions made, if an engine asks for them. */
  readonly comparisons: ComparisonTrace;
  /** The longest input that the target can take, in bytes. */
  readonly maxInputBytes: number;
  /** Undefined: it has none. */
  readonly custom?: CustomMutations | undefined;
  /**
   * Runs the target on one input, then puts its state back as `--reset` says. Never throws: whatever the target does is
   * an outcome. Does not touch counters, so that what it reached can be read after it. A promise for targets whose
   * code is asynchronous.
   *
   * @throws {RangeError} the input is longer than {@link maxInputBytes}: the engine's mistake, no outcome
   */
  runOne(input: Uint8Array): RunOutcome | Promise<RunOutcome>;
  /**
   * Waits for what executions left behind, such as timers, for a second at most. For targets whose code is asynchronous.
   *
   * @returns what failed of it; undefined: nothing
   */
  settle?(): Promise<RunOutcome | undefined>;
  /** Takes what the instance holds back. */
  [Symbol.dispose](): void;
}

/** What is kept of a target's state from one input to the next. */
export const RESETS = ["none", "globals", "memory", "instance"] as const;

/**
 * `none`: everything stays. `globals`: mutable globals go back to what they were after initialisation. `memory`: and
 * memories and tables too. `instance`: every input gets a new instance.
 */
export type Reset = (typeof RESETS)[number];
