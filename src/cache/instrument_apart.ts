/**
 * Instruments modules that are not in the cache in a separate process, while the caller waits synchronously: a program
 * that loads a module cannot await promises. It also keeps Binaryen, which takes a second and some hundred megabytes,
 * out of the program.
 */

import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import type { InstrumentOptions } from "../instrument/options.ts";
import { preparePrivateDirectory } from "./directory.ts";
import { type CachedModule, decodeEntry } from "./entry.ts";
import { releaseLock, takeLock, waitABit } from "./lock.ts";
import { cacheKey, type ModuleCache } from "./module_cache.ts";

/** The process's parameters; it gets the module on its standard input. */
export interface InstrumentRequest {
  readonly options: InstrumentOptions;
  readonly key: string;
  /** The cache's directory. */
  readonly directory: string;
}

/** A module to instrument, and how. */
export interface ModuleToInstrument {
  readonly binary: Uint8Array;
  /** SHA-256 of the binary, in hexadecimal. */
  readonly sha256: string;
  /** Options that can be expressed in JSON. */
  readonly options: InstrumentOptions;
}

/** Starts the process: `spawnSync`, or the original if somebody has replaced it. */
export type SpawnSync = typeof spawnSync;

/**
 * Finds a module in the cache, or instruments it. If several processes need the same module, one instruments it.
 *
 * @param program path of `instrument_main.js`
 */
export function instrumentApart(
  cache: ModuleCache,
  module: ModuleToInstrument,
  program: string,
  spawn: SpawnSync = spawnSync,
): CachedModule {
  const key = cacheKey(module.sha256, module.options);
  const lock = `${cache.pathOf(key)}.lock`;
  for (;;) {
    const found = cache.find(key);
    if (found !== undefined) return found;
    const state = preparePrivateDirectory(cache.directory) ? takeLock(lock) : "none";
    if (state === "busy") {
      waitABit();
      continue;
    }
    try {
      return runProgram({ options: module.options, key, directory: cache.directory }, module.binary, program, spawn);
    } finally {
      if (state === "taken") releaseLock(lock);
    }
  }
}

/** Stack size: Binaryen recurses as deep as expressions are nested. Threads have at least 8 MiB where this matters. */
const STACK_KIB = 3900;

/**
 * Variables that would make the process run the program's preloads, including this library's, or write coverage. In
 * Deno a child inherits what its environment does not mention, so they are set to the empty string rather than removed.
 */
const OF_THE_PROGRAM = { NODE_OPTIONS: "", BUN_OPTIONS: "", NODE_V8_COVERAGE: "", WASM_KCOV_COVERAGE: "" };

function runProgram(request: InstrumentRequest, binary: Uint8Array, program: string, spawn: SpawnSync): CachedModule {
  const env = { ...process.env, ...OF_THE_PROGRAM };
  const result = startProgram(() =>
    spawn(process.execPath, [`--stack-size=${STACK_KIB}`, program, JSON.stringify(request)], {
      input: binary,
      env,
      maxBuffer: Number.POSITIVE_INFINITY,
      windowsHide: true,
    }),
  );
  const { buffer, byteOffset, length } = result.stdout ?? Buffer.alloc(0);
  const entry = decodeEntry(new Uint8Array(buffer as ArrayBuffer, byteOffset, length));
  if (entry !== undefined) return entry;
  const reason = result.error?.message ?? lastLine(result.stderr?.toString()) ?? `it ended with ${result.status}`;
  return { binary: undefined, notes: [`the process that instruments failed: ${reason}`] };
}

type Started = Partial<Pick<SpawnSyncReturns<Buffer>, "stdout" | "stderr" | "status" | "error">>;

/** Starts the process. If that is not permitted (`node --permission`), Node.js throws at once. */
function startProgram(start: () => Started): Started {
  try {
    return start();
  } catch (error) {
    return { error: error as Error };
  }
}

function lastLine(text: string | undefined): string | undefined {
  return text?.trim().split("\n").at(-1) || undefined;
}
