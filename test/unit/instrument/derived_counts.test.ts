/** Counts that follow from others are those of a counter at every site: on real modules, and where a run ends in the middle. */

import nodeCrypto from "node:crypto";
import { createRequire } from "node:module";
import { describe, expect, it, vi } from "vitest";
import { CounterStore, installLoader } from "../../../src/index.ts";
import {
  type CounterForm,
  counterPcs,
  deriveCounts,
  hasMultiMemory,
  instrument,
  type PcTable,
} from "../../../src/instrument/index.ts";
import { wat } from "../../support/wat.ts";

const LINK = hasMultiMemory() ? "fused" : "import";
const OPTIONS = { link: LINK, trace: ["counters"], counterStorage: "memory" } as const;

type Workload = (require: NodeJS.Require) => Promise<unknown>;

/** Runs a workload on a package that is loaded anew, and gives the counts of all sites by pc. */
async function countsOf(
  name: string,
  file: string,
  counters: CounterForm,
  prune: boolean,
): Promise<{ counts: Map<bigint, bigint>; original: Uint8Array<ArrayBuffer> }> {
  const require = createRequire(import.meta.url);
  const store = new CounterStore();
  const tables: PcTable[] = [];
  const originals: Uint8Array<ArrayBuffer>[] = [];
  const loader = installLoader({
    imports: store.imports as never,
    transform(binary) {
      const { binary: instrumented, pcTable } = instrument(binary, { ...OPTIONS, counters, prune });
      tables.push(pcTable);
      originals.push(binary);
      return instrumented;
    },
  });
  try {
    for (const path of Object.keys(require.cache)) if (path.includes(`/${name}/`)) delete require.cache[path];
    const { default: run } = (await import(new URL(`../../real/workloads/${file}`, import.meta.url).href)) as {
      default: Workload;
    };
    await withoutChance(() => run(require));
  } finally {
    loader[Symbol.dispose]();
  }
  const [table] = tables;
  const [stored] = store.modules;
  const [original] = originals;
  if (!table || !stored || !original) throw new Error("no module was loaded");
  const counts = deriveCounts(table, stored.read());
  return { counts: new Map(table.sites.map(({ pc }, k) => [pc, counts[k] ?? 0n])), original };
}

/**
 * Runs `fn` with a clock that stands still and random numbers that are the same each time. SQLite asks for both, also for
 * the length of a file's name.
 */
async function withoutChance(fn: () => Promise<unknown>): Promise<void> {
  let state = 1;
  const fill = <T extends NodeJS.ArrayBufferView>(view: T): T => {
    const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    for (let k = 0; k < bytes.length; k++) {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      bytes[k] = state >> 16;
    }
    return view;
  };
  vi.useFakeTimers({ now: 1.7e12, toFake: ["Date", "performance"] });
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  vi.spyOn(nodeCrypto, "randomFillSync").mockImplementation(fill as never);
  vi.spyOn(globalThis.crypto, "getRandomValues").mockImplementation(fill as never);
  try {
    await fn();
  } finally {
    vi.restoreAllMocks();
    vi.useRealTimers();
  }
}

/** What the counters of fewer sites would have given in the very run that counted at all of them. */
function derivedFrom(all: Map<bigint, bigint>, original: Uint8Array<ArrayBuffer>, counters: "64bit" | "flag") {
  const { pcTable } = instrument(original, { ...OPTIONS, counters });
  const own = Array.from(counterPcs(pcTable), (pc) => all.get(pc) ?? 0n);
  const counts = deriveCounts(
    pcTable,
    counters === "flag" ? Uint8Array.from(own, (count) => Number(count > 0n)) : BigUint64Array.from(own),
  );
  expect(own.length).toBeLessThan(pcTable.sites.length);
  return new Map(pcTable.sites.map(({ pc }, k) => [pc, counts[k] ?? 0n]));
}

function asFlags(counts: Map<bigint, bigint>): Map<bigint, bigint> {
  return new Map(Array.from(counts, ([pc, count]) => [pc, count === 0n ? 0n : 1n]));
}

describe("a real module", { timeout: 240_000 }, () => {
  it.each([
    ["sql.js", "sqljs.mjs"],
    ["brotli-wasm", "brotli.mjs"],
    ["source-map", "source_map.mjs"],
  ])("%s", async (name, file) => {
    const { counts: all, original } = await countsOf(name, file, "64bit", false);
    expect([...all.values()].filter((count) => count > 0n).length).toBeGreaterThan(100);
    expect(derivedFrom(all, original, "64bit")).toEqual(all);
    expect(derivedFrom(all, original, "flag")).toEqual(asFlags(all));
    expect((await countsOf(name, file, "64bit", true)).counts).toEqual(all);
    expect((await countsOf(name, file, "flag", true)).counts).toEqual(asFlags(all));
  });
});

