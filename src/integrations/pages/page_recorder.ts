/** Records what pages count, on the side of whoever serves them. */

import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256Hex } from "../../cache/content.ts";
import { defaultCacheDirectory } from "../../cache/directory.ts";
import { instrumentApart } from "../../cache/instrument_apart.ts";
import { ModuleCache } from "../../cache/module_cache.ts";
import { ModuleFilter, type ModuleOrigin, nameOf, placeOf } from "../../coverage/node/module_filter.ts";
import { moduleExpressions } from "../../coverage/node/module_globs.ts";
import { ProfileStore } from "../../coverage/node/profile_store.ts";
import { settingsFromEnvironment } from "../../coverage/node/settings.ts";
import { type TalliedModule, Tally } from "../../coverage/node/tally.ts";
import type { CountKind } from "../../coverage/profile/profile.ts";
import type { InstrumentOptions } from "../../instrument/index.ts";
import { pcTableBytes } from "../../instrument/read_pc_table.ts";
import type { PageReport } from "./protocol.ts";

/** What is recorded of pages. */
export interface PageOptions {
  /**
   * Where the profile goes. Default: the directory of the run, under `wasm-kcov coverage`; else `coverage/tmp`. A report is
   * made from it by `wasm-kcov report`.
   */
  directory?: string;
  /** Globs of the modules to cover: URLs, names, packages. Default: all but those in node_modules. */
  modules?: readonly string[];
  /** Globs of modules not to cover. */
  excludeModules?: readonly string[];
  /** Count only whether code ran; default false. */
  hits?: boolean;
}

/** Where profiles go if nobody says. */
const DEFAULT_DIRECTORY = "coverage/tmp";

/** What a page's engine can run. */
export type PageStorage = "memory" | "globals";

export class PageRecorder {
  readonly #filter: ModuleFilter;
  readonly #hits: boolean;
  readonly #store: ProfileStore;
  readonly #cache = new ModuleCache(defaultCacheDirectory());
  readonly #program = fileURLToPath(new URL("../../cache/instrument_main.js", import.meta.url));
  readonly #tally = new Tally();
  /** By what their counters say of them. */
  readonly #modules = new Map<string, TalliedModule>();
  readonly #name = `${process.pid}-${randomUUID()}`;
  readonly #notes = new Set<string>();
  readonly #leftOut = new Set<string>();
  readonly #pages = new Set<string>();

  /** @param say told, in a line, when something cannot be written where it belongs */
  constructor(options: PageOptions, say: (line: string) => void) {
    const run = settingsFromEnvironment(process.env);
    const root = process.cwd();
    this.#hits = options.hits ?? run?.hits ?? false;
    this.#filter = new ModuleFilter({
      modules: options.modules ? moduleExpressions(options.modules, root) : (run?.modules ?? []),
      excluded: options.excludeModules ? moduleExpressions(options.excludeModules, root) : (run?.excluded ?? []),
    });
    this.#store = new ProfileStore(resolve(options.directory ?? run?.directory ?? join(root, DEFAULT_DIRECTORY)), say);
  }

  /**
   * Instruments what a page is about to compile.
   *
   * @returns undefined if it stays as it is: the run is not about it, or it cannot be instrumented
   */
  instrument(binary: Uint8Array, origin: ModuleOrigin, storage: PageStorage): Uint8Array<ArrayBuffer> | undefined {
    if (!this.#filter.includes(origin)) {
      this.#leftOut.add(placeOf(origin) || nameOf(origin));
      return undefined;
    }
    const sha256 = sha256Hex(binary);
    const { kind, options } = countingIn(storage, this.#hits);
    const made = instrumentApart(this.#cache, { binary, sha256, options }, this.#program, spawnSync);
    for (const note of made.notes) this.note(`${nameOf(origin)}: ${note}`);
    if (made.binary === undefined) return undefined;
    this.#store.keepOriginal(sha256, binary);
    const pcTable = this.#store.keepPcTable(pcTableBytes(made.binary));
    const module: TalliedModule = { sha256, bytes: binary.length, kind, pcTable };
    this.#modules.set(keyOf(sha256.slice(0, 16), pcTable.slice(0, 16)), module);
    if (this.#tally.isEmpty) this.#store.begin(this.#name, { pid: process.pid, command: "pages" });
    this.#tally.add(module, origin);
    return made.binary;
  }

  /** Adds what a page has counted. */
  report({ url, modules, notes }: PageReport): void {
    this.#pages.add(url);
    for (const note of notes) this.note(note);
    for (const { id, table, length, counts } of modules) {
      const module = this.#modules.get(keyOf(id, table));
      if (module === undefined) this.note(`${url}: a module that was instrumented by somebody else is not covered`);
      else this.#tally.addCounts(module, length, Buffer.from(counts, "base64"));
    }
  }

  /** Something is not covered: a line. */
  note(line: string): void {
    this.#notes.add(line);
  }

  /** Writes the profile as it is now, in place of an earlier one. Without a module there is none. */
  finish(): void {
    if (this.#tally.isEmpty && this.#notes.size === 0 && this.#leftOut.size === 0) return;
    const command = `pages: ${[...this.#pages].slice(0, 3).join(", ")}`;
    const record = { pid: process.pid, command, node: process.version };
    const lists = { notes: [...this.#notes], leftOut: [...this.#leftOut] };
    this.#store.finish(this.#name, { ...record, ...lists }, this.#tally.modules());
  }
}

/** As the collector of Node.js has it, but for the engine of the page and not for this one. */
function countingIn(storage: PageStorage, hits: boolean): { kind: CountKind; options: InstrumentOptions } {
  const link = storage === "memory" ? "fused" : "import";
  const counters = hits ? "flag" : "64bit";
  return {
    kind: hits ? "hits" : "counts",
    options: { trace: ["counters"], counters, counterStorage: storage, link },
  };
}

function keyOf(id: string, table: string): string {
  return `${id} ${table}`;
}
