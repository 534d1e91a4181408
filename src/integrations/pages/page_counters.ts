/** What a page or a worker has counted and not told yet. */

import { encodeCounts } from "../../coverage/profile/counts.ts";
import type { ModuleSource } from "../../loader/options.ts";
import type { CounterStore, ModuleCounters } from "../../runtime/counter_store.ts";
import type { InstrumentedReport, ModuleReport, PageReport } from "./protocol.ts";

/** Counters as they were when they were told last. */
type Told = BigUint64Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

export class PageCounters {
  readonly #store: CounterStore;
  readonly #told = new Map<ModuleCounters, Told>();
  #notes: string[] = [];
  #instrumented: InstrumentedReport[] = [];

  constructor(store: CounterStore) {
    this.#store = store;
  }

  /** Something is not covered: a line. */
  note(line: string): void {
    this.#notes.push(line);
  }

  /** A module came instrumented. */
  adopt(pcTable: Uint8Array, { url, script }: ModuleSource): void {
    this.#instrumented.push({ pcTable: toBase64(pcTable), url, script });
  }

  /** @returns what is new; undefined if nothing is */
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
    // Nothing is news, too, when a module has been loaded: the report shall name it.
    if (before !== undefined && isZero(news)) return undefined;
    return {
      id: hex(counters.id),
      table: hex(counters.table),
      length: counters.length,
      counts: toBase64(encodeCounts(news)),
    };
  }
}

/** What was added to counters, or which flags were set. */
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
