/** Signals of a command that runs a program: to stop the command is to stop the program. */

import type { ChildProcess } from "node:child_process";
import { ENDING_SIGNALS, ignoresSignal } from "../loader/node/index.ts";

/**
 * Milliseconds after which a program that nothing is heard of is stuck: in code that never returns, where only a signal that
 * nobody watches for could end it, as it would without this library.
 */
const PATIENCE = 1000;

/** A program that runs under a loader. */
export interface WatchedProgram {
  readonly child: ChildProcess;
  /** Where it notes what becomes of signals. */
  readonly directory: string;
  /** Whether the child itself has the loader in it: it may be a shell, or nothing of the kind. */
  isWatching(pid: number): boolean;
}

/** Hands signals on for as long as it is not disposed of. */
export class ChildSignals {
  readonly #program: WatchedProgram;
  readonly #listeners: readonly (readonly [NodeJS.Signals, () => void])[];
  #timer: NodeJS.Timeout | undefined;
  /** The signal that the program would have ended by: it was stuck, and had to be killed. */
  stuckAt: NodeJS.Signals | undefined;

  constructor(program: WatchedProgram) {
    this.#program = program;
    this.#listeners = ENDING_SIGNALS.map((signal) => [signal, () => this.#handOn(signal)] as const);
    for (const [signal, listener] of this.#listeners) process.on(signal, listener);
  }

  /** A terminal sends its signals to the program as well: those need not be handed on. */
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
