/** A parsed command line for a fuzz target. */

import type { EngineArguments } from "../../fuzz/builtin/flags.ts";
import type { TargetFlags } from "../target_options.ts";

export interface FuzzRequest {
  readonly target: string;
  readonly engine: EngineArguments;
  readonly targetFlags: TargetFlags;
  /** Whether events are printed as JSON on stdout. */
  readonly json: boolean;
  /** Time limit for loading and initialising the target, in seconds. */
  readonly initTimeout: number;
}
