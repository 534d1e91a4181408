/** Disks that are full or read-only, where a test may mount them. */

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why a test is skipped. */
export const NEEDS_MOUNT = "needs the right to mount a tmpfs";

export class Disk {
  readonly directory: string;

  /** @param bytes that fit on it */
  constructor(directory: string, bytes: number) {
    this.directory = directory;
    mkdirSync(directory, { recursive: true });
    if (!mount("-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", directory)) throw new Error(`cannot mount ${directory}`);
  }

  /** Leaves no room. */
  fill(): void {
    const path = join(this.directory, "filling");
    try {
      // Page by page: what does not fit as a whole is written as far as it fits.
      for (;;) writeFileSync(path, Buffer.alloc(4096), { flag: "a" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }

  empty(): void {
    rmSync(join(this.directory, "filling"), { force: true });
  }

  makeReadOnly(): void {
    mount("-o", "remount,ro", this.directory);
  }

  remove(): void {
    spawnSync("umount", [this.directory]);
  }
}

function mount(...args: string[]): boolean {
  return spawnSync("mount", args).status === 0;
}

/** Whether this process may mount: by trying. */
export function canMount(): boolean {
  const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-mount-"));
  try {
    new Disk(directory, 1 << 16).remove();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
