/** Traces a module that this process runs itself, by a device or by counters. */

import type { LoaderImports } from "../../loader/index.ts";
import { CounterStore } from "../../runtime/counter_store.ts";
import { sharedCounters } from "./count_threads.ts";
import { CountTally, MAIN_TASK } from "./counts.ts";
import { memoryErrorTeller } from "./memory_errors.ts";
import type { TraceMode } from "./module_pass.ts";
import { Records, type TraceResult } from "./records.ts";
import { TraceSession } from "./session.ts";

export interface ModuleTracer {
  readonly imports: LoaderImports;
  /** Ends tracing. @returns what the module did */
  finish(): Pick<TraceResult, "tasks" | "counts">;
}

/** A tracer that records to an area of `size` words. */
export function recordModule(mode: TraceMode, size: number): ModuleTracer {
  const session = TraceSession.start({ mode, size });
  return {
    imports: session.kcov.imports,
    finish() {
      session.stop();
      const tasks = session.words().map(({ task, words }) => new Records(task, words, mode));
      return { tasks, counts: undefined };
    },
  };
}

/** A tracer that counts how often sites are executed. */
export function countModule(): ModuleTracer {
  const store = new CounterStore();
  store.onMemoryError = memoryErrorTeller();
  return {
    imports: store.imports,
    finish() {
      const tally = new CountTally();
      for (const { id, length, memory } of store.modules) {
        if (memory !== undefined) tally.add(MAIN_TASK, sharedCounters({ id, length, memory }));
      }
      const { tasks, modules } = tally.counts();
      return { tasks, counts: modules };
    },
  };
}
