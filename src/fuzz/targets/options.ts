/** The options of a target, and their defaults. */

import type { FunctionFilter, InstrumentOptions } from "../../instrument/index.ts";
import { SANITIZE } from "../../instrument/sanitize/options.ts";
import { BOOLEAN, FUNCTION, NUMBER, OBJECT, type OptionKinds, oneOf, STRING, STRINGS } from "../../option_checks.ts";
import type { Kcov } from "../../runtime/kcov.ts";
import { RESETS, type Reset } from "../engine.ts";

/** How a target is opened. */
export interface TargetOptions {
  /**
   * How the target is reset between inputs. By default a command and a function named by `entry` are restored to their
   * initial state (`memory`), and a libFuzzer target keeps its state (`none`), as it does in libFuzzer.
   */
  reset?: Reset;
  /** Exported function to call with (address, length); default `LLVMFuzzerTestOneInput`, else `_start`. */
  entry?: string;
  /** Export that allocates memory for the input: (bytes) or (bytes, alignment) → address. Default: a common name. */
  malloc?: string;
  /** Memory for the input that nothing else uses, instead of an allocation. */
  buffer?: {
    /** Byte address in the module's memory. */
    readonly address: number;
    /** Size in bytes. */
    readonly bytes: number;
  };
  /** The longest input, in bytes; default 1 MiB, or less if the module cannot allocate that much. */
  maxInputBytes?: number;
  /** What the module imports besides WASI, as an import object. */
  imports?: WebAssembly.Imports;
  /** Stub imported functions that nobody provides (return 0) instead of refusing the target. Default false. */
  stubImports?: boolean;
  /** Arguments of a WASI program, after its name. `@@` becomes the path of a file that holds the input. */
  args?: readonly string[];
  /** Environment of a WASI program; default empty. */
  env?: Readonly<Record<string, string>>;
  /** Seed of WASI's random numbers; every input sees the same ones. Default 0. */
  seed?: number;
  /** Receives what the target writes to its standard streams; by default it is discarded. */
  onOutput?: (stream: "stdout" | "stderr", bytes: Uint8Array) => void;
  /** How many bytes per execution `onOutput` receives at most; default 64 KiB. */
  outputLimitBytes?: number;
  /** Receives what the user should know, a line at a time. */
  onWarning?: (message: string) => void;
  /** Receives what the user may want to know, a line at a time. */
  onNote?: (message: string) => void;
  /**
   * Leave out functions of known runtimes, by their names: C libraries, Rust's core and std, Go's runtime,
   * AssemblyScript's ~lib. They then give no feedback, except for the comparisons in functions that compare strings.
   * Has no effect where `functions` says what to instrument, nor with `sanitize`. Default false.
   */
  leaveOutRuntimes?: boolean;
  /**
   * Which functions of the target are instrumented; all by default. Functions that compare strings (`memcmp`, `strcmp`
   * …) have their comparisons traced in any case, unless `comparisons` names others. A module that is already
   * instrumented stays as it is.
   */
  functions?: FunctionFilter;
  /** Check memory accesses: see `InstrumentOptions.sanitize`. A memory error is a crash. */
  sanitize?: InstrumentOptions["sanitize"];
  /** The device whose memory holds the counters; by default the target creates its own. */
  kcov?: Kcov;
}

/** The longest input by default. */
export const DEFAULT_MAX_INPUT_BYTES: number = 1 << 20;
/** How many bytes `onOutput` receives per execution by default. */
export const DEFAULT_OUTPUT_LIMIT_BYTES: number = 1 << 16;

/** The kind of each option. A new option must be added here, too: the compiler insists on it. */
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
