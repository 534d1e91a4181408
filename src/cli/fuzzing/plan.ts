/** Turns a command line into the plan of a campaign. */

import { existsSync, readFileSync, statSync } from "node:fs";
import { DictionaryError, parseDictionary } from "../../fuzz/builtin/dictionary.ts";
import type { EngineArguments, EngineFlags } from "../../fuzz/builtin/flags.ts";
import type { CampaignPlan } from "../../fuzz/builtin/node/campaign_plan.ts";
import type { Job } from "../../fuzz/builtin/node/job.ts";
import { seedOf } from "../../fuzz/builtin/node/supervise.ts";
import { Failure, fileFailure } from "../failure.ts";
import { kindOfTargetAt, type TargetFlags, toThreadSettings } from "../target_options.ts";

/** A command line that is about a fuzz target. */
export interface FuzzRequest {
  readonly target: string;
  readonly engine: EngineArguments;
  readonly targetFlags: TargetFlags;
  /** Events are printed as JSON on stdout. */
  readonly json: boolean;
  /** Seconds that loading and initialising the target may take. */
  readonly initTimeout: number;
}

/** Without `-max_len`: room for the input of an execution that has to be ended. */
const CAPACITY_BYTES = 1 << 20;

/** Everything that a campaign needs to know. @param paths the files or directories that it works on */
export function planFor(request: FuzzRequest, kind: Job["kind"], paths: readonly string[]): CampaignPlan {
  const { target, engine, targetFlags, json, initTimeout } = request;
  const targetKind = kindOfTargetAt(target);
  const { flags, given } = engine;
  // A target's output is a nuisance during fuzzing, but wanted when single inputs are run.
  const masks = given.has("close_fd_mask") ? flags.close_fd_mask : kind === "run" ? 0 : 3;
  return {
    kind,
    targetPath: target,
    targetKind,
    target: toThreadSettings(targetFlags),
    flags,
    seed: seedOf(flags),
    outputDirectory: kind === "fuzz" ? paths[0] : undefined,
    paths,
    seedFiles: seedFiles(flags),
    dictionary: readDictionary(flags),
    showsStdout: (masks & 1) === 0,
    showsStderr: (masks & 2) === 0,
    stdoutFd: json ? 2 : 1,
    initTimeout,
    ignoreTimeouts: flags.ignore_timeouts !== 0 && given.has("ignore_timeouts"),
    ignoreOoms: flags.ignore_ooms !== 0 && given.has("ignore_ooms"),
    capacityBytes: Math.max(CAPACITY_BYTES, flags.max_len, kind === "fuzz" ? 0 : longestOf(paths)),
  };
}

/** @throws {Failure} the list, or one of the files, cannot be read */
function seedFiles({ seed_inputs: given }: EngineFlags): string[] {
  if (given === "") return [];
  const list = given.startsWith("@") ? readText(given.slice(1)) : given;
  const files = list.split(",").map((path) => path.trim());
  for (const path of files) {
    if (path !== "" && !existsSync(path)) throw new Failure(`-seed_inputs: cannot read ${path}: there is no such file`);
  }
  return files.filter((path) => path !== "");
}

/** @throws {Failure} */
function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw fileFailure("read", path, error);
  }
}

function readDictionary({ dict }: EngineFlags): Uint8Array[] {
  if (dict === "") return [];
  try {
    return parseDictionary(readFileSync(dict, "utf8"));
  } catch (error) {
    if (error instanceof DictionaryError) throw new Failure(`ParseDictionaryFile: ${dict}: ${error.message}`);
    throw fileFailure("read", dict, error);
  }
}

function longestOf(paths: readonly string[]): number {
  return paths.reduce((most, path) => Math.max(most, statSync(path).size), 0);
}
