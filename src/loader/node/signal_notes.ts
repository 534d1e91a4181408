/**
 * Files in a directory by which a process tells whoever started it how it handles signals.
 *
 *     PID.SIGTERM.handled     the program has a handler for it, and decides what happens
 *     PID.SIGTERM.arrived     it has reached JavaScript: it is being dealt with
 *
 * Node.js delivers signals between two pieces of JavaScript. Since the loader watches for those that end a process,
 * they would no longer end one that is in code that never returns. Then neither file exists after a while.
 */

import fs from "node:fs";
import { join } from "node:path";

// Saved now: the program may replace them.
const { closeSync, existsSync, openSync, unlinkSync } = fs;

/** Signals with which programs are stopped, and which end a program unless it handles them. */
export const ENDING_SIGNALS: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT", "SIGHUP"];

/** Writes the files, in the process itself. */
export class SignalNotes {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  handles(signal: NodeJS.Signals, isHandled: boolean): void {
    this.#note(signal, "handled", isHandled);
  }

  arrived(signal: NodeJS.Signals): void {
    this.#note(signal, "arrived", true);
  }

  #note(signal: NodeJS.Signals, what: Note, isSo: boolean): void {
    try {
      const path = pathOf(this.#directory, process.pid, signal, what);
      if (isSo) closeSync(openSync(path, "w", 0o600));
      else unlinkSync(path);
    } catch {
      // Nobody is left to read it.
    }
  }
}

type Note = "handled" | "arrived";

/** Whether a signal that was sent to another process some time ago has had no effect. */
export function ignoresSignal(directory: string, pid: number, signal: NodeJS.Signals): boolean {
  return !NOTES.some((what) => existsSync(pathOf(directory, pid, signal, what)));
}

const NOTES: readonly Note[] = ["handled", "arrived"];

function pathOf(directory: string, pid: number, signal: NodeJS.Signals, what: Note): string {
  return join(directory, `${pid}.${signal}.${what}`);
}
