/** The counts of a process: its modules, and the counters of each of its threads. */

import { idOf } from "../../abi/counters.ts";
import { CounterSums, encodeCounts } from "../profile/counts.ts";
import type { StoredModule } from "../profile/format.ts";
import type { CountKind } from "../profile/profile.ts";
import type { ModuleOrigin } from "./module_filter.ts";
import { nameOf } from "./module_filter.ts";

/** The counters of a module in one thread. */
export interface LiveCounters {
  /** The number of counters. */
  readonly length: number;
  /** Their current values: 64-bit counts, or flags. */
  read(): BigUint64Array<ArrayBufferLike> | Uint8Array<ArrayBufferLike>;
  clear(): void;
}

/** A module as a process knows it. */
export interface TalliedModule {
  readonly sha256: string;
  readonly bytes: number;
  readonly kind: CountKind;
  /** SHA-256 of the pc table. */
  readonly pcTable: string;
}

interface TallyEntry {
  readonly module: TalliedModule;
  readonly names: Set<string>;
  readonly locations: Set<string>;
  readonly scripts: Set<string>;
  /** The sums of threads that have ended; undefined until there is an instance. */
  ended: CounterSums | undefined;
  /** The counters of running threads, by the threads' names. */
  readonly live: Map<string, LiveCounters>;
}

export class Tally {
  readonly #entries = new Map<string, TallyEntry>();

  get isEmpty(): boolean {
    return this.#entries.size === 0;
  }

  /** Notes that a module was loaded, perhaps not for the first time. */
  add(module: TalliedModule, origin: ModuleOrigin): void {
    const { names, locations, scripts } = this.#entryOf(module);
    names.add(nameOf(origin));
    const location = origin.path ?? origin.url;
    if (location !== undefined) locations.add(location);
    if (origin.script !== undefined) scripts.add(origin.script);
  }

  /** Finds a module that any thread loaded. @param id of its original, `table`: of its pc table; see {@link idOf} */
  find(id: bigint, table: bigint): TalliedModule | undefined {
    const modules = Array.from(this.#entries.values(), ({ module }) => module);
    return modules.find(({ sha256, pcTable }) => idOf(sha256) === id && idOf(pcTable) === table);
  }

  /** Adds the counters of a thread that has created its first instance of a module. */
  count(module: TalliedModule, thread: string, counters: LiveCounters): void {
    this.#entryOf(module).live.set(thread, counters);
  }

  /** Adds counts of a thread whose counters nobody else can read. @param counts as encoded by `encodeCounts` */
  addCounts(module: TalliedModule, counters: number, counts: Uint8Array): void {
    const entry = this.#entryOf(module);
    entry.ended ??= new CounterSums(counters);
    entry.ended.addEncoded(counts);
  }

  /** Called when a thread has ended: keeps its counts, and releases its memory. */
  endThread(thread: string): void {
    for (const entry of this.#entries.values()) {
      const counters = entry.live.get(thread);
      if (counters === undefined) continue;
      entry.ended ??= new CounterSums(counters.length);
      entry.ended.add(counters.read());
      entry.live.delete(thread);
    }
  }

  /** The counts so far. Counting may continue. */
  modules(): StoredModule[] {
    return Array.from(this.#entries.values(), ({ module, names, locations, scripts, ended, live }) => {
      const [first] = live.values();
      const total = new CounterSums(ended?.words.length ?? first?.length ?? 0);
      if (ended !== undefined) total.add(ended.words);
      for (const counters of live.values()) total.add(counters.read());
      const name = [...names].find((each) => each.endsWith(".wasm")) ?? [...names][0] ?? "module";
      return {
        ...module,
        name,
        locations: [...locations],
        scripts: [...scripts],
        counters: total.words.length,
        counts: encodeCounts(total.words),
      };
    });
  }

  /** Resets all counts. */
  clear(): void {
    for (const { ended, live } of this.#entries.values()) {
      ended?.words.fill(0n);
      for (const counters of live.values()) counters.clear();
    }
  }

  #entryOf(module: TalliedModule): TallyEntry {
    const key = `${module.sha256} ${module.pcTable} ${module.kind}`;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const sets = { names: new Set<string>(), locations: new Set<string>(), scripts: new Set<string>() };
      entry = { module, ...sets, ended: undefined, live: new Map() };
      this.#entries.set(key, entry);
    }
    return entry;
  }
}
