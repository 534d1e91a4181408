/** Files of a campaign: inputs and findings. A file appears whole or not at all, whenever the process is killed. */

import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Suffix of files that are being written, which are skipped when a corpus is read. */
const TEMPORARY = ".wasm-kcov.tmp";

/**
 * Writes a file by renaming a complete one. With `durable` it survives a power failure, too; that takes milliseconds,
 * which is worthwhile for findings, but not for what can be found again.
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
    // On a full disk, half of a file would only take up space.
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** An input that was read from a file. */
export interface InputFile {
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Called for each entry that is skipped, with the reason. */
export type OnSkip = (path: string, reason: string) => void;

/**
 * Lists the files of directories and their subdirectories, each directory ordered by name. Skips what is not a regular
 * file (reading a pipe could wait forever), what cannot be read, and what leads in a circle.
 */
export function listFiles(directories: readonly string[], onSkip: OnSkip = () => {}): string[] {
  const visited = new Set<string>();
  return directories.flatMap((directory) => listDirectory(directory, visited, onSkip));
}

function listDirectory(directory: string, visited: Set<string>, onSkip: OnSkip): string[] {
  try {
    const real = realpathSync(directory);
    if (visited.has(real)) {
      onSkip(directory, `it is ${real} again`);
      return [];
    }
    visited.add(real);
    const names = readdirSync(directory).sort();
    return names.flatMap((name) => (name.endsWith(TEMPORARY) ? [] : listEntry(join(directory, name), visited, onSkip)));
  } catch (error) {
    onSkip(directory, (error as Error).message);
    return [];
  }
}

function listEntry(path: string, visited: Set<string>, onSkip: OnSkip): string[] {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    // Other processes may remove files of the same corpus.
    if (stats === undefined) return [];
    if (stats.isDirectory()) return listDirectory(path, visited, onSkip);
    if (stats.isFile()) return [path];
    onSkip(path, "it is not a regular file");
  } catch (error) {
    onSkip(path, (error as Error).message);
  }
  return [];
}

/** Reads inputs. Skips files that cannot be read, or are gone: other processes may remove files of the same corpus. */
export function readInputs(paths: readonly string[], onSkip: OnSkip = () => {}): InputFile[] {
  return paths.flatMap((path) => {
    try {
      return [{ path, bytes: new Uint8Array(readFileSync(path)) }];
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT") onSkip(path, message);
      return [];
    }
  });
}

export function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Creates the directory in which files with a given prefix of their path will be. */
export function makeDirectoryOf(prefix: string): void {
  mkdirSync(dirname(`${prefix}x`), { recursive: true });
}

export function removeFile(path: string): void {
  rmSync(path, { force: true });
}
