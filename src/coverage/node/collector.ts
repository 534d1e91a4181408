/**
 * Collects the counts of one thread: instruments the modules to be covered, gives their instances counters, and reports
 * both to whoever keeps the process's profile.
 */

import { idOf } from "../../abi/counters.ts";
import { hasMagic } from "../../binary_format.ts";
import { sha256Hex } from "../../cache/content.ts";
import { CounterStore, type ModuleCounters } from "../../runtime/counter_store.ts";
import { MemoryError, type MemoryReport } from "../../runtime/memory_report.ts";
import { memoryErrorOf, type StoredMemoryError } from "../profile/memory_error.ts";
import { type Counting, countingFor, storageFor } from "./collector_options.ts";
import { ModuleFilter, type ModuleOrigin } from "./module_filter.ts";
import { type MadeModule, type MakerSink, type MakerTools, ModuleMaker } from "./module_maker.ts";
import type { CollectorSettings } from "./settings.ts";
import type { TalliedModule } from "./tally.ts";

/** Receives the reports of a collector. */
export interface CollectorSink extends MakerSink {
  loaded(module: TalliedModule, origin: ModuleOrigin): void;
  /**
   * The thread has created its first instance of a module.
   *
   * @param module undefined if another thread compiled it and sent it here
   */
  counting(module: TalliedModule | undefined, counters: ModuleCounters): void;
  memoryError(error: StoredMemoryError): void;
}

/** What a collector works with. */
export interface CollectorTools extends Omit<MakerTools, "filter"> {
  /** Whether this is a worker, which may be terminated at any time. */
  readonly isWorker: boolean;
}

export class Collector {
  readonly counters: CounterStore = new CounterStore();
  readonly #counting: Counting;
  readonly #sink: CollectorSink;
  readonly #maker: ModuleMaker;
  /** The modules, by the hash of the original. */
  readonly #modules = new Map<string, TalliedModule>();
  /** The same modules, by the key that their counters carry. */
  readonly #byCounters = new Map<string, TalliedModule>();

  constructor(settings: CollectorSettings, tools: CollectorTools, sink: CollectorSink) {
    this.#counting = countingFor(settings, storageFor(tools.isWorker));
    this.#sink = sink;
    this.#maker = new ModuleMaker({ ...tools, filter: new ModuleFilter(settings) }, sink);
    this.counters.onModule = (counters) => this.#count(counters);
    this.counters.onMemoryError = (report) => this.#stop(report);
  }

  /** The active counters of this thread, with their modules. */
  live(): { readonly module: TalliedModule; readonly counters: ModuleCounters }[] {
    return this.counters.modules.flatMap((counters) => {
      const module = this.#byCounters.get(counterKey(counters.id, counters.table));
      return module === undefined ? [] : [{ module, counters }];
    });
  }

  /** @returns the instrumented module; the given one if it should not or cannot be instrumented */
  transform(binary: Uint8Array<ArrayBuffer>, origin: ModuleOrigin): Uint8Array<ArrayBuffer> {
    if (!hasMagic(binary)) return binary;
    return this.#loaded(this.#maker.make(binary, origin, this.#counting), binary, origin);
  }

  /** The same where the program waits for a promise: it goes on meanwhile. */
  transformLater(
    binary: Uint8Array<ArrayBuffer>,
    origin: ModuleOrigin,
  ): Uint8Array<ArrayBuffer> | Promise<Uint8Array<ArrayBuffer>> {
    if (!hasMagic(binary)) return binary;
    const made = this.#maker.makeLater(binary, origin, this.#counting);
    if (made === undefined || !("then" in made)) return this.#loaded(made, binary, origin);
    return (async () => this.#loaded(await made, binary, origin))();
  }

  /** Notes that a module whose content was transformed before is loaded again, perhaps from elsewhere. */
  repeated(binary: Uint8Array<ArrayBuffer>, origin: ModuleOrigin): void {
    const module = this.#modules.get(sha256Hex(binary));
    if (module !== undefined) this.#sink.loaded(module, origin);
  }

  #loaded(
    made: MadeModule | undefined,
    binary: Uint8Array<ArrayBuffer>,
    origin: ModuleOrigin,
  ): Uint8Array<ArrayBuffer> {
    if (made === undefined) return binary;
    this.#load(made.module, origin);
    return made.binary;
  }

  #load(module: TalliedModule, origin: ModuleOrigin): void {
    this.#modules.set(module.sha256, module);
    this.#byCounters.set(counterKey(idOf(module.sha256), idOf(module.pcTable)), module);
    this.#sink.loaded(module, origin);
  }

  /** Reports a memory error, and throws it. The program may handle the exception, but the report remains. */
  #stop(report: MemoryReport): void {
    this.#sink.memoryError(memoryErrorOf(report));
    if (report.goesOn) return;
    throw new MemoryError(report);
  }

  #count(counters: ModuleCounters): void {
    this.#sink.counting(this.#byCounters.get(counterKey(counters.id, counters.table)), counters);
  }
}

function counterKey(id: bigint, table: bigint): string {
  return `${id} ${table}`;
}
