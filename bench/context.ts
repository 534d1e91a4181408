/** What the claims share: the options of the run, and measurements that several of them need. */

import type { MeasureOptions } from "../src/cli/bench/measure.ts";
import type { LoopTimings } from "./loop.ts";
import type { ProgramResult } from "./measured_program.ts";
import type { Built } from "./programs/build.ts";

export interface Context {
  readonly measure: MeasureOptions;
  /** What there is of the programs in C and C++. */
  readonly built: Built;
  /** The loop of little more than branches; measured when first asked for. */
  loop(): Promise<LoopTimings>;
  /** The programs that the pass was tuned with; measured when first asked for. */
  tuned(): Promise<readonly ProgramResult[]>;
  /** Those that it was not; measured when first asked for. */
  others(): Promise<readonly ProgramResult[]>;
  /** Modules from npm; measured when first asked for. */
  packages(): Promise<readonly ProgramResult[]>;
}
