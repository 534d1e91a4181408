/** Reads directories of profiles, and single files. What cannot be read is reported in a line, and the rest is used. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hasMagic } from "../../binary_format.ts";
import { sha256 } from "../../cache/content.ts";
import { isFile } from "../../file_system.ts";
import type { PcTable } from "../../instrument/pc_table.ts";
import { CountsError } from "../profile/counts.ts";
import { decodeProfile, type ProcessRecord, ProfileError } from "../profile/format.ts";
import type { StoredMemoryError } from "../profile/memory_error.ts";
import { type MergedModule, type OnProblem, profileOfModule, StoredMerger } from "../profile/merge.ts";
import type { ModuleProfile, Profile } from "../profile/profile.ts";
import { decodeStandaloneProfile, isStandaloneProfile, storedFromStandalone } from "../profile/standalone.ts";
import { KeptFiles } from "./kept_files.ts";
import {
  BEGUN_EXTENSION,
  type BegunProcess,
  COUNTS_EXTENSION,
  MODULES_DIRECTORY,
  PROFILE_EXTENSION,
} from "./profile_directory.ts";

/** The contents of directories of profiles, merged. */
export interface ReadProfiles extends Profile {
  /** Number of files that were read. */
  readonly files: number;
  /** Processes that began to count but left no profile: they were killed, or still run. */
  readonly unfinished: readonly BegunProcess[];
  /** What processes did not cover, and why: one line each, with the number of processes that report it. */
  readonly notes: ReadonlyMap<string, number>;
  /** Modules that the run did not cover, by the places from which they were loaded. */
  readonly leftOut: ReadonlySet<string>;
  /** Memory errors that processes found with `--sanitize`, without duplicates. */
  readonly memoryErrors: readonly StoredMemoryError[];
}

/** Reasons why a file or directory cannot be read, in words. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or directory",
  ENOTDIR: "it is not a directory",
  EACCES: "permission denied",
};

/**
 * Reads and merges all profiles in the directories. A directory without profiles of its own stands for its
 * subdirectories, such as one per shard of a CI run. The places may also be files: profiles, and the modules, original
 * and instrumented, to which profiles of standalone modules refer.
 *
 * @param onProblem called with a line about each thing that could not be read and was left out
 */
export async function readProfiles(places: readonly string[], onProblem: OnProblem = () => {}): Promise<ReadProfiles> {
  const merger = new StoredMerger();
  const notes = new Map<string, number>();
  const leftOut = new Set<string>();
  const files = places.filter(isFile);
  const found = places
    .filter((place) => !files.includes(place))
    .flatMap((directory) => findDirectories(directory, onProblem));
  const kept = new KeptFiles(found.map(({ directory }) => directory));
  const single = files.filter((path) => !giveModule(kept, path, onProblem));
  const inDirectories = found.flatMap(({ directory, names }) =>
    names.filter(isProfile).map((name) => join(directory, name)),
  );
  const unknown = new Map<string, string[]>();
  const memoryErrors = new Map<string, StoredMemoryError>();
  let count = 0;
  for (const path of [...single, ...inDirectories]) {
    const record = addFile({ merger, kept, unknown }, path, onProblem);
    if (record === undefined) continue;
    count++;
    for (const note of record.notes) notes.set(note, (notes.get(note) ?? 0) + 1);
    for (const place of record.leftOut) leftOut.add(place);
    for (const error of record.memoryErrors ?? []) memoryErrors.set(JSON.stringify(error), error);
  }
  for (const paths of unknown.values()) onProblem(aboutUnknown(paths));
  const unfinished = found.flatMap(({ directory, names }) => readUnfinished(directory, names));
  const modules = merger
    .finish()
    .map((module) => finishModule(module, kept, onProblem))
    .filter((module) => module !== undefined);
  return { modules, files: count, unfinished, notes, leftOut, memoryErrors: [...memoryErrors.values()] };
}

