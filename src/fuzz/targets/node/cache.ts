/** Instrumented modules on disk, by what they were made from, so that a campaign of many processes makes them once. */

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type InstrumentOptions, instrument } from "../../../instrument/index.ts";
import type { Instrumenter } from "../prepare.ts";

/** `$XDG_CACHE_HOME/wasm-kcov`, by default in the home directory. */
export function defaultCacheDirectory(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "wasm-kcov");
}

/**
 * Instruments with a cache. Whatever is wrong with the cache is no failure: the module is instrumented then.
 *
 * @param directory made if it is not there
 */
export function cachingInstrumenter(directory: string): Instrumenter {
  const pass = fingerprintOfPass();
  return (binary, options) => {
    const path = join(directory, keyOf(binary, options, pass));
    const cached = readEntry(path);
    if (cached) return cached;
    const { binary: made } = instrument(binary, options);
    writeEntry(path, directory, made);
    return made;
  };
}

/** The options are those of this library's own callers, which always list them in the same order. */
function keyOf(binary: Uint8Array, options: InstrumentOptions, pass: string): string {
  const engine = process.versions.v8;
  return createHash("sha256")
    .update(JSON.stringify([options, pass, engine]))
    .update(binary)
    .digest("hex");
}

/** What the output depends on besides: the version alone would not tell apart the states of a checkout. */
function fingerprintOfPass(): string {
  const hash = createHash("sha256");
  for (const folder of ["abi", "hooks", "instrument"]) {
    const url = new URL(`../../../${folder}/`, import.meta.url);
    for (const file of readdirSync(url).sort()) {
      const { size, mtimeMs } = statSync(new URL(file, url));
      hash.update(JSON.stringify([file, size, mtimeMs]));
    }
  }
  return hash.update(readFileSync(new URL("../../../../package.json", import.meta.url))).digest("hex");
}

const HASH_BYTES = 32;

/** An entry is the hash of the module, and the module. */
function readEntry(path: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const entry = new Uint8Array(readFileSync(path));
    const module = entry.slice(HASH_BYTES);
    return hashOf(module).equals(entry.subarray(0, HASH_BYTES)) ? module : undefined;
  } catch {
    return undefined;
  }
}

/** Other processes see the entry when it is whole, or not at all. */
function writeEntry(path: string, directory: string, module: Uint8Array): void {
  const temporary = `${path}.${process.pid}.${performance.now()}`;
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(temporary, Buffer.concat([hashOf(module), module]));
    renameSync(temporary, path);
  } catch {
    removeIfThere(temporary);
  }
}

function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Nothing was made there.
  }
}

function hashOf(module: Uint8Array): Buffer {
  return createHash("sha256").update(module).digest();
}
