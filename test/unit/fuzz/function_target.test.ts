/** Targets that are a function over a buffer. */

import { expect, test } from "vitest";
import { ModuleTarget } from "../../../src/fuzz/targets/module_target.ts";
import { prepareModule } from "../../../src/fuzz/targets/prepare.ts";
import { hasMultiMemory, instrument } from "../../../src/instrument/index.ts";
import { Kcov } from "../../../src/runtime/kcov.ts";
import { MALLOC, openWat, outcome, run } from "../../support/fuzz_target.ts";
import { wat } from "../../support/wat.ts";

/** Crashes on "bug", rejects what begins with "-", and accepts the rest. */
const MAGIC = `(module ${MALLOC}
  (func $check (param $data i32) (param $size i32)
    (if (i32.eq (i32.and (i32.load (local.get $data)) (i32.const 0xffffff)) (i32.const 0x677562)) (then (unreachable))))
  (func (export "LLVMFuzzerTestOneInput") (param $data i32) (param $size i32) (result i32)
    (if (i32.lt_u (local.get $size) (i32.const 3)) (then (return (i32.const 0))))
    (call $check (local.get $data) (local.get $size))
    (i32.sub (i32.const 0) (i32.eq (i32.load8_u (local.get $data)) (i32.const 0x2d)))))`;

test("an input runs, is rejected or crashes", async () => {
  const target = await openWat(MAGIC);
  expect(await outcome(target, "good")).toBe("ok");
  expect(await outcome(target, "-no")).toBe("rejected");
  expect(await outcome(target, "bug")).toBe("unreachable");
  expect(await outcome(target, "good"), "after a crash").toBe("ok");
});

test("a crash has the original's functions", async () => {
  const target = await openWat(MAGIC);
  const result = await run(target, "bug");
  if (result.kind !== "crash") throw new Error("no crash");
  expect(result.crash.frames.map(({ function: index, name }) => [index, name])).toEqual([
    [1, "check"],
    [2, "LLVMFuzzerTestOneInput"],
  ]);
});

test("counters and comparisons tell what an input reached", async () => {
  const target = await openWat(MAGIC);
  const [counters] = target.counters;
  const [module] = target.modules;
  if (!counters || !module) throw new Error("no counters");
  expect(counters.length).toBe(module.pcs.length);
  expect(counters.id).toBe(module.id);
  const reached = async (input: string): Promise<string[]> => {
    counters.bytes.fill(0);
    await run(target, input);
    const names = [...module.pcs].flatMap((pc, k) => (counters.bytes[k] ? [module.functionOf(pc) ?? -1] : []));
    return [...new Set(names)].map((index) => module.functionName(index));
  };
  expect(await reached("ab")).toEqual(["LLVMFuzzerTestOneInput"]);
  expect(await reached("abc")).toEqual(["check", "LLVMFuzzerTestOneInput"]);

  target.comparisons.enable();
  await run(target, "abc");
  const [count = 0n, ...words] = target.comparisons.words.slice(0, 1 + 3 * 4);
  target.comparisons.disable();
  expect(count).toBe(3n);
  expect(words.slice(5, 7), "magic and the input's bytes").toEqual([0x677562n, 0x636261n]);
});

test.each(["none", "instance"] as const)("no input pays for what records comparisons (reset: %s)", async (reset) => {
  let passes = 0;
  const prepared = await prepareModule("target", wat(MAGIC), { reset }, async (binary, options) => () => {
    passes++;
    return instrument(binary, options).binary;
  });
  using target = new ModuleTarget(prepared, await Kcov.create(), {});
  target.comparisons.enable();
  const before = passes;
  for (const input of ["good", "bug", "good"]) await run(target, input);
  target.comparisons.disable();
  target.comparisons.enable();
  await run(target, "good");
  expect([before, passes]).toEqual([2, 2]);
});

test("only some functions are instrumented", async () => {
  const target = await openWat(MAGIC, { functions: { exclude: ["check"] } });
  const [module] = target.modules;
  const functions = new Set([...(module?.pcs ?? [])].map((pc) => module?.functionOf(pc)));
  expect([...functions].map((index) => module?.functionName(index ?? -1))).toEqual([
    "malloc",
    "LLVMFuzzerTestOneInput",
  ]);
  target.comparisons.enable();
  await run(target, "abc");
  target.comparisons.disable();
  expect(target.comparisons.words[0], "those of LLVMFuzzerTestOneInput").toBe(2n);
});

test("what compares strings is traced also where it is left out", async () => {
  const target = await openWat(
    `(module ${MALLOC}
      (func $memcmp (param $a i32) (param $b i32) (result i32)
        (i32.ne (i32.load8_u (local.get $a)) (i32.load8_u (local.get $b))))
      (func (export "LLVMFuzzerTestOneInput") (param $data i32) (param $size i32) (result i32)
        (drop (call $memcmp (local.get $data) (i32.add (local.get $data) (i32.const 1))))
        (i32.const 0)))`,
    { functions: { exclude: ["memcmp"] } },
  );
  const [module] = target.modules;
  const counted = [...(module?.pcs ?? [])].map((pc) => module?.functionName(module.functionOf(pc) ?? -1));
  expect(counted).not.toContain("memcmp");
  target.comparisons.enable();
  await run(target, "ab");
  target.comparisons.disable();
  expect([...target.comparisons.words.slice(0, 4)]).toEqual([1n, 0n, 0x61n, 0x62n]);
});

