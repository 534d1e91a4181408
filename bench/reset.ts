/**
 * What putting a target's state back costs, for a memory of 2 MiB: resets per second of each mode, of each way to find
 * what changed, and what marking costs a loop that does little but store.
 *
 *     node bench/reset.ts [--json] [--rounds N]
 *
 * One step is a call that writes to some pages, and the reset. The sides are interleaved in one run; medians.
 */

import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { STATE_EXPORTS } from "../src/abi/hooks.ts";
import { GuestMemory } from "../src/fuzz/targets/guest_memory.ts";
import { Snapshot } from "../src/fuzz/targets/snapshot.ts";
import { Kcov } from "../src/index.ts";
import { hasMultiMemory, type InstrumentOptions, instrument } from "../src/instrument/index.ts";
import { wat } from "../test/support/wat.ts";
import { WAYS } from "./reset_ways.ts";

const { values } = parseArgs({
  options: { json: { type: "boolean", default: false }, rounds: { type: "string", default: "7" } },
});
const ROUNDS = Number(values.rounds);
/** How long a side runs in a round, in milliseconds, roughly. */
const SLICE_MS = 60;
const DIRTY_PAGES = [1, 4, 32];
const STORES = 20_000_000;

/** Writes to `pages` pages, which lie apart; and stores as fast as it can. */
const PROGRAM = wat(`(module (memory (export "memory") 32)
  (global $calls (mut i32) (i32.const 0))
  (func (export "touch") (param $pages i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (loop $next
      (local.set $pages (i32.sub (local.get $pages) (i32.const 1)))
      (i32.store (i32.shl (i32.mul (local.get $pages) (i32.const 13)) (i32.const 12)) (global.get $calls))
      (br_if $next (local.get $pages))))
  (func (export "stores") (param $count i32) (result i32) (local $at i32) (local $sum i32)
    (loop $next
      (local.set $at (i32.and (i32.add (local.get $at) (i32.const 52)) (i32.const 0x1fffff)))
      (i32.store (local.get $at) (local.tee $sum (i32.add (local.get $sum) (local.get $at))))
      (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $sum)))`);

type Step = (pages: number) => void;

interface Program {
  touch: Step;
  stores(count: number): number;
  exports: WebAssembly.Exports;
}

async function instantiate(kcov: Kcov, options: InstrumentOptions): Promise<Program> {
  const { binary } = instrument(PROGRAM, { trace: ["counters"], ...options });
  const { exports } = new WebAssembly.Instance(await WebAssembly.compile(binary), kcov.imports);
  return { ...(exports as unknown as Omit<Program, "exports">), exports };
}

/** A program and its reset as targets do it. */
async function mode(scope: "globals" | "memory", everywhere = false): Promise<Step> {
  const kcov = await Kcov.create();
  const { touch, exports } = await instantiate(kcov, { state: scope });
  const memory = new GuestMemory(
    (exports[STATE_EXPORTS.memory] as WebAssembly.Memory | undefined) ?? (exports.memory as WebAssembly.Memory),
  );
  const snapshot = new Snapshot(exports, scope, memory, kcov.dirtyMaps[0]);
  return (pages) => {
    touch(pages);
    snapshot.restore(everywhere);
  };
}

async function noReset(): Promise<Step> {
  return (await instantiate(await Kcov.create(), {})).touch;
}

async function newInstance(): Promise<Step> {
  const kcov = await Kcov.create();
  const module = await WebAssembly.compile(instrument(PROGRAM, { trace: ["counters"] }).binary);
  return (pages) => {
    const { exports } = new WebAssembly.Instance(module, kcov.imports);
    (exports.touch as Step)(pages);
    kcov.counters[0]?.[Symbol.dispose]();
  };
}

