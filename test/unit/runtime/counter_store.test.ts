/** Counters that instances of a module share: in a memory of their own and in globals, without a device. */

import { Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { CounterStore, Kcov, type ModuleCounters } from "../../../src/index.ts";
import {
  type CounterForm,
  counterPcs,
  hasMultiMemory,
  type InstrumentOptions,
  instrument,
  readPcTable,
} from "../../../src/instrument/index.ts";
import { wat } from "../../support/wat.ts";

/** Counts down in its memory, as it were. */
const COUNTDOWN = `(module
  (memory (export "memory") 1)
  (func $start (i32.store (i32.const 0) (i32.const 1)))
  (start $start)
  (func (export "run") (param $n i32) (result i32)
    (loop $again
      (if (i32.eqz (local.get $n)) (then (return (i32.load (i32.const 0)))))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br $again))
    (unreachable)))`;
const WITHOUT_MEMORY = COUNTDOWN.replace(/\(memory .*/, "")
  .replace("(i32.store (i32.const 0) (i32.const 1))", "")
  .replace("(i32.load (i32.const 0))", "(i32.const 1)");

const WAYS = [
  ...(hasMultiMemory()
    ? ([
        ["fused", "memory"],
        ["fused", "globals"],
      ] as const)
    : []),
  ["import", "memory"],
  ["import", "globals"],
] as const;

function compile(text: string, options: InstrumentOptions): WebAssembly.Module {
  return new WebAssembly.Module(instrument(wat(text), { trace: ["counters"], prune: false, ...options }).binary);
}

function run(module: WebAssembly.Module, store: CounterStore, n: number): number {
  const { exports } = new WebAssembly.Instance(module, store.imports as unknown as WebAssembly.Imports);
  return (exports.run as (n: number) => number)(n);
}

/** Counts of [start, run, loop, then, else], the sites of the module in order. */
function counts(counters: ModuleCounters | undefined): number[] {
  return Array.from(counters?.read() ?? [], Number);
}

describe.each(WAYS)("link %s, counters in %s", (link, counterStorage) => {
  test.each([
    ["64bit", 1000],
    ["8bit", 1000 % 256],
    ["flag", 1],
  ] satisfies [CounterForm, number][])("%s counters of a thousand iterations", (counters, many) => {
    const store = new CounterStore();
    const module = compile(COUNTDOWN, { link, counterStorage, counters });

    expect(run(module, store, 999)).toBe(1);

    const one = store.modules[0];
    const rest = counters === "64bit" ? 999 : counters === "8bit" ? 999 % 256 : 1;
    expect(counts(one)).toEqual([1, 1, many, 1, rest]);
    expect(one).toMatchObject({ kind: counters, length: 5 });
    expect(one?.id).toBe(BigInt(`0x${readPcTable(module).original.sha256.slice(0, 16)}`));
    expect(counterPcs(readPcTable(module))).toHaveLength(5);
    one?.clear();
    expect(counts(one)).toEqual([0, 0, 0, 0, 0]);
  });

  test("instances of a module share them, whether or not they are collected; modules do not", () => {
    const seen: ModuleCounters[] = [];
    const store = new CounterStore();
    store.onModule = (module) => seen.push(module);
    const module = compile(COUNTDOWN, { link, counterStorage, counters: "64bit" });
    for (let k = 0; k < 100; k++) run(module, store, 1);
    const other = compile(COUNTDOWN, { link, counterStorage, counters: "64bit", level: "bb" });
    run(other, store, 1);

    expect(seen).toEqual(store.modules);
    expect(seen.map(counts)).toEqual([
      [100, 100, 200, 100, 100],
      [1, 1, 2, 1, 1],
    ]);
    expect(seen[0]?.id).toBe(seen[1]?.id);
  });

  test("modules without memory", () => {
    const store = new CounterStore();
    run(compile(WITHOUT_MEMORY, { link, counterStorage, counters: "64bit" }), store, 2);
    expect(counts(store.modules[0])).toEqual([1, 1, 3, 1, 2]);
  });

  test("a module without sites", () => {
    const store = new CounterStore();
    const module = compile(`(module (memory 1))`, { link, counterStorage, counters: "64bit" });
    expect(() => new WebAssembly.Instance(module, store.imports as unknown as WebAssembly.Imports)).not.toThrow();
  });

  test("a device has a store, too", async () => {
    const kcov = await Kcov.create();
    const module = compile(COUNTDOWN, { link, counterStorage, counters: "64bit", trace: ["pc", "counters"] });
    const { exports } = new WebAssembly.Instance(module, kcov.imports);
    const { pcs } = kcov.trace(() => (exports.run as (n: number) => number)(3));
    expect(pcs).toHaveLength(1 + 4 + 1 + 3);
    expect(counts(kcov.counterStore.modules[0])).toEqual([1, 1, 4, 1, 3]);
  });
});

test("the import object has what it can give", () => {
  const { kcov } = new CounterStore().imports;
  const name = `counters 64bit 3 ${"0".repeat(32)}`;
  expect([name in kcov, "memory 1 2" in kcov, "memory" in kcov, `${name} ` in kcov]).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect(kcov[name]).toBe(kcov[name]);
  expect(kcov["memory 1 2"]).not.toBe(kcov["memory 1 2"]);
});

test("without multiple memories, only a module that has none counts in memory without calls", () => {
  const functionsOf = (text: string): string[] =>
    WebAssembly.Module.imports(compile(text, { link: "import", counterStorage: "memory" })).map(({ kind }) => kind);
  expect(functionsOf(WITHOUT_MEMORY)).toEqual(["memory"]);
  expect(functionsOf(COUNTDOWN)).toEqual(["function"]);
});

test("more counters than engines take imports are in memory, and the result says so", () => {
  const body = "(if (local.get 0) (then (nop)))".repeat(100);
  const text = `(module (memory 1) ${`(func (param i32) ${body})`.repeat(500)})`;
  const storage = { counterStorage: "globals", link: "import" } as const;
  const options = { trace: ["counters"], counters: "64bit", prune: false, ...storage } as const;
  expect(instrument(wat(text), options).counterStorage).toBe("memory");
  expect(instrument(wat(COUNTDOWN), options).counterStorage).toBe("globals");
});

test("where counters are by default", () => {
  const storageOf = (options: InstrumentOptions): string | undefined =>
    instrument(wat(COUNTDOWN), { trace: ["counters"], ...options }).counterStorage;
  expect(storageOf({})).toBe("device");
  expect(storageOf({ counters: "64bit", link: "fused" })).toBe("memory");
  expect(storageOf({ counters: "flag" })).toBe("device");
  expect(storageOf({ counters: "64bit", link: "import" })).toBe("globals");
  expect(storageOf({ counters: "64bit", trace: ["counters", "cmp"] })).toBe("device");
  expect(storageOf({ trace: ["pc"] })).toBe(undefined);
});

test("64-bit counters do not wrap", () => {
  const store = new CounterStore();
  const link = hasMultiMemory() ? "fused" : "import";
  const module = compile(COUNTDOWN, { link, counterStorage: "memory", counters: "64bit" });
  run(module, store, 0);
  const words = store.modules[0]?.read() as BigUint64Array;
  words[1] = 2n ** 32n - 1n;
  run(module, store, 0);
  expect(words[1]).toBe(2n ** 32n);
});

/** Runs for ever in a thread of its own, with the counters that it is given. */
const ENDLESS = `
const { workerData, parentPort } = require("node:worker_threads");
const { module, memory } = workerData;
const imports = new Proxy({}, { get: (_, name) => (name.startsWith("counters ") ? memory : new WebAssembly.Memory({ initial: 1 })) });
const { exports } = new WebAssembly.Instance(module, { kcov: imports });
exports.run(3);
parentPort.postMessage("ran");
for (;;) exports.run(1000);
`;

test.runIf(hasMultiMemory())("counts can be read after a thread was terminated", async () => {
  const store = new CounterStore();
  const module = compile(COUNTDOWN, { link: "fused", counterStorage: "memory", counters: "64bit" });
  run(module, store, 0);
  const [counters] = store.modules;
  counters?.clear();
  const worker = new Worker(ENDLESS, { eval: true, workerData: { module, memory: counters?.memory } });
  await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  await worker.terminate();
  const [start = 0, entry = 0, loop = 0] = counts(counters);
  expect(start).toBe(1);
  expect(entry).toBeGreaterThan(0);
  expect(loop).toBeGreaterThanOrEqual(4);
  expect(counts(counters)).toEqual(counts(counters));
});

test("ten thousand instances count in what one does", () => {
  const store = new CounterStore();
  const module = compile(WITHOUT_MEMORY, { counterStorage: "memory", counters: "64bit" });
  for (let k = 0; k < 10_000; k++) run(module, store, 1);
  expect(store.modules).toHaveLength(1);
  expect(store.modules[0]?.memory?.buffer.byteLength).toBe(65_536);
  expect(counts(store.modules[0])).toEqual([10_000, 10_000, 20_000, 10_000, 10_000]);
});
