/** What is told of a crash, in both link modes. */

import { describe, expect, test } from "vitest";
import type { Crash } from "../../../src/fuzz/engine.ts";
import { openTarget } from "../../../src/fuzz/index.ts";
import { reasonOf } from "../../../src/fuzz/targets/outcome.ts";
import { hasMultiMemory, instrument, type LinkMode } from "../../../src/instrument/index.ts";
import { run, temporaryFile } from "../../support/fuzz_target.ts";
import { wat } from "../../support/wat.ts";

const LINKS: readonly LinkMode[] = hasMultiMemory() ? ["import", "fused"] : ["import"];

const MODULE = wat(
  `(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
    (memory (export "memory") 1)
    (table $table 2 2 funcref)
    (tag $tag)
    (func $recurse (param $n i32) (result i32) (i32.add (call $recurse (i32.add (local.get $n) (i32.const 1))) (i32.const 1)))
    (func $fail (param $what i32)
      (if (i32.eq (local.get $what) (i32.const 0x61)) (then (unreachable)))
      (if (i32.eq (local.get $what) (i32.const 0x62)) (then (drop (i32.load (i32.const -1)))))
      (if (i32.eq (local.get $what) (i32.const 0x63)) (then (drop (i32.rem_s (local.get $what) (i32.const 0)))))
      (if (i32.eq (local.get $what) (i32.const 0x64)) (then (drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))))
      (if (i32.eq (local.get $what) (i32.const 0x65)) (then (drop (i32.trunc_f32_s (f32.const nan)))))
      (if (i32.eq (local.get $what) (i32.const 0x66)) (then (call_indirect $table (i32.const 1))))
      (if (i32.eq (local.get $what) (i32.const 0x67)) (then (call_indirect $table (i32.const 9))))
      (if (i32.eq (local.get $what) (i32.const 0x68)) (then (drop (call $recurse (i32.const 0)))))
      (if (i32.eq (local.get $what) (i32.const 0x69)) (then (call $exit (i32.const 3))))
      (if (i32.eq (local.get $what) (i32.const 0x6a)) (then (call $exit (i32.const 0))))
      (if (i32.eq (local.get $what) (i32.const 0x6b)) (then (throw $tag)))
      (if (i32.eq (local.get $what) (i32.const 0x6c)) (then (table.set $table (local.get $what) (table.get $table (i32.const 0))))))
    (func (export "run") (param $at i32) (param $bytes i32)
      (drop (call $yield))
      (call $fail (i32.load8_u (local.get $at)))))`,
  true,
);

const REASONS = [
  ["a", "unreachable"],
  ["b", "memory access out of bounds"],
  ["c", "division by zero"],
  ["d", "integer overflow"],
  ["e", "invalid conversion to integer"],
  ["f", "indirect call of a wrong function"],
  ["g", "table access out of bounds"],
  ["h", "stack overflow"],
  ["i", "exit 3"],
  ["k", "uncaught exception"],
  ["l", "table access out of bounds"],
] as const;

describe.each(LINKS)("link %s", (link) => {
  const open = () => {
    const { binary } = instrument(MODULE, { link, trace: ["counters", "cmp"] });
    const path = temporaryFile("target.wasm", binary);
    return openTarget(path, { entry: "run", buffer: { address: 64, bytes: 64 }, reset: "none", cache: false });
  };

  test.each(REASONS)("%s: %s, in the function that failed", async (input, reason) => {
    const target = await open();
    const { frames, ...crash } = await crashOn(target, input);
    expect(crash.reason).toBe(reason);
    const names = frames.map(({ name }) => name);
    if (reason === "stack overflow") {
      expect(names.slice(0, 3)).toEqual(["recurse", "recurse", "recurse"]);
      expect(frames.length).toBeLessThanOrEqual(32);
    } else if (reason !== "uncaught exception") {
      expect(names).toEqual(["fail", "run"]);
      expect(frames.map((frame) => frame.function)).toEqual([3, 4]);
    }
  });

  test("an exit with 0 is none", async () => {
    expect(await run(await open(), "j")).toEqual({ kind: "ok", rejected: false });
  });

  test("the offset is that of the nearest site in the original", async () => {
    const target = await open();
    const [module] = target.modules;
    const offsets = new Set<number | undefined>();
    for (const input of ["a", "b", "c"]) {
      target.counters[0]?.bytes.fill(0);
      const [innermost] = (await crashOn(target, input)).frames;
      const reached = [...(module?.pcs ?? [])].filter((_, k) => target.counters[0]?.bytes[k]);
      expect(Number(reached.at(-2)), "the site before run's").toBe(innermost?.offset);
      offsets.add(innermost?.offset);
    }
    expect(offsets.size).toBe(3);
  });
});

async function crashOn(target: Parameters<typeof run>[0], input: string): Promise<Crash> {
  const result = await run(target, input);
  if (result.kind !== "crash") throw new Error("no crash");
  return result.crash;
}

test.each([
  ["unreachable executed", "unreachable"],
  ["Unreachable code should not be executed (evaluating 'f()')", "unreachable"],
  ["index out of bounds", "memory access out of bounds"],
  ["Out of bounds memory access", "memory access out of bounds"],
  ["integer divide by zero", "division by zero"],
  ["Division by zero", "division by zero"],
  ["Integer overflow", "integer overflow"],
  ["Out of bounds trunc operation", "invalid conversion to integer"],
  ["Out of bounds call_indirect", "table access out of bounds"],
  ["indirect call to null", "indirect call of a wrong function"],
  ["call_indirect to a signature that does not match", "indirect call of a wrong function"],
  ["something new\nwith lines", "something new"],
])("of another engine: %s", (message, reason) => {
  expect(reasonOf(new WebAssembly.RuntimeError(message))).toBe(reason);
});
