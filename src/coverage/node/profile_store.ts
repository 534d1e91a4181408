/**
 * Where a process stores its counts. They must not be lost if a disk is full or a directory cannot be written: then
 * they go to a directory of this user's in the temporary directory, where readers of the first directory look, too.
 */

import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { sha256, sha256Hex } from "../../cache/content.ts";
import { preparePrivateDirectory } from "../../cache/directory.ts";
import { removeIfThere } from "../../file_system.ts";
import { encodeProfile, type ProcessRecord, type StoredModule } from "../profile/format.ts";
import {
  BEGUN_EXTENSION,
  type BegunProcess,
  keepByContent,
  originalPath,
  PROFILE_EXTENSION,
  pcTablePath,
  writeAtomically,
} from "./profile_directory.ts";

/** The substitute for a directory that cannot be written. */
export function spillDirectory(directory: string): string {
  const user = process.getuid?.() ?? "user";
  return join(tmpdir(), `wasm-kcov-${user}-${sha256Hex(resolve(directory)).slice(0, 16)}`);
}

export class ProfileStore {
  readonly #directory: string;
  readonly #say: (line: string) => void;
  #spilled: string | undefined;

  /** @param say called with a line when something could not be written where it belongs */
  constructor(directory: string, say: (line: string) => void) {
    this.#directory = resolve(directory);
    this.#say = say;
  }

  /** Stores an original. */
  keepOriginal(hash: string, bytes: Uint8Array): void {
    this.#write((directory) => keepByContent(originalPath(directory, hash), bytes));
  }

  /** Stores a pc table. @returns its SHA-256 */
  keepPcTable(bytes: Uint8Array): string {
    const hash = sha256Hex(bytes);
    this.#write((directory) => keepByContent(pcTablePath(directory, hash), bytes));
    return hash;
  }

  /** Notes that the process has something to count. */
  begin(name: string, record: BegunProcess): void {
    this.#write((directory) => writeAtomically(join(directory, name + BEGUN_EXTENSION), JSON.stringify(record)));
  }

  /** Writes the profile, replacing an earlier one of the same name. */
  finish(name: string, record: ProcessRecord, modules: readonly StoredModule[]): void {
    const profile = encodeProfile({ process: record, modules }, sha256);
    this.#write((directory) => writeAtomically(join(directory, name + PROFILE_EXTENSION), profile));
    for (const directory of [this.#directory, this.#spilled]) {
      if (directory !== undefined) removeIfThere(join(directory, name + BEGUN_EXTENSION));
    }
  }

  #write(write: (directory: string) => void): void {
    if (this.#spilled === undefined) {
      try {
        write(this.#directory);
        return;
      } catch (error) {
        this.#spill(error);
      }
    }
    try {
      write(this.#spilled ?? this.#directory);
    } catch (error) {
      this.#say(`process ${process.pid}: part of its coverage is lost: ${(error as Error).message}`);
    }
  }

  #spill(error: unknown): void {
    const directory = spillDirectory(this.#directory);
    this.#spilled = preparePrivateDirectory(directory) ? directory : undefined;
    const where = this.#spilled === undefined ? "" : `; what process ${process.pid} counts goes to ${directory}`;
    this.#say(`cannot write to ${this.#directory}: ${(error as Error).message}${where}`);
  }
}
