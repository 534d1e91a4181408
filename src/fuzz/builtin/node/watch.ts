/**
 * Runs a thread and watches it. A thread in an endless loop does not respond to messages: the watcher looks at memory
 * that they share.
 *
 *                 ┌──────────── messages: events, results ───────────┐
 *     watcher ────┤                                                  ├──── thread: engine and target
 *                 └── control: input, executions so far; requests ───┘
 *
 * A thread is never terminated, only its process: V8 crashes if a thread is terminated while it loads modules. So this
 * runs in a process that has nothing else to do (guarded.ts), and returns while its thread may still be running.
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
  /** Time limit for one execution, in seconds. */
  readonly timeout: number;
  /** Seconds from which on an execution is slow; 0: never. */
  readonly slow: number;
  /** Time limit for loading and initialising the target, in seconds. */
  readonly initTimeout: number;
  /** Memory limit of the process in MiB; 0: no limit. */
  readonly rssMb: number;
  /** Seconds until the thread is asked to stop; 0: never. */
  readonly total: number;
  /** Seconds between requests to reload; 0: never. */
  readonly reload: number;
  /** The thread is asked to stop when this file exists; "": none. */
  readonly stopFile: string;
}

/** How a thread ended. */
export type Ending =
  | { readonly kind: "exit"; readonly exitCode: number }
  /** It could not start, and reported why. */
  | { readonly kind: "failure"; readonly message: string }
  /** An input broke what the engine relies on. */
  | { readonly kind: "broken"; readonly message: string }
  /** It exceeded a limit, during an execution or between two. */
  | { readonly kind: "timeout" | "oom" | "init-timeout"; readonly seconds: number; readonly rssMb: number }
  /** It waits for a promise that nothing is left to settle. */
  | { readonly kind: "never-settles" }
  /** The target ended it. */
  | { readonly kind: "gone"; readonly exitCode: number }
  /** It was asked to stop, but did not. */
  | { readonly kind: "stopped" }
  | { readonly kind: "interrupted" };

/** Callbacks of the watcher. */
export interface WatchHandlers {
  onMessage(message: Message): void;
  /** Called once for each execution that is slow. */
  onSlow(seconds: number): void;
  /** Called at every look. @param seconds how long the execution has been running, as seen from outside */
  onLook(seconds: number): void;
}

/** Seconds that a thread is given to stop. */
const GRACE = 2;

/** Runs a job in a thread, until it ends or the process has to be ended. @param interrupt ends the job at once */
export async function watch(
  job: Job,
  control: Control,
  limits: WatchLimits,
  handlers: WatchHandlers,
  interrupt: AbortSignal,
): Promise<Ending> {
  control.phase = PHASE_LOADING;
  // The same module, before and after compilation.
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
    // Limits that are exceeded from the beginning must not depend on timing.
    watcher.look();
    if (interrupt.aborted) end({ kind: "interrupted" });
  });
}

class Watcher {
  end: (ending: Ending) => void;
  readonly #control: Control;
  readonly #limits: WatchLimits;
  readonly #handlers: WatchHandlers;
  /** When loading ended: it does not count towards the total time. */
  #started: number | undefined;
  #lastReload = performance.now();
  /** The phase and the execution at the last look, and since when they have been the same. */
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

/** Before the first execution the cause is the target or the command line, after it an input. */
function failureEnding(message: string, { runs }: Control): Ending {
  return { kind: runs > 0 ? "broken" : "failure", message };
}

/** Interval of looks: detects a timeout to within a fifth, but at most a hundred looks per second. */
export function pollMilliseconds({ timeout, total }: Pick<WatchLimits, "timeout" | "total">): number {
  const shortest = Math.min(timeout, total || Number.POSITIVE_INFINITY);
  return Math.max(10, Math.min(500, shortest * 200));
}
