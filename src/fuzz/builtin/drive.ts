/** Runs the inputs that the engine chooses. */

import type { FuzzTarget, RunOutcome } from "../engine.ts";
import type { Fuzzer } from "./fuzzer.ts";

/**
 * Drives an engine until it is done. Does not yield to the event loop if the target is synchronous.
 *
 * @param before called before each execution; true ends the run
 */
export async function drive(fuzzer: Fuzzer, target: FuzzTarget, before: () => boolean = () => false): Promise<void> {
  try {
    while (!fuzzer.done && !before()) {
      const outcome = target.runOne(fuzzer.prepare());
      fuzzer.conclude(isOutcome(outcome) ? outcome : await outcome);
    }
    const late = await target.settle?.();
    if (late !== undefined) fuzzer.concludeLate(late);
  } finally {
    fuzzer.stop();
  }
}

function isOutcome(outcome: RunOutcome | Promise<RunOutcome>): outcome is RunOutcome {
  return (outcome as Partial<RunOutcome>).kind !== undefined;
}
