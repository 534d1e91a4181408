/**
 * What runs first in every process and worker of a coverage run. It is bundled into one CommonJS file, since `--require`
 * reaches where `--import` does not. In a thread that loads no WebAssembly it only puts the loader in place: hashes,
 * counters and files are the business of the first module.
 */

import { isMainThread, threadId } from "node:worker_threads";
import { takeWorkerSetup } from "../../loader/node/index.ts";
import { currentRecorder, recordProcess, recordWorker, type WorkerSetup } from "./recorder.ts";
import { settingsFromEnvironment } from "./settings.ts";

/**
 * Begins to collect what this thread covers, if it is told to.
 *
 * @param folder of register.cjs
 */
export function startCollecting(folder: string): void {
  // The preload may come by more than one road.
  if (currentRecorder() !== undefined) return;
  const setup = isMainThread ? undefined : (takeWorkerSetup() as Partial<WorkerSetup> | undefined);
  const coverage = setup?.coverage ?? settingsFromEnvironment(process.env);
  if (coverage === undefined) return;
  const channel = setup?.channel ?? `wasm-kcov coverage ${process.pid}`;
  if (isMainThread) recordProcess(coverage, channel, folder);
  else recordWorker({ coverage, channel, thread: setup?.thread ?? `thread ${threadId}` }, folder);
}
