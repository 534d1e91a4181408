/** Signals to a command that runs a program: stopping the command stops the program. */

import type { ChildProcess } from "node:child_process";
import { ENDING_SIGNALS, ignoresSignal } from "../loader/node/index.ts";

/**
 * Milliseconds without a sign of life after which a program is considered stuck in code that never returns. Without
 * this library the signal would have ended it, because nobody would have listened for it.
 */
const PATIENCE = 1000;

/** A program that runs under a loader. */
export interface WatchedProgram {
  readonly child: ChildProcess;
  /** Directory where it notes how it handles signals. */
  readonly directory: string;
  /** Whether the loader runs in the child itself, which may be a shell or any other program. */
  isWatching(pid: number): boolean;
}

/** Forwards signals to a program until it is disposed of. */
export class ChildSignals {
  readonly #program: WatchedProgram;
  readonly #listeners: readonly (readonly [NodeJS.Signals, () => void])[];
  #timer: NodeJS.Timeout | undefined;
  /** The signal that would have ended the program, if it was stuck and had to be killed. */
  stuckAt: NodeJS.Signals | undefined;

  constructor(program: WatchedProgram) {
    this.#program = program;
    this.#listeners = ENDING_SIGNALS.map((signal) => [signal, () => this.#handOn(signal)] as const);
    for (const [signal, listener] of this.#listeners) process.on(signal, listener);
  }

  /** Forwards a signal, unless it came from a terminal, which sends its signals to the program as well. */
  #handOn(signal: NodeJS.Signals): void {
    const isFromTerminal = signal !== "SIGTERM" && process.stdin.isTTY;
    if (!isFromTerminal) this.#program.child.kill(signal);
    this.#timer ??= setTimeout(() => this.#endStuck(signal), PATIENCE);
  }

  #endStuck(signal: NodeJS.Signals): void {
    this.#timer = undefined;
    const { child, directory, isWatching } = this.#program;
    const { pid, exitCode, signalCode } = child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    if (!isWatching(pid) || !ignoresSignal(directory, pid, signal)) return;
    this.stuckAt = signal;
    child.kill("SIGKILL");
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
  }
}
