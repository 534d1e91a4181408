/** The directory of a run's profiles. A run has exclusive use of it; another run fails before anything is lost. */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isAlive } from "../../cache/lock.ts";
import {
  BEGUN_EXTENSION,
  COUNTS_EXTENSION,
  MODULES_DIRECTORY,
  PROFILE_EXTENSION,
} from "../../coverage/node/profile_directory.ts";
import { spillDirectory } from "../../coverage/node/profile_store.ts";
import { removeIfThere } from "../../file_system.ts";
import { Failure, fileFailure } from "../failure.ts";

const LOCK = "run.lock";

export interface RunDirectory {
  /** Absolute path. */
  readonly path: string;
  /** Unlocks the directory, when the run is over. */
  release(): void;
}

/**
 * Creates the directory, and removes the profiles of earlier runs from it.
 *
 * @param clean whether to remove what earlier runs left; otherwise this run adds to it
 * @throws {Failure} it cannot be written, or another run is using it
 */
export function prepareRunDirectory(directory: string, clean: boolean): RunDirectory {
  const path = resolve(directory);
  const lock = join(path, LOCK);
  try {
    makeDirectory(path);
    if (!clean) return { path, release: () => {} };
    takeRunLock(path, lock);
    removeProfiles(path);
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw fileFailure("write", path, error);
  }
  return { path, release: () => removeIfThere(lock) };
}

/** Creates a directory. On a read-only file system, the recursive form reports ENOENT, which would be misleading. */
function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") mkdirSync(path);
    throw error;
  }
}

/** Removes only profiles and what belongs to them: the directory may contain other things. */
function removeProfiles(path: string): void {
  for (const name of readdirSync(path)) {
    const isOurs = [PROFILE_EXTENSION, COUNTS_EXTENSION, BEGUN_EXTENSION, ".tmp"].some((extension) =>
      name.endsWith(extension),
    );
    if (isOurs) rmSync(join(path, name), { force: true });
  }
  rmSync(join(path, MODULES_DIRECTORY), { recursive: true, force: true });
  // Files that an earlier run could not write here.
  rmSync(spillDirectory(path), { recursive: true, force: true });
}

function takeRunLock(path: string, lock: string): void {
  try {
    writeFileSync(lock, `${process.pid}`, { flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
      // The file may have been created, but not written.
      removeIfThere(lock);
      throw error;
    }
    const holder = Number.parseInt(readFileSync(lock, "utf8"), 10);
    if (isAlive(holder)) {
      throw new Failure(
        `${path} belongs to a run that is still going on (process ${holder}): give another --temp-directory, or --no-clean to add to it`,
      );
    }
    rmSync(lock, { force: true });
    takeRunLock(path, lock);
  }
}