/** Adds a file if it is a module. @returns whether it is a module, or cannot be read */
function giveModule(kept: KeptFiles, path: string, onProblem: OnProblem): boolean {
  try {
    const bytes = new Uint8Array(readFileSync(path));
    if (!hasMagic(bytes)) return false;
    kept.give(path, bytes);
  } catch (error) {
    onProblem(`${path} left out: ${reasonOf(error)}`);
  }
  return true;
}

interface ProfileDirectory {
  readonly directory: string;
  readonly names: readonly string[];
}

/** How many levels of directories of shards are searched. */
const DEPTH = 3;

function findDirectories(directory: string, onProblem: OnProblem, depth: number = DEPTH): ProfileDirectory[] {
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
  return isProfile(name) || name.endsWith(BEGUN_EXTENSION);
}

function isProfile(name: string): boolean {
  return name.endsWith(PROFILE_EXTENSION) || name.endsWith(COUNTS_EXTENSION);
}

interface ProfileReading {
  readonly merger: StoredMerger;
  readonly kept: KeptFiles;
  /** Profiles of unknown standalone modules, by their pc tables. */
  readonly unknown: Map<string, string[]>;
}

/** Adds a profile. @returns what the process recorded about itself; undefined if the file could not be added */
function addFile(reading: ProfileReading, path: string, onProblem: OnProblem): AboutProcess | undefined {
  try {
    const bytes = readFileSync(path);
    if (isStandaloneProfile(bytes)) return addStandalone(reading, path, bytes);
    const stored = decodeProfile(bytes, sha256);
    reading.merger.add(stored);
    return stored.process;
  } catch (error) {
    const known = error instanceof ProfileError || error instanceof CountsError;
    onProblem(`${path} left out: ${known ? error.message : reasonOf(error)}`);
    return undefined;
  }
}

type AboutProcess = Pick<ProcessRecord, "notes" | "leftOut" | "memoryErrors">;

function addStandalone(
  { merger, kept, unknown }: ProfileReading,
  path: string,
  bytes: Uint8Array,
): AboutProcess | undefined {
  const profile = decodeStandaloneProfile(bytes);
  let table: PcTable;
  try {
    table = kept.pcTable(profile.pcTable);
  } catch {
    unknown.set(profile.pcTable, [...(unknown.get(profile.pcTable) ?? []), path]);
    return undefined;
  }
  merger.add({ modules: [storedFromStandalone(profile, table, kept.originOf(profile.pcTable, table))] });
  return { notes: table.counters === "8bit" ? [WRAPPING] : [], leftOut: [] };
}

function aboutUnknown([first = "", ...more]: readonly string[]): string {
  const what = more.length === 0 ? first : `${first} and ${more.length} more`;
  return `${what} left out: the module is not known; give the instrumented one and the original, too`;
}

const WRAPPING = "8-bit counters wrap: what ran 256 times, or a multiple of that, may seem not to have run";

/** Processes that began but have no profile. */
function readUnfinished(directory: string, names: readonly string[]): BegunProcess[] {
  const all = new Set(names);
  return names
    .filter((name) => name.endsWith(BEGUN_EXTENSION))
    .filter((name) => !all.has(name.replace(BEGUN_EXTENSION, PROFILE_EXTENSION)))
    .flatMap((name) => {
      try {
        return [JSON.parse(readFileSync(join(directory, name), "utf8")) as BegunProcess];
      } catch {
        // It has just ended, or was killed before the file was complete: its process id is in the name.
        return [{ pid: Number.parseInt(name, 10), command: "" }];
      }
    });
}

function finishModule(module: MergedModule, kept: KeptFiles, onProblem: OnProblem): ModuleProfile | undefined {
  const pcTables = new Map<string, PcTable>();
  for (const { pcTable: hash, files } of module.parts) {
    try {
      pcTables.set(hash, kept.pcTable(hash));
    } catch (error) {
      const profiles = files === 1 ? "a profile" : `${files} profiles`;
      onProblem(`${profiles} of ${module.name} left out: its pc table ${hash}: ${reasonOf(error)}`);
    }
  }
  try {
    return profileOfModule(module, pcTables, () => kept.original(module), onProblem);
  } catch (error) {
    onProblem(`the counts of ${module.name} left out: ${(error as Error).message}`);
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ""] ?? message;
}
