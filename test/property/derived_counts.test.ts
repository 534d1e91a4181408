/**
 * Counts that follow from those of others are those that a counter at every site gives: exactly, but for one up or down for
 * each trap; hits are right whatever a run ends with.
 */

import { setFlagsFromString } from "node:v8";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CounterStore } from "../../src/index.ts";
import { type CounterForm, deriveCounts, hasMultiMemory, instrument } from "../../src/instrument/index.ts";
import { randomModule } from "../support/random_wat.ts";
import { wat } from "../support/wat.ts";

// Exceptions with try_table are behind a flag in Node 24.
if (Number(process.versions.node.split(".")[0]) >= 22) setFlagsFromString("--experimental-wasm-exnref");

const RUNS = Number(process.env.WASM_KCOV_RANDOM_MODULES ?? 25);
/** More modules where a run that throws or traps says nothing: of some, none of the 20 runs ends in any other way. */
const MORE_RUNS = 50;
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

/** A module that counts, and the counts of all its sites by pc, since they were last taken. */
function counting(binary: Uint8Array<ArrayBuffer>, counters: CounterForm, options: object) {
  const store = new CounterStore();
  const link = hasMultiMemory() ? "fused" : "import";
  const trace = ["counters"] as const;
  const result = instrument(binary, { link, trace, counters, counterStorage: "memory", ...options });
  const imports = store.imports as unknown as WebAssembly.Imports;
  const exports = new WebAssembly.Instance(new WebAssembly.Module(result.binary), imports).exports;
  const { pcTable } = result;
  const take = (): Map<bigint, bigint> => {
    const all = deriveCounts(pcTable, store.modules[0]?.read() ?? new Uint8Array(0));
    store.modules[0]?.clear();
    return new Map(pcTable.sites.map(({ pc }, k) => [pc, all[k] ?? 0n]));
  };
  const handlers = pcTable.sites.filter(({ kind }) => kind === "catch").map(({ pc }) => pc);
  return { exports: exports as unknown as Exports, take, handlers, pruned: result.stats.sites.pruned };
}

type Ending = "returned" | "threw" | "trapped";

function run(exports: Exports, k: number, [a, b]: readonly [number, bigint]): Ending {
  exports.refuel();
  try {
    exports[`f${k}`]?.(a, b);
    return "returned";
  } catch (error) {
    return error instanceof WebAssembly.Exception ? "threw" : "trapped";
  }
}

function differ([one, other]: readonly [bigint, bigint], traps: number): boolean {
  const difference = one < other ? other - one : one - other;
  return (one === 0n) !== (other === 0n) || difference > BigInt(traps);
}

describe.runIf(HAS_EXCEPTIONS)("random modules", { timeout: 180_000 + 1000 * RUNS }, () => {
  it.each([
    ["64bit", true],
    ["flag", true],
    ["64bit", "calls-return"],
    ["flag", "calls-return"],
  ] as const)("have the same %s counters at every site, derived or not, pruned: %s", (form, prune) => {
    let [pruned, exact] = [0, 0];
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const binary = wat(randomModule(seed));
        const options = { selects: seed % 2 === 0, level: seed % 3 === 0 ? "bb" : "edge" };
        const full = counting(binary, form, { ...options, prune: false });
        const derived = counting(binary, form, { ...options, prune });
        pruned += derived.pruned;
        for (const args of ARGUMENTS) {
          for (const k of [0, 1, 2, 3, 4]) {
            const ending = run(full.exports, k, args);
            run(derived.exports, k, args);
            const traps = ending === "trapped" ? 1 : 0;
            const [all, some] = [full.take(), derived.take()];
            const hasCaught = full.handlers.some((pc) => all.get(pc) !== 0n);
            if (prune === "calls-return" && (ending !== "returned" || hasCaught)) continue;
            if (traps === 0) exact++;
            const pairs = Array.from(all, ([pc, count]) => [
              pc,
              form === "flag" && count > 0n ? 1n : count,
              some.get(pc),
            ]);
            expect(pairs.filter(([, one = 0n, other = 0n]) => differ([one, other], traps))).toEqual([]);
          }
        }
      }),
      { numRuns: prune === "calls-return" ? RUNS + MORE_RUNS : RUNS },
    );
    expect(pruned).toBeGreaterThan(RUNS);
    expect(exact).toBeGreaterThan(RUNS);
  });
});
