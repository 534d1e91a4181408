/** `wasm-kcov corpus merge` and `minimize`. */

import { mkdirSync } from "node:fs";
import { fileFailure } from "../failure.ts";
import { listenForInterrupts } from "./interrupts.ts";
import { merge } from "./merge.ts";
import type { FuzzRequest } from "./plan.ts";
import { planFor } from "./plan.ts";
import { openScreen } from "./screen.ts";

/** Merges corpora. @param request its first path is the directory to add to, which may be new @returns the exit code */
export async function mergeCorpus(request: FuzzRequest): Promise<number> {
  const [output] = request.engine.paths;
  if (output !== undefined) makeDirectory(output);
  const plan = planFor(request, "collect", []);
  return merge(plan, request.engine, openScreen(false, 2), listenForInterrupts());
}

/** Minimises corpora by merging them into another directory. @returns the exit code */
export async function minimizeCorpus(request: FuzzRequest, output: string): Promise<number> {
  const engine = { ...request.engine, paths: [output, ...request.engine.paths] };
  return mergeCorpus({ ...request, engine });
}

/** @throws {Failure} it cannot be created */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    throw fileFailure("make the directory", path, error);
  }
}