/** Ways to find what changed, on the memory of a program that marks nothing or marks pages. */
async function ways(): Promise<[string, Step][]> {
  const sides: [string, Step][] = [];
  for (const { name, needsMultiMemory, make } of WAYS) {
    if (needsMultiMemory && !hasMultiMemory()) continue;
    const kcov = await Kcov.create();
    const { touch, exports } = await instantiate(kcov, { state: "memory" });
    const memory = exports[STATE_EXPORTS.memory] as WebAssembly.Memory;
    const restore = make(memory, kcov.dirtyMaps[0]?.bytes ?? new Uint8Array(0), kcov.memory);
    sides.push([
      `memory: ${name}`,
      (pages) => {
        touch(pages);
        restore();
      },
    ]);
  }
  return sides;
}

/** Steps per second, by side and pages. */
function measureResets(sides: readonly (readonly [string, Step])[], pages: number): Map<string, number> {
  const rates = new Map<string, number[]>(sides.map(([name]) => [name, []]));
  for (let round = -1; round < ROUNDS; round++) {
    for (const [name, step] of sides) {
      const start = performance.now();
      let steps = 0;
      let elapsed = 0;
      while (elapsed < SLICE_MS) {
        for (let k = 0; k < 20; k++) step(pages);
        steps += 20;
        elapsed = performance.now() - start;
      }
      if (round >= 0) rates.get(name)?.push((steps / elapsed) * 1000);
    }
  }
  return new Map([...rates].map(([name, all]) => [name, median(all)]));
}

/** Time with marks over time without, for a loop that does little but store. */
async function measureMarks(): Promise<{ link: string; ratio: number }[]> {
  const results: { link: string; ratio: number }[] = [];
  for (const link of hasMultiMemory() ? (["fused", "import"] as const) : (["import"] as const)) {
    const plain = await instantiate(await Kcov.create(), { link });
    const marked = await instantiate(await Kcov.create(), { link, state: "memory" });
    const ratios: number[] = [];
    for (let round = -1; round < ROUNDS; round++) {
      const [first, firstSum] = timed(() => plain.stores(STORES));
      const [second, secondSum] = timed(() => marked.stores(STORES));
      if (firstSum !== secondSum) throw new Error("the marks change what the program computes");
      if (round >= 0) ratios.push(second / first);
    }
    results.push({ link, ratio: median(ratios) });
  }
  return results;
}

function timed(run: () => number): [milliseconds: number, result: number] {
  const start = performance.now();
  const result = run();
  return [performance.now() - start, result];
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

const sides: [string, Step][] = [
  ["none", await noReset()],
  ["globals", await mode("globals")],
  ["memory", await mode("memory")],
  ["memory, everything copied", await mode("memory", true)],
  ["instance", await newInstance()],
  ...(await ways()),
];
const resets = DIRTY_PAGES.map((pages) => ({ pages, perSecond: Object.fromEntries(measureResets(sides, pages)) }));
const marks = await measureMarks();
const header = { node: process.version, v8: process.versions.v8, cpu: cpus()[0]?.model, rounds: ROUNDS };
if (values.json) process.stdout.write(`${JSON.stringify({ header, resets, marks }, null, 2)}\n`);
else {
  process.stdout.write(`Node ${header.node}, V8 ${header.v8}, ${header.cpu}, median of ${ROUNDS} rounds\n\n`);
  process.stdout.write(
    `${"resets per second, 2 MiB, dirty pages:".padEnd(42)}${DIRTY_PAGES.map((pages) => String(pages).padStart(13)).join("")}\n`,
  );
  for (const [name] of sides) {
    const columns = resets.map(({ perSecond }) =>
      Math.round(perSecond[name] ?? 0)
        .toLocaleString("en")
        .padStart(13),
    );
    process.stdout.write(`  ${name.padEnd(40)}${columns.join("")}\n`);
  }
  process.stdout.write("\nmarking at every store, time of a loop of stores over that without marks\n");
  for (const { link, ratio } of marks)
    process.stdout.write(`  ${link.padEnd(40)}${`${ratio.toFixed(2)}×`.padStart(13)}\n`);
}
