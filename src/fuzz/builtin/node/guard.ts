/**
 * Runs a target in a process of its own: whatever happens to that process, the input that it ran is known.
 *
 *     ┌───────────────┐   messages     ┌────────────────────────────┐
 *     │ this process  │ ◀───────────── │ guarded.ts: watcher, thread│
 *     └──────┬────────┘                └─────────────┬──────────────┘
 *            └──────────── journal: the input ◀──────┘
 */

import { type ChildProcess, fork } from "node:child_process";
import type { Job, Message } from "./job.ts";
import { JournalFile, type JournalPolicy, type LastInputs } from "./journal.ts";
import type { Ending, WatchHandlers, WatchLimits } from "./watch.ts";

/** A job without what only the process that runs it can create. */
export type GuardedJob = Omit<Job, "control" | "journal">;

/** Messages to the guarded process. */
export type ToGuarded =
  | { readonly job: Omit<Job, "control">; readonly limits: WatchLimits; readonly capacityBytes: number }
  | "interrupt";

/** Messages from the guarded process. */
export type FromGuarded =
  | { readonly message: Message }
  | { readonly slow: number; readonly runs: number; readonly input: Uint8Array<ArrayBuffer> }
  | { readonly look: number; readonly runs: number }
  | { readonly ending: Ending; readonly runs: number; readonly input: Uint8Array<ArrayBuffer> };

/** How a process ended. */
export type GuardedEnding =
  | Ending
  /** A signal, or code other than JavaScript, ended it: a description. */
  | { readonly kind: "died"; readonly reason: string };

export interface Guarded {
  readonly ending: GuardedEnding;
  /** Number of executions that began. */
  readonly runs: number;
  /** Inputs of the latest executions, the last one first; only that one if the process itself reported how it ended. */
  readonly inputs: LastInputs;
}

export interface GuardHandlers extends Pick<WatchHandlers, "onMessage"> {
  /** As {@link WatchHandlers.onSlow}. */
  onSlow(seconds: number, input: Uint8Array<ArrayBuffer>): void;
  /** As {@link WatchHandlers.onLook}. @param runs number of executions so far */
  onLook(seconds: number, runs: number): void;
}

/** fd of the journal in the guarded process: after the standard streams and the IPC channel. */
const JOURNAL_FD = 4;
/** Milliseconds that an interrupted process is given to report what it was doing. */
const INTERRUPT_GRACE = 1000;
/** Milliseconds within which a signal to a process group reaches all of its processes. */
const GROUP_SIGNAL = 200;

/**
 * Runs a job to its end in a process of its own.
 *
 * @param capacityBytes the longest input that can be reported whole
 * @param interrupt ends the job at once
 */
export async function runGuarded(
  job: GuardedJob,
  policy: JournalPolicy,
  limits: WatchLimits,
  capacityBytes: number,
  handlers: GuardHandlers,
  interrupt: AbortSignal,
): Promise<Guarded> {
  const journal = openJournal(capacityBytes);
  const child = start(journal);
  const guard = new Guard(child, journal, handlers, interrupt);
  const fd = journal === undefined ? undefined : JOURNAL_FD;
  const told = { ...job, journal: fd === undefined ? undefined : { fd, capacityBytes, policy } };
  guard.tell({ job: told, limits, capacityBytes });
  try {
    return await guard.ended;
  } finally {
    // By SIGKILL: its thread may be in an endless loop, or loading modules, in which it must not be terminated.
    child.kill("SIGKILL");
    await guard.gone;
    journal?.close();
  }
}

/** Without room for the file, the input is lost with a process that dies, but everything else works. */
function openJournal(capacityBytes: number): JournalFile | undefined {
  try {
    return JournalFile.create(capacityBytes);
  } catch {
    return undefined;
  }
}

function start(journal: JournalFile | undefined): ChildProcess {
  // The same module, before and after compilation.
  const entry = new URL(import.meta.url.endsWith(".ts") ? "./guarded.ts" : "./guarded.js", import.meta.url);
  const stdio = ["inherit", "inherit", "inherit", "ipc", ...(journal === undefined ? [] : [journal.fd])] as const;
  return fork(entry, { serialization: "advanced", stdio: [...stdio] });
}

/** Observes the process from outside. */
class Guard {
  readonly ended: Promise<Guarded>;
  /** Settles when the process has ended. */
  readonly gone: Promise<unknown>;
  readonly #child: ChildProcess;
  readonly #handlers: GuardHandlers;
  readonly #interrupt: AbortSignal;
  #end: (guarded: Guarded) => void = () => {};
  #runs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(child: ChildProcess, journal: JournalFile | undefined, handlers: GuardHandlers, interrupt: AbortSignal) {
    this.#child = child;
    this.#handlers = handlers;
    this.#interrupt = interrupt;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    child.on("message", (message: FromGuarded) => this.#take(message));
    this.gone = new Promise((resolve) => {
      child.once("close", (exitCode: number | null, signal: NodeJS.Signals | null) => {
        this.#closed(exitCode, signal, journal?.read() ?? "unknown");
        resolve(undefined);
      });
    });
    interrupt.addEventListener("abort", this.#onInterrupt, { once: true });
    if (interrupt.aborted) this.#onInterrupt();
  }

  tell(message: ToGuarded): void {
    // Errors are ignored: if the process is gone, its end is reported anyway.
    this.#child.send(message, () => {});
  }

  readonly #onInterrupt = (): void => {
    this.tell("interrupt");
    this.#timer = setTimeout(() => this.#conclude({ kind: "interrupted" }, "unknown"), INTERRUPT_GRACE);
  };

  #take(message: FromGuarded): void {
    if ("message" in message) {
      this.#handlers.onMessage(message.message);
      return;
    }
    this.#runs = message.runs;
    if ("look" in message) this.#handlers.onLook(message.look, message.runs);
    else if ("slow" in message) this.#handlers.onSlow(message.slow, message.input);
    else this.#conclude(message.ending, message.runs === 0 ? "nothing ran" : [message.input]);
  }

  /** Called when the process and its streams are closed. Has no effect if the process has reported how it ended. */
  #closed(exitCode: number | null, signal: NodeJS.Signals | null, last: LastInputs): void {
    const conclude = (): void => {
      const died = { kind: "died", reason: signal ?? `exit ${exitCode}` } as const;
      this.#conclude(this.#interrupt.aborted ? { kind: "interrupted" } : died, last);
    };
    if (signal === "SIGINT" || signal === "SIGTERM" || signal === "SIGHUP") setTimeout(conclude, GROUP_SIGNAL);
    else conclude();
  }

  #conclude(ending: GuardedEnding, inputs: LastInputs): void {
    clearTimeout(this.#timer);
    this.#interrupt.removeEventListener("abort", this.#onInterrupt);
    this.#end({ ending, runs: this.#runs, inputs });
  }
}
