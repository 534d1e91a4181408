/** Makes an input that ends its process shorter or plainer: each try takes a process of its own. */

import { sha1Hex } from "../corpus.ts";
import type { FuzzEvent } from "../events.ts";
import { cleanse, minimize } from "../minimize.ts";
import type { CampaignPlan } from "./campaign_plan.ts";
import { writeAtomically } from "./files.ts";
import type { Verifier } from "./verify.ts";

/** The most tries, unless `-runs` sets it. A process takes the better part of a second. */
const TRIES = 10_000;

/** What is known about the end of a process. */
export interface Death {
  readonly input: Uint8Array<ArrayBuffer>;
  /** A description of the signal. */
  readonly reason: string;
}

/**
 * Carries out a plan of kind `minimize` or `cleanse` whose job ended with its process.
 *
 * @param hasTime whether there is time for another try
 * @returns the exit code
 */
export async function minimizeApart(
  { flags, kind, paths }: CampaignPlan,
  { input, reason }: Death,
  verifier: Verifier,
  tell: (event: FuzzEvent) => void,
  hasTime: () => boolean,
): Promise<number> {
  tell({ event: "note", text: `CRASH_MIN: the process died of it (${reason}): each try takes a process of its own` });
  let saved = paths[0] ?? "";
  const path = flags.exact_artifact_path || `${flags.artifact_prefix}minimized-from-${sha1Hex(input)}`;
  const most = flags.runs > 0 ? flags.runs : TRIES;
  let tries = 0;
  const onBetter = (better: Uint8Array<ArrayBuffer>): void => {
    writeAtomically(path, better, true);
    saved = path;
    if (kind === "minimize") tell({ event: "minimized", path, bytes: better.length, last: false });
  };
  const goOn = (): boolean => tries++ < most && hasTime();
  const check = async (candidate: Uint8Array<ArrayBuffer>): Promise<boolean> => {
    const ending = await verifier.endingOf(candidate);
    return ending.kind === "died" && ending.reason === reason;
  };
  const best = await (kind === "minimize" ? minimize : cleanse)(input, check, { goOn, onBetter });
  if (kind === "minimize") tell({ event: "minimized", path: saved, bytes: best.length, last: true });
  else tell({ event: "note", text: `CLEANSE: ${saved} (${best.length} bytes)` });
  return 0;
}
