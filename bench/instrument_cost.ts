/**
 * What instrumenting costs, against what Binaryen takes to read and write the same module: time, in one run with the
 * sides interleaved, peak memory, the median of processes that run one side once, and the size of the output.
 *
 *     node bench/instrument_cost.ts [--json] [--rounds N] MODULE.wasm…
 */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import binaryen from "binaryen";
import { type InstrumentOptions, instrument, TRACES } from "../src/instrument/index.ts";
import { shippedFeatures } from "../src/instrument/ir/features.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    side: { type: "string" },
  },
});

type Side = (binary: Uint8Array<ArrayBuffer>) => Uint8Array;

const EVERYTHING: InstrumentOptions = { trace: TRACES };
const SIDES: Readonly<Record<string, Side>> = {
  "read + write": readAndWrite,
  default: (binary) => instrument(binary).binary,
  everything: (binary) => instrument(binary, EVERYTHING).binary,
  "default, import": (binary) => instrument(binary, { link: "import" }).binary,
  "everything, import": (binary) => instrument(binary, { ...EVERYTHING, link: "import" }).binary,
};

function readAndWrite(binary: Uint8Array): Uint8Array {
  const read = binaryen.readBinary as (bytes: Uint8Array, features: number) => binaryen.Module;
  const module = read(binary, shippedFeatures());
  module.setFeatures(module.getFeatures() | shippedFeatures());
  binaryen.setDebugInfo(true);
  try {
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

interface Figures {
  side: string;
  /** Median over the rounds, as a ratio to read + write of the same round. */
  time: number;
  /** Median over the processes, as a ratio to that of read + write. */
  memory: number;
  size: number;
}

function measure(path: string): Figures[] {
  const binary = readFileSync(path);
  const names = Object.keys(SIDES);
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  const sizes = new Map<string, number>();
  for (let round = -1; round < Number(values.rounds); round++) {
    for (const [name, side] of Object.entries(SIDES)) {
      const start = performance.now();
      sizes.set(name, side(binary).length);
      if (round >= 0) times.get(name)?.push(performance.now() - start);
    }
  }
  const reference = times.get("read + write") ?? [];
  const peaks = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let run = 0; run < PROCESSES; run++) {
    for (const name of names) peaks.get(name)?.push(peakMemory(path, name));
  }
  const memory = new Map(names.map((name) => [name, median(peaks.get(name) ?? [])]));
  return names.map((side) => ({
    side,
    time: median((times.get(side) ?? []).map((time, k) => time / (reference[k] ?? 1))),
    memory: (memory.get(side) ?? 0) / (memory.get("read + write") ?? 1),
    size: (sizes.get(side) ?? 0) / binary.length,
  }));
}

/** How often peaks are measured: how large V8 lets its young generation grow is not the same each time. */
const PROCESSES = 3;

/** Peak resident memory, in bytes, of a process that runs one side once. */
function peakMemory(path: string, side: string): number {
  const self = process.argv[1] ?? "";
  return Number(execFileSync(process.execPath, [self, "--side", side, path], { encoding: "utf8" }));
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

if (values.side) {
  SIDES[values.side]?.(readFileSync(positionals[0] ?? ""));
  process.stdout.write(String(process.resourceUsage().maxRSS * 1024));
} else {
  const results = positionals.map((path) => ({ module: basename(path), figures: measure(path) }));
  const header = {
    node: process.version,
    v8: process.versions.v8,
    cpu: cpus()[0]?.model,
    rounds: Number(values.rounds),
  };
  if (values.json) process.stdout.write(`${JSON.stringify({ header, results }, null, 2)}\n`);
  else {
    process.stdout.write(`Node ${header.node}, V8 ${header.v8}, ${header.cpu}, median of ${header.rounds} rounds\n`);
    for (const { module, figures } of results) {
      process.stdout.write(`\n${module.padEnd(28)} time  memory  size\n`);
      for (const { side, time, memory, size } of figures) {
        process.stdout.write(`  ${side.padEnd(24)} ${time.toFixed(2)}×  ${memory.toFixed(2)}×  ${size.toFixed(2)}×\n`);
      }
    }
  }
}
