/** Reading directories of profiles. What cannot be read is said in a line, and the rest is kept. */

import { readdirSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256, sha256Hex } from "../../cache/content.ts";
import type { PcTable } from "../../instrument/pc_table.ts";
import { decodePcTable } from "../../instrument/pc_table_format.ts";
import { CountsError } from "../profile/counts.ts";
import { decodeProfile, type ProcessRecord, ProfileError } from "../profile/format.ts";
import type { StoredMemoryError } from "../profile/memory_error.ts";
import { type MergedModule, type OnProblem, profileOfModule, StoredMerger } from "../profile/merge.ts";
import type { ModuleProfile, Profile } from "../profile/profile.ts";
import {
  BEGUN_EXTENSION,
  type BegunProcess,
  MODULES_DIRECTORY,
  originalPath,
  PROFILE_EXTENSION,
  pcTablePath,
} from "./profile_directory.ts";

/** What directories of profiles hold together. */
export interface ReadProfiles extends Profile {
  /** Files that were read. */
  readonly files: number;
  /** Processes that began to count and left no profile: they were killed, or still run. */
  readonly unfinished: readonly BegunProcess[];
  /** What processes did not cover, and why: a line each, with how many processes say so. */
  readonly notes: ReadonlyMap<string, number>;
  /** Modules that the run was not about, by the places that they were loaded from. */
  readonly leftOut: ReadonlySet<string>;
  /** What processes found with `--sanitize`; of equal ones one. */
  readonly memoryErrors: readonly StoredMemoryError[];
}

/** A file or directory that cannot be read, in words. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or directory",
  ENOTDIR: "it is no directory",
  EACCES: "permission denied",
};

/**
 * Reads and merges all profiles of the directories. A directory without profiles of its own stands for the directories
 * in it, such as one a shard of a CI run.
 *
 * @param onProblem told, in a line each, what could not be read and was left out
 */
export async function readProfiles(
  directories: readonly string[],
  onProblem: OnProblem = () => {},
): Promise<ReadProfiles> {
  const merger = new StoredMerger();
  const notes = new Map<string, number>();
  const leftOut = new Set<string>();
  const found = directories.flatMap((directory) => findDirectories(directory, onProblem));
  const unfinished: BegunProcess[] = [];
  const memoryErrors = new Map<string, StoredMemoryError>();
  let files = 0;
  for (const { directory, names } of found) {
    for (const name of names.filter((each) => each.endsWith(PROFILE_EXTENSION))) {
      const record = addFile(merger, join(directory, name), onProblem);
      if (record === undefined) continue;
      files++;
      for (const note of record.notes) notes.set(note, (notes.get(note) ?? 0) + 1);
      for (const place of record.leftOut) leftOut.add(place);
      for (const error of record.memoryErrors ?? []) memoryErrors.set(JSON.stringify(error), error);
    }
    unfinished.push(...readUnfinished(directory, names));
  }
  const places = found.map(({ directory }) => directory);
  const modules = merger
    .finish()
    .map((module) => finishModule(module, places, onProblem))
    .filter((module) => module !== undefined);
  return { modules, files, unfinished, notes, leftOut, memoryErrors: [...memoryErrors.values()] };
}

interface Found {
  readonly directory: string;
  readonly names: readonly string[];
}

/** How far down directories of shards are looked for. */
const DEPTH = 3;

function findDirectories(directory: string, onProblem: OnProblem, depth: number = DEPTH): Found[] {
  let names: string[];
  let folders: string[];
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    names = entries.map(({ name }) => name).sort();
    folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    onProblem(`cannot read ${directory}: ${reasonOf(error)}`);
    return [];
  }
  if (depth === 0 || folders.includes(MODULES_DIRECTORY) || names.some(isOurs)) return [{ directory, names }];
  return folders.flatMap((folder) => findDirectories(join(directory, folder), onProblem, depth - 1));
}

function isOurs(name: string): boolean {
  return name.endsWith(PROFILE_EXTENSION) || name.endsWith(BEGUN_EXTENSION);
}

/** @returns what the process says of itself; undefined if the file could not be added */
function addFile(merger: StoredMerger, path: string, onProblem: OnProblem): ProcessRecord | undefined {
  try {
    const stored = decodeProfile(readFileSync(path), sha256);
    merger.add(stored);
    return stored.process;
  } catch (error) {
    const known = error instanceof ProfileError || error instanceof CountsError;
    onProblem(`${path} left out: ${known ? error.message : reasonOf(error)}`);
    return undefined;
  }
}

/** Processes that began and whose profile is not there. */
function readUnfinished(directory: string, names: readonly string[]): BegunProcess[] {
  const all = new Set(names);
  return names
    .filter((name) => name.endsWith(BEGUN_EXTENSION))
    .filter((name) => !all.has(name.replace(BEGUN_EXTENSION, PROFILE_EXTENSION)))
    .flatMap((name) => {
      try {
        return [JSON.parse(readFileSync(join(directory, name), "utf8")) as BegunProcess];
      } catch {
        // It has ended in this moment, or was killed before the file was whole: its number is in the name.
        return [{ pid: Number.parseInt(name, 10), command: "" }];
      }
    });
}

function finishModule(
  module: MergedModule,
  directories: readonly string[],
  onProblem: OnProblem,
): ModuleProfile | undefined {
  const pcTables = new Map<string, PcTable>();
  for (const { pcTable: hash, files } of module.parts) {
    try {
      const bytes = readKept(directories, (directory) => pcTablePath(directory, hash), hash);
      pcTables.set(hash, decodePcTable(bytes));
    } catch (error) {
      const profiles = files === 1 ? "a profile" : `${files} profiles`;
      onProblem(`${profiles} of ${module.name} left out: its pc table ${hash}: ${reasonOf(error)}`);
    }
  }
  const original = async (): Promise<Uint8Array> => readOriginal(directories, module);
  try {
    return profileOfModule(module, pcTables, original, onProblem);
  } catch (error) {
    onProblem(`the counts of ${module.name} left out: ${(error as Error).message}`);
    return undefined;
  }
}

/** The first copy that is what its name says. */
function readKept(directories: readonly string[], pathIn: (directory: string) => string, hash: string): Uint8Array {
  let failure: unknown = new Error("there are no directories");
  for (const directory of directories) {
    try {
      const bytes = readFileSync(pathIn(directory));
      if (sha256Hex(bytes) === hash) return bytes;
      failure = new Error(`${pathIn(directory)} is damaged`);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** @throws {Error} the original is not there, or not the one that was loaded */
async function readOriginal(directories: readonly string[], { sha256: hash, name }: MergedModule): Promise<Uint8Array> {
  for (const directory of directories) {
    const bytes = await readFile(originalPath(directory, hash)).catch(() => undefined);
    if (bytes !== undefined && sha256Hex(bytes) === hash) return bytes;
  }
  throw new Error(`the original of ${name} is missing: modules/${hash}.wasm`);
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ""] ?? message;
}
