/** Finds out what each of many files reaches. A file on which the target never returns is skipped, and the rest run. */

import { appendFileSync, existsSync, readFileSync, statSync } from "node:fs";
import type { Reach } from "../merge.ts";
import type { CampaignPlan } from "./campaign_plan.ts";
import type { Message, ModuleMap } from "./job.ts";
import { type CampaignHandlers, EXIT_INTERRUPTED, supervise } from "./supervise.ts";

export interface Collected {
  /** What each input reaches, in the order of the files, without those on which the target failed. */
  readonly reaches: readonly Reach[];
  /** Files on which the target failed. */
  readonly failed: readonly string[];
  /** The target's modules; undefined if all results come from a control file. */
  readonly modules: readonly ModuleMap[] | undefined;
  readonly interrupted: boolean;
}

export interface CollectOptions {
  /** File that keeps results, so that they survive if the process is killed. */
  readonly controlFile?: string;
  /** Called before each file. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** A line of a control file. */
interface Result {
  readonly path: string;
  /** The features; undefined if the target failed on the input. */
  readonly features?: readonly number[];
}

/**
 * Runs each file once.
 *
 * @param plan of kind `collect`; its paths are not used
 * @throws {CampaignError} the target cannot be opened
 */
export async function collect(
  plan: CampaignPlan,
  files: readonly string[],
  handlers: Pick<CampaignHandlers, "onEvent">,
  interrupt: AbortSignal,
  { controlFile = "", onProgress = () => {} }: CollectOptions = {},
): Promise<Collected> {
  const results = readControlFile(controlFile);
  const note = (result: Result): void => {
    results.set(result.path, result);
    if (controlFile !== "") appendFileSync(controlFile, `${JSON.stringify(result)}\n`);
  };
  let modules: readonly ModuleMap[] | undefined;
  let interrupted = false;
  for (;;) {
    const rest = files.filter((path) => !results.has(path));
    if (rest.length === 0) break;
    let current: string | undefined;
    const onMessage = (message: Message): void => {
      if ("begins" in message) {
        current = rest[message.begins];
        onProgress(results.size, files.length);
      } else if ("reached" in message) {
        const path = rest[message.reached] ?? "";
        note(message.features === undefined ? { path } : { path, features: [...message.features] });
      } else if ("modules" in message) modules = message.modules;
    };
    const exitCode = await supervise(
      { ...plan, paths: rest },
      // Not spread: a screen is a class instance, and spreading would lose its methods.
      { onEvent: (event) => handlers.onEvent(event), onMessage, onLook: () => {} },
      interrupt,
    );
    interrupted = exitCode === EXIT_INTERRUPTED;
    if (interrupted) break;
    // The thread is gone, and the file that it was running has no result: so this is the one that ended it.
    if (exitCode !== 0 && current !== undefined && !results.has(current)) note({ path: current });
  }
  return { ...summarize(files, results), modules, interrupted };
}

function summarize(
  files: readonly string[],
  results: ReadonlyMap<string, Result>,
): Pick<Collected, "reaches" | "failed"> {
  const reaches: Reach[] = [];
  const failed: string[] = [];
  for (const path of files) {
    const features = results.get(path)?.features;
    if (features === undefined) failed.push(path);
    else reaches.push({ path, bytes: statSync(path).size, features: Uint32Array.from(features) });
  }
  return { reaches, failed };
}

/** Reads the results of an interrupted collection. The last line may be incomplete. */
function readControlFile(path: string): Map<string, Result> {
  const results = new Map<string, Result>();
  if (path === "" || !existsSync(path)) return results;
  for (const line of readFileSync(path, "utf8").split("\n").slice(0, -1)) {
    try {
      const result = JSON.parse(line) as Result;
      if (typeof result.path === "string") results.set(result.path, result);
    } catch {
      // Two processes that were killed one after the other leave an incomplete line in the middle.
    }
  }
  return results;
}
