/** Collecting in a thread: its loader, its counters, and where both report. */

import childProcess from "node:child_process";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { defaultCacheDirectory } from "../../cache/directory.ts";
import { ModuleCache } from "../../cache/module_cache.ts";
import { placesInInstrumented } from "../../instrument/original_position.ts";
import { type ChildStart, HOST, installNodeLoader } from "../../loader/node/index.ts";
import { Collector } from "./collector.ts";
import { MainThread } from "./main_thread.ts";
import { preloadVariables } from "./node_options.ts";
import { ProfileStore } from "./profile_store.ts";
import { type CollectorSettings, environmentFor } from "./settings.ts";
import { WorkerThread } from "./worker_thread.ts";

/** What a worker receives from the thread that starts it. */
export interface WorkerSetup {
  readonly coverage: CollectorSettings;
  /** Its name, unique in the process. */
  readonly thread: string;
  /** Name of the broadcast channel on which the recording thread listens. */
  readonly channel: string;
}

/** A thread that collects. */
export interface Recorder<T extends MainThread | WorkerThread = MainThread | WorkerThread> {
  readonly thread: T;
  /** The counters of this thread, and their modules. */
  readonly collector: Collector;
  readonly settings: CollectorSettings;
  /** Restores the engine's own functions, and no longer writes anything when the thread ends. */
  stop(): void;
}

/**
 * Records this thread and those that it starts, and writes the profile of all of them.
 *
 * @param folder the folder of register.cjs and the programs that belong to it
 */
export function recordProcess(settings: CollectorSettings, channel: string, folder: string): Recorder<MainThread> {
  const store = storeFor(settings);
  const thread = new MainThread(store, channel);
  return install({ coverage: settings, thread: "0", channel }, thread, store, folder);
}

/** Records this worker, for the thread that has started it. */
export function recordWorker(setup: WorkerSetup, folder: string): Recorder<WorkerThread> {
  const thread = new WorkerThread(setup.thread, setup.channel);
  return install(setup, thread, storeFor(setup.coverage), folder);
}

function storeFor({ directory }: CollectorSettings): ProfileStore {
  return new ProfileStore(directory, (line) => process.stderr.write(`wasm-kcov: ${line}\n`));
}

function install<T extends MainThread | WorkerThread>(
  setup: WorkerSetup,
  thread: T,
  store: ProfileStore,
  folder: string,
): Recorder<T> {
  // Captured before the loader watches it: the process that instruments is not part of the program.
  const { spawnSync: spawn, spawn: spawnLater } = childProcess;
  const program = join(folder, "cache", "instrument_main.js");
  const cache = new ModuleCache(defaultCacheDirectory());
  const tools = { store, cache, spawn, spawnLater, program, isWorker: !isMainThread };
  const collector = new Collector(setup.coverage, tools, thread);
  const preload = join(folder, "register.cjs");
  let workers = 0;
  let stopped = false;
  const loader = installNodeLoader({
    imports: () => collector.counters.imports,
    transform: (binary, source) => collector.transform(binary, source),
    transformLater: (binary, source) => collector.transformLater(binary, source),
    repeated: (binary, source) => collector.repeated(binary, source),
    findPlaces: placesInInstrumented,
    worker: () => {
      if (stopped) return undefined;
      // In Deno and Bun, every thread reports like a process of its own.
      if (HOST !== "node") return { preload, setup: undefined };
      thread.expectWorkers();
      const child: WorkerSetup = { ...setup, thread: `${setup.thread}.${++workers}` };
      return { preload, setup: child, ended: () => thread.endWorker(child.thread) };
    },
    // The process that instruments, for a page's server or vitest's provider, is not part of the program.
    child: (start) =>
      stopped || start.args.includes(program) ? undefined : environmentOfChild(start, setup.coverage, preload),
    signalDirectory: setup.coverage.signals,
    end: () => {
      if (!stopped) thread.finish();
    },
  });
  const stop = (): void => {
    stopped = true;
    loader[Symbol.dispose]();
  };
  const recorder = { thread, collector, settings: setup.coverage, stop };
  announce(recorder);
  return recorder;
}

/** Key of the thread's recorder in `process`, which all contexts of a thread share. */
const RECORDER = Symbol.for("wasm-kcov recorder");

/** The recorder of this thread, even if another copy of this library created it. */
export function currentRecorder(): Recorder | undefined {
  return (process as { [RECORDER]?: Recorder })[RECORDER];
}

function announce(recorder: Recorder): void {
  Object.defineProperty(process, RECORDER, { value: recorder, enumerable: false, configurable: true });
}

/** A child inherits everything through its environment, unless the program has given it one of its own. */
function environmentOfChild(
  { env }: ChildStart,
  settings: CollectorSettings,
  preload: string,
): Record<string, string> | undefined {
  const variables: Record<string, string> = { ...environmentFor(settings), ...preloadVariables(env, preload) };
  const isThere = Object.entries(variables).every(([key, value]) => env[key] === value);
  return isThere ? undefined : variables;
}
