/**
 * The interface between fuzz engines and what they fuzz. A target is instrumented code, loaded and ready to run; an
 * engine feeds it inputs and looks at what they reached. The built-in engine, AFL++ and libFuzzer are engines, and so
 * is anything that a user writes against these types.
 *
 *     engine ── runOne(input) ──▶ target ── counters, comparisons ──▶ shared memory ◀── engine reads
 */

import type { PcTable } from "../instrument/pc_table.ts";
import type { Kcov } from "../runtime/kcov.ts";

/** How one execution ended. */
export type RunOutcome =
  | {
      /** The target returned. */
      readonly kind: "ok";
      /** The target says that the input is not worth keeping: `LLVMFuzzerTestOneInput` returned −1. */
      readonly rejected: boolean;
    }
  | {
      /** The target trapped, threw, or exited with an error. */
      readonly kind: "crash";
      /** What is known about the crash. */
      readonly crash: Crash;
      /** The input of the earlier execution that left behind what failed now; undefined if it was this execution. */
      readonly input?: Uint8Array<ArrayBuffer>;
    };

/** What is known about a crash. */
export interface Crash {
  /**
   * What went wrong, the same for the same kind of failure on every run and engine version: "unreachable",
   * "memory access out of bounds", "exit 1", "Error: unexpected tag" …
   */
  readonly reason: string;
  /** WebAssembly and script frames, innermost first. */
  readonly frames: readonly CrashFrame[];
  /** The thrown value. */
  readonly error: unknown;
  /** For a memory error: AddressSanitizer's report, from after `==PID==ERROR: AddressSanitizer: `. */
  readonly report?: string;
}

/** One stack frame. */
export interface CrashFrame {
  /** Index of the function in the original module; undefined for JavaScript. */
  readonly function: number | undefined;
  /** The function's name, or `func[12]` if the module does not name it. */
  readonly name: string;
  /** Byte offset in the original file, where known: that of the nearest site before the frame in its function. */
  readonly offset: number | undefined;
  /** `file:line:column` in JavaScript, or in the source files if the module has debug information. */
  readonly location: string | undefined;
}

/** A module that the target loaded. */
export interface TargetModule {
  /** The file name, or a substitute for it. */
  readonly name: string;
  /** First eight bytes of the original's SHA-256, big-endian: {@link TargetCounters.id} of its counters. */
  readonly id: bigint;
  /** Element k is the pc of the k-th counter. */
  readonly pcs: BigUint64Array;
  /** The pc table, and the original module where known: for reports in source lines. */
  readonly source?: {
    /** What the PCs mean. */
    readonly pcTable: PcTable;
    /** The original binary. */
    readonly original: Uint8Array | undefined;
  };
  /** Name of the function with this index in the original module. */
  functionName(index: number): string;
  /** Index of the function that contains a pc; undefined for a pc of another module. */
  functionOf(pc: bigint): number | undefined;
}

/** Comparison records, off unless an engine turns them on: see `KCOV_TRACE_CMP`. */
export interface ComparisonTrace {
  /** Records the comparisons of the executions that follow; each starts with an empty area. */
  enable(): void;
  /** Stops recording comparisons. */
  disable(): void;
  /**
   * The area: the count in word 0, then records of four words: type, arg1, arg2, pc. A live view; decode it with
   * `decodeComparisons`, or read it as 32-bit words where that is too slow.
   */
  readonly words: BigUint64Array;
}

/** Applies one of an engine's own mutations to the first `size` bytes of `data`. @returns the new size in bytes */
export type DefaultMutation = (data: Uint8Array, size: number, limit: number) => number;

/** Mutations that a target provides in place of the engine's own: see libFuzzer's `LLVMFuzzerCustomMutator`. */
export interface CustomMutations {
  /** Mutates the first `size` bytes of `data`; the result has at most `limit` bytes. @returns the new size in bytes */
  readonly mutate:
    | ((data: Uint8Array, size: number, limit: number, seed: number, mutation: DefaultMutation) => number)
    | undefined;
  /** Combines two inputs into one, at most `limit` bytes, in `out`. @returns its size in bytes */
  readonly crossOver:
    | ((first: Uint8Array, second: Uint8Array, out: Uint8Array, limit: number, seed: number) => number)
    | undefined;
}

/** The inline counters of a module, one byte per site: how often it was executed, modulo 256. */
export interface TargetCounters {
  /** The first eight bytes of the original module's SHA-256, big-endian: {@link TargetModule.id}. */
  readonly id: bigint;
  /** Number of counters. */
  readonly length: number;
  /** The counters, live. */
  readonly bytes: Uint8Array<ArrayBufferLike>;
  /** The memory that they are in: the device's, or one of their own, which an engine may grow for its tables. */
  readonly memory: WebAssembly.Memory;
  /** Byte address in that memory, a multiple of 4096. */
  readonly address: number;
}

/** What an engine drives. */
export interface FuzzTarget {
  /** For messages: the path that the user gave. */
  readonly name: string;
  /** The modules that the target has loaded so far. */
  readonly modules: readonly TargetModule[];
  /** The device that holds the comparisons. An engine may allocate memory and open descriptors there. */
  readonly kcov: Kcov;
  /**
   * The inline counters of the modules, or of their live instances; index k of a region is index k of its module's
   * `pcs`. An engine zeroes them before an execution. Instances may come and go between executions, so an engine reads
   * this property again after each one.
   */
  readonly counters: readonly TargetCounters[];
  /** The comparisons that executions made, if an engine asks for them. */
  readonly comparisons: ComparisonTrace;
  /** The longest input that the target can take, in bytes. */
  readonly maxInputBytes: number;
  /** The target's own mutations; undefined if it has none. */
  readonly custom?: CustomMutations | undefined;
  /**
   * Runs the target on one input, then resets its state as `--reset` says. Whatever the target does is an outcome,
   * never an exception. Leaves the counters alone, so that they can be read afterwards. Returns a promise for targets
   * whose code is asynchronous.
   *
   * @throws {RangeError} the input is longer than {@link maxInputBytes}: a mistake of the engine, not an outcome
   */
  runOne(input: Uint8Array): RunOutcome | Promise<RunOutcome>;
  /**
   * Waits at most a second for what executions left behind, such as timers. For targets whose code is asynchronous.
   *
   * @returns the first failure; undefined if there was none
   */
  settle?(): Promise<RunOutcome | undefined>;
  /** Releases what the target holds on the device. */
  [Symbol.dispose](): void;
}

/** How a target is reset between inputs: see {@link Reset}. */
export const RESETS = ["none", "globals", "memory", "instance"] as const;

/**
 * How a target is reset between inputs. `none`: all state is kept. `globals`: mutable globals get back the values that
 * they had after initialisation. `memory`: so do memories and tables. `instance`: every input gets a new instance.
 */
export type Reset = (typeof RESETS)[number];
