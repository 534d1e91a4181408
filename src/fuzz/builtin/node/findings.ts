/** Saving what was found. */

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

/** Saves an input under the name that libFuzzer gives it. @returns its path */
export function saveInput(kind: Finding["kind"], input: Uint8Array, flags: EngineFlags): string {
  const path = flags.exact_artifact_path || `${flags.artifact_prefix}${kind}-${sha1Hex(input)}`;
  makeDirectoryOf(path);
  writeAtomically(path, input, true);
  return path;
}

/** What is reported of a crash. @param path where the input is, if it was saved */
export function crashFinding(
  input: Uint8Array<ArrayBuffer>,
  crash: Crash,
  path: string | undefined,
  { mutations, base }: Origin,
): Finding {
  const frames = crash.frames.map(({ name, offset }) => ({ name, offset }));
  const { reason } = crash;
  const sha1 = sha1Hex(input);
  return {
    kind: "crash",
    reason,
    key: crashKey(crash),
    frames,
    path,
    sha1,
    input,
    mutations,
    base,
    seconds: undefined,
  };
}

/** What is reported of an input that never ended, was slow, or took too much memory. */
export function limitFinding(
  kind: "timeout" | "oom" | "slow-unit",
  input: Uint8Array<ArrayBuffer>,
  reason: string,
  path: string | undefined,
  seconds: number,
): Finding {
  const sha1 = sha1Hex(input);
  return { kind, reason, key: kind, frames: [], path, sha1, input, mutations: [], base: undefined, seconds };
}
