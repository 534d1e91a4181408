/** `wasm-kcov corpus merge` and `minimize`. */

import { mkdirSync } from "node:fs";
import { listenForInterrupts } from "./interrupts.ts";
import { merge } from "./merge.ts";
import { planFor } from "./plan.ts";
import type { FuzzRequest } from "./request.ts";
import { openScreen } from "./screen.ts";

/** @param request its first path is the directory to add to @returns the exit code */
export async function mergeCorpus(request: FuzzRequest): Promise<number> {
  const plan = planFor(request, "collect", []);
  return merge(plan, request.engine, openScreen(false, 2), listenForInterrupts());
}

/** A merge into a directory that may be new. @returns the exit code */
export async function minimizeCorpus(request: FuzzRequest, output: string): Promise<number> {
  mkdirSync(output, { recursive: true });
  const engine = { ...request.engine, paths: [output, ...request.engine.paths] };
  return mergeCorpus({ ...request, engine });
}
