/**
 * Instrumented modules on disk, by what they were made from: the module's content, the options, the pass, the engine.
 * Processes that load the same module make it once, whatever they are: test runs, traces, campaigns of a fuzzer.
 * Whatever is wrong with the cache is no failure: modules are instrumented then.
 */

import { readdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeIfThere } from "../file_system.ts";
import type { InstrumentOptions } from "../instrument/options.ts";
import { sha256Hex, uniqueName } from "./content.ts";
import { isPrivate, preparePrivateDirectory } from "./directory.ts";
import { type CachedModule, decodeEntry, encodeEntry } from "./entry.ts";
import { PASS_FINGERPRINT } from "./fingerprint.ts";

/** Folder of the modules in the cache's directory. */
const FOLDER = "modules";
/** Extension of an entry. */
const EXTENSION = ".entry";
/** An entry that was used counts as new; but not every use need write that down. */
const TOUCH_AFTER_MS = 60_000;
/** What a writer that was killed leaves behind goes after this time. */
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
   * @param directory made when there is something to keep
   * @param maxBytes above this, what was not used for the longest time goes
   */
  constructor(directory: string, maxBytes: number = DEFAULT_CACHE_BYTES) {
    this.directory = directory;
    this.#folder = join(directory, FOLDER);
    this.#maxBytes = maxBytes;
  }

  /** What became of the module of this key, if it is there. */
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

  /** @returns whether it is there now */
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

  /** Where the entry of a key is. */
  pathOf(key: string): string {
    return join(this.#folder, `${key}${EXTENSION}`);
  }

  stats(): CacheStats {
    const files = this.#files();
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    return { directory: this.directory, entries: files.length, bytes, maxBytes: this.#maxBytes };
  }

  /** Removes all modules. @returns what there was */
  clear(): CacheStats {
    const before = this.stats();
    removeIfThere(this.#folder, true);
    return before;
  }

  /** @param kept the entry that was written last, which stays however large it is */
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

  /** Entries, and what writers left behind that were killed. */
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
 * @param sha256 of the original, in hexadecimal
 * @param options how it is instrumented: {@link InstrumentOptions}, or what makes a module that these do not
 */
export function cacheKey(sha256: string, options: object): string {
  // The engine decides which link is the default and which modules are valid.
  const { v8 } = process.versions;
  return sha256Hex(JSON.stringify([sha256, sorted(options), PASS_FINGERPRINT, v8]));
}

/** Options in one order, however they are listed. */
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
    // Then it goes earlier than it might.
  }
}

function listNames(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
