/** What can be said about a target, and the defaults. */

import type { FunctionFilter, InstrumentOptions } from "../../instrument/index.ts";
import { SANITIZE } from "../../instrument/sanitize/options.ts";
import { BOOLEAN, FUNCTION, NUMBER, OBJECT, type OptionKinds, oneOf, STRING, STRINGS } from "../../option_checks.ts";
import type { Kcov } from "../../runtime/kcov.ts";
import { RESETS, type Reset } from "../engine.ts";

/** How a target is opened. */
export interface TargetOptions {
  /**
   * What is kept from one input to the next. By default a command and a function named by `entry` are put back into
   * their first state (`memory`), and a target of libFuzzer's kind keeps its state (`none`), as it does there.
   */
  reset?: Reset;
  /** Exported function to call with (address, length); default `LLVMFuzzerTestOneInput`, else `_start`. */
  entry?: string;
  /** Export that allocates memory for the input: (bytes) or (bytes, alignment) → address. Default: a usual name. */
  malloc?: string;
  /** Memory for the input that nothing else uses, instead of an allocation. */
  buffer?: {
    /** Byte address in the module's memory. */
    readonly address: number;
    /** Size. */
    readonly bytes: number;
  };
  /** The longest input, in bytes; default 1 MiB, less where the module cannot allocate so much. */
  maxInputBytes?: number;
  /** What the module imports besides WASI, as an import object. */
  imports?: WebAssembly.Imports;
  /** Let functions that nobody provides do nothing and return 0, instead of refusing the target. Default false. */
  stubImports?: boolean;
  /** Arguments of a WASI program, after its name. `@@` becomes the path of a file that holds the input. */
  args?: readonly string[];
  /** Environment of a WASI program; default empty. */
  env?: Readonly<Record<string, string>>;
  /** Seed of the random numbers that WASI gives; every input sees the same ones. Default 0. */
  seed?: number;
  /** Gets what the target writes to its standard streams; by default it is thrown away. */
  onOutput?: (stream: "stdout" | "stderr", bytes: Uint8Array) => void;
  /** Bytes of one execution that `onOutput` gets at most; default 64 KiB. */
  outputLimitBytes?: number;
  /** Gets what the user should know, one line each. */
  onWarning?: (message: string) => void;
  /** Gets what the user may want to know, one line each. */
  onNote?: (message: string) => void;
  /**
   * Leave functions of known runtimes out, by their names: C libraries, Rust's core and std, Go's runtime,
   * AssemblyScript's ~lib. They give no feedback then, but for what functions that compare strings compare. Not where
   * `functions` says what is to be instrumented, nor with `sanitize`. Default false.
   */
  leaveOutRuntimes?: boolean;
  /**
   * Which functions of it are instrumented; all by default. Functions that compare strings (`memcmp`, `strcmp` …) have
   * their comparisons traced in any case, unless `comparisons` names others. A module that came instrumented stays as it
   * is.
   */
  functions?: FunctionFilter;
  /** Check accesses to memory: see `InstrumentOptions.sanitize`. A memory error is a crash. */
  sanitize?: InstrumentOptions["sanitize"];
  /** The device whose memory has the counters; default one of its own. */
  kcov?: Kcov;
}

/** The longest input by default. */
export const DEFAULT_MAX_INPUT_BYTES: number = 1 << 20;
/** What `onOutput` gets of one execution by default. */
export const DEFAULT_OUTPUT_LIMIT_BYTES: number = 1 << 16;

/** What there is to say. An option that is added is added here, too: the compiler asks for it. */
export const TARGET_OPTION_KINDS: OptionKinds<TargetOptions> = {
  reset: oneOf(RESETS),
  entry: STRING,
  malloc: STRING,
  buffer: OBJECT,
  maxInputBytes: NUMBER,
  imports: OBJECT,
  stubImports: BOOLEAN,
  args: STRINGS,
  env: OBJECT,
  seed: NUMBER,
  onOutput: FUNCTION,
  outputLimitBytes: NUMBER,
  onWarning: FUNCTION,
  onNote: FUNCTION,
  leaveOutRuntimes: BOOLEAN,
  functions: OBJECT,
  sanitize: SANITIZE,
  kcov: OBJECT,
};
