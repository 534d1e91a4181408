/** What the engine keeps, and that it does the same for the same seed. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sha1Hex } from "../../../../src/fuzz/builtin/corpus.ts";
import { drive } from "../../../../src/fuzz/builtin/drive.ts";
import { Features } from "../../../../src/fuzz/builtin/features.ts";
import { Fuzzer } from "../../../../src/fuzz/builtin/fuzzer.ts";
import { DEFAULT_FUZZER_OPTIONS, type FuzzerHost } from "../../../../src/fuzz/builtin/fuzzer_host.ts";
import type { FuzzTarget, RunOutcome } from "../../../../src/fuzz/engine.ts";
import { MALLOC, openWat } from "../../../support/fuzz_target.ts";
import { fuzz } from "../../../support/fuzzing.ts";

const fixture = (name: string): string =>
  readFileSync(new URL(`../../../fixtures/fuzz/${name}.wat`, import.meta.url), "utf8");

/** Crashes on every input that begins with A or B, for a reason of its own. */
const TWO_BUGS = `(module ${MALLOC}
  (func $a (unreachable))
  (func $b (drop (i32.load (i32.const -4))))
  (func (export "LLVMFuzzerTestOneInput") (param $data i32) (param $size i32) (result i32)
    (if (i32.eqz (local.get $size)) (then (return (i32.const 0))))
    (if (i32.eq (i32.load8_u (local.get $data)) (i32.const 65)) (then (call $a)))
    (if (i32.eq (i32.load8_u (local.get $data)) (i32.const 66)) (then (call $b)))
    (i32.const 0)))`;

/** Rejects everything of less than four bytes, and loops once a byte. */
const REJECTS = `(module ${MALLOC}
  (func (export "LLVMFuzzerTestOneInput") (param $data i32) (param $size i32) (result i32)
    (if (i32.lt_u (local.get $size) (i32.const 4)) (then (return (i32.const -1))))
    (i32.const 0)))`;

async function run(text: string, ...rest: Parameters<typeof fuzz> extends [unknown, ...infer Rest] ? Rest : never) {
  using target = await openWat(text);
  return await fuzz(target, ...rest);
}

test("the same seed gives the same log and corpus, another one does not", async () => {
  const [a, b, c] = [
    await run(fixture("state_machine"), { seed: 5, maxRuns: 20_000 }, [], true),
    await run(fixture("state_machine"), { seed: 5, maxRuns: 20_000 }, [], true),
    await run(fixture("state_machine"), { seed: 6, maxRuns: 20_000 }, [], true),
  ];
  expect(a.log.length).toBeGreaterThan(20);
  expect(b.log).toEqual(a.log);
  expect(b.fuzzer.corpus.entries.map(({ sha1 }) => sha1)).toEqual(a.fuzzer.corpus.entries.map(({ sha1 }) => sha1));
  expect(c.log).not.toEqual(a.log);
});

test("an input's work counts what its counters cannot", async () => {
  // Loops 10,000 times where the first byte is S: the counter of the loop says 10,000 modulo 256.
  const slow = `(module ${MALLOC}
    (func (export "LLVMFuzzerTestOneInput") (param $data i32) (param $size i32) (result i32)
      (local $k i32)
      (if (i32.eqz (local.get $size)) (then (return (i32.const 0))))
      (if (i32.eq (i32.load8_u (local.get $data)) (i32.const 83)) (then
        (loop $again
          (local.set $k (i32.add (local.get $k) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $k) (i32.const 10000))))))
      (i32.const 0)))`;
  const { fuzzer } = await run(slow, { maxRuns: 2_000 }, [Buffer.from("S"), Buffer.from("F")]);
  const workOf = (text: string): number =>
    fuzzer.corpus.entries.find(({ bytes }) => Buffer.from(bytes).toString() === text)?.work ?? 0;
  expect(workOf("S")).toBeGreaterThanOrEqual(10_000);
  expect(workOf("F")).toBeLessThan(20);
});

test("a synchronous target and an asynchronous one are fuzzed alike", async () => {
  using target = await openWat(fixture("magic_bytes"));
  const asynchronous: FuzzTarget = Object.create(target, {
    runOne: { value: async (input: Uint8Array): Promise<RunOutcome> => target.runOne(input) },
    counters: { get: () => target.counters },
    maxInputBytes: { get: () => target.maxInputBytes },
  });
  const first = await fuzz(asynchronous, { maxRuns: 2000 });
  const second = await run(fixture("magic_bytes"), { maxRuns: 2000 });
  expect(first.log).toEqual(second.log);
});

