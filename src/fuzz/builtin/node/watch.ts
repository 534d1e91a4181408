/**
 * Running a thread and watching it. A thread in an endless loop hears nothing: whoever watches it looks at what it shares,
 * and ends it.
 *
 *                 ┌──────────── messages: events, results ───────────┐
 *     watcher ────┤                                                  ├──── thread: engine and target
 *                 └── control: input, executions so far; requests ───┘
 *
 * What has to be ended is never the thread, but the process that it is in: V8 dies of the end of a thread that is just
 * loading modules. So this runs in a process that has nothing else to do (guarded.ts), and returns while its thread may
 * still be running.
 */

import { existsSync } from "node:fs";
import { memoryUsage } from "node:process";
import { Worker } from "node:worker_threads";
import {
  type Control,
  PHASE_IDLE,
  PHASE_INITIALISING,
  PHASE_LOADING,
  PHASE_RUNNING,
  REQUEST_RELOAD,
  REQUEST_STOP,
} from "./control.ts";
import type { Job, Message } from "./job.ts";

export interface WatchLimits {
  /** Seconds that one execution may take. */
  readonly timeout: number;
  /** Seconds from which on one is slow; 0: never. */
  readonly slow: number;
  /** Seconds that loading and initialisation of the target may take. */
  readonly initTimeout: number;
  /** MiB that the process may take; 0: no limit. */
  readonly rssMb: number;
  /** Seconds until it is asked to stop; 0: never. */
  readonly total: number;
  /** Seconds between requests to reload; 0: never. */
  readonly reload: number;
  /** It is asked to stop when this file is there; "": none. */
  readonly stopFile: string;
}

/** How a thread ended. */
export type Ending =
  | { readonly kind: "exit"; readonly exitCode: number }
  /** It said why it could not begin. */
  | { readonly kind: "failure"; readonly message: string }
  /** An input broke what the engine stands on. */
  | { readonly kind: "broken"; readonly message: string }
  /** It was ended in the middle of an execution, or between two. */
  | { readonly kind: "timeout" | "oom" | "init-timeout"; readonly seconds: number; readonly rssMb: number }
  /** It waits for a promise that nothing is left to settle. */
  | { readonly kind: "never-settles" }
  /** The target ended it. */
  | { readonly kind: "gone"; readonly exitCode: number }
  /** It was asked to stop, and did not. */
  | { readonly kind: "stopped" }
  | { readonly kind: "interrupted" };

/** Who is told what. */
export interface WatchHandlers {
  onMessage(message: Message): void;
  /** An execution is slow; once for each. */
  onSlow(seconds: number): void;
  /** Called at every look. @param seconds that the execution has been running for, by what can be seen from outside */
  onLook(seconds: number): void;
}

/** Seconds that a thread is given to stop. */
const GRACE = 2;

/** Runs a job in a thread, until it ends or the process has to be ended. @param interrupt ends it at once */
export async function watch(
  job: Job,
  control: Control,
  limits: WatchLimits,
  handlers: WatchHandlers,
  interrupt: AbortSignal,
): Promise<Ending> {
  control.phase = PHASE_LOADING;
  // The same file before and after compilation.
  const entry = new URL(import.meta.url.endsWith(".ts") ? "./thread.ts" : "./thread.js", import.meta.url);
  const worker = new Worker(entry, { workerData: job });
  return new Promise<Ending>((resolve) => {
    const watcher = new Watcher(control, limits, handlers, resolve);
    const timer = setInterval(() => watcher.look(), pollMilliseconds(limits));
    const end = (ending: Ending): void => {
      clearInterval(timer);
      worker.removeAllListeners();
      resolve(ending);
    };
    watcher.end = end;
    worker.on("message", (message: Message) => {
      if ("exitCode" in message) end({ kind: "exit", exitCode: message.exitCode });
      else if ("failure" in message) end(failureEnding(message.failure, control));
      else if ("neverSettles" in message) end({ kind: "never-settles" });
      else handlers.onMessage(message);
    });
    worker.on("error", (error: NodeJS.ErrnoException) => end(endingOf(error, control)));
    worker.on("exit", (exitCode) => end({ kind: "gone", exitCode }));
    interrupt.addEventListener("abort", () => end({ kind: "interrupted" }), { once: true });
    // Limits that hold from the beginning are not a matter of who is faster.
    watcher.look();
    if (interrupt.aborted) end({ kind: "interrupted" });
  });
}

