/** Workers: each is a thread with a realm of its own, in which a preload installs a loader before anything else. */

import threads, { getEnvironmentData, setEnvironmentData, type Worker, type WorkerOptions } from "node:worker_threads";
import { apply, construct } from "../primordials.ts";
import { replaceConstructor, replaceValue } from "../replace.ts";
import type { WorkerPlan } from "./options.ts";

/** Key of the environment data in which a worker finds its setup. */
const SETUP_KEY = "wasm-kcov";

/** In a preload: takes this worker's setup out of the environment data, which the program's own workers inherit. */
export function takeWorkerSetup(): unknown {
  const setup = getEnvironmentData(SETUP_KEY);
  setEnvironmentData(SETUP_KEY, undefined as never);
  return setup;
}

/** Options that run a preload first. It is a CommonJS file, since `--require` works where `--import` does not. */
export function preloadOptions(preload: string): [option: string, path: string] {
  return ["--require", preload];
}

/** In a preload: hides its own options from the program. */
export function hidePreload(preload: string): void {
  const [option, path] = preloadOptions(preload);
  const at = process.execArgv.findLastIndex((each, index) => each === option && process.execArgv[index + 1] === path);
  if (at >= 0) process.execArgv.splice(at, 2);
  // Bun also shows the options from its environment variable.
  const word = process.execArgv.indexOf(`--preload=${path}`);
  if (word >= 0) process.execArgv.splice(word, 1);
}

/**
 * Replaces `Worker` of node:worker_threads in this thread.
 *
 * @param start called for each new worker
 * @returns a function that restores it
 */
export function replaceWorkers(start: () => WorkerPlan | undefined): () => void {
  const { once } = threads.Worker.prototype;
  const undo = [
    replaceConstructor(threads, "Worker", (target, newTarget, args) => {
      const plan = start();
      if (plan === undefined) return construct(target, args, newTarget as never);
      const [filename, options = {}] = args as [unknown, WorkerOptions?];
      // The worker gets a copy when it is created, so the next one may get other data.
      setEnvironmentData(SETUP_KEY, plan.setup as never);
      try {
        const make = (execArgv: readonly string[]): Worker => {
          const changed = { ...options, execArgv: [...execArgv, ...preloadOptions(plan.preload)] };
          return construct(target, [filename, changed], newTarget as never);
        };
        const worker = options.execArgv ? make(options.execArgv) : withInherited(make);
        apply(once, worker, ["exit", () => plan.ended?.()]);
        return worker;
      } catch (error) {
        plan.ended?.();
        throw error;
      } finally {
        setEnvironmentData(SETUP_KEY, undefined as never);
      }
    }),
    replaceValue(threads.Worker.prototype, "constructor", () => threads.Worker),
  ];
  return () => {
    for (const each of undo) each();
  };
}

/**
 * Creates a worker with the options of its parent, except for those of the whole process, which a worker must not be
 * given: Node.js names these in an error.
 */
function withInherited(make: (execArgv: readonly string[]) => Worker): Worker {
  try {
    return make(process.execArgv);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "ERR_WORKER_INVALID_EXEC_ARGV") throw error;
    return make(process.execArgv.filter((option) => !message.includes(option)));
  }
}
