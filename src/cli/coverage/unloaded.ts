/** `--all`: modules that match but were never loaded. They count as 0. */

import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256Hex } from "../../cache/content.ts";
import { defaultCacheDirectory } from "../../cache/directory.ts";
import { instrumentApart } from "../../cache/instrument_apart.ts";
import { ModuleCache } from "../../cache/module_cache.ts";
import { countingFor, storageFor } from "../../coverage/node/collector_options.ts";
import type { ModuleFilter } from "../../coverage/node/module_filter.ts";
import { MODULES_DIRECTORY } from "../../coverage/node/profile_directory.ts";
import type { OnProblem } from "../../coverage/profile/merge.ts";
import type { ModuleProfile } from "../../coverage/profile/profile.ts";
import { readPcTable } from "../../instrument/read_pc_table.ts";

const PROGRAM = fileURLToPath(new URL("../../cache/instrument_main.js", import.meta.url));

/**
 * Finds modules in a directory and below it.
 *
 * @param known SHA-256 of modules that were loaded
 */
export function unloadedModules(
  root: string,
  filter: ModuleFilter,
  known: ReadonlySet<string>,
  onProblem: OnProblem,
): ModuleProfile[] {
  const cache = new ModuleCache(defaultCacheDirectory());
  const { options } = countingFor({ hits: false }, storageFor(false));
  const found = new Map<string, ModuleProfile>();
  for (const path of findModules(root, filter)) {
    const original = new Uint8Array(readFileSync(path));
    const sha256 = sha256Hex(original);
    if (known.has(sha256) || found.has(sha256)) continue;
    const { binary, notes } = instrumentApart(cache, { binary: original, sha256, options }, PROGRAM);
    if (binary === undefined) onProblem(`${path} is not counted: ${notes[0] ?? "it is not a valid module"}`);
    else found.set(sha256, profileOf(path, sha256, original, binary));
  }
  return [...found.values()];
}

function profileOf(path: string, sha256: string, original: Uint8Array, binary: Uint8Array<ArrayBuffer>): ModuleProfile {
  const pcTable = readPcTable(binary);
  return {
    sha256,
    name: basename(path),
    locations: [path],
    scripts: [],
    bytes: original.length,
    kind: "counts",
    pcTable,
    counts: new BigUint64Array(pcTable.sites.length),
    original: async () => original,
  };
}

/** Folders to skip: copies of modules that this library keeps, and Git's data. */
const SKIPPED = new Set([MODULES_DIRECTORY, ".git"]);

function* findModules(directory: string, filter: ModuleFilter): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) yield* findModules(path, filter);
    else if (entry.isFile() && entry.name.endsWith(".wasm") && filter.includes({ path })) yield path;
  }
}
