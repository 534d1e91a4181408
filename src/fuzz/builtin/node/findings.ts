/** Saves and describes findings. */

import type { Crash } from "../../engine.ts";
import { sha1Hex } from "../corpus.ts";
import { crashKey } from "../crash_key.ts";
import type { Finding } from "../events.ts";
import type { EngineFlags } from "../flags.ts";
import { makeDirectoryOf, writeAtomically } from "./files.ts";

/** How an input came about. */
export interface Origin {
  readonly mutations: readonly string[];
  readonly base: string | undefined;
}

/** Where an input was saved, or why it was not. */
export type SavedInput =
  | { readonly path: string; readonly unsaved: undefined }
  | { readonly path: undefined; readonly unsaved: string };

/** Saves an input under libFuzzer's name for it. Never throws: a finding that cannot be saved is still reported. */
export function saveInput(kind: Finding["kind"], input: Uint8Array, flags: EngineFlags): SavedInput {
  const path = flags.exact_artifact_path || `${flags.artifact_prefix}${kind}-${sha1Hex(input)}`;
  try {
    makeDirectoryOf(path);
    writeAtomically(path, input, true);
    return { path, unsaved: undefined };
  } catch (error) {
    return { path: undefined, unsaved: (error as Error).message };
  }
}

/** The finding for a crash. @param saved undefined if the input is in a file already */
export function crashFinding(
  input: Uint8Array<ArrayBuffer>,
  crash: Crash,
  saved: SavedInput | undefined,
  { mutations, base }: Origin,
): Finding {
  const frames = crash.frames.map(({ name, offset, location }) => ({ name, offset, location }));
  const { reason, report } = crash;
  const sha1 = sha1Hex(input);
  return {
    kind: "crash",
    reason,
    ...(report === undefined ? {} : { report }),
    key: crashKey(crash),
    frames,
    path: saved?.path,
    unsaved: saved?.unsaved,
    sha1,
    input,
    mutations,
    base,
    seconds: undefined,
  };
}

/** The finding for an input that timed out, was slow, or used too much memory. */
export function limitFinding(
  kind: "timeout" | "oom" | "slow-unit",
  input: Uint8Array<ArrayBuffer>,
  reason: string,
  saved: SavedInput | undefined,
  seconds: number,
): Finding {
  const sha1 = sha1Hex(input);
  const where = { path: saved?.path, unsaved: saved?.unsaved };
  return { kind, reason, key: kind, frames: [], ...where, sha1, input, mutations: [], base: undefined, seconds };
}
