/**
 * The supervisor: the process that AFL++ starts and first talks to. It starts the executor, which holds the target, and
 * another one whenever that dies: AFL++ ends a hang by killing it.
 *
 *     afl-fuzz ──198/199──▶ supervisor ──starts──▶ executor
 *         └──────────198/199, each run────────────────┘
 *
 * When AFL++ exits, the executor finds 198 closed and exits, and so does the supervisor. An executor that hangs at that
 * moment is killed by the supervisor, which checks regularly whether AFL++ is still there.
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

/** What an executor tells its supervisor once its target is open. */
export type ExecutorReport =
  | { readonly kind: "ready"; readonly mapBytes: number; readonly dictionary: readonly Uint8Array[] }
  | { readonly kind: "failed"; readonly line: string };

/** What a supervisor tells an executor that is ready. */
export interface ExecutorOrder {
  readonly sharedInput: boolean;
}

/** Starts an executor: a child process with an IPC channel, whose fd 4 is our 198 and whose fd 5 is our 199. */
export type StartExecutor = (state: number) => ChildProcess;

/** The executor could not start: the message says why. */
export class ExecutorError extends Error {
  override readonly name = "ExecutorError";
}

const ABANDONED_CHECK_MS = 500;
/** How long AFL++ may take from reading a status to requesting the next run, where that matters. */
const NEXT_RUN_MS = 1000;

/** An executor that is starting, ready, or running. */
interface Launched {
  readonly child: ChildProcess;
  readonly report: Promise<ExecutorReport>;
  readonly exit: Promise<ExitStatus>;
}

export class Supervisor {
  readonly #start: StartExecutor;
  readonly #processes: Processes;
  readonly #state: Segment;
  readonly #offersInput: boolean;
  readonly #alive = new Set<ChildProcess>();
  #grant: Grant | undefined;

  /** @param offersInput whether AFL++ has a segment for test cases */
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
    const watch = setInterval(() => {
      if (this.#processes.isAbandoned(STATUS_FD)) this.#killAll();
    }, ABANDONED_CHECK_MS);
    try {
      let current = this.#launch();
      let spare: Launched | undefined;
      while (await this.#order(current)) {
        if (!this.#settle(await current.exit)) return;
        current = spare ?? this.#launch();
        await current.report;
        // A target that hung once will do so again: from now on a spare executor is kept ready.
        spare = this.#launch();
      }
    } finally {
      clearInterval(watch);
      this.#killAll();
    }
  }

  #launch(): Launched {
    const child = this.#start(this.#state.id);
    this.#alive.add(child);
    const exit = new Promise<ExitStatus>((resolve) =>
      child.once("exit", (code, signal) => {
        this.#alive.delete(child);
        resolve({ code, signal });
      }),
    );
    const message = new Promise<ExecutorReport>((resolve, reject) => {
      child.once("message", (report) => resolve(report as ExecutorReport));
      child.once("error", reject);
    });
    return { child, exit, report: Promise.race([message, exit.then(toReport)]) };
  }

  #killAll(): void {
    for (const child of this.#alive) child.kill("SIGKILL");
  }

  /**
   * Waits until an executor is ready, and lets it begin.
   *
   * @returns false if AFL++ is gone
   * @throws {ExecutorError} it could not start
   */
  async #order({ child, report }: Launched): Promise<boolean> {
    const ready = await report;
    if (ready.kind === "failed") throw new ExecutorError(ready.line);
    this.#grant ??= this.#shakeHands(ready);
    if (this.#grant === undefined) return false;
    this.#state.bytes[0] = IDLE;
    child.send({ sharedInput: this.#grant.sharedInput } satisfies ExecutorOrder);
    return true;
  }

  /** @returns undefined if AFL++ is gone */
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

  /** Sends AFL++ the status that a dead executor owes it. @returns whether AFL++ continues */
  #settle(status: ExitStatus): boolean {
    const state = this.#state.bytes[0];
    if (state === IDLE) return status.signal !== null && !this.#processes.isAbandoned(STATUS_FD);
    // It was killed while it wrote the status: if AFL++ received that, it requests the next run.
    if (state === REPORTING && this.#processes.isReadable(CONTROL_FD, NEXT_RUN_MS)) return true;
    return (state === RUNNING || state === REPORTING) && writeAll(STATUS_FD, encodeWord(toWaitStatus(status)));
  }
}

interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The signal's number; a target that exited by itself counts as crashed. */
function toWaitStatus({ signal }: ExitStatus): number {
  return signal === null ? STATUS_CRASH : constants.signals[signal];
}

function toReport({ code, signal }: ExitStatus): ExecutorReport {
  return { kind: "failed", line: `the target's process ended before it was ready (${signal ?? `exit code ${code}`})` };
}
