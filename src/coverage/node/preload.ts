/**
 * What runs first in every process and worker of a coverage run. It is bundled into one CommonJS file, since `--require`
 * reaches where `--import` does not. In a thread that loads no WebAssembly it only puts the loader in place: hashes,
 * counters and files are the business of the first module.
 */

import { isMainThread, threadId } from "node:worker_threads";
import { HOST, takeWorkerSetup } from "../../loader/node/index.ts";
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
  if (HOST !== "node") {
    startForeign(folder);
    return;
  }
  const setup = isMainThread ? undefined : (takeWorkerSetup() as Partial<WorkerSetup> | undefined);
  const coverage = setup?.coverage ?? settingsFromEnvironment(process.env);
  if (coverage === undefined) return;
  const channel = setup?.channel ?? `wasm-kcov coverage ${process.pid}`;
  if (isMainThread) recordProcess(coverage, channel, folder);
  else recordWorker({ coverage, channel, thread: setup?.thread ?? `thread ${threadId}` }, folder);
}

/**
 * Threads of Deno and Bun do not read each other's messages without waiting: each writes a profile of its own. A worker may be
 * terminated at any time, so that it writes while it runs, too.
 */
function startForeign(folder: string): void {
  const coverage = settingsFromEnvironment(process.env);
  if (coverage === undefined) return;
  const { thread } = recordProcess(coverage, "", folder);
  if (!isInitialThread()) setInterval(() => thread.finish(), INTERVAL).unref();
}

/** Between two profiles, in milliseconds. */
const INTERVAL = 200;

/** In a worker of the web `isMainThread` says what it says elsewhere. */
function isInitialThread(): boolean {
  return isMainThread && !("WorkerGlobalScope" in globalThis);
}
