/**
 * Collects what one thread counts: instruments the modules that the run is about, gives their instances counters, and tells
 * whoever keeps the process's profile of both.
 */

import { sha256Hex } from "../../cache/content.ts";
import { instrumentApart, type SpawnSync } from "../../cache/instrument_apart.ts";
import type { ModuleCache } from "../../cache/module_cache.ts";
import { pcTableBytes } from "../../instrument/read_pc_table.ts";
import { CounterStore, type ModuleCounters } from "../../runtime/counter_store.ts";
import { type Counting, countingFor } from "./collector_options.ts";
import { ModuleFilter, type ModuleOrigin, nameOf, placeOf } from "./module_filter.ts";
import type { ProfileStore } from "./profile_store.ts";
import type { CollectorSettings } from "./settings.ts";
import { idOf, type TalliedModule } from "./tally.ts";

/** Who is told what a thread does. */
export interface CollectorSink {
  loaded(module: TalliedModule, origin: ModuleOrigin): void;
  /**
   * The thread has made its first instance of a module.
   *
   * @param module undefined for one that another thread has compiled and sent here
   */
  counting(module: TalliedModule | undefined, counters: ModuleCounters): void;
  /** The run is not about a module. */
  leftOut(place: string): void;
  /** Something is not covered: a line. */
  note(line: string): void;
}

/** What a collector works with. */
export interface CollectorTools {
  readonly store: ProfileStore;
  readonly cache: ModuleCache;
  /** Path of the program that instruments. */
  readonly program: string;
  readonly spawn: SpawnSync;
  /** Whether this is a worker, which may be terminated at any time. */
  readonly isWorker: boolean;
}

export class Collector {
  readonly counters: CounterStore = new CounterStore();
  readonly #counting: Counting;
  readonly #tools: CollectorTools;
  readonly #sink: CollectorSink;
  readonly #filter: ModuleFilter;
  /** By the hash of the original. */
  readonly #modules = new Map<string, TalliedModule>();
  /** By what its counters say of it. */
  readonly #byCounters = new Map<string, TalliedModule>();

  constructor(settings: CollectorSettings, tools: CollectorTools, sink: CollectorSink) {
    this.#counting = countingFor(settings.hits, tools.isWorker);
    this.#tools = tools;
    this.#sink = sink;
    this.#filter = new ModuleFilter(settings);
    this.counters.onModule = (counters) => this.#count(counters);
  }

  /** Counters of this thread that have begun to count, with their modules. */
  live(): { readonly module: TalliedModule; readonly counters: ModuleCounters }[] {
    return this.counters.modules.flatMap((counters) => {
      const module = this.#byCounters.get(counterKey(counters.id, counters.table));
      return module === undefined ? [] : [{ module, counters }];
    });
  }

  /** @returns the module instrumented; as it is when it is not to be, or cannot be */
  transform(binary: Uint8Array<ArrayBuffer>, origin: ModuleOrigin): Uint8Array<ArrayBuffer> {
    if (!isModule(binary)) return binary;
    if (!this.#filter.includes(origin)) {
      this.#sink.leftOut(placeOf(origin) || nameOf(origin));
      return binary;
    }
    const sha256 = sha256Hex(binary);
    const { kind, options } = this.#counting;
    const { cache, program, spawn } = this.#tools;
    const made = instrumentApart(cache, { binary, sha256, options }, program, spawn);
    for (const note of made.notes) this.#sink.note(describe(nameOf(origin), made.binary !== undefined, note));
    if (made.binary === undefined) return binary;
    this.#load({ sha256, bytes: binary.length, kind, pcTable: this.#keep(sha256, binary, made.binary) }, origin);
    return made.binary;
  }

  /** A module whose content was transformed before is loaded once more, perhaps from elsewhere. */
  repeated(binary: Uint8Array<ArrayBuffer>, origin: ModuleOrigin): void {
    const module = this.#modules.get(sha256Hex(binary));
    if (module !== undefined) this.#sink.loaded(module, origin);
  }

  #load(module: TalliedModule, origin: ModuleOrigin): void {
    this.#modules.set(module.sha256, module);
    this.#byCounters.set(counterKey(idOf(module.sha256), idOf(module.pcTable)), module);
    this.#sink.loaded(module, origin);
  }

  #keep(sha256: string, binary: Uint8Array, instrumented: Uint8Array): string {
    const { store } = this.#tools;
    store.keepOriginal(sha256, binary);
    return store.keepPcTable(pcTableBytes(instrumented));
  }

  #count(counters: ModuleCounters): void {
    this.#sink.counting(this.#byCounters.get(counterKey(counters.id, counters.table)), counters);
  }
}

function isModule(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes[1] === 0x61 && bytes[2] === 0x73 && bytes[3] === 0x6d;
}

function describe(name: string, isCovered: boolean, note: string): string {
  return isCovered ? `${name}: ${note}` : `${name} is not covered: ${note}`;
}

function counterKey(id: bigint, table: bigint): string {
  return `${id} ${table}`;
}
