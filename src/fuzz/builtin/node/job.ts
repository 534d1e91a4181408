/** What a thread is told to do, and what it says. */

import type { TargetModule } from "../../engine.ts";
import type { OpenTargetOptions } from "../../targets/node/open_target.ts";
import type { Figures, FuzzEvent, StabilityFigures } from "../events.ts";
import type { EngineFlags } from "../flags.ts";
import type { JournalPolicy } from "./journal.ts";

/** Options of a target that can be sent to a thread. */
export interface TargetSettings
  extends Omit<OpenTargetOptions, "imports" | "onOutput" | "onWarning" | "onNote" | "kcov"> {
  /** ES module whose default export, or else whose exports, are the import object. An absolute path. */
  readonly importsPath?: string;
}

/** The work of one thread. */
export interface Job {
  /**
   * `fuzz` a corpus; `run` files; `collect` what each file reaches; make the one file shorter (`minimize`) or plainer
   * (`cleanse`); `verify` that the one input crashes, and say nothing but that.
   */
  readonly kind: "fuzz" | "run" | "collect" | "minimize" | "cleanse" | "verify";
  readonly targetPath: string;
  readonly target: TargetSettings;
  readonly flags: EngineFlags;
  /** Never 0. */
  readonly seed: number;
  /** Where new inputs are written; undefined: nowhere. */
  readonly outputDirectory: string | undefined;
  /** Directories with seeds, for `fuzz`; files for everything else. */
  readonly paths: readonly string[];
  readonly dictionary: readonly Uint8Array[];
  /** Which streams of the target are shown. */
  readonly showsStdout: boolean;
  readonly showsStderr: boolean;
  /** fd for what the target writes to its stdout. */
  readonly stdoutFd: number;
  /** Seeds that are in no directory, from a thread that is gone; the input to `verify`. */
  readonly inputs: readonly Uint8Array[];
  /** Further files with seeds. */
  readonly seedFiles: readonly string[];
  /** SHA-1 of inputs that ended a process before: as seeds, they would end this one too. */
  readonly skipped: readonly (readonly [sha1: string, bytes: number])[];
  /** Executions of threads that are gone. */
  readonly runsBefore: number;
  /** Keys of findings that are known. */
  readonly knownKeys: readonly string[];
  /** {@link import("./control.ts").Control.buffer}. */
  readonly control: SharedArrayBuffer;
  /** Where the input is kept that runs, in case that the process dies; undefined: there is no room. */
  readonly journal: { readonly fd: number; readonly capacityBytes: number; readonly policy: JournalPolicy } | undefined;
}

/** Where counters of a module are. */
export interface ModuleMap {
  readonly name: string;
  /** Name of the function of each counter. */
  readonly functions: readonly string[];
  readonly pcs: BigUint64Array;
  readonly source: TargetModule["source"];
}

export type Message =
  | { readonly event: FuzzEvent }
  /** The thread is done with everything. */
  | { readonly exitCode: number }
  /** It could not begin, or go on: a line for the user. */
  | { readonly failure: string }
  /** The execution that is running has nothing left that could end it. */
  | { readonly neverSettles: true }
  /** Where it stands, for the statistics. */
  | { readonly figures: Figures }
  /** Counters that inputs of the corpus reach, and those that differ from one execution of an input to the next. */
  | { readonly stability: StabilityFigures }
  /** An input for the thread that comes after this one, if no directory keeps it. */
  | { readonly kept: Uint8Array<ArrayBuffer> }
  /** `collect`: the file of this index is about to run. */
  | { readonly begins: number }
  /** `collect`: what it reaches; undefined if the target failed on it. */
  | { readonly reached: number; readonly features: Uint32Array<ArrayBuffer> | undefined }
  /** `collect`: after the last file. */
  | { readonly modules: readonly ModuleMap[] };
