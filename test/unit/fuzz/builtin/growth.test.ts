/** Feedback is worth something on a real parser: @one-ini/wasm, through its own glue. */

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Features } from "../../../../src/fuzz/builtin/features.ts";
import { Mutator } from "../../../../src/fuzz/builtin/mutate.ts";
import { Random } from "../../../../src/fuzz/builtin/random.ts";
import type { FuzzTarget } from "../../../../src/fuzz/engine.ts";
import { openTarget } from "../../../../src/fuzz/index.ts";
import { fuzz } from "../../../support/fuzzing.ts";

const RUNS = 50_000;

/** Edges that the same mutations reach, always of the same first input. */
async function edgesWithoutFeedback(target: FuzzTarget): Promise<number> {
  using features = Features.create(target);
  const mutator = new Mutator(new Random(1), {
    maxLength: 4096,
    dictionary: [],
    substitutions: [],
    crossOver: true,
    custom: undefined,
  });
  for (let run = 0, size = 0; run < RUNS; run++) {
    if (run % 5 === 0) mutator.load(Uint8Array.of(10));
    size = mutator.mutate(run % 5 === 0 ? 1 : size);
    features.clear();
    await target.runOne(mutator.state.data.subarray(0, size));
    features.collect(false);
  }
  return features.edges;
}

test("the engine reaches more edges than mutations without feedback in as many executions", async () => {
  using target = await openTarget(fileURLToPath(new URL("../../../../examples/fuzz_ini.mjs", import.meta.url)));
  const without = await edgesWithoutFeedback(target);
  const { fuzzer } = await fuzz(target, { maxRuns: RUNS }, [], true);
  expect(fuzzer.features.edges).toBeGreaterThan(without + 30);
});
