/** The loop of little more than branches, in WebAssembly and natively. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import binaryen from "binaryen";
import type { MeasureOptions } from "../src/cli/bench/measure.ts";
import { measureProgram } from "./measured_program.ts";
import type { Built } from "./programs/build.ts";
import { LOOP_ITERATIONS, writeInput } from "./programs/inputs/index.ts";
import { LOOP } from "./programs/programs.ts";
import { BUILD, HERE } from "./programs/tools.ts";

/** What a record costs, round by round, in nanoseconds, by the name of the side. */
export interface LoopTimings {
  readonly costs: ReadonlyMap<string, readonly number[]>;
  readonly doubts: readonly string[];
}

export async function measureLoop(built: Built, options: MeasureOptions): Promise<LoopTimings> {
  const workload = { kind: "export", path: buildModule(), invoke: "run", args: [String(LOOP_ITERATIONS)] } as const;
  const native = built.native.get(LOOP.name) ?? new Map();
  const { timings, doubts } = await measureProgram(
    { program: LOOP.name, workload, native, library: undefined, input: writeInput(LOOP.name) },
    options,
  );
  const costs = new Map<string, number[]>();
  for (const { side, ns, events } of timings) {
    const plain = timings.find((other) => other.side.name === plainOf(side.name))?.ns;
    if (events === 0 || plain === undefined) continue;
    costs.set(
      side.name,
      ns.map((each, round) => (each - (plain[round] ?? Number.NaN)) / events),
    );
  }
  return { costs, doubts };
}

function plainOf(name: string): string {
  return /^(clang|gcc)/.exec(name)?.[0] ?? "original";
}

function buildModule(): string {
  const module = binaryen.parseText(readFileSync(join(HERE, "branches.wat"), "utf8"));
  module.setFeatures(binaryen.Features.BulkMemory | binaryen.Features.BulkMemoryOpt);
  mkdirSync(BUILD, { recursive: true });
  const path = join(BUILD, "branches.wasm");
  writeFileSync(path, module.emitBinary());
  module.dispose();
  return path;
}
