/** Features of counters: buckets, what is new, what is listed; against a plain computation. */

import fc from "fast-check";
import { expect, test } from "vitest";
import { hasMultiMemory } from "../../../../src/engine.ts";
import { bucketOf, Features } from "../../../../src/fuzz/builtin/features.ts";
import type { FuzzTarget } from "../../../../src/fuzz/engine.ts";
import { openTarget } from "../../../../src/fuzz/index.ts";
import { instrument } from "../../../../src/instrument/index.ts";
import { openWat, temporaryFile } from "../../../support/fuzz_target.ts";
import { wat } from "../../../support/wat.ts";

/** Many functions, so that counters span several chunks of 64. */
const MANY = `(module (memory (export "memory") 20)
  (func (export "malloc") (param i32) (result i32) (i32.const 65536))
  (func (export "LLVMFuzzerTestOneInput") (param i32 i32) (result i32) (i32.const 0))
  ${Array.from({ length: 200 }, (_, k) => `(func (export "f${k}"))`).join("\n")})`;

/** A target whose counters are in the memory of the device. */
function openInDevice(): Promise<FuzzTarget> {
  const { binary } = instrument(wat(MANY), { trace: ["counters", "cmp"], counterStorage: "device" });
  return openTarget(temporaryFile("instrumented.wasm", binary), { cache: false });
}

test("buckets are those of SanitizerCoverage", () => {
  const firsts = Array.from({ length: 255 }, (_, k) => k + 1).filter((c) => c === 1 || bucketOf(c) !== bucketOf(c - 1));
  expect(firsts).toEqual([1, 2, 3, 4, 8, 16, 32, 128]);
  expect(firsts.map(bucketOf)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
});

test.each([
  ["in a memory of their own", () => openWat(MANY), hasMultiMemory()],
  ["in the device's memory", openInDevice, false],
])("collecting finds what a plain computation finds: counters %s", async (_, open, isOwn) => {
  using target = await open();
  const [region] = target.counters;
  if (!region) throw new Error("no counters");
  expect(region.memory !== target.kcov.memory).toBe(isOwn);
  const counts = fc.array(fc.tuple(fc.nat(region.length - 1), fc.integer({ min: 1, max: 255 })), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fc.array(counts, { maxLength: 8 }), async (executions) => {
      using features = Features.create(target);
      const seen = new Set<number>();
      const edges = new Set<number>();
      for (const execution of executions) {
        features.clear();
        expect(region.bytes.every((count) => count === 0)).toBe(true);
        for (const [k, count] of execution) region.bytes[k] = count;
        const now = new Map(execution.map(([k, count]) => [k, 8 * k + bucketOf(count)]));
        for (const [k] of execution) now.set(k, 8 * k + bucketOf(region.bytes[k] ?? 0));
        const all = [...now.values()].sort((a, b) => a - b);
        const fresh = all.filter((feature) => !seen.has(feature));
        for (const feature of all) seen.add(feature);
        for (const k of now.keys()) edges.add(k);

        expect([...features.found(features.collect(true))]).toEqual(fresh);
        expect([...features.list()]).toEqual(all);
        expect(features.includes(Uint32Array.from(all), false)).toBe(true);
        const absent = [...seen].filter((feature) => !all.includes(feature));
        if (absent.length > 0) expect(features.includes(Uint32Array.from(absent), false)).toBe(false);
        expect([features.total, features.edges]).toEqual([seen.size, edges.size]);
      }
    }),
    { numRuns: 50 },
  );
});

test("one engine after the other uses the same memory", async () => {
  using target = await openWat(MANY);
  const sizes = [1, 2, 3].map(() => {
    using features = Features.create(target);
    features.collect(true);
    return target.counters[0]?.memory.buffer.byteLength;
  });
  expect(new Set(sizes).size).toBe(1);
});

test("what is hit often is less rare", async () => {
  using target = await openWat(MANY);
  using features = Features.create(target);
  const [region] = target.counters;
  if (!region) throw new Error("no counters");
  for (const counted of [true, true, true, false]) {
    features.clear();
    region.bytes[3] = 1;
    features.collect(counted);
  }
  expect(features.rarity(Uint32Array.of(24))).toBe(1 / 4);
  expect(features.rarity(Uint32Array.of(24, 32))).toBe(1 / 4 + 1);
});
