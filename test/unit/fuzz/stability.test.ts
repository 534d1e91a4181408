import { expect, test } from "vitest";
import { measureStability } from "../../../src/fuzz/index.ts";
import { MALLOC, openWat } from "../../support/fuzz_target.ts";

/** Takes another way at each second call. */
const ALTERNATING = `(module ${MALLOC}
  (global $calls (mut i32) (i32.const 0))
  (func $odd) (func $even)
  (func (export "LLVMFuzzerTestOneInput") (param i32 i32) (result i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (if (i32.and (global.get $calls) (i32.const 1)) (then (call $odd)) (else (call $even)))
    (i32.const 0)))`;

test("the same input, the same coverage: or which counters differ", async () => {
  const inputs = [Uint8Array.of(1), Uint8Array.of(2)];
  const kept = await openWat(ALTERNATING, { reset: "none" });
  const unstable = await measureStability(kept, inputs);
  const [module] = kept.modules;
  const functions = new Set(unstable.unstable.map(({ pc }) => module?.functionName(module.functionOf(pc) ?? -1)));
  expect(functions).toContain("odd");
  expect(functions).toContain("even");
  expect(unstable.unstable.every(({ id, index, pc }) => id === module?.id && module.pcs[index] === pc)).toBe(true);
  expect(unstable.stability).toBeCloseTo(1 - unstable.unstable.length / unstable.reached);
  expect(unstable.unstable.length).toBeLessThan(unstable.reached);

  for (const reset of ["globals", "memory", "instance"] as const) {
    const { stability, reached } = await measureStability(await openWat(ALTERNATING, { reset }), inputs);
    expect([reset, stability]).toEqual([reset, 1]);
    expect(reached).toBeGreaterThan(1);
  }
});

test("one run compares nothing", async () => {
  const target = await openWat(ALTERNATING);
  await expect(measureStability(target, [], 1)).rejects.toThrow("runs: 1 is less than 2");
});
