/** Carries out what a command line of `fuzz` asks for. */

import { mkdirSync } from "node:fs";
import { isFile } from "../../file_system.ts";
import type { EngineArguments } from "../../fuzz/builtin/flags.ts";
import { isDirectory } from "../../fuzz/builtin/node/files.ts";
import type { Job } from "../../fuzz/builtin/node/job.ts";
import { CampaignError, supervise } from "../../fuzz/builtin/node/supervise.ts";
import { EXIT_FAILURE, EXIT_USAGE, Failure, fileFailure } from "../failure.ts";
import { listenForInterrupts } from "./interrupts.ts";
import { merge } from "./merge.ts";
import type { FuzzRequest } from "./plan.ts";
import { planFor } from "./plan.ts";
import { runFork, runJobs } from "./processes.ts";
import { openScreen, type Screen } from "./screen.ts";

/** @returns the exit code */
export async function runFuzz(request: FuzzRequest): Promise<number> {
  const { engine, json } = request;
  const { flags } = engine;
  const screen = openScreen(json, flags.verbosity);
  const interrupt = listenForInterrupts();
  try {
    for (const text of engine.warnings) screen.onEvent({ event: "note", text });
    if (flags.create_missing_dirs !== 0) makeDirectories(engine);
    const kind = kindOf(engine);
    if (flags.analyze_dict !== 0 && flags.dict === "") {
      throw new Failure("-analyze_dict=1 needs the dictionary: -dict=FILE", EXIT_USAGE);
    }
    if (flags.merge !== 0 || flags.set_cover_merge !== 0)
      return await merge(planFor(request, "collect", []), engine, screen, interrupt);
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

/** @throws {Failure} a directory cannot be created */
function makeDirectories({ paths }: EngineArguments): void {
  for (const path of paths) {
    try {
      if (!isFile(path)) mkdirSync(path, { recursive: true });
    } catch (error) {
      throw fileFailure("make the directory", path, error);
    }
  }
}

/** A screen's methods as handlers. */
export function toHandlers(screen: Screen): Pick<Screen, "onEvent" | "onLook"> {
  return { onEvent: (event) => screen.onEvent(event), onLook: (runs) => screen.onLook(runs) };
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
