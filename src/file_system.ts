/** Questions and requests to the file system for which nothing there is an answer too. */

import { rmSync, statSync } from "node:fs";

/** Whether a path is one of a file, or of a link to one. */
export function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    // It is not there, or what should be a directory of its path is none.
    return false;
  }
}

/**
 * Removes a file, if it is there and this process may.
 *
 * @param recursive a directory too, with all that is in it
 */
export function removeIfThere(path: string, recursive = false): void {
  try {
    rmSync(path, { force: true, recursive });
  } catch {
    // It is there, and stays.
  }
}
