/** A lock file that keeps processes from doing the same work. It only saves work; correctness does not depend on it. */

import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";

/** A lock that is held longer than this is considered stale. */
const STALE_AFTER_MS = 300_000;
const POLL_MS = 10;

/** "taken": by this process; "busy": another process has it; "none": the file cannot be created. */
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
    // The pid may not be written yet if the file was created just now.
    return Number.isNaN(pid) || isAlive(pid);
  } catch {
    // It was released at this moment: the next attempt will find out.
    return true;
  }
}

/** Whether there is a process with this pid. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
