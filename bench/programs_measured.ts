/** Measures the C programs, and the modules from npm. */

import { fileURLToPath } from "node:url";
import type { MeasureOptions } from "../src/cli/bench/measure.ts";
import type { ProgramResult } from "./measured_program.ts";
import { measureProgram, type ProgramSetup } from "./measured_program.ts";
import type { Built } from "./programs/build.ts";
import { writeInput } from "./programs/inputs/index.ts";
import type { NativeVariantName } from "./programs/programs.ts";

/** Scripts that load a module from npm and use it. */
const PACKAGES: Readonly<Record<string, string>> = {
  "sql.js": "sqljs.mjs",
  "brotli-wasm": "brotli.mjs",
  "source-map": "source_map.mjs",
};

/** What is compared for whole programs; what a comparison record costs is told by the loop. */
const NATIVE: readonly NativeVariantName[] = [
  "clang",
  "clang trace-pc",
  "clang trace-cmp",
  "clang counters",
  "gcc",
  "gcc trace-pc",
];

/** All that could be built. */
export async function measurePrograms(built: Built, options: MeasureOptions): Promise<ProgramResult[]> {
  const setups = Array.from(built.modules, ([program, path]) => {
    const input = writeInput(program);
    const workload = { kind: "input", path, invoke: "bench_run", input, malloc: "malloc" } as const;
    const all = built.native.get(program) ?? new Map<NativeVariantName, string>();
    const native = new Map([...all].filter(([name]) => NATIVE.includes(name)));
    return { program, workload, native, input };
  });
  return measureAll(setups, built, options);
}

export async function measurePackages(built: Built, options: MeasureOptions): Promise<ProgramResult[]> {
  const setups = Object.entries(PACKAGES).map(([program, file]) => {
    const path = fileURLToPath(new URL(`./packages/${file}`, import.meta.url));
    return { program, workload: { kind: "script", path, args: [] } as const, native: new Map(), input: "" };
  });
  return measureAll(setups, built, options);
}

/** A program that can not be measured is named; the figures of the others are not lost for it. */
async function measureAll(
  setups: readonly ProgramSetup[],
  { missing }: Built,
  options: MeasureOptions,
): Promise<ProgramResult[]> {
  const results: ProgramResult[] = [];
  for (const setup of setups) {
    try {
      results.push(await measureProgram(setup, options));
    } catch (error) {
      missing.push(`no ${setup.program}: ${(error as Error).message}`);
    }
  }
  return results;
}
