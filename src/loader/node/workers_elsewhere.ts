/**
 * Workers in Deno and Bun, both those of node:worker_threads and those of the web. Bun has an option for modules to run
 * first; in Deno the worker begins with a module that imports these, and then the program's own script.
 */

import { pathToFileURL } from "node:url";
import threads from "node:worker_threads";
import { apply, construct } from "../primordials.ts";
import { replaceConstructor } from "../replace.ts";
import { HOST, moduleUrl } from "./host.ts";
import type { WorkerPlan } from "./options.ts";

interface Options {
  readonly eval?: boolean;
  readonly preload?: string | readonly string[];
}

/**
 * Replaces both kinds of workers in this thread.
 *
 * @param start called for each new worker
 * @returns a function that restores them
 */
export function replaceForeignWorkers(start: () => WorkerPlan | undefined): () => void {
  const change = HOST === "bun" ? withPreload : withFirstImport;
  const undo = [threads, globalThis].map((holder) =>
    replaceConstructor(holder, "Worker", (target, newTarget, args) => {
      const plan = start();
      const [filename, options = {}] = args as [unknown, Options?];
      const changed = plan ? change(filename, options, plan.preload) : args;
      const worker = construct(target, changed, newTarget as never) as threads.Worker;
      const { once } = threads.Worker.prototype;
      if (plan && holder === threads) apply(once, worker, ["exit", () => plan.ended?.()]);
      return worker;
    }),
  );
  return () => {
    for (const each of undo) each();
  };
}

function withPreload(filename: unknown, options: Options, preload: string): unknown[] {
  return [filename, { ...options, preload: [preload, ...[options.preload ?? []].flat()] }];
}

function withFirstImport(filename: unknown, options: Options, preload: string): unknown[] {
  // On the program's first line, so that line numbers stay the same.
  if (options.eval) return [`require(${JSON.stringify(preload)});${String(filename)}`, options];
  const first = JSON.stringify(pathToFileURL(preload).href);
  const program = `import ${first}; await import(${JSON.stringify(moduleUrl(filename))});`;
  return [new URL(`data:text/javascript,${encodeURIComponent(program)}`), options];
}
