/**
 * Runs first in every process and worker of a coverage run. It is bundled into one CommonJS file, because `--require`
 * works where `--import` does not. In a thread that loads no WebAssembly it only installs the loader: hashes, counters
 * and files wait for the first module.
 */

import { isMainThread, threadId } from "node:worker_threads";
import { HOST, takeWorkerSetup } from "../../loader/node/index.ts";
import { currentRecorder, recordProcess, recordWorker, type WorkerSetup } from "./recorder.ts";
import { settingsFromEnvironment } from "./settings.ts";

/**
 * Starts collecting coverage of this thread, if it is asked to.
 *
 * @param folder the folder of register.cjs
 */
export function startCollecting(folder: string): void {
  // The preload may be loaded in more than one way.
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
 * In Deno and Bun, threads cannot read each other's messages without waiting, so each writes its own profile. A worker
 * may be terminated at any time, and therefore also writes while it runs.
 */
function startForeign(folder: string): void {
  const coverage = settingsFromEnvironment(process.env);
  if (coverage === undefined) return;
  const { thread } = recordProcess(coverage, "", folder);
  if (!isInitialThread()) setInterval(() => thread.finish(), INTERVAL).unref();
}

/** Time between two profiles, in milliseconds. */
const INTERVAL = 200;

/** Whether this is the initial thread. `isMainThread` alone does not tell: in a web worker it may be true, too. */
function isInitialThread(): boolean {
  return isMainThread && !("WorkerGlobalScope" in globalThis);
}
