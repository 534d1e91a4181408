/** The jobs of threads, and their messages. */

import type { TargetModule } from "../../engine.ts";
import type { OpenTargetOptions } from "../../targets/node/open_target.ts";
import type { Figures, FuzzEvent, StabilityFigures } from "../events.ts";
import type { EngineFlags } from "../flags.ts";
import type { JournalPolicy } from "./journal.ts";

/** Options of a target that can be sent to a thread. */
export interface TargetSettings
  extends Omit<OpenTargetOptions, "imports" | "onOutput" | "onWarning" | "onNote" | "kcov"> {
  /** Absolute path of an ES module whose default export, or else whose named exports, are the import object. */
  readonly importsPath?: string;
}

/** The job of one thread. */
export interface Job {
  /**
   * `fuzz` a corpus; `run` files; `collect` what each file reaches; make the one file shorter (`minimize`) or plainer
   * (`cleanse`); `verify` that the one input crashes, without reporting anything else.
   */
  readonly kind: "fuzz" | "run" | "collect" | "minimize" | "cleanse" | "verify";
  readonly targetPath: string;
  readonly target: TargetSettings;
  readonly flags: EngineFlags;
  /** Never 0. */
  readonly seed: number;
  /** Directory for new inputs; undefined if they are not written. */
  readonly outputDirectory: string | undefined;
  /** Directories with seeds, for `fuzz`; files for everything else. */
  readonly paths: readonly string[];
  readonly dictionary: readonly Uint8Array[];
  /** Which streams of the target are shown. */
  readonly showsStdout: boolean;
  readonly showsStderr: boolean;
  /** fd for what the target writes to its stdout. */
  readonly stdoutFd: number;
  /** Seeds from an earlier thread that are in no directory; the input to `verify`. */
  readonly inputs: readonly Uint8Array[];
  /** Additional seed files. */
  readonly seedFiles: readonly string[];
  /** Inputs that ended an earlier process: as seeds, they would end this one, too. */
  readonly skipped: readonly (readonly [sha1: string, bytes: number])[];
  /** Number of executions of earlier threads. */
  readonly runsBefore: number;
  /** Keys of known findings. */
  readonly knownKeys: readonly string[];
  /** See {@link import("./control.ts").Control.buffer}. */
  readonly control: SharedArrayBuffer;
  /** Where the current input is kept in case the process dies; undefined if there is no room. */
  readonly journal: { readonly fd: number; readonly capacityBytes: number; readonly policy: JournalPolicy } | undefined;
}

/** What the counters of a module mean. */
export interface ModuleMap {
  readonly name: string;
  /** For each counter, the name of its function. */
  readonly functions: readonly string[];
  readonly pcs: BigUint64Array;
  readonly source: TargetModule["source"];
}

export type Message =
  | { readonly event: FuzzEvent }
  /** The thread is done with everything. */
  | { readonly exitCode: number }
  /** It could not start, or continue: a line for the user. */
  | { readonly failure: string }
  /** Nothing is left that could end the current execution. */
  | { readonly neverSettles: true }
  /** The final figures, for the statistics. */
  | { readonly figures: Figures }
  /** How many counters inputs of the corpus reach, and how many differ between executions of the same input. */
  | { readonly stability: StabilityFigures }
  /** An input for the next thread, if no directory keeps it. */
  | { readonly kept: Uint8Array<ArrayBuffer> }
  /** `collect`: the file with this index is about to run. */
  | { readonly begins: number }
  /** `collect`: what it reaches; undefined if the target failed on it. */
  | { readonly reached: number; readonly features: Uint32Array<ArrayBuffer> | undefined }
  /** `collect`: the target's modules, after the last file. */
  | { readonly modules: readonly ModuleMap[] };
