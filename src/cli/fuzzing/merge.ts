/** `fuzz -merge=1` and `corpus merge`: adds those inputs to a directory that reach what its own do not. */

import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { sha1Hex } from "../../fuzz/builtin/corpus.ts";
import type { EngineArguments } from "../../fuzz/builtin/flags.ts";
import { chooseInputs } from "../../fuzz/builtin/merge.ts";
import type { CampaignPlan } from "../../fuzz/builtin/node/campaign_plan.ts";
import { collect } from "../../fuzz/builtin/node/collect.ts";
import { isDirectory, listFiles, writeAtomically } from "../../fuzz/builtin/node/files.ts";
import { EXIT_INTERRUPTED } from "../../fuzz/builtin/node/supervise.ts";
import { EXIT_USAGE, Failure } from "../failure.ts";
import type { Screen } from "./screen.ts";

/** @param engine its first directory is the one to add to @returns the exit code */
export async function merge(
  plan: CampaignPlan,
  { flags, paths }: EngineArguments,
  screen: Screen,
  interrupt: AbortSignal,
): Promise<number> {
  const [output, ...inputs] = paths;
  if (output === undefined || inputs.length === 0) {
    throw new Failure("-merge=1 takes two or more directories: one to add to, and others to take from", EXIT_USAGE);
  }
  for (const path of paths)
    if (!isDirectory(path)) throw new Failure(`ERROR: The required directory "${path}" does not exist`);
  const onSkip = (path: string, reason: string): void => note(screen, `WARNING: ${path} is left out: ${reason}`);
  const initial = listFiles([output], onSkip);
  const offered = listFiles(inputs, onSkip);
  const files = [...initial, ...offered];
  note(screen, `MERGE-OUTER: ${files.length} files, ${initial.length} in the initial corpus`);
  const capacityBytes = files.reduce((most, path) => Math.max(most, statSync(path).size), plan.capacityBytes);
  const { reaches, failed, interrupted } = await collect({ ...plan, capacityBytes }, files, screen, interrupt, {
    controlFile: flags.merge_control_file,
  });
  if (interrupted) return EXIT_INTERRUPTED;
  const inInitial = new Set(initial);
  const kept = reaches.filter(({ path }) => inInitial.has(path));
  const { chosen, features, edges } = chooseInputs(
    kept,
    reaches.filter(({ path }) => !inInitial.has(path)),
    flags.set_cover_merge !== 0,
  );
  for (const { path } of chosen) {
    const bytes = readFileSync(path);
    writeAtomically(join(output, sha1Hex(bytes)), bytes, true);
  }
  if (failed.length > 0) note(screen, `MERGE-OUTER: the target failed on ${failed.length} files, which are left out`);
  screen.onEvent({ event: "merged", files: chosen.length, features, edges });
  return 0;
}

function note(screen: Screen, text: string): void {
  screen.onEvent({ event: "note", text });
}
