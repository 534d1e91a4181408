/** What a user wants done, in one campaign. */

import type { TargetKind } from "../../targets/node/target_kind.ts";
import type { GuardedJob } from "./guard.ts";

/** What a user wants done. */
export interface CampaignPlan extends Omit<GuardedJob, "inputs" | "skipped" | "runsBefore" | "knownKeys"> {
  /** A module has nothing of the user's around it unless it has imports. */
  readonly targetKind: TargetKind;
  /** Seconds that loading and initialisation of the target may take. */
  readonly initTimeout: number;
  readonly ignoreTimeouts: boolean;
  readonly ignoreOoms: boolean;
  /** Bytes of the longest input that can be saved when a thread has to be ended. */
  readonly capacityBytes: number;
}
