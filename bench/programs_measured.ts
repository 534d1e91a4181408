/** Measures the programs in C and C++, and the modules from npm. */

import { fileURLToPath } from "node:url";
import type { MeasureOptions } from "../src/cli/bench/measure.ts";
import type { KeptResults } from "./kept_results.ts";
import { measureProgram, type ProgramResult, type ProgramSetup } from "./measured_program.ts";
import { fetchPackages } from "./packages/fetch.ts";
import type { Built } from "./programs/build.ts";
import { writeInput } from "./programs/inputs/index.ts";
import { libraryFunctions } from "./programs/library_functions.ts";
import type { NativeVariantName } from "./programs/programs.ts";
import { TUNED } from "./programs/programs_tuned.ts";

/** Scripts that load a module from npm and use it. */
const PACKAGES: Readonly<Record<string, string>> = {
  "sql.js": "sqljs.mjs",
  "brotli-wasm": "brotli.mjs",
  "source-map": "source_map.mjs",
  "quickjs-emscripten": "quickjs.mjs",
  harfbuzzjs: "harfbuzz.mjs",
  "@resvg/resvg-wasm": "resvg.mjs",
  AssemblyScript: "assemblyscript.mjs",
};

/** Which programs are measured. */
export interface Choice {
  /** Names; undefined for all. */
  readonly only: readonly string[] | undefined;
  readonly kept: KeptResults;
}

/** What is compared for whole programs; what a comparison record costs is told by the loop. */
const NATIVE: readonly NativeVariantName[] = [
  "clang",
  "clang trace-pc",
  "clang trace-cmp",
  "clang counters",
  "clang address",
  "gcc",
  "gcc trace-pc",
];

/** All that could be built. @param tuned those that the pass was tuned with, or the others */
export async function measurePrograms(
  built: Built,
  options: MeasureOptions,
  choice: Choice,
  tuned: boolean,
): Promise<ProgramResult[]> {
  const modules = [...built.modules].filter(([name]) => TUNED.some((each) => each.name === name) === tuned);
  const setups = modules.map(([program, path]) => {
    const input = writeInput(program);
    const workload = { kind: "input", path, invoke: "bench_run", input, malloc: "malloc" } as const;
    const all = built.native.get(program) ?? new Map<NativeVariantName, string>();
    const native = new Map([...all].filter(([name]) => NATIVE.includes(name)));
    return { program, workload, native, library: libraryFunctions(path), input };
  });
  return measureAll(setups, built, options, choice);
}

export async function measurePackages(built: Built, options: MeasureOptions, choice: Choice): Promise<ProgramResult[]> {
  const reason = fetchPackages();
  if (reason !== undefined) built.missing.push(reason);
  const setups = Object.entries(PACKAGES).map(([program, file]) => {
    const path = fileURLToPath(new URL(`./packages/${file}`, import.meta.url));
    const workload = { kind: "script", path, args: [] } as const;
    return { program, workload, native: new Map(), library: undefined, input: "" };
  });
  return measureAll(setups, built, options, choice);
}

/** A program that can not be measured is named; the figures of the others are not lost for it. */
async function measureAll(
  setups: readonly ProgramSetup[],
  { missing }: Built,
  options: MeasureOptions,
  { only, kept }: Choice,
): Promise<ProgramResult[]> {
  const results: ProgramResult[] = [];
  for (const setup of setups.filter(({ program }) => only?.includes(program) ?? true)) {
    try {
      const known = kept.find(setup.program);
      const result = known ?? (await measureProgram(setup, options));
      if (!known) kept.add(result);
      results.push(result);
    } catch (error) {
      missing.push(`no ${setup.program}: ${(error as Error).message}`);
    }
  }
  return results;
}
