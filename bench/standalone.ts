/**
 * What counters of a module's own cost, beside those that its host has: `npm run bench:standalone [ROUNDS]`. The C programs of
 * bench/programs, as they are in build/bench (`npm run bench:build`); all sides of one are interleaved in this process.
 */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CounterStore } from "../src/index.ts";
import { type InstrumentOptions, instrument } from "../src/instrument/index.ts";
import { writeInput } from "./programs/inputs/index.ts";
import { BUILD } from "./programs/tools.ts";

const PROGRAMS = ["cjson", "expat", "brotli", "lua", "sqlite"];
const ROUNDS = Number(process.argv[2] ?? 15);
/** Milliseconds that each side runs before it is measured: the engine compiles large functions in the background. */
const WARM_UP = 2000;
/** Milliseconds of one measurement, at least. */
const LEAST = 60;

const COUNTS: InstrumentOptions = { trace: ["counters"], counters: "64bit" };
const SIDES: Readonly<Record<string, InstrumentOptions | undefined>> = {
  original: undefined,
  standalone: { link: "standalone" },
  "standalone, flags": { link: "standalone", counters: "flag" },
  "counts in a memory": { ...COUNTS, link: "fused", counterStorage: "memory" },
  "counts in globals": { ...COUNTS, link: "import", counterStorage: "globals" },
};

const means = new Map<string, number[]>();
for (const program of PROGRAMS) {
  const path = join(BUILD, `${program}.wasm`);
  if (!existsSync(path)) process.stdout.write(`${program}: not built (npm run bench:build)\n`);
  else measure(program, readFileSync(path));
}
for (const [side, values] of means) {
  const mean = Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
  process.stdout.write(`mean ${side} ${mean.toFixed(3)}×\n`);
}

function measure(program: string, binary: Buffer): void {
  const input = readFileSync(writeInput(program));
  const sides = Object.entries(SIDES).map(([name, options]) => {
    const bytes = options ? instrument(new Uint8Array(binary), options).binary : new Uint8Array(binary);
    return { name, bytes: bytes.length, run: start(bytes, input), times: [] as number[] };
  });
  const repeats = Math.ceil(LEAST / Math.max(0.01, timeOf(sides[0]?.run ?? (() => 0), 1)));
  for (const { run } of sides) {
    for (const end = performance.now() + WARM_UP; performance.now() < end; ) run();
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const { run, times } of sides) times.push(timeOf(run, repeats));
  }
  const [original] = sides;
  for (const { name, bytes, times } of sides.slice(1)) {
    const slowdown = median(times.map((ms, k) => ms / (original?.times[k] ?? ms)));
    const growth = bytes / (original?.bytes ?? bytes);
    process.stdout.write(`${program} ${name} ${slowdown.toFixed(3)}× (code ${growth.toFixed(2)}×)\n`);
    means.set(name, [...(means.get(name) ?? []), slowdown]);
  }
}

/** Instantiates a program, with whatever it imports as functions that do nothing. @returns one run */
function start(bytes: Uint8Array<ArrayBuffer>, input: Uint8Array): () => number {
  const module = new WebAssembly.Module(bytes);
  const imports: Record<string, Record<string, unknown>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = () => 0;
  }
  const instance = new WebAssembly.Instance(module, {
    ...imports,
    ...new CounterStore().imports,
  } as WebAssembly.Imports);
  const {
    memory,
    malloc,
    bench_run: run,
    _initialize,
  } = instance.exports as unknown as Record<string, never> & {
    memory: WebAssembly.Memory;
    malloc(bytes: number): number;
    bench_run(at: number, bytes: number): number;
    _initialize?(): void;
  };
  (_initialize as (() => void) | undefined)?.();
  const at = malloc(input.length);
  new Uint8Array(memory.buffer).set(input, at);
  return () => run(at, input.length);
}

/** Milliseconds of this process, not of the wall: sides that other programs interrupt can still be compared. */
function timeOf(run: () => number, repeats: number): number {
  const begin = process.cpuUsage();
  for (let k = 0; k < repeats; k++) run();
  return process.cpuUsage(begin).user / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
