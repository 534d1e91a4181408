/** Makes the modules of a run: selects them, has them instrumented, and stores what a report needs. */

import { sha256Hex } from "../../cache/content.ts";
import type { CachedModule } from "../../cache/entry.ts";
import { instrumentApart, instrumentLater, type Spawn, type SpawnSync } from "../../cache/instrument_apart.ts";
import type { ModuleCache } from "../../cache/module_cache.ts";
import { pcTableBytes } from "../../instrument/read_pc_table.ts";
import type { Counting } from "./collector_options.ts";
import { type ModuleFilter, type ModuleOrigin, nameOf, placeOf } from "./module_filter.ts";
import type { ProfileStore } from "./profile_store.ts";
import type { TalliedModule } from "./tally.ts";

/** What a module maker works with. */
export interface MakerTools {
  readonly filter: ModuleFilter;
  readonly store: ProfileStore;
  readonly cache: ModuleCache;
  /** Path of the program that instruments. */
  readonly program: string;
  readonly spawn: SpawnSync;
  /** For what need not be waited for; undefined: everything is. */
  readonly spawnLater?: Spawn;
}

/** Receives the reasons why modules are not, or not fully, covered. */
export interface MakerSink {
  /** A module is not one that the run should cover. */
  leftOut(place: string): void;
  /** A note for the report, one line. */
  note(line: string): void;
}

/** A module with counters. */
export interface MadeModule {
  readonly module: TalliedModule;
  readonly binary: Uint8Array<ArrayBuffer>;
}

export class ModuleMaker {
  readonly #tools: MakerTools;
  readonly #sink: MakerSink;

  constructor(tools: MakerTools, sink: MakerSink) {
    this.#tools = tools;
    this.#sink = sink;
  }

  /** @returns undefined for a module that stays as it is, because it should not or cannot be covered */
  make(binary: Uint8Array, origin: ModuleOrigin, counting: Counting): MadeModule | undefined {
    if (!this.#isWanted(origin)) return undefined;
    const { cache, program, spawn } = this.#tools;
    const sha256 = sha256Hex(binary);
    const begin = performance.now();
    const made = instrumentApart(cache, { binary, sha256, options: counting.options }, program, spawn);
    return this.#finish(made, { binary, sha256, origin, begin }, counting);
  }

  /** The same without waiting for what is not in the cache, where that can be. The promise does not reject. */
  makeLater(
    binary: Uint8Array,
    origin: ModuleOrigin,
    counting: Counting,
  ): MadeModule | undefined | Promise<MadeModule | undefined> {
    const { cache, program, spawnLater } = this.#tools;
    if (spawnLater === undefined) return this.make(binary, origin, counting);
    if (!this.#isWanted(origin)) return undefined;
    const sha256 = sha256Hex(binary);
    const module = { binary, sha256, origin, begin: performance.now() };
    const made = instrumentLater(cache, { binary, sha256, options: counting.options }, program, spawnLater);
    if (!("then" in made)) return this.#finish(made, module, counting);
    return (async () => this.#finish(await made, module, counting))();
  }

  #isWanted(origin: ModuleOrigin): boolean {
    const isWanted = this.#tools.filter.includes(origin);
    if (!isWanted) this.#sink.leftOut(placeOf(origin) || nameOf(origin));
    return isWanted;
  }

  #finish(
    made: CachedModule,
    { binary, sha256, origin, begin }: { binary: Uint8Array; sha256: string; origin: ModuleOrigin; begin: number },
    { kind }: Counting,
  ): MadeModule | undefined {
    const { store } = this.#tools;
    const seconds = (performance.now() - begin) / 1000;
    const wait = describeWait(nameOf(origin), binary.length, seconds);
    if (wait !== undefined) this.#sink.note(wait);
    for (const note of made.notes) this.#sink.note(describe(nameOf(origin), made.binary !== undefined, note));
    if (made.binary === undefined) return undefined;
    store.keepOriginal(sha256, binary);
    const pcTable = store.keepPcTable(pcTableBytes(made.binary));
    return { module: { sha256, bytes: binary.length, kind, pcTable }, binary: made.binary };
  }
}

/** The default timeout of a test in vitest and jest. */
const LONG_SECONDS = 5;
/** Smaller modules are instrumented quickly: if one took long, the machine was busy, which would slow anything down. */
const LARGE_BYTES = 1 << 19;

/** A note on the wait for a module; undefined if it is not worth a line. */
export function describeWait(name: string, bytes: number, seconds: number): string | undefined {
  if (seconds < LONG_SECONDS || bytes < LARGE_BYTES) return undefined;
  const waited = `the program waited ${Math.round(seconds)} s until it was instrumented`;
  return `${name}: ${waited}; should a test have run out of time, \`wasm-kcov cache --add\` does that before`;
}

function describe(name: string, isCovered: boolean, note: string): string {
  return isCovered ? `${name}: ${note}` : `${name} is not covered: ${note}`;
}
