/** Everything that a user has asked of one campaign. */

import type { TargetKind } from "../../targets/node/target_kind.ts";
import type { GuardedJob } from "./guard.ts";

/** The settings of a campaign, from which its jobs are made. */
export interface CampaignPlan extends Omit<GuardedJob, "inputs" | "skipped" | "runsBefore" | "knownKeys"> {
  /** Unless it has imports, a module runs without any JavaScript of the user's. */
  readonly targetKind: TargetKind;
  /** Time limit for loading and initialising the target, in seconds. */
  readonly initTimeout: number;
  readonly ignoreTimeouts: boolean;
  readonly ignoreOoms: boolean;
  /** The longest input, in bytes, that can be saved when a thread has to be ended. */
  readonly capacityBytes: number;
}
