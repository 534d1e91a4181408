/** Makes the modules of a run: chooses them, has them instrumented, and keeps what a report needs of them. */

import { sha256Hex } from "../../cache/content.ts";
import type { CachedModule } from "../../cache/entry.ts";
import { instrumentApart, instrumentLater, type Spawn, type SpawnSync } from "../../cache/instrument_apart.ts";
import type { ModuleCache } from "../../cache/module_cache.ts";
import { pcTableBytes } from "../../instrument/read_pc_table.ts";
import type { Counting } from "./collector_options.ts";
import { type ModuleFilter, type ModuleOrigin, nameOf, placeOf } from "./module_filter.ts";
import type { ProfileStore } from "./profile_store.ts";
import type { TalliedModule } from "./tally.ts";

/** What it works with. */
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

/** Who is told why a module is not covered, or not all of it. */
export interface MakerSink {
  /** The run is not about a module. */
  leftOut(place: string): void;
  /** A line. */
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

  /** @returns undefined for a module that stays as it is: it is not to be covered, or cannot be */
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

/** As long as a test may take, unless it says otherwise, in vitest and jest. */
const LONG_SECONDS = 5;
/** Less is instrumented quickly: if it took long the machine was busy, and it would be with anything else. */
const LARGE_BYTES = 1 << 19;

/** What is said of a module that was waited for; undefined if that is not worth a line. */
export function describeWait(name: string, bytes: number, seconds: number): string | undefined {
  if (seconds < LONG_SECONDS || bytes < LARGE_BYTES) return undefined;
  const waited = `the program waited ${Math.round(seconds)} s until it was instrumented`;
  return `${name}: ${waited}; should a test have run out of time, \`wasm-kcov cache --add\` does that before`;
}

function describe(name: string, isCovered: boolean, note: string): string {
  return isCovered ? `${name}: ${note}` : `${name} is not covered: ${note}`;
}