class Watcher {
  end: (ending: Ending) => void;
  readonly #control: Control;
  readonly #limits: WatchLimits;
  readonly #handlers: WatchHandlers;
  /** When loading was over; it does not count towards the whole time. */
  #started: number | undefined;
  #lastReload = performance.now();
  /** The execution that was seen last, or the phase, and since when it is that. */
  #seen = "";
  #since = performance.now();
  #reportedSlow = false;

  constructor(control: Control, limits: WatchLimits, handlers: WatchHandlers, end: (ending: Ending) => void) {
    this.#control = control;
    this.#limits = limits;
    this.#handlers = handlers;
    this.end = end;
  }

  look(): void {
    const now = performance.now();
    const { phase, runs } = this.#control;
    const seen = `${phase} ${runs}`;
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#since = now;
      this.#reportedSlow = false;
    }
    const seconds = (now - this.#since) / 1000;
    this.#handlers.onLook(phase === PHASE_RUNNING ? seconds : 0);
    this.#checkTime(phase, seconds);
    this.#checkMemory(seconds);
    if (phase === PHASE_IDLE || phase === PHASE_RUNNING) this.#started ??= now;
    this.#checkTotal(phase, seconds, (now - (this.#started ?? now)) / 1000);
    if (this.#limits.stopFile !== "" && existsSync(this.#limits.stopFile)) this.#control.request(REQUEST_STOP);
    if (this.#limits.reload > 0 && now - this.#lastReload >= 1000 * this.#limits.reload) {
      this.#lastReload = now;
      this.#control.request(REQUEST_RELOAD);
    }
  }

  #checkTime(phase: number, seconds: number): void {
    const rssMb = 0;
    if (phase === PHASE_LOADING || phase === PHASE_INITIALISING) {
      if (seconds > this.#limits.initTimeout) this.end({ kind: "init-timeout", seconds, rssMb });
    } else if (phase === PHASE_RUNNING) {
      if (seconds > this.#limits.timeout) this.end({ kind: "timeout", seconds, rssMb });
      else if (this.#limits.slow > 0 && seconds > this.#limits.slow && !this.#reportedSlow) {
        this.#reportedSlow = true;
        this.#handlers.onSlow(seconds);
      }
    }
  }

  #checkMemory(seconds: number): void {
    if (this.#limits.rssMb === 0) return;
    const rssMb = memoryUsage.rss() / 2 ** 20;
    if (rssMb > this.#limits.rssMb) this.end({ kind: "oom", seconds, rssMb });
  }

  #checkTotal(phase: number, seconds: number, total: number): void {
    if (this.#limits.total === 0 || total < this.#limits.total) return;
    this.#control.request(REQUEST_STOP);
    const isStuck = phase === PHASE_IDLE || seconds > GRACE;
    if (isStuck && total > this.#limits.total + GRACE) this.end({ kind: "stopped" });
  }
}

function endingOf(error: NodeJS.ErrnoException, control: Control): Ending {
  if (error?.code === "ERR_WORKER_OUT_OF_MEMORY") {
    return { kind: "oom", seconds: 0, rssMb: memoryUsage.rss() / 2 ** 20 };
  }
  return failureEnding(String(error?.message ?? error), control);
}

/** Before the first execution the reason is the target, or the command line; after it, it is what ran. */
function failureEnding(message: string, { runs }: Control): Ending {
  return { kind: runs > 0 ? "broken" : "failure", message };
}

/** Often enough to be right about a timeout to a fifth, and no more often than a hundred times a second. */
export function pollMilliseconds({ timeout, total }: Pick<WatchLimits, "timeout" | "total">): number {
  const shortest = Math.min(timeout, total || Number.POSITIVE_INFINITY);
  return Math.max(10, Math.min(500, shortest * 200));
}
