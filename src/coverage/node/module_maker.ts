/** Makes the modules of a run: chooses them, has them instrumented, and keeps what a report needs of them. */

import { sha256Hex } from "../../cache/content.ts";
import { instrumentApart, type SpawnSync } from "../../cache/instrument_apart.ts";
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
  make(binary: Uint8Array, origin: ModuleOrigin, { kind, options }: Counting): MadeModule | undefined {
    const { filter, store, cache, program, spawn } = this.#tools;
    if (!filter.includes(origin)) {
      this.#sink.leftOut(placeOf(origin) || nameOf(origin));
      return undefined;
    }
    const sha256 = sha256Hex(binary);
    const begin = performance.now();
    const made = instrumentApart(cache, { binary, sha256, options }, program, spawn);
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
