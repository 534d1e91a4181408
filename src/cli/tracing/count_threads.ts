/**
 * Threads of a program whose executions are counted. Every thread has its own counters, in shared memory: a worker
 * tells the main thread where they are before it counts, so that its counts survive however it ends. No device is used.
 *
 *     main thread                           worker (or a worker's worker)
 *       new Worker ────────────────────────▶ preload: install the loader
 *       keeps the memory   ◀── counting ──── the first instance of a module
 *       'exit' ◀──────────────────────────── runs, ends, is terminated, …
 *       adds up the counts in the memory
 */

import { Inbox, postTo } from "../../coverage/node/channel.ts";
import { placesInInstrumented } from "../../instrument/original_position.ts";
import { installNodeLoader, type NodeLoaderOptions, type WorkerPlan } from "../../loader/node/index.ts";
import { CounterStore, type ModuleCounters } from "../../runtime/counter_store.ts";
import { noteChild } from "./child_names.ts";
import { CountTally, MAIN_TASK, type ThreadCounters } from "./counts.ts";
import { tracesWorkers } from "./hosts.ts";
import { Mailbox } from "./mailbox.ts";
import { memoryErrorTeller } from "./memory_errors.ts";

/** What a worker needs to know. */
export interface CountingSetup {
  readonly task: number;
  /** The number of the latest task: one i32. */
  readonly lastTask: SharedArrayBuffer;
  /** Name of the broadcast channel on which the main thread listens. */
  readonly channel: string;
  readonly mailbox: { readonly directory: string; readonly server: number };
}

/** Counters in a form that another thread can access. */
interface CounterRange {
  readonly id: bigint;
  readonly length: number;
  readonly memory: WebAssembly.Memory;
}

type CountMessage =
  | ({ readonly type: "counting"; readonly task: number } & CounterRange)
  /** A worker of a worker has ended. */
  | { readonly type: "ended"; readonly task: number };

/** Sets up counting in the main thread. @param preload path of the script that runs first in workers */
export function countProcess(mailbox: Mailbox, where: CountingSetup["mailbox"], preload: string): void {
  const channel = `wasm-kcov ${process.pid}`;
  const lastTask = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  new Int32Array(lastTask)[0] = MAIN_TASK;
  const tally = new CountTally();
  const inbox = new Inbox<CountMessage>(channel, (message) => {
    if (message.type === "counting") tally.add(message.task, sharedCounters(message));
    else tally.endTask(message.task);
  });
  const store = new CounterStore();
  store.onModule = (counters) => {
    if (isShared(counters)) tally.add(MAIN_TASK, sharedCounters(counters));
  };
  const setup: CountingSetup = { task: MAIN_TASK, lastTask, channel, mailbox: where };
  installNodeLoader({
    ...loaderOptions(store, mailbox),
    worker: () =>
      tracesWorkers()
        ? planFor(setup, preload, (task) => {
            inbox.drain();
            tally.endTask(task);
          })
        : undefined,
    signalDirectory: where.directory,
    end() {
      inbox.drain();
      mailbox.putCounts(tally.counts());
    },
  });
}

/** Sets up counting in a worker. */
export function countWorker(setup: CountingSetup, preload: string): void {
  const { task, channel, mailbox } = setup;
  const tell = (message: CountMessage): void => postTo(channel, message);
  const store = new CounterStore();
  store.onModule = (counters) => {
    if (isShared(counters)) tell({ type: "counting", task, ...counterRange(counters) });
  };
  installNodeLoader({
    ...loaderOptions(store, new Mailbox(mailbox.directory, mailbox.server)),
    worker: () => planFor(setup, preload, (ended) => tell({ type: "ended", task: ended })),
  });
}

function loaderOptions(store: CounterStore, mailbox: Mailbox): NodeLoaderOptions {
  store.onMemoryError = memoryErrorTeller();
  return {
    imports: store.imports,
    transform: (binary, source) => mailbox.instrument(binary, source) ?? binary,
    transformLater: async (binary, source) => (await mailbox.instrumentLater(binary, source)) ?? binary,
    findPlaces: placesInInstrumented,
    child: noteChild(mailbox),
  };
}

function planFor(parent: CountingSetup, preload: string, ended: (task: number) => void): WorkerPlan {
  const task = Atomics.add(new Int32Array(parent.lastTask), 0, 1) + 1;
  return { preload, setup: { ...parent, task }, ended: () => ended(task) };
}

/** Whether counters are in shared memory. All are: modules are instrumented that way. */
function isShared(counters: ModuleCounters): counters is ModuleCounters & CounterRange {
  return counters.memory !== undefined;
}

function counterRange({ id, length, memory }: CounterRange): CounterRange {
  return { id, length, memory };
}

/** Reads counters of any thread. */
export function sharedCounters({ id, length, memory }: CounterRange): ThreadCounters {
  return { id, length, read: () => new BigUint64Array(memory.buffer, 0, length) };
}
