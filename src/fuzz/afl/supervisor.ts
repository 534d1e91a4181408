/**
 * The supervisor: the process that AFL++ starts and talks to first. It starts the executor, which has the target, and a
 * new one whenever that has died: AFL++ ends a hang by killing it.
 *
 *     afl-fuzz ──198/199──▶ supervisor ──starts──▶ executor
 *         └──────────198/199, once a run──────────────┘
 *
 * When AFL++ ends, the executor reads the end of 198 and ends, and so does the supervisor. An executor that is in a hang
 * at that moment is killed by the supervisor, which looks now and then whether AFL++ is still there.
 */

import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import type { Koffi } from "../native/koffi.ts";
import { Processes } from "../native/processes.ts";
import { type Segment, SharedMemory } from "../native/shared_memory.ts";
import { encodeWord, readWord, writeAll } from "./pipes.ts";
import {
  CONTROL_FD,
  decodeReply,
  encodeDictionary,
  encodeHello,
  expectsReply,
  type Grant,
  STATUS_CRASH,
  STATUS_FD,
} from "./protocol.ts";
import { IDLE, REPORTING, RUNNING } from "./run_state.ts";

/** What an executor tells its supervisor when its target is open. */
export type ExecutorReport =
  | { readonly kind: "ready"; readonly mapBytes: number; readonly dictionary: readonly Uint8Array[] }
  | { readonly kind: "failed"; readonly line: string };

/** What a supervisor tells an executor that is ready. */
export interface ExecutorOrder {
  readonly sharedInput: boolean;
}

/** Starts an executor: a child process with a channel for messages, fd 4 is 198 and fd 5 is 199. */
export type StartExecutor = (state: number) => ChildProcess;

/** The executor could not begin: its message says why. */
export class ExecutorError extends Error {
  override readonly name = "ExecutorError";
}

const ABANDONED_CHECK_MS = 500;
/** How long AFL++ may take from reading a status to asking for the next run, when that matters. */
const NEXT_RUN_MS = 1000;

export class Supervisor {
  readonly #start: StartExecutor;
  readonly #processes: Processes;
  readonly #state: Segment;
  readonly #offersInput: boolean;
  #grant: Grant | undefined;

  /** @param offersInput AFL++ has a segment for test cases */
  constructor(start: StartExecutor, koffi: Koffi, offersInput: boolean) {
    this.#start = start;
    this.#processes = new Processes(koffi);
    this.#state = new SharedMemory(koffi).create(1);
    this.#offersInput = offersInput;
  }

  /**
   * Serves until AFL++ ends.
   *
   * @throws {ExecutorError} no executor could be started
   */
  async serve(): Promise<void> {
    let goesOn = true;
    while (goesOn) {
      this.#state.bytes[0] = IDLE;
      const child = this.#start(this.#state.id);
      goesOn = await this.#serveWith(child);
    }
  }

  /** @returns whether another executor is needed */
  async #serveWith(child: ChildProcess): Promise<boolean> {
    const exit = new Promise<ExitStatus>((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
    const watch = setInterval(() => {
      if (this.#processes.isAbandoned(STATUS_FD)) child.kill("SIGKILL");
    }, ABANDONED_CHECK_MS);
    try {
      const report = await Promise.race([nextMessage(child), exit.then(toReport)]);
      if (report.kind === "failed") throw new ExecutorError(report.line);
      this.#grant ??= this.#shakeHands(report);
      if (this.#grant === undefined) {
        child.kill("SIGKILL");
        return false;
      }
      child.send({ sharedInput: this.#grant.sharedInput } satisfies ExecutorOrder);
      return this.#report(await exit);
    } finally {
      clearInterval(watch);
    }
  }

  /** @returns undefined when AFL++ is gone */
  #shakeHands({ mapBytes, dictionary }: ExecutorReport & { kind: "ready" }): Grant | undefined {
    const offer = { mapBytes, sharedInput: this.#offersInput, dictionary: dictionary.length > 0 };
    if (!writeAll(STATUS_FD, encodeWord(encodeHello(offer)))) return undefined;
    if (!expectsReply(offer)) return { sharedInput: false, dictionary: false };
    const reply = readWord(CONTROL_FD);
    if (reply === undefined) return undefined;
    const grant = decodeReply(reply);
    if (grant.dictionary && !writeAll(STATUS_FD, encodeDictionary(dictionary))) return undefined;
    return grant;
  }

  /** Gives AFL++ the status that a dead executor owes it. @returns whether AFL++ goes on */
  #report(status: ExitStatus): boolean {
    const state = this.#state.bytes[0];
    if (state === IDLE) return status.signal !== null && !this.#processes.isAbandoned(STATUS_FD);
    // Killed while it wrote the status: if AFL++ got it, it asks for the next run.
    if (state === REPORTING && this.#processes.isReadable(CONTROL_FD, NEXT_RUN_MS)) return true;
    return (state === RUNNING || state === REPORTING) && writeAll(STATUS_FD, encodeWord(toWaitStatus(status)));
  }
}

interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A signal's number; a target that ended the process by itself has crashed. */
function toWaitStatus({ signal }: ExitStatus): number {
  return signal === null ? STATUS_CRASH : constants.signals[signal];
}

function nextMessage(child: ChildProcess): Promise<ExecutorReport> {
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as ExecutorReport));
    child.once("error", reject);
  });
}

function toReport({ code, signal }: ExitStatus): ExecutorReport {
  return { kind: "failed", line: `the target's process ended before it was ready (${signal ?? `exit code ${code}`})` };
}