test.each(["none", "instance"] as const)("comparisons do not change what is counted (reset: %s)", async (reset) => {
  const target = await openWat(MAGIC, { reset });
  const countsOf = async (): Promise<number[]> => {
    for (const { bytes } of target.counters) bytes.fill(0);
    await run(target, "abc");
    return target.counters.flatMap(({ bytes }) => [...bytes]);
  };
  const plain = await countsOf();
  target.comparisons.enable();
  expect(await countsOf()).toEqual(plain);
  expect(await countsOf()).toEqual(plain);
  expect(target.comparisons.words[0]).toBe(3n);
  target.comparisons.disable();
  expect(await countsOf()).toEqual(plain);
  expect(plain).toContain(1);
});

test("the buffer behind an input is clear", async () => {
  const target = await openWat(`(module ${MALLOC}
    (func (export "LLVMFuzzerTestOneInput") (param $data i32) (param $size i32) (result i32)
      (if (i32.load8_u (i32.add (local.get $data) (local.get $size))) (then (unreachable)))
      (i32.const 0)))`);
  expect(await outcome(target, "a long input")).toBe("ok");
  expect(await outcome(target, "short")).toBe("ok");
});

test("inputs longer than the buffer are refused", async () => {
  const target = await openWat(MAGIC, { maxInputBytes: 10 });
  expect(target.maxInputBytes).toBe(10);
  expect(await outcome(target, "0123456789")).toBe("ok");
  expect(() => target.runOne(new Uint8Array(11))).toThrow("an input of 11 bytes, where 10 is the most");
});

test("every input has an instance of its own with reset: instance", async () => {
  const counting = `(module ${MALLOC}
    (global $runs (mut i32) (i32.const 0))
    (func (export "LLVMFuzzerTestOneInput") (param i32 i32) (result i32)
      (global.set $runs (i32.add (global.get $runs) (i32.const 1)))
      (if (i32.eq (global.get $runs) (i32.const 2)) (then (unreachable)))
      (i32.const 0)))`;
  const kept = await openWat(counting, { reset: "none" });
  expect([await outcome(kept, "a"), await outcome(kept, "b"), await outcome(kept, "c")]).toEqual([
    "ok",
    "unreachable",
    "ok",
  ]);
  const fresh = await openWat(counting, { reset: "instance" });
  expect([await outcome(fresh, "a"), await outcome(fresh, "b"), await outcome(fresh, "c")]).toEqual(["ok", "ok", "ok"]);
  expect(fresh.counters).toHaveLength(1);
});

test("constructors run first, then LLVMFuzzerInitialize with the program's name", async () => {
  const target = await openWat(`(module ${MALLOC}
    (global $constructed (mut i32) (i32.const 0))
    (global $initialized (mut i32) (i32.const 0))
    (func (export "_initialize") (global.set $constructed (i32.const 1)))
    (func (export "LLVMFuzzerInitialize") (param $argc i32) (param $argv i32) (result i32)
      (local $name i32)
      (local.set $name (i32.load (i32.load (local.get $argv))))
      (global.set $initialized (i32.and (global.get $constructed)
        (i32.and (i32.eq (i32.load (local.get $argc)) (i32.const 1))
          (i32.eq (i32.load (local.get $name)) (i32.const 0x7a7a7566)))))
      (i32.const 0))
    (func (export "LLVMFuzzerTestOneInput") (param $data i32) (param $size i32) (result i32)
      (if (i32.eqz (global.get $initialized)) (then (unreachable)))
      (if (i32.load8_u (i32.add (local.get $data) (i32.const 16))) (then (unreachable)))
      (i32.const 0)))`);
  expect(await outcome(target, "a")).toBe("ok");
});

test.skipIf(!hasMultiMemory())("a module with 64-bit addresses", async () => {
  const target = await openWat(
    `(module (memory (export "memory") i64 1)
      (func (export "malloc") (param i64) (result i64) (select (i64.const 0) (i64.const 4096) (i64.gt_u (local.get 0) (i64.const 9000))))
      (func (export "check") (param $data i64) (param $size i64)
        (if (i64.ne (local.get $size) (i64.const 2)) (then (return)))
        (i64.store (i64.const 8) (i64.add (i64.load (i64.const 8)) (i64.const 1)))
        (if (i64.gt_u (i64.load (i64.const 8)) (i64.const 1)) (then (drop (i32.div_u (i32.const 1) (i32.const 0)))))
        (if (i32.eq (i32.load8_u (local.get $data)) (i32.const 0x61)) (then (unreachable)))))`,
    { entry: "check" },
  );
  expect(target.maxInputBytes, "halved until malloc had it").toBe(8192);
  expect(await outcome(target, "ab")).toBe("unreachable");
  expect(await outcome(target, "bb"), "its memory is put back").toBe("ok");
  expect(await outcome(target, "abc")).toBe("ok");
});
