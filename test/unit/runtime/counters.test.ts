/** Inline counters: what they count, whose they are, and what index belongs to which pc. */

import { describe, expect, test } from "vitest";
import { Kcov } from "../../../src/index.ts";
import {
  counterPcs,
  hasMultiMemory,
  type InstrumentOptions,
  instrument,
  readPcTable,
} from "../../../src/instrument/index.ts";
import { wat } from "../../support/wat.ts";

const LINKS = hasMultiMemory() ? (["import", "fused"] as const) : (["import"] as const);

/** Calls itself n times, and says on which way it left. */
const COUNTDOWN = `(module
  (global $started (export "started") (mut i32) (i32.const 0))
  (func $start (global.set $started (i32.const 1)))
  (start $start)
  (func (export "run") (param $n i32) (result i32)
    (loop $again
      (if (i32.eqz (local.get $n)) (then (return (i32.const 7))))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br $again))
    (unreachable)))`;

async function instantiate(kcov: Kcov, options: InstrumentOptions) {
  const { binary } = instrument(wat(COUNTDOWN), options);
  const module = new WebAssembly.Module(binary);
  const { exports } = new WebAssembly.Instance(module, kcov.imports);
  return { pcTable: readPcTable(module), run: exports.run as (n: number) => number, exports };
}

describe.each(LINKS)("link %s", (link) => {
  test.each([
    ["8bit", 5],
    ["8bit", 256],
    ["8bit", 300],
    ["bool-flag", 300],
  ] as const)("%s after %i iterations", async (counters, iterations) => {
    const kcov = await Kcov.create();
    const { pcTable, run, exports } = await instantiate(kcov, { link, trace: ["counters"], counters, prune: false });
    const [region] = kcov.counters;
    if (!region) throw new Error("no counters");
    expect((exports.started as WebAssembly.Global).value).toBe(1);
    region.bytes.fill(0);

    expect(run(iterations)).toBe(7);

    const executed = counterPcs(pcTable).reduce((map, pc, k) => map.set(pc, region.bytes[k] ?? 0), new Map());
    const counts = pcTable.sites.map((site) => [site.kind, executed.get(site.pc)]);
    const wrapped = (count: number) => (counters === "bool-flag" ? Math.min(count, 1) : count % 256);
    expect(counts).toEqual([
      ["entry", 0],
      ["entry", 1],
      ["loop", wrapped(iterations + 1)],
      ["then", 1],
      ["else", wrapped(iterations)],
    ]);
  });

  test("are the same sites as those that trace_pc reports, and both can be had", async () => {
    const kcov = await Kcov.create();
    const { pcTable, run } = await instantiate(kcov, { link, trace: ["pc", "counters"] });
    kcov.counters[0]?.bytes.fill(0);

    const { pcs } = kcov.trace(() => run(3));

    const counts = new Map<bigint, number>();
    for (const pc of pcs) counts.set(pc, (counts.get(pc) ?? 0) + 1);
    const counted = [...counterPcs(pcTable)].map((pc, k) => [pc, kcov.counters[0]?.bytes[k]]);
    expect(counted.filter(([, count]) => count !== 0)).toEqual([...counts].sort(([a], [b]) => Number(a - b)));
  });

  test("every instance has its own, which it gives back", async () => {
    const kcov = await Kcov.create();
    const seen: number[] = [];
    kcov.onCounters = ({ address }) => seen.push(address);
    const first = await instantiate(kcov, { link, trace: ["counters"] });
    const second = await instantiate(kcov, { link, trace: ["counters"] });
    const [a, b] = kcov.counters;
    if (!a || !b) throw new Error("no counters");
    expect(seen).toEqual([a.address, b.address]);
    expect(a.id).toBe(b.id);
    expect(a.id).toBe(BigInt(`0x${first.pcTable.original.sha256.slice(0, 16)}`));
    expect(a.address + a.length <= b.address || b.address + b.length <= a.address).toBe(true);
    expect(a.length).toBe(counterPcs(first.pcTable).length);

    const before = a.bytes.slice();
    second.run(4);
    expect(a.bytes.slice()).toEqual(before);

    a[Symbol.dispose]();
    a[Symbol.dispose]();
    expect(kcov.counters).toEqual([b]);
    await instantiate(kcov, { link, trace: ["counters"] });
    expect(kcov.counters[1]?.address, "memory is used again").toBe(a.address);
    expect(
      kcov.counters[1]?.bytes.some((count) => count > 1),
      "and cleared",
    ).toBe(false);
  });

  test("no memory: a clear error at instantiation", async () => {
    const kcov = await Kcov.create({ maxBytes: 1 << 20 });
    const many = Array.from({ length: 250 }, () => `(func (export "f") (drop (i32.const 0)))`);
    const text = `(module ${many.map((func, k) => func.replace('"f"', `"f${k}"`)).join("")})`;
    const module = new WebAssembly.Module(instrument(wat(text), { link, trace: ["counters"] }).binary);
    const fill = () => {
      for (let k = 0; k < 1000; k++) new WebAssembly.Instance(module, kcov.imports);
    };
    expect(fill).toThrow("ENOMEM: no memory for 250 counters, __sanitizer_cov_8bit_counters_init");
  });
});

test("there is room for the counters of thousands of instances", async () => {
  const kcov = await Kcov.create();
  const module = new WebAssembly.Module(instrument(wat(COUNTDOWN), { link: "import", trace: ["counters"] }).binary);
  const instances = 2_000;
  const addresses = new Set<number>();
  kcov.onCounters = ({ address }) => addresses.add(address);
  for (let k = 0; k < instances; k++) new WebAssembly.Instance(module, kcov.imports);
  expect(addresses.size).toBe(instances);
});
