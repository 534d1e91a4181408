/** What the claims share: the options of the run, and measurements that several of them need. */

import type { MeasureOptions } from "../src/cli/bench/measure.ts";
import type { LoopTimings } from "./loop.ts";
import type { ProgramResult } from "./measured_program.ts";
import type { Built } from "./programs/build.ts";

export interface Context {
  readonly measure: MeasureOptions;
  /** What there is of the C programs. */
  readonly built: Built;
  /** The loop of little more than branches; measured when first asked for. */
  loop(): Promise<LoopTimings>;
  /** The C programs; measured when first asked for. */
  programs(): Promise<readonly ProgramResult[]>;
  /** Modules from npm; measured when first asked for. */
  packages(): Promise<readonly ProgramResult[]>;
}
