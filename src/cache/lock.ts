/** A lock that is a file, between processes that would do the same work. It saves work; nothing depends on it. */

import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";

/** A holder that took longer than this is not waited for. */
const STALE_AFTER_MS = 300_000;
const POLL_MS = 10;

/** "taken": by this process; "busy": another one has it; "none": there can be no such file. */
export type LockState = "taken" | "busy" | "none";

export function takeLockFile(path: string): LockState {
  try {
    writeFileSync(path, `${process.pid}`, { flag: "wx", mode: 0o600 });
    return "taken";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") return "none";
  }
  if (isHeld(path)) return "busy";
  releaseLockFile(path);
  return takeLockFile(path);
}

export function releaseLockFile(path: string): void {
  rmSync(path, { force: true });
}

/** Blocks the thread for a moment. */
export function waitABit(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
}

function isHeld(path: string): boolean {
  try {
    const pid = Number.parseInt(readFileSync(path, "utf8"), 10);
    if (Date.now() - statSync(path).mtimeMs > STALE_AFTER_MS) return false;
    // The number is not there yet when the file was only just made.
    return Number.isNaN(pid) || isAlive(pid);
  } catch {
    // It was released in this moment: the next attempt will tell.
    return true;
  }
}

/** Whether there is a process of this number. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
