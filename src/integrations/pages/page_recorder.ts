/** Records the counts of pages, in the process that serves them. */

import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { defaultCacheDirectory } from "../../cache/directory.ts";
import { ModuleCache } from "../../cache/module_cache.ts";
import { type CountingStorage, countingFor } from "../../coverage/node/collector_options.ts";
import { ModuleFilter, type ModuleOrigin } from "../../coverage/node/module_filter.ts";
import { moduleExpressions } from "../../coverage/node/module_globs.ts";
import { ModuleMaker } from "../../coverage/node/module_maker.ts";
import { ProfileStore } from "../../coverage/node/profile_store.ts";
import { settingsFromEnvironment } from "../../coverage/node/settings.ts";
import { type TalliedModule, Tally } from "../../coverage/node/tally.ts";
import { decodePcTable } from "../../instrument/pc_table_format.ts";
import type { InstrumentedReport, PageReport } from "./protocol.ts";

/** Options for what is recorded from pages. */
export interface PageOptions {
  /**
   * Directory for the profile. Default: that of the run, under `wasm-kcov coverage`; else `coverage/tmp`. `wasm-kcov
   * report` makes a report from it.
   */
  directory?: string;
  /** Globs of the modules to cover: URLs, names, packages. Default: all except those in node_modules. */
  modules?: readonly string[];
  /** Globs of modules not to cover. */
  excludeModules?: readonly string[];
  /** Count only whether code ran; default false. */
  hits?: boolean;
}

/** Where profiles go by default. */
const DEFAULT_DIRECTORY = "coverage/tmp";

/** Collects the counts of the pages of one run, and writes them to a profile. */
export class PageRecorder {
  readonly #maker: ModuleMaker;
  readonly #hits: boolean;
  readonly #store: ProfileStore;
  readonly #tally = new Tally();
  /** The modules, by the key that their counters carry. */
  readonly #modules = new Map<string, TalliedModule>();
  readonly #name = `${process.pid}-${randomUUID()}`;
  readonly #notes = new Set<string>();
  readonly #leftOut = new Set<string>();
  readonly #pages = new Set<string>();

  /** @param say called with a line when something cannot be written where it belongs */
  constructor(options: PageOptions, say: (line: string) => void) {
    const run = settingsFromEnvironment(process.env);
    const root = process.cwd();
    this.#hits = options.hits ?? run?.hits ?? false;
    const filter = new ModuleFilter({
      modules: options.modules ? moduleExpressions(options.modules, root) : (run?.modules ?? []),
      excluded: options.excludeModules ? moduleExpressions(options.excludeModules, root) : (run?.excluded ?? []),
    });
    this.#store = new ProfileStore(resolve(options.directory ?? run?.directory ?? join(root, DEFAULT_DIRECTORY)), say);
    const cache = new ModuleCache(defaultCacheDirectory());
    const program = fileURLToPath(new URL("../../cache/instrument_main.js", import.meta.url));
    this.#maker = new ModuleMaker(
      { filter, store: this.#store, cache, program, spawn: spawnSync },
      { leftOut: (place) => this.#leftOut.add(place), note: (line) => this.note(line) },
    );
  }

  /**
   * Instruments a module that a page is about to compile.
   *
   * @returns undefined if it stays as it is, because the run does not cover it, or it cannot be instrumented
   */
  instrument(binary: Uint8Array, origin: ModuleOrigin, storage: CountingStorage): Uint8Array<ArrayBuffer> | undefined {
    const { kind, options } = countingFor({ hits: this.#hits }, storage);
    // What is possible depends on the page's engine, not on this one.
    const link = storage === "memory" ? "fused" : "import";
    const made = this.#maker.make(binary, origin, { kind, options: { ...options, link } });
    if (made === undefined) return undefined;
    const { module } = made;
    const { sha256, pcTable } = module;
    this.#modules.set(keyOf(sha256.slice(0, 16), pcTable.slice(0, 16)), module);
    if (this.#tally.isEmpty) this.#store.begin(this.#name, { pid: process.pid, command: "pages" });
    this.#tally.add(module, origin);
    return made.binary;
  }

  /** Adds what a page has counted. */
  report({ url, modules, instrumented = [], notes }: PageReport): void {
    this.#pages.add(url);
    for (const module of instrumented) this.#adopt(module);
    for (const note of notes) this.note(note);
    for (const { id, table, length, counts } of modules) {
      const module = this.#modules.get(keyOf(id, table));
      if (module === undefined) this.note(`${url}: a module that was instrumented by somebody else is not covered`);
      else this.#tally.addCounts(module, length, Buffer.from(counts, "base64"));
    }
  }

  /** Adds a module that was instrumented before it was served: its original must be given when a report is made. */
  #adopt({ pcTable, url, script }: InstrumentedReport): void {
    const bytes = new Uint8Array(Buffer.from(pcTable, "base64"));
    const { counters, original } = decodePcTable(bytes);
    const hash = this.#store.keepPcTable(bytes);
    const kind = counters === "64bit" ? "counts" : "hits";
    const module: TalliedModule = { sha256: original.sha256, bytes: original.bytes, kind, pcTable: hash };
    this.#modules.set(keyOf(original.sha256.slice(0, 16), hash.slice(0, 16)), module);
    if (this.#tally.isEmpty) this.#store.begin(this.#name, { pid: process.pid, command: "pages" });
    this.#tally.add(module, { ...(url !== undefined && { url }), ...(script !== undefined && { script }) });
  }

  /** Adds a line about something that is not covered. */
  note(line: string): void {
    this.#notes.add(line);
  }

  /** Writes the current profile, replacing an earlier one. Without a module there is none. */
  finish(): void {
    if (this.#tally.isEmpty && this.#notes.size === 0 && this.#leftOut.size === 0) return;
    const command = `pages: ${[...this.#pages].slice(0, 3).join(", ")}`;
    const record = { pid: process.pid, command, node: process.version };
    const lists = { notes: [...this.#notes], leftOut: [...this.#leftOut] };
    this.#store.finish(this.#name, { ...record, ...lists }, this.#tally.modules());
  }
}

function keyOf(id: string, table: string): string {
  return `${id} ${table}`;
}