test("an execution is what the target does, and nothing that the engine does", async () => {
  using target = await openWat(fixture("magic_bytes"));
  const features = Features.create(target);
  let isRunning = false;
  const seen = new Set<string>();
  const note = (what: string): unknown => seen.add(`${what} ${isRunning ? "within" : "outside"}`);
  const noting: FuzzTarget = Object.create(target, {
    runOne: { value: (input: Uint8Array) => note("runOne") && target.runOne(input) },
    counters: { get: () => target.counters },
    comparisons: {
      value: {
        enable: () => note("enable") && target.comparisons.enable(),
        disable: () => target.comparisons.disable(),
        words: target.comparisons.words,
      },
    },
  });
  const host: FuzzerHost = {
    publish: () => {
      isRunning = true;
    },
    returned: () => {
      isRunning = false;
    },
    onInput: () => note("onInput"),
    onCrash: () => note("onCrash") !== undefined,
    onProgress: () => note("onProgress"),
  };
  const fuzzer = new Fuzzer(noting, features, { ...DEFAULT_FUZZER_OPTIONS, maxRuns: 5000 }, host);
  fuzzer.start([]);
  await drive(fuzzer, noting);
  expect([...seen].sort()).toEqual([
    "enable outside",
    "onCrash outside",
    "onInput outside",
    "onProgress outside",
    "runOne within",
  ]);
});

test("both bugs are found if it goes on, and the target is as good as new after each", async () => {
  const { crashes, fuzzer } = await run(TWO_BUGS, { maxRuns: 3000 }, [], true);
  expect(new Set(crashes.map(({ crash }) => crash.reason))).toEqual(
    new Set(["unreachable", "memory access out of bounds"]),
  );
  expect(fuzzer.runs).toBe(3000);
});

test("what the target rejects is not kept", async () => {
  const { fuzzer } = await run(REJECTS, { maxRuns: 2000 });
  const lengths = fuzzer.corpus.entries.filter(({ isSeed }) => !isSeed).map(({ bytes }) => bytes.length);
  expect(lengths.length).toBeGreaterThan(0);
  expect(Math.min(...lengths)).toBe(4);
});

