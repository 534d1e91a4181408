/** Modules of a script that count: what the counts of all sites are, derived from those of some or not. */

import {
  type CounterForm,
  deriveCounts,
  hasMultiMemory,
  type InstrumentResult,
  instrument,
} from "../../src/instrument/index.ts";
import { CounterStore } from "../../src/runtime/counter_store.ts";

/** How a world counts: with a counter at every site, or with those that others follow from. */
export type Counting = "all counts" | "counts" | "flags";

export class CountingModules {
  readonly store: CounterStore = new CounterStore();
  private readonly form: CounterForm;
  private readonly prune: boolean;
  private readonly modules: InstrumentResult[] = [];

  constructor(counting: Counting) {
    this.form = counting === "flags" ? "flag" : "64bit";
    this.prune = counting !== "all counts";
  }

  instrument(binary: Uint8Array<ArrayBuffer>): InstrumentResult {
    const { form: counters, prune } = this;
    const link = hasMultiMemory() ? "fused" : "import";
    const selects = true;
    const result = instrument(binary, {
      ...{ trace: ["counters"], counterStorage: "memory", counters, prune, selects, link },
    });
    this.modules.push(result);
    return result;
  }

  /** Counts by module and pc, of modules that have sites and were instantiated. */
  get counts(): Map<string, bigint> {
    const counts = new Map<string, bigint>();
    for (const { pcTable } of this.modules) {
      const { sha256 } = pcTable.original;
      const stored = this.store.modules.find(({ id }) => id === BigInt(`0x${sha256.slice(0, 16)}`));
      if (!stored || stored.length === 0) continue;
      const derived = deriveCounts(pcTable, stored.read());
      for (const [k, { pc }] of pcTable.sites.entries()) counts.set(`${sha256.slice(0, 8)} ${pc}`, derived[k] ?? 0n);
    }
    return counts;
  }
}

/**
 * The first site at which two worlds differ: in whether it was executed, or in how often by more than there were traps.
 *
 * @param traps undefined where the second one has flags
 */
export function differingSite(
  all: Map<string, bigint>,
  derived: Map<string, bigint>,
  traps: number | undefined,
): string | undefined {
  if (all.size !== derived.size) return `${all.size} sites, ${derived.size} sites`;
  for (const [site, count] of all) {
    const expected = traps === undefined && count > 1n ? 1n : count;
    const actual = derived.get(site) ?? 0n;
    const difference = Math.abs(Number(expected - actual));
    if ((expected === 0n) !== (actual === 0n) || difference > (traps ?? 0))
      return `${site}: ${expected}, not ${actual}`;
  }
  return undefined;
}
