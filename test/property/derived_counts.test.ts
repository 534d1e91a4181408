/** Counts that follow from those of others are those that a counter at every site gives, whatever a run ends with. */

import { setFlagsFromString } from "node:v8";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CounterStore } from "../../src/index.ts";
import { type CounterForm, deriveCounts, hasMultiMemory, instrument } from "../../src/instrument/index.ts";
import { randomModule } from "../support/random_wat.ts";
import { wat } from "../support/wat.ts";

// Exceptions with try_table are behind a flag in Node 24.
if (Number(process.versions.node.split(".")[0]) >= 22) setFlagsFromString("--experimental-wasm-exnref");

const RUNS = Number(process.env.WASM_KCOV_RANDOM_MODULES ?? 300);
const HAS_EXCEPTIONS = WebAssembly.validate(wat("(module (func (block $l (try_table (catch_all $l)))))"));
const ARGUMENTS: readonly [number, bigint][] = [
  [0, 0n],
  [1, -1n],
  [-77, 1n << 40n],
  [255, 65n],
];

interface Exports {
  refuel(): void;
  [name: `f${number}`]: (a: number, b: bigint) => unknown;
}

/** A module that counts, and the counts of all its sites by pc. */
function counting(binary: Uint8Array<ArrayBuffer>, counters: CounterForm, options: object) {
  const store = new CounterStore();
  const link = hasMultiMemory() ? "fused" : "import";
  const trace = ["counters"] as const;
  const result = instrument(binary, { link, trace, counters, counterStorage: "memory", ...options });
  const imports = store.imports as unknown as WebAssembly.Imports;
  const exports = new WebAssembly.Instance(new WebAssembly.Module(result.binary), imports).exports;
  const { pcTable } = result;
  const counts = (): Map<bigint, bigint> => {
    const all = deriveCounts(pcTable, store.modules[0]?.read() ?? new Uint8Array(0));
    return new Map(pcTable.sites.map(({ pc }, k) => [pc, all[k] ?? 0n]));
  };
  return { exports: exports as unknown as Exports, counts, pruned: result.stats.sites.pruned };
}

function run(exports: Exports, k: number, [a, b]: readonly [number, bigint]): void {
  exports.refuel();
  try {
    exports[`f${k}`]?.(a, b);
  } catch {
    // A trap or an exception: what was counted until then counts.
  }
}

describe.runIf(HAS_EXCEPTIONS)("random modules", { timeout: 1000 * RUNS }, () => {
  it.each(["64bit", "flag"] as const)("have the same %s counters at every site, derived or not", (form) => {
    let pruned = 0;
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const binary = wat(randomModule(seed));
        const options = { selects: seed % 2 === 0, level: seed % 3 === 0 ? "bb" : "edge" };
        const full = counting(binary, form, { ...options, prune: false });
        const derived = counting(binary, form, options);
        pruned += derived.pruned;
        for (const args of ARGUMENTS) {
          for (const k of [0, 1, 2, 3, 4]) {
            run(full.exports, k, args);
            run(derived.exports, k, args);
          }
        }
        expect(derived.counts()).toEqual(full.counts());
      }),
      { numRuns: RUNS },
    );
    expect(pruned).toBeGreaterThan(RUNS);
  });
});
