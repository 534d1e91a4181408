/**
 * What a process makes of signals, for whoever has started it: files in a directory.
 *
 *     PID.SIGTERM.handled     the program has a handler for it, and decides what comes of it
 *     PID.SIGTERM.arrived     it has reached JavaScript: whatever is to happen happens
 *
 * Node.js looks for signals between two pieces of JavaScript. The loader watches for those that end a process, so one that
 * is in code that never returns would not end by them, as it would without: then neither file is there after a while.
 */

import fs from "node:fs";
import { join } from "node:path";

// As they are now: the program may replace them.
const { closeSync, existsSync, openSync, unlinkSync } = fs;

/** Signals that end a program unless it handles them, and that programs are stopped with. */
export const ENDING_SIGNALS: readonly NodeJS.Signals[] = ["SIGTERM", "SIGINT", "SIGHUP"];

/** In the process. */
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
      // There is nobody to read it any more.
    }
  }
}

type Note = "handled" | "arrived";

/** Of another process: whether a signal that it was sent some time ago has come to nothing. */
export function ignoresSignal(directory: string, pid: number, signal: NodeJS.Signals): boolean {
  return !NOTES.some((what) => existsSync(pathOf(directory, pid, signal, what)));
}

const NOTES: readonly Note[] = ["handled", "arrived"];

function pathOf(directory: string, pid: number, signal: NodeJS.Signals, what: Note): string {
  return join(directory, `${pid}.${signal}.${what}`);
}
