/**
 * Instruments modules that are not in the cache in a separate process, while the caller waits synchronously: a program
 * that loads a module cannot await promises. It also keeps Binaryen, which takes a second and some hundred megabytes,
 * out of the program.
 */

import { type ChildProcess, type SpawnSyncReturns, type spawn as spawnChild, spawnSync } from "node:child_process";
import timers from "node:timers";
import type { InstrumentOptions } from "../instrument/options.ts";
import { preparePrivateDirectory } from "./directory.ts";
import { type CachedModule, decodeEntry } from "./entry.ts";
import { type LockState, releaseLockFile, takeLockFile, waitABit } from "./lock.ts";
import { cacheKey, type ModuleCache } from "./module_cache.ts";

// As it is now: programs that are tested may replace it.
const { setTimeout } = timers;

/** The process's parameters; it gets the module on its standard input. */
export interface InstrumentRequest {
  readonly options: InstrumentOptions;
  readonly key: string;
  /** The cache's directory. */
  readonly directory: string;
  /** A lock that the process gives back when it has kept what it made; by default whoever waits for it does. */
  readonly lock?: string | undefined;
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
/** The same for `spawn`. */
export type Spawn = typeof spawnChild;

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
  const lock = lockOf(cache, key);
  for (;;) {
    const found = cache.find(key);
    if (found !== undefined) return found;
    const state = takeLock(cache, lock);
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

/** Path of the lock of a module that is being made. */
function lockOf(cache: ModuleCache, key: string): string {
  return `${cache.pathOf(key)}.lock`;
}

/** @returns "none" where no lock can be: then nothing is kept either */
function takeLock({ directory }: ModuleCache, path: string): LockState {
  return preparePrivateDirectory(directory) ? takeLockFile(path) : "none";
}

/** Milliseconds between two looks for what another process makes. */
const PAUSE = 10;

/**
 * The same while the caller's event loop turns: nothing waits but what awaits it.
 *
 * @returns no promise for what is in the cache. None rejects
 */
export function instrumentLater(
  cache: ModuleCache,
  module: ModuleToInstrument,
  program: string,
  spawn: Spawn,
): CachedModule | Promise<CachedModule> {
  const key = cacheKey(module.sha256, module.options);
  return cache.find(key) ?? makeLater(cache, key, module, program, spawn);
}

async function makeLater(
  cache: ModuleCache,
  key: string,
  { options, binary }: ModuleToInstrument,
  program: string,
  spawn: Spawn,
): Promise<CachedModule> {
  const path = lockOf(cache, key);
  for (;;) {
    const state = takeLock(cache, path);
    if (state !== "busy") {
      // The process gives the lock back: a thread that waits for it without its event loop may be this one.
      const lock = state === "taken" ? path : undefined;
      const result = await runChild({ options, key, directory: cache.directory, lock }, binary, program, spawn);
      if (result.status !== 0 && lock !== undefined) releaseLockFile(lock);
      return moduleFrom(result);
    }
    await new Promise((resume) => setTimeout(resume, PAUSE));
    const found = cache.find(key);
    if (found !== undefined) return found;
  }
}

function runChild(request: InstrumentRequest, binary: Uint8Array, program: string, spawn: Spawn): Promise<Started> {
  return new Promise((resolve) => {
    let child: ChildProcess;
    try {
      child = spawn(process.execPath, argumentsFor(request, program), { env: environment(), windowsHide: true });
    } catch (error) {
      resolve({ error: error as Error });
      return;
    }
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout?.on("data", (piece: Buffer) => stdout.push(piece));
    child.stderr?.on("data", (piece: Buffer) => stderr.push(piece));
    child.on("error", (error) => resolve({ error }));
    child.on("close", (status) => resolve({ stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), status }));
    // A process that failed to start reads nothing: that is told as its failure.
    child.stdin?.on("error", () => {});
    child.stdin?.end(binary);
  });
}

/** Stack size: Binaryen recurses as deep as expressions are nested. Threads have at least 8 MiB where this matters. */
const STACK_KIB = 3900;

/**
 * Variables that would make the process run the program's preloads, including this library's, or write coverage. In
 * Deno a child inherits what its environment does not mention, so they are set to the empty string rather than removed.
 */
const OF_THE_PROGRAM = { NODE_OPTIONS: "", BUN_OPTIONS: "", NODE_V8_COVERAGE: "", WASM_KCOV_COVERAGE: "" };

function runProgram(request: InstrumentRequest, binary: Uint8Array, program: string, spawn: SpawnSync): CachedModule {
  const result = startProgram(() =>
    spawn(process.execPath, argumentsFor(request, program), {
      input: binary,
      env: environment(),
      maxBuffer: Number.POSITIVE_INFINITY,
      windowsHide: true,
    }),
  );
  return moduleFrom(result);
}

/** The command line of the process, without Node.js. @param program path of `instrument_main.js` */
export function argumentsFor(request: InstrumentRequest, program: string): string[] {
  return [`--stack-size=${STACK_KIB}`, program, JSON.stringify(request)];
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, ...OF_THE_PROGRAM };
}

/** What the process said, or why it did not. */
function moduleFrom({ stdout, stderr, status, error }: Started): CachedModule {
  const { buffer, byteOffset, length } = stdout ?? Buffer.alloc(0);
  const entry = decodeEntry(new Uint8Array(buffer as ArrayBuffer, byteOffset, length));
  if (entry !== undefined) return entry;
  const reason = error?.message ?? lastLine(stderr?.toString()) ?? `it ended with ${status}`;
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
