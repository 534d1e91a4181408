/** What a command line of `fuzz` asks for, and doing it. */

import { existsSync, readFileSync, statSync } from "node:fs";
import { DictionaryError, parseDictionary } from "../../fuzz/builtin/dictionary.ts";
import type { EngineArguments, EngineFlags } from "../../fuzz/builtin/flags.ts";
import { isDirectory } from "../../fuzz/builtin/node/files.ts";
import type { Job } from "../../fuzz/builtin/node/job.ts";
import { CampaignError, type CampaignPlan, seedOf, supervise } from "../../fuzz/builtin/node/supervise.ts";
import { EXIT_FAILURE, EXIT_USAGE, Failure, fileFailure } from "../failure.ts";
import { merge } from "./merge.ts";
import { runFork, runJobs } from "./processes.ts";
import { openScreen, type Screen } from "./screen.ts";
import { type TargetFlags, toTargetSettings } from "./target_options.ts";

export interface FuzzRequest {
  readonly target: string;
  readonly engine: EngineArguments;
  readonly targetFlags: TargetFlags;
  readonly json: boolean;
  readonly initTimeout: number;
}

/** Room for the input of an execution that has to be ended, without `-max_len`. */
const CAPACITY_BYTES = 1 << 20;

/** @returns the exit code */
export async function runFuzz(request: FuzzRequest): Promise<number> {
  const { engine, json, target } = request;
  if (!existsSync(target)) throw new Failure(`cannot read ${target}: there is no such file or directory`);
  const { flags } = engine;
  const screen = openScreen(json, flags.verbosity);
  const interrupt = listenForInterrupts();
  try {
    for (const text of engine.warnings) screen.onEvent({ event: "note", text });
    const kind = kindOf(engine);
    if (flags.merge !== 0) return await merge(planFor(request, "collect", []), engine, screen, interrupt);
    const plan = planFor(request, kind, engine.paths);
    if (kind === "fuzz" && flags.fork > 0) return await runFork(plan, screen, interrupt);
    if (kind === "fuzz" && flags.jobs > 0) return await runJobs(plan, screen, interrupt);
    return await supervise(plan, { ...toHandlers(screen), onMessage: () => {} }, interrupt);
  } catch (error) {
    if (error instanceof CampaignError) throw new Failure(error.message, EXIT_FAILURE);
    throw error;
  } finally {
    screen.close();
  }
}

/** The handlers that a screen is. */
export function toHandlers(screen: Screen): Pick<Screen, "onEvent" | "onLook"> {
  return { onEvent: (event) => screen.onEvent(event), onLook: (runs) => screen.onLook(runs) };
}

/** Everything that a campaign needs to know. @param paths what it is about */
export function planFor(request: FuzzRequest, kind: Job["kind"], paths: readonly string[]): CampaignPlan {
  const { target, engine, targetFlags, json, initTimeout } = request;
  const { flags, given } = engine;
  // A target that prints is a nuisance while it is fuzzed, and what one wants to see when one input is run.
  const masks = given.has("close_fd_mask") ? flags.close_fd_mask : kind === "run" ? 0 : 3;
  return {
    kind,
    targetPath: target,
    target: toTargetSettings(targetFlags),
    flags,
    seed: seedOf(flags),
    outputDirectory: kind === "fuzz" ? paths[0] : undefined,
    paths,
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

/** Ends with the first Ctrl-C; the second one ends the process as it always does. */
export function listenForInterrupts(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

function kindOf({ flags, paths }: EngineArguments): Job["kind"] {
  if (flags.minimize_crash !== 0 || flags.cleanse_crash !== 0) {
    const [path] = paths;
    if (paths.length !== 1 || path === undefined || !isFile(path)) {
      throw new Failure("-minimize_crash=1 and -cleanse_crash=1 take one file, the crashing input", EXIT_USAGE);
    }
    return flags.minimize_crash !== 0 ? "minimize" : "cleanse";
  }
  if (paths.length > 0 && paths.every(isFile)) return "run";
  for (const path of paths) {
    if (isFile(path))
      throw new Failure(`${path} is a file: give only files, to run them, or only directories`, EXIT_USAGE);
    if (!isDirectory(path)) throw new Failure(`ERROR: The required directory "${path}" does not exist`);
  }
  return "fuzz";
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

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function longestOf(paths: readonly string[]): number {
  return paths.reduce((most, path) => Math.max(most, statSync(path).size), 0);
}
