/**
 * Threads of a program of which executions are counted. Every thread has counters of its own, in shared memory: a worker
 * tells the main thread where they are before it counts, so that what it counted is there however it ends. No device is made.
 *
 *     main thread                           worker (also that of a worker)
 *       new Worker ────────────────────────▶ preload: install the loader
 *       keeps the memory   ◀── counting ──── the first instance of a module
 *       'exit' ◀──────────────────────────── runs, ends, is terminated, …
 *       adds up what the memory has
 */

import { Inbox, post } from "../../coverage/node/channel.ts";
import { placesInInstrumented } from "../../coverage/node/places.ts";
import { installNodeLoader, type NodeLoaderOptions, type WorkerPlan } from "../../loader/node/index.ts";
import { CounterStore, type ModuleCounters } from "../../runtime/counter_store.ts";
import { noteChild } from "./child_names.ts";
import { CountTally, type LiveCounters, MAIN_TASK } from "./counts.ts";
import { tracesWorkers } from "./hosts.ts";
import { Mailbox } from "./mailbox.ts";
import { memoryErrorTeller } from "./memory_errors.ts";

/** What a worker needs to know. */
export interface CountingSetup {
  readonly task: number;
  /** The number of the task that was made last: one i32. */
  readonly lastTask: SharedArrayBuffer;
  /** Name of the broadcast channel that the main thread listens to. */
  readonly channel: string;
  readonly mailbox: { readonly directory: string; readonly server: number };
}

/** Counters as another thread finds them. */
interface CounterRange {
  readonly id: bigint;
  readonly length: number;
  readonly memory: WebAssembly.Memory;
}

type CountMessage =
  | ({ readonly type: "counting"; readonly task: number } & CounterRange)
  /** A worker of a worker has ended. */
  | { readonly type: "ended"; readonly task: number };

/** In the main thread. @param preload path of what runs first in workers */
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

/** In a worker. */
export function countWorker(setup: CountingSetup, preload: string): void {
  const { task, channel, mailbox } = setup;
  const tell = (message: CountMessage): void => post(channel, message);
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

/** All are: modules are instrumented so. */
function isShared(counters: ModuleCounters): counters is ModuleCounters & CounterRange {
  return counters.memory !== undefined;
}

function counterRange({ id, length, memory }: CounterRange): CounterRange {
  return { id, length, memory };
}

/** @param range of any thread */
export function sharedCounters({ id, length, memory }: CounterRange): LiveCounters {
  return { id, length, read: () => new BigUint64Array(memory.buffer, 0, length) };
}
