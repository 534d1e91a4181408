/** Files of a campaign: inputs, and what was found. A file appears whole or not at all, whenever the process is killed. */

import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Ending of files that are being written. A corpus that is read has none of them. */
const TEMPORARY = ".wasm-kcov.tmp";

/**
 * Writes a file by renaming a complete one. With `durable` it survives a power failure too; that takes milliseconds,
 * which what was found is worth and what can be found again is not.
 */
export function writeAtomically(path: string, bytes: Uint8Array, durable: boolean): void {
  const temporary = `${path}.${process.pid}${TEMPORARY}`;
  const fd = openSync(temporary, "w");
  try {
    try {
      for (let rest = bytes; rest.length > 0; ) rest = rest.subarray(writeSync(fd, rest));
      if (durable) fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    // Half of a file on a full disk is in the way of others.
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** An input in a file. */
export interface InputFile {
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The files of directories and their subdirectories, each directory in the order of names. Unreadable ones are left out. */
export function listFiles(directories: readonly string[]): string[] {
  return directories.flatMap((directory) => {
    const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
    return entries.flatMap((entry) => {
      const path = join(directory, entry.name);
      if (isDirectory(path)) return listFiles([path]);
      return entry.name.endsWith(TEMPORARY) ? [] : [path];
    });
  });
}

/** Reads inputs; a file that is gone by now is left out: others may tidy the same corpus. */
export function readInputs(paths: readonly string[]): InputFile[] {
  return paths.flatMap((path) => {
    try {
      return [{ path, bytes: new Uint8Array(readFileSync(path)) }];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  });
}

export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Makes the directory that a prefix of names points into. */
export function makeDirectoryOf(prefix: string): void {
  mkdirSync(dirname(`${prefix}x`), { recursive: true });
}

export function removeFile(path: string): void {
  rmSync(path, { force: true });
}
