/** Where reports go that are files. What an earlier run wrote there stays as it is until all of a report is written. */

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { uniqueName } from "../../cache/content.ts";

export class ReportsDirectory {
  readonly #directory: string;
  /**
   * Where a report is written, in the directory itself: files are only renamed then. A reporter makes it if it writes
   * files.
   */
  readonly unfinished: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.unfinished = join(directory, `.unfinished-${uniqueName()}`);
  }

  /** Puts what was written into its place. @throws what renaming throws */
  finish(): void {
    if (!existsSync(this.unfinished)) return;
    moveInto(this.#directory, this.unfinished);
    this.abandon();
  }

  /** On a read-only file system the recursive form of mkdir says that there is no such directory, which is the least of it. */
  reasonOf(error: unknown): unknown {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return error;
    try {
      mkdirSync(this.unfinished);
      return error;
    } catch (reason) {
      return reason;
    }
  }

  /** Removes what was written. */
  abandon(): void {
    try {
      rmSync(this.unfinished, { recursive: true, force: true });
    } catch {
      // It could not even be made.
    }
  }
}

function moveInto(directory: string, from: string): void {
  mkdirSync(directory, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory()) moveInto(join(directory, entry.name), join(from, entry.name));
    else renameSync(join(from, entry.name), join(directory, entry.name));
  }
}
