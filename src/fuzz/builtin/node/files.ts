/** Files of a campaign: inputs, and what was found. A file appears whole or not at all, whenever the process is killed. */

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

/** Called for each entry that is left out, with the reason. */
export type OnSkip = (path: string, reason: string) => void;

/**
 * The files of directories and their subdirectories, each directory in the order of names. What is no file (a pipe would
 * be waited for without end), what cannot be read and what leads in a circle is left out.
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
    // Others may tidy the same corpus.
    if (stats === undefined) return [];
    if (stats.isDirectory()) return listDirectory(path, visited, onSkip);
    if (stats.isFile()) return [path];
    onSkip(path, "it is no file");
  } catch (error) {
    onSkip(path, (error as Error).message);
  }
  return [];
}

/** Reads inputs. A file that is gone by now is left out: others may tidy the same corpus; one that cannot be read, too. */
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

/** Makes the directory that a prefix of names points into. */
export function makeDirectoryOf(prefix: string): void {
  mkdirSync(dirname(`${prefix}x`), { recursive: true });
}

export function removeFile(path: string): void {
  rmSync(path, { force: true });
}
