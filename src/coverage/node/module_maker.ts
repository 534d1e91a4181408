/** Makes the modules of a run: selects them, has them instrumented, and stores what a report needs. */

import { sha256Hex } from "../../cache/content.ts";
import { instrumentApart, type SpawnSync } from "../../cache/instrument_apart.ts";
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
