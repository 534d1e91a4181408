/** The directory for reports that are files. An earlier run's files stay until a report is completely written. */

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { uniqueName } from "../../cache/content.ts";

export class ReportsDirectory {
  readonly #directory: string;
  /**
   * Where a report is written at first: inside the directory, so that files need only be renamed. A reporter creates it
   * if it writes files.
   */
  readonly unfinished: string;

  constructor(directory: string) {
    this.#directory = directory;
    this.unfinished = join(directory, `.unfinished-${uniqueName()}`);
  }

  /** Moves what was written into place. @throws what renaming throws */
  finish(): void {
    if (!existsSync(this.unfinished)) return;
    moveInto(this.#directory, this.unfinished);
    this.abandon();
  }

  /** The real reason of a failure: on a read-only file system, recursive mkdir reports a misleading ENOENT. */
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
      // It could not even be created.
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
