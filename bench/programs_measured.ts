/** Measures the C programs, and the modules from npm. */

import { fileURLToPath } from "node:url";
import type { MeasureOptions } from "../src/cli/bench/measure.ts";
import type { ProgramResult } from "./context.ts";
import { measureProgram } from "./measured_program.ts";
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
  const results: ProgramResult[] = [];
  for (const [program, path] of built.modules) {
    const input = writeInput(program);
    const workload = { kind: "input", path, invoke: "bench_run", input, malloc: "malloc" } as const;
    const all = built.native.get(program) ?? new Map<NativeVariantName, string>();
    const native = new Map([...all].filter(([name]) => NATIVE.includes(name)));
    results.push(await measureProgram({ program, workload, native, input }, options));
  }
  return results;
}

export async function measurePackages(options: MeasureOptions): Promise<ProgramResult[]> {
  const results: ProgramResult[] = [];
  for (const [program, file] of Object.entries(PACKAGES)) {
    const path = fileURLToPath(new URL(`./packages/${file}`, import.meta.url));
    const workload = { kind: "script", path, args: [] } as const;
    results.push(await measureProgram({ program, workload, native: new Map(), input: "" }, options));
  }
  return results;
}