/** Each function ends in the middle of a block whose counter others could stand for, but for that. */
const ENDS = `(module
  (import "host" "exit" (func $exit (param i32)))
  (memory 1) (table 1 funcref)
  (tag $e)
  (func (export "load") (param $n i32) (result i32)
    (if (result i32) (local.get $n)
      (then (i32.load (i32.mul (local.get $n) (i32.const 0x7fffffff))))
      (else (if (result i32) (i32.eqz (local.get $n)) (then (i32.const 1)) (else (i32.const 2))))))
  (func (export "divide") (param $n i32) (result i32)
    (block $end (br_if $end (i32.div_u (i32.const 1) (local.get $n))) (drop (i32.const 1)))
    (local.get $n))
  (func (export "truncate") (param $n i32) (result i32)
    (loop $again
      (br_if $again (i32.trunc_f64_s (f64.div (f64.convert_i32_s (local.get $n)) (f64.const 0)))))
    (i32.const 3))
  (func (export "call") (param $n i32) (result i32)
    (if (i32.gt_s (local.get $n) (i32.const 1)) (then (nop)) (else (call $exit (local.get $n))))
    (loop $l (if (local.get $n) (then (call $exit (local.get $n)) (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br $l))))
    (i32.const 4))
  (func (export "indirect") (param $n i32) (result i32)
    (block $b (br_table $b $b (local.get $n)))
    (if (local.get $n) (then (call_indirect (param i32) (local.get $n) (i32.const 0))))
    (i32.const 5))
  (func (export "constant") (param $n i32) (result i32)
    (if (local.get $n)
      (then (i32.store (i32.const 16) (local.get $n)))
      (else (i32.store offset=65530 (i32.const 8) (local.get $n))))
    (i32.load (i32.const 65532))))`;

describe("what ends in the middle", () => {
  const exports = ["load", "divide", "truncate", "call", "indirect", "constant"];
  const counting = (counters: CounterForm, prune: boolean) => {
    const store = new CounterStore();
    const { binary, pcTable } = instrument(wat(ENDS), { ...OPTIONS, counters, prune });
    const exit = (n: number): void => {
      if (n === 1) throw new Error("exit");
    };
    const imports = { ...store.imports, host: { exit } } as unknown as WebAssembly.Imports;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(binary), imports);
    /** @returns whether it trapped */
    const run = (name: string, n: number): boolean => {
      try {
        (instance.exports[name] as (n: number) => number)(n);
        return false;
      } catch (error) {
        return error instanceof WebAssembly.RuntimeError;
      }
    };
    const counts = (): [bigint, bigint][] => {
      const all = deriveCounts(pcTable, store.modules[0]?.read() ?? new Uint8Array(0));
      return pcTable.sites.map(({ pc }, k) => [pc, all[k] ?? 0n]);
    };
    return { run, counts, pcTable };
  };

  it.each(exports)("%s", (name) => {
    const [all, counts, flags] = [counting("64bit", false), counting("64bit", true), counting("flag", true)];
    let traps = 0n;
    for (const n of [1, 0, 3, 1, 2]) {
      if (all.run(name, n)) traps++;
      for (const { run } of [counts, flags]) run(name, n);
      const [expected, actual] = [new Map(all.counts()), new Map(counts.counts())];
      expect(asFlags(actual), "hits").toEqual(asFlags(expected));
      for (const [pc, count] of expected) {
        const difference = count - (actual.get(pc) ?? 0n);
        expect(difference <= traps && -difference <= traps, `${count}, not ${actual.get(pc)}`).toBe(true);
      }
      expect(flags.counts()).toEqual([...asFlags(expected)]);
    }
  });

  it("leaves sites out all the same", () => {
    expect(counting("64bit", true).pcTable.sites.filter(({ impliedBy }) => impliedBy).length).toBeGreaterThan(5);
  });
});

it("takes addresses of 64 bits for ones that may trap", () => {
  const text = `(module (memory i64 1) (func (param i32)
    (if (local.get 0) (then (i32.store (i64.const 8) (i32.const 1)) (if (local.get 0) (then (nop)))))))`;
  const { pcTable } = instrument(wat(text), { ...OPTIONS, counters: "flag" });
  expect(pcTable.sites.map(({ kind, impliedBy }) => [kind, impliedBy !== undefined])).toEqual([
    ["entry", true],
    ["then", false],
    ["else", false],
    ["then", false],
    ["else", false],
  ]);
});

it("refuses counters of another module", () => {
  const { pcTable } = instrument(wat(ENDS), { ...OPTIONS, counters: "64bit" });
  expect(() => deriveCounts(pcTable, new BigUint64Array(3))).toThrow(RangeError);
});