test("seeds: those that reach something are kept, all of them if asked to, none is replaced", async () => {
  const seeds = ["abcdefgh", "bbcdefgh", "Fabcdefg"].map((text) => new TextEncoder().encode(text));
  const kept = (await run(fixture("magic_bytes"), { maxRuns: 3 }, seeds)).fuzzer.corpus.entries;
  expect(kept.map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual(["abcdefgh", "Fabcdefg"]);
  const all = (await run(fixture("magic_bytes"), { maxRuns: 3, keepSeeds: true }, seeds)).fuzzer.corpus.entries;
  expect(all).toHaveLength(3);
  const after = (await run(fixture("magic_bytes"), { maxRuns: 1000 }, seeds)).fuzzer.corpus.entries;
  expect(after[0]?.bytes).toEqual(seeds[0]);
});

test("a shorter input takes the place of one that it equals", async () => {
  const { fuzzer, log } = await run(fixture("magic_32"), { maxRuns: 3000, comparisons: false });
  expect(log.some((line) => line.includes("reduce"))).toBe(true);
  const longest = fuzzer.corpus.entries.reduce((most, { bytes }) => Math.max(most, bytes.length), 0);
  expect(longest, "the least that passes the check of the size").toBe(12);
});

test("inputs stay within the longest length", async () => {
  let longest = 0;
  using target = await openWat(fixture("nesting"));
  const runOne = target.runOne.bind(target);
  target.runOne = (input) => {
    longest = Math.max(longest, input.length);
    return runOne(input);
  };
  await fuzz(target, { maxRuns: 5000, maxLength: 10 }, [new Uint8Array(100)]);
  expect(longest).toBe(10);
});

test("words of a dictionary are used", async () => {
  const text = fixture("magic_64");
  const word = Uint8Array.from([0xef, 0xcd, 0xab, 0x89, 0x67, 0x45, 0x23, 0x01]);
  expect((await run(text, { maxRuns: 30_000, comparisons: false })).crashes).toEqual([]);
  expect((await run(text, { maxRuns: 30_000, comparisons: false, dictionary: [word] })).crashes).toHaveLength(1);
});

test("the value profile climbs without input-to-state", async () => {
  const options = { seed: 9, maxRuns: 60_000, comparisons: false };
  expect((await run(fixture("narrow_16"), options)).crashes).toEqual([]);
  expect((await run(fixture("narrow_16"), { ...options, maxRuns: 300_000, valueProfile: true })).crashes).toHaveLength(
    1,
  );
});

/** Four comparisons of sums of two bytes each, whose results are calculated with: one branch, and that is at the end. */
const BRANCHLESS = `(module ${MALLOC}
  (func $is (param $at i32) (param $key i32) (result i32)
    (i32.eq
      (i32.and
        (i32.add (i32.mul (i32.load8_u (local.get $at)) (i32.const 7)) (i32.load8_u offset=1 (local.get $at)))
        (i32.const 255))
      (local.get $key)))
  (func (export "LLVMFuzzerTestOneInput") (param $data i32) (param $size i32) (result i32)
    (if (i32.lt_u (local.get $size) (i32.const 8)) (then (return (i32.const 0))))
    (if (i32.and
        (i32.and (call $is (local.get $data) (i32.const 0x5a))
          (i32.eq (i32.load8_u offset=2 (local.get $data)) (i32.xor (i32.load8_u offset=3 (local.get $data)) (i32.const 0x3c))))
        (i32.eq (i32.mul (i32.load8_u offset=4 (local.get $data)) (i32.const 3)) (i32.const 201)))
      (then (unreachable)))
    (i32.const 0)))`;

test("comparisons that nothing branches on are seen by their outcomes", async () => {
  const { crashes } = await run(BRANCHLESS, { seed: 3, maxRuns: 400_000 });
  expect(crashes).toHaveLength(1);
  expect((await run(BRANCHLESS, { seed: 3, maxRuns: 400_000, comparisons: false })).crashes).toEqual([]);
});

test("an input is trimmed to what it was added for, also where that is how close a comparison came", async () => {
  const { fuzzer } = await run(fixture("magic_64"), {
    seed: 2,
    maxRuns: 40_000,
    comparisons: false,
    valueProfile: true,
  });
  const lengths = fuzzer.corpus.entries.map(({ bytes }) => bytes.length).sort((a, b) => a - b);
  expect(fuzzer.corpus.entries.length).toBeGreaterThan(10);
  expect(lengths[lengths.length >> 1]).toBeLessThanOrEqual(16);
});

test("mutants that ended a process before are left out, whatever made them", async () => {
  const ran = new Set<string>();
  const runAll = async (deadly: ReadonlyMap<string, number>): Promise<void> => {
    using target = await openWat(TWO_BUGS);
    const noting: FuzzTarget = Object.create(target, {
      runOne: {
        value: (input: Uint8Array) => {
          ran.add(Buffer.from(input).toString("hex"));
          return target.runOne(input);
        },
      },
      counters: { get: () => target.counters },
      maxInputBytes: { get: () => target.maxInputBytes },
    });
    await fuzz(noting, { maxRuns: 20_000, comparisons: false, deadly }, [Buffer.from("x")], true);
  };
  const input = Buffer.from("00", "hex");
  await runAll(new Map());
  expect(ran).toContain(input.toString("hex"));
  ran.clear();
  await runAll(new Map([[sha1Hex(input), 1]]));
  expect(ran.size).toBeGreaterThan(200);
  expect(ran).not.toContain(input.toString("hex"));
});

test("comparisons lead to no input that ended a process before, and to what comes after it", async () => {
  const ran: string[] = [];
  const runAll = async (deadly: ReadonlyMap<string, number>): Promise<void> => {
    using target = await openWat(TWO_BUGS);
    const noting: FuzzTarget = Object.create(target, {
      runOne: {
        value: (input: Uint8Array) => {
          ran.push(Buffer.from(input).toString());
          return target.runOne(input);
        },
      },
      counters: { get: () => target.counters },
      maxInputBytes: { get: () => target.maxInputBytes },
    });
    // The seed, and its comparisons: with A, and with B.
    await fuzz(noting, { maxRuns: 16, deadly }, [Buffer.from("xyz")], true);
  };
  await runAll(new Map());
  expect(ran).toContain("Ayz");
  expect(ran).toContain("Byz");
  ran.length = 0;
  await runAll(new Map([[sha1Hex(Buffer.from("Ayz")), 3]]));
  expect(ran).not.toContain("Ayz");
  expect(ran).toContain("Byz");
});
