/**
 * Random modules do the same with everything traced: results, traps, memory and globals, in both link modes, which also
 * leave the same traces; and what pruning drops can be told from what it keeps.
 */

import { setFlagsFromString } from "node:v8";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasMultiMemory, instrument, type LinkMode, TRACES } from "../../src/instrument/index.ts";
import { reconstruct } from "../support/coverage.ts";
import { createBench } from "../support/instrumented.ts";
import { randomModule } from "../support/random_wat.ts";
import { wat } from "../support/wat.ts";

// Exceptions with try_table are behind a flag in Node 24.
if (Number(process.versions.node.split(".")[0]) >= 22) setFlagsFromString("--experimental-wasm-exnref");

const LINKS: LinkMode[] = hasMultiMemory() ? ["import", "fused"] : ["import"];
const RUNS = Number(process.env.WASM_KCOV_RANDOM_MODULES ?? 25);
/** A module takes a tenth of a second, and several times that on a busy machine. */
const TIMEOUT_MILLISECONDS = 180_000 + 1000 * RUNS;
const ARGUMENTS: readonly [number, bigint][] = [
  [0, 0n],
  [1, -1n],
  [-77, 1n << 40n],
  [255, 65n],
];

/** Old exceptions are not in every engine's future, and not all engines have the new ones yet. */
const HAS_EXCEPTIONS = WebAssembly.validate(wat("(module (func (block $l (try_table (catch_all $l)))))"));

/** What one call left behind. */
interface Behaviour {
  result: unknown;
  memory: string;
  global: unknown;
}

interface Exports {
  memory: WebAssembly.Memory;
  global: WebAssembly.Global;
  refuel(): void;
  [name: `f${number}`]: (a: number, b: bigint) => unknown;
}

function instantiate(binary: Uint8Array<ArrayBuffer>, imports: WebAssembly.Imports = {}): Exports {
  return new WebAssembly.Instance(new WebAssembly.Module(binary), imports).exports as unknown as Exports;
}

function call(exports: Exports, k: number, [a, b]: readonly [number, bigint]): Behaviour {
  exports.refuel();
  let result: unknown;
  try {
    result = exports[`f${k}`]?.(a, b);
  } catch (error) {
    result = error instanceof WebAssembly.Exception ? "exception" : String(error);
  }
  const memory = Buffer.from(exports.memory.buffer, 0, 512).toString("hex");
  return { result, memory, global: exports.global.value };
}

function module(seed: number): Uint8Array<ArrayBuffer> {
  const text = randomModule(seed);
  return wat(HAS_EXCEPTIONS ? text : text.replaceAll("try_table (catch $e", "unsupported"));
}

describe.runIf(HAS_EXCEPTIONS)("random modules", { timeout: TIMEOUT_MILLISECONDS }, () => {
  it("do the same with everything traced", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const binary = module(seed);
        const original = instantiate(binary);
        const expected = behaviours((k, args) => call(original, k, args));
        const traces = LINKS.map((link) => {
          const bench = createBench(1 << 16);
          const instrumented = instrument(binary, { link, trace: TRACES, selects: seed % 2 === 0 });
          expect(instrumented.leftOut).toEqual([]);
          const exports = instantiate(instrumented.binary, bench.imports);
          const trace: unknown[] = [];
          const actual = behaviours((k, args) => {
            let behaviour: Behaviour | undefined;
            const run = () => {
              behaviour = call(exports, k, args);
            };
            if (k % 2 === 0) trace.push(...bench.tracePcs(run));
            else trace.push(...bench.traceComparisons(run));
            return behaviour;
          });
          expect(actual).toEqual(expected);
          return trace;
        });
        for (const trace of traces) expect(trace).toEqual(traces[0]);
      }),
      { numRuns: RUNS },
    );
  });

  it.each([
    [true, "nothing traps"],
    ["calls-return", "nothing traps, and nothing is thrown"],
  ] as const)("have the same full coverage whether or not sites are pruned: %s, where %s", (prune, _condition) => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const binary = module(seed);
        const selects = seed % 2 === 0;
        const full = instrument(binary, { link: "import", selects, prune: false });
        const pruned = instrument(binary, { link: "import", selects, prune });
        const handlers = new Set(full.pcTable.sites.filter(({ kind }) => kind === "catch").map(({ pc }) => pc));
        const [a, b] = [createBench(), createBench()];
        const [whole, part] = [instantiate(full.binary, a.imports), instantiate(pruned.binary, b.imports)];
        behaviours((k, args) => {
          let behaviour: Behaviour | undefined;
          const pcs = a.tracePcs(() => {
            behaviour = call(whole, k, args);
          });
          const kept = b.tracePcs(() => call(part, k, args));
          const ended = String(behaviour?.result);
          if (ended.includes("RuntimeError")) return behaviour;
          const hasThrown = ended === "exception" || pcs.some((pc) => handlers.has(pc));
          if (prune === "calls-return" && hasThrown) return behaviour;
          expect(reconstruct(pruned.pcTable, kept)).toEqual(new Set(pcs));
          return behaviour;
        });
      }),
      { numRuns: RUNS },
    );
  });
});

function behaviours(run: (k: number, args: readonly [number, bigint]) => Behaviour | undefined): unknown[] {
  return ARGUMENTS.flatMap((args) => [0, 1, 2, 3, 4].map((k) => run(k, args)));
}
