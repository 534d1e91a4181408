/** The main thread's part: it keeps the tally of the whole process and writes its profile. */

import { COUNTER_BYTES, type CounterForm } from "../../abi/counters.ts";
import { uniqueName } from "../../cache/content.ts";
import type { ModuleCounters } from "../../runtime/counter_store.ts";
import type { StoredModule } from "../profile/format.ts";
import type { StoredMemoryError } from "../profile/memory_error.ts";
import { Inbox, type ThreadMessage } from "./channel.ts";
import type { CollectorSink } from "./collector.ts";
import type { ModuleOrigin } from "./module_filter.ts";
import type { ProfileStore } from "./profile_store.ts";
import { type LiveCounters, type TalliedModule, Tally } from "./tally.ts";

/** Name of the main thread. */
export const MAIN_THREAD = "0";

export class MainThread implements CollectorSink {
  readonly tally: Tally = new Tally();
  readonly #store: ProfileStore;
  readonly #channel: string;
  readonly #notes = new Set<string>();
  /** Threads with counters that nobody else can read and that were not sent yet, with the SHA-256 of their modules. */
  readonly #alone = new Map<string, Set<string>>();
  readonly #leftOut = new Set<string>();
  /** Memory errors by their contents, so that equal ones are kept once. */
  readonly #memoryErrors = new Map<string, StoredMemoryError>();
  #inbox: Inbox | undefined;
  #hasBegun = false;
  #name: string | undefined;

  /** @param channel name of the channel on which workers post */
  constructor(store: ProfileStore, channel: string) {
    this.#store = store;
    this.#channel = channel;
  }

  loaded(module: TalliedModule, origin: ModuleOrigin): void {
    this.tally.add(module, origin);
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#store.begin(this.#fileName(), { pid: process.pid, command: commandLine() });
  }

  counting(known: TalliedModule | undefined, counters: ModuleCounters): void {
    // A worker that sent the module here has announced it before.
    if (known === undefined) this.#inbox?.drain();
    const module = known ?? this.#find(counters);
    if (module !== undefined) this.tally.count(module, MAIN_THREAD, counters);
  }

  leftOut(place: string): void {
    this.#leftOut.add(place);
  }

  memoryError(error: StoredMemoryError): void {
    this.#memoryErrors.set(JSON.stringify(error), error);
  }

  note(line: string): void {
    this.#notes.add(line);
  }

  /** Called when a worker is about to start: opens the channel for its messages. */
  expectWorkers(): void {
    this.#inbox ??= new Inbox(this.#channel, (message) => this.#receive(message));
  }

  /** Called when a worker has ended in any way. */
  endWorker(thread: string): void {
    this.#inbox?.drain();
    this.tally.endThread(thread);
  }

  /** Writes the current profile, which a later one replaces. A process with nothing to report writes none. */
  finish(): void {
    this.#inbox?.drain();
    if (this.tally.isEmpty && this.#notes.size === 0 && this.#leftOut.size === 0) return;
    const modules = this.tally.modules();
    const record = {
      pid: process.pid,
      command: commandLine(),
      node: process.version,
      notes: [...this.#notes, ...this.#missing(modules)],
      leftOut: [...this.#leftOut],
      ...(this.#memoryErrors.size > 0 && { memoryErrors: [...this.#memoryErrors.values()] }),
    };
    this.#store.finish(this.#fileName(), record, modules);
  }

  /** Notes on missing counts: of threads that were terminated, or still run and will be. */
  #missing(modules: readonly StoredModule[]): string[] {
    const missing = modules.filter(({ sha256 }) => [...this.#alone.values()].some((each) => each.has(sha256)));
    return missing.map(
      ({ name }) =>
        `${name}: counts of a worker that did not end by itself are missing: the module came from the main thread, and in Node.js ${process.versions.node} only the worker could read them`,
    );
  }

  #fileName(): string {
    this.#name ??= `${process.pid}-${uniqueName()}`;
    return this.#name;
  }

  #receive(message: ThreadMessage): void {
    if (message.type === "loaded") this.loaded(message.module, message.origin);
    else if ("id" in message) this.#receiveCounters(message);
    else if (message.type === "ended") this.tally.endThread(message.thread);
    else if (message.type === "leftOut") this.leftOut(message.place);
    else if (message.type === "memoryError") this.memoryError(message.error);
    else this.note(message.line);
  }

  #receiveCounters(message: Extract<ThreadMessage, { readonly id: bigint }>): void {
    const module = this.#find(message);
    if (module === undefined) return;
    const { thread } = message;
    if (message.type === "counting") this.tally.count(module, thread, sharedCounters(message));
    else if (message.type === "countingAlone") {
      const others = this.#alone.get(thread) ?? new Set();
      this.#alone.set(thread, others.add(module.sha256));
    } else {
      this.tally.addCounts(module, message.counters, message.counts);
      this.#alone.get(thread)?.delete(module.sha256);
    }
  }

  #find({ id, table }: { readonly id: bigint; readonly table: bigint }): TalliedModule | undefined {
    const module = this.tally.find(id, table);
    if (module === undefined) this.note("a module that was instrumented by somebody else is not covered");
    return module;
  }
}

/** Counters of another thread. */
function sharedCounters({
  memory,
  form,
  length,
}: {
  memory: WebAssembly.Memory;
  form: CounterForm;
  length: number;
}): LiveCounters {
  const { buffer } = memory;
  const read = () => (form === "64bit" ? new BigUint64Array(buffer, 0, length) : new Uint8Array(buffer, 0, length));
  return { length, read, clear: () => new Uint8Array(buffer, 0, length * COUNTER_BYTES[form]).fill(0) };
}

function commandLine(): string {
  return ["node", ...process.argv.slice(1)].join(" ");
}
