/**
 * Real modules with flipped bits or cut short: each is refused with an InstrumentError, or instruments to a valid
 * module; nothing else is thrown, and the next call works.
 */

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import { hasMultiMemory, InstrumentError, instrument, TRACES } from "../../src/instrument/index.ts";

const MODULES = [
  "source-map/lib/mappings.wasm",
  "xxhash-wasm/workerd/xxhash.wasm",
  "@one-ini/wasm/one_ini_bg.wasm",
  "web-tree-sitter/debug/web-tree-sitter.wasm",
].map((path) => new Uint8Array(readFileSync(new URL(`../../node_modules/${path}`, import.meta.url))));
// An engine that lacks proposals leaves the decision to Binaryen, which takes longer.
const RUNS = Number(process.env.WASM_KCOV_MUTATED_MODULES ?? (hasMultiMemory() ? 500 : 100));

const mutation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), bit: fc.nat(7) }) },
  { weight: 1, arbitrary: fc.record({ keep: fc.double({ min: 0, max: 1, noNaN: true }) }) },
);
const mutations = fc.array(mutation, { minLength: 1, maxLength: 3 });
const LINKS = hasMultiMemory() ? (["fused", "import"] as const) : (["import"] as const);

it("refuses or instruments mutated modules", () => {
  const counts = { refused: 0, instrumented: 0 };
  fc.assert(
    fc.property(fc.nat(MODULES.length - 1), mutations, fc.constantFrom(...LINKS), (which, mutations, link) => {
      let bytes = (MODULES[which] as Uint8Array).slice();
      for (const each of mutations) bytes = mutate(bytes, each);
      try {
        const { binary } = instrument(bytes, { trace: TRACES, link });
        expect(WebAssembly.validate(binary)).toBe(true);
        counts.instrumented++;
      } catch (error) {
        expect(error).toBeInstanceOf(InstrumentError);
        expect((error as InstrumentError).code).not.toBe("ERR_INTERNAL");
        counts.refused++;
      }
    }),
    { numRuns: RUNS },
  );
  expect(counts.refused).toBeGreaterThan(0);
  expect(counts.instrumented).toBeGreaterThan(0);
}, 240_000);

function mutate(
  bytes: Uint8Array<ArrayBuffer>,
  change: { at: number; bit: number } | { keep: number },
): Uint8Array<ArrayBuffer> {
  if ("keep" in change) return bytes.slice(0, Math.floor(change.keep * bytes.length));
  const at = Math.min(bytes.length - 1, Math.floor(change.at * bytes.length));
  if (at >= 0) bytes[at] = (bytes[at] ?? 0) ^ (1 << change.bit);
  return bytes;
}
