/**
 * Instrumented modules on disk, keyed by what they were made from: the module's content, the options, the pass, and the
 * engine. Processes that load the same module instrument it once, whether they are test runs, traces or fuzz campaigns.
 * Errors of the cache are not failures: modules are then instrumented again.
 */

import { readdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeIfThere } from "../file_system.ts";
import { sha256Hex, uniqueName } from "./content.ts";
import { isPrivate, preparePrivateDirectory } from "./directory.ts";
import { type CachedModule, decodeEntry, encodeEntry } from "./entry.ts";
import { PASS_FINGERPRINT } from "./fingerprint.ts";

/** Folder for modules in the cache's directory. */
const FOLDER = "modules";
/** Extension of an entry. */
const EXTENSION = ".entry";
/** Use of an entry updates its time, but not more often than this. */
const TOUCH_AFTER_MS = 60_000;
/** What a killed writer left behind is removed after this time. */
const STALE_AFTER_MS = 3_600_000;

/** 1 GiB: a few hundred large modules. */
export const DEFAULT_CACHE_BYTES: number = 2 ** 30;

/** What the cache holds. */
export interface CacheStats {
  readonly directory: string;
  readonly entries: number;
  readonly bytes: number;
  readonly maxBytes: number;
}

export class ModuleCache {
  readonly directory: string;
  readonly #folder: string;
  readonly #maxBytes: number;

  /**
   * @param directory created when there is something to keep
   * @param maxBytes above this, the least recently used entries are removed
   */
  constructor(directory: string, maxBytes: number = DEFAULT_CACHE_BYTES) {
    this.directory = directory;
    this.#folder = join(directory, FOLDER);
    this.#maxBytes = maxBytes;
  }

  /** The entry with this key, if there is one. */
  find(key: string): CachedModule | undefined {
    const path = this.pathOf(key);
    try {
      if (!isPrivate(this.#folder)) return undefined;
      const { buffer, byteOffset, length } = readFileSync(path);
      const entry = decodeEntry(new Uint8Array(buffer as ArrayBuffer, byteOffset, length));
      if (entry !== undefined) touch(path);
      return entry;
    } catch {
      return undefined;
    }
  }

  /** Stores an entry. @returns whether it is in the cache now */
  keep(key: string, module: CachedModule): boolean {
    return this.keepEntry(key, encodeEntry(module));
  }

  /** The same for an entry as it is written. */
  keepEntry(key: string, entry: Uint8Array): boolean {
    if (!preparePrivateDirectory(this.directory) || !preparePrivateDirectory(this.#folder)) return false;
    const path = this.pathOf(key);
    const temporary = `${path}.${uniqueName()}.tmp`;
    try {
      writeFileSync(temporary, entry, { flag: "wx", mode: 0o600 });
      renameSync(temporary, path);
      this.#evict(path);
      return true;
    } catch {
      removeIfThere(temporary);
      return false;
    }
  }

  /** Path of a key's entry. */
  pathOf(key: string): string {
    return join(this.#folder, `${key}${EXTENSION}`);
  }

  stats(): CacheStats {
    const files = this.#files();
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return { directory: this.directory, entries: files.length, bytes, maxBytes: this.#maxBytes };
  }

  /** Removes all modules. @returns what the cache held */
  clear(): CacheStats {
    const before = this.stats();
    removeIfThere(this.#folder, true);
    return before;
  }

  /** Removes the least recently used entries. @param kept the one written last, which stays even if it is too large */
  #evict(kept: string): void {
    const files = this.#files();
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    if (bytes <= this.#maxBytes) return;
    for (const file of files.sort((a, b) => a.usedMs - b.usedMs)) {
      if (file.path === kept) continue;
      removeIfThere(file.path);
      bytes -= file.bytes;
      if (bytes <= this.#maxBytes) return;
    }
  }

  /** Entries, and what killed writers left behind. */
  #files(): { path: string; bytes: number; usedMs: number }[] {
    return listNames(this.#folder).flatMap((name) => {
      const path = join(this.#folder, name);
      try {
        const { size, mtimeMs } = statSync(path);
        if (name.endsWith(EXTENSION)) return [{ path, bytes: size, usedMs: mtimeMs }];
        if (Date.now() - mtimeMs > STALE_AFTER_MS) removeIfThere(path, true);
      } catch {
        // Another process has removed it.
      }
      return [];
    });
  }
}

/**
 * The key of a module.
 *
 * @param sha256 that of the original, in hexadecimal
 * @param options how it is instrumented
 */
export function cacheKey(sha256: string, options: object): string {
  // The engine decides which link is the default and which modules are valid.
  const { v8 } = process.versions;
  return sha256Hex(JSON.stringify([sha256, sorted(options), PASS_FINGERPRINT, v8]));
}

/** Options in a canonical order, whatever the order of their properties. */
function sorted(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => [name, sorted(each)]);
}

function touch(path: string): void {
  try {
    const now = Date.now();
    if (now - statSync(path).mtimeMs > TOUCH_AFTER_MS) utimesSync(path, now / 1000, now / 1000);
  } catch {
    // Then the entry is removed earlier than necessary.
  }
}

function listNames(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
