/**
 * Instruments in a process of its own what is not in the cache, while the caller waits. The program that loads a module
 * cannot wait for promises, and Binaryen, which takes a second and some hundred megabytes, stays out of it.
 */

import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import type { InstrumentOptions } from "../instrument/options.ts";
import { preparePrivateDirectory } from "./directory.ts";
import { type CachedModule, decodeEntry } from "./entry.ts";
import { releaseLockFile, takeLockFile, waitABit } from "./lock.ts";
import { cacheKey, type ModuleCache } from "./module_cache.ts";

/** What the process needs to know; the module comes on its standard input. */
export interface InstrumentRequest {
  readonly options: InstrumentOptions;
  readonly key: string;
  /** The cache's directory. */
  readonly directory: string;
}

/** What is to be instrumented. */
export interface ModuleToInstrument {
  readonly binary: Uint8Array;
  /** SHA-256 of the binary, in hexadecimal. */
  readonly sha256: string;
  /** Options that JSON can carry. */
  readonly options: InstrumentOptions;
}

/** Starts the process: `spawnSync`, or what it was before somebody replaced it. */
export type SpawnSync = typeof spawnSync;

/**
 * Finds a module in the cache, or has it instrumented. Of several processes that need the same module one makes it.
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
    const state = preparePrivateDirectory(cache.directory) ? takeLockFile(lock) : "none";
    if (state === "busy") {
      waitABit();
      continue;
    }
    try {
      return runProgram({ options: module.options, key, directory: cache.directory }, module.binary, program, spawn);
    } finally {
      if (state === "taken") releaseLockFile(lock);
    }
  }
}

/** Binaryen recurses as deep as expressions are nested; a thread has 8 MiB of stack at least where this matters. */
const STACK_KIB = 3900;

/**
 * Variables that would have the process run the program's preloads, this library's among them, or write coverage. In Deno a
 * child inherits what its environment does not mention, so they are empty and not absent.
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

/** A process that may start no others (`node --permission`) is told so at once. */
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
