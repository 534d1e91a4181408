/** A command line that is about a fuzz target. */

import type { EngineArguments } from "../../fuzz/builtin/flags.ts";
import type { TargetFlags } from "../target_options.ts";

export interface FuzzRequest {
  readonly target: string;
  readonly engine: EngineArguments;
  readonly targetFlags: TargetFlags;
  /** Events are printed as JSON on stdout. */
  readonly json: boolean;
  /** Seconds that loading and initialising the target may take. */
  readonly initTimeout: number;
}
