/** The counts of a page or a worker that have not been reported yet. */

import { encodeCounts } from "../../coverage/profile/counts.ts";
import type { ModuleSource } from "../../loader/options.ts";
import type { CounterStore, ModuleCounters } from "../../runtime/counter_store.ts";
import type { InstrumentedReport, ModuleReport, PageReport } from "./protocol.ts";

/** The values of counters at the last report. */
type Told = BigUint64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

export class PageCounters {
  readonly #store: CounterStore;
  readonly #told = new Map<ModuleCounters, Told>();
  #notes: string[] = [];
  #instrumented: InstrumentedReport[] = [];

  constructor(store: CounterStore) {
    this.#store = store;
  }

  /** Adds a line about something that is not covered. */
  note(line: string): void {
    this.#notes.push(line);
  }

  /** Adds a module that was instrumented before it was served. */
  adopt(pcTable: Uint8Array, { url, script }: ModuleSource): void {
    this.#instrumented.push({ pcTable: toBase64(pcTable), url, script });
  }

  /** Takes what is new since the last call. @returns undefined if there is nothing */
  take(url: string): PageReport | undefined {
    const modules = this.#store.modules.flatMap((counters) => this.#takeModule(counters) ?? []);
    const notes = this.#notes;
    this.#notes = [];
    const instrumented = this.#instrumented;
    this.#instrumented = [];
    if (modules.length === 0 && notes.length === 0 && instrumented.length === 0) return undefined;
    return { url, modules, instrumented, notes };
  }

  #takeModule(counters: ModuleCounters): ModuleReport | undefined {
    const now = counters.read().slice() as Told;
    const before = this.#told.get(counters);
    this.#told.set(counters, now);
    const news = before === undefined ? now : difference(now, before);
    // The first report of a module is made even if all counts are 0, so that the report names the module.
    if (before !== undefined && isZero(news)) return undefined;
    return {
      id: hex(counters.id),
      table: hex(counters.table),
      length: counters.length,
      counts: toBase64(encodeCounts(news)),
    };
  }
}

/** The increments of counters, or the newly set flags. */
function difference(now: Told, before: Told): Told {
  if (now instanceof Uint8Array) return now.map((flag, k) => flag - Number(before[k]));
  return now.map((count, k) => count - BigInt(before[k] as bigint));
}

function isZero(counts: Told): boolean {
  for (let k = 0; k < counts.length; k++) if (counts[k]) return false;
  return true;
}

function hex(id: bigint): string {
  return id.toString(16).padStart(16, "0");
}

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let k = 0; k < bytes.length; k++) text += String.fromCharCode(bytes[k] as number);
  return btoa(text);
}
