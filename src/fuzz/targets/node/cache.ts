/** Instrumented modules on disk, by what they were made from, so that a campaign of many processes makes them once. */

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { InstrumentOptions } from "../../../instrument/index.ts";
import type { Pass } from "../prepare.ts";

/** `$XDG_CACHE_HOME/wasm-kcov`, by default in the home directory. */
export function defaultCacheDirectory(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "wasm-kcov");
}

/** Whatever is wrong with the cache is no failure: modules are instrumented then. */
export class ModuleCache {
  readonly #directory: string;
  readonly #pass = fingerprintOfPass();

  /** @param directory made if it is not there */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** What became of a module with these options, if it is there. */
  find(...instrumented: Parameters<Pass>): Uint8Array<ArrayBuffer> | undefined {
    return readEntry(this.#pathOf(...instrumented));
  }

  keep(instrumented: Parameters<Pass>, made: Uint8Array): void {
    writeEntry(this.#pathOf(...instrumented), this.#directory, made);
  }

  #pathOf(binary: Uint8Array, options: InstrumentOptions): string {
    return join(this.#directory, keyOf(binary, options, this.#pass));
  }
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
