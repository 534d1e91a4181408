/** Instruments what a trace records. What was instrumented in the same way before comes from the cache of modules. */

import type { CachedModule } from "../../cache/entry.ts";
import { cacheKey, type ModuleCache } from "../../cache/module_cache.ts";
import type { InstrumentOptions, InstrumentResult } from "../../instrument/index.ts";
import { remarksOn } from "../remarks.ts";

/** What is recorded: executed sites, operands of comparisons, or (a proposal) entry and exit of functions. */
export type TraceMode = "pc" | "cmp" | "calls";

/** What modules are instrumented for: recording events, or counting how often sites are executed. */
export type Recording = TraceMode | "counts";

/** Options that do not follow from what is recorded. */
export type ModuleOptions = Omit<InstrumentOptions, "trace" | "counters" | "counterStorage" | "pcBase">;

/** A module that could be instrumented. */
export type PassedModule = Required<CachedModule> & { readonly binary: Uint8Array<ArrayBuffer> };

export class ModulePass {
  readonly #recording: Recording;
  readonly #options: ModuleOptions;
  readonly #cache: ModuleCache | undefined;

  constructor(recording: Recording, options: ModuleOptions, cache: ModuleCache | undefined) {
    this.#recording = recording;
    this.#options = options;
    this.#cache = cache;
  }

  /**
   * @param sha256 of the module, in hexadecimal
   * @param pcBase added to the module's PCs
   * @param onMiss called before the pass runs: it takes seconds for a large module
   * @throws {InstrumentError}
   */
  async run(
    binary: Uint8Array<ArrayBuffer>,
    sha256: string,
    pcBase: bigint,
    onMiss: () => void,
  ): Promise<PassedModule> {
    const key = cacheKey(sha256, { recording: this.#recording, ...this.#options, pcBase });
    const { binary: cached, notes = [], unmatched = [] } = this.#cache?.find(key) ?? {};
    if (cached !== undefined) return { binary: cached, notes, unmatched };
    onMiss();
    const result = await this.#instrument(binary, pcBase);
    const made = {
      binary: result.binary,
      notes: remarksOn({ ...result, unmatched: [] }),
      unmatched: result.unmatched,
    };
    this.#cache?.keep(key, made);
    return made;
  }

  async #instrument(binary: Uint8Array<ArrayBuffer>, pcBase: bigint): Promise<InstrumentResult> {
    // Binaryen comes with it, which modules out of the cache need not wait for.
    const { instrument, instrumentCalls } = await import("../../instrument/index.ts");
    const { functions = {} } = this.#options;
    if (this.#recording === "calls") return instrumentCalls(binary, { functions, pcBase });
    return instrument(binary, { ...this.#options, ...traceOptions(this.#recording, this.#options), pcBase });
  }
}

/**
 * Counters are in memory that other threads can read. The summary must have as many events as there would be PCs,
 * however long a program runs: so exactly the sites with a hook for PCs have a counter. The scheme of coverage runs,
 * fewer counters from which all counts follow, would give other numbers, and inexact ones after a trap.
 */
function traceOptions(recording: Exclude<Recording, "calls">, { prune = true }: ModuleOptions): InstrumentOptions {
  if (recording === "pc") return { trace: ["pc"] };
  if (recording === "cmp") return { trace: ["cmp", "switch"] };
  return { trace: ["counters"], counters: "64bit", counterStorage: "memory", prune: prune && "implied" };
}
