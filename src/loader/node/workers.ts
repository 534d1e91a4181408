/** Workers: each is a thread with a realm of its own, in which a preload installs a loader before anything else. */

import threads, { getEnvironmentData, setEnvironmentData, type Worker, type WorkerOptions } from "node:worker_threads";
import { apply, construct } from "../primordials.ts";
import { replaceConstructor, replaceValue } from "../replace.ts";
import type { WorkerPlan } from "./options.ts";

/** Key of the environment data in which a worker finds its setup. */
const SETUP_KEY = "wasm-kcov";

/** In a preload: what the plan for this worker says. It is taken: what the program's own workers inherit has nothing of it. */
export function takeWorkerSetup(): unknown {
  const setup = getEnvironmentData(SETUP_KEY);
  setEnvironmentData(SETUP_KEY, undefined as never);
  return setup;
}

/** Options that have a preload run first: a CommonJS file, since `--require` reaches where `--import` does not. */
export function preloadOptions(preload: string): [option: string, path: string] {
  return ["--require", preload];
}

/** In a preload: takes its own options out of what the program sees. */
export function hidePreload(preload: string): void {
  const [option, path] = preloadOptions(preload);
  const at = process.execArgv.findLastIndex((each, index) => each === option && process.execArgv[index + 1] === path);
  if (at >= 0) process.execArgv.splice(at, 2);
  // Bun shows what its variable of the environment says, too.
  const word = process.execArgv.indexOf(`--preload=${path}`);
  if (word >= 0) process.execArgv.splice(word, 1);
}

/**
 * Replaces `Worker` of node:worker_threads in this thread.
 *
 * @param start called for each new worker
 * @returns puts it back
 */
export function replaceWorkers(start: () => WorkerPlan | undefined): () => void {
  const { once } = threads.Worker.prototype;
  const undo = [
    replaceConstructor(threads, "Worker", (target, newTarget, args) => {
      const plan = start();
      if (plan === undefined) return construct(target, args, newTarget as never);
      const [filename, options = {}] = args as [unknown, WorkerOptions?];
      // Handed to the worker as a copy when it is made, so it may be another one for the next.
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
 * A worker inherits the options of its parent, but for those of the whole process, which it may not be given: Node.js
 * names them.
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
