/** Measures a program in all modes, and natively where there is native code of it, all in the same rounds. */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { doubtsOf, type ModeComparison, rowsOf, startSides } from "../src/cli/bench/comparison.ts";
import { type MeasureOptions, measureAndClose, type Timing } from "../src/cli/bench/measure.ts";
import { MODE_NAMES } from "../src/cli/bench/modes.ts";
import { startSide } from "../src/cli/bench/node_side.ts";
import type { Side, SideSetup, Workload } from "../src/cli/bench/side.ts";
import { ratios } from "../src/cli/bench/statistics.ts";
import { NativeSide } from "./native_side.ts";
import type { NativeVariantName } from "./programs/programs.ts";

/** What is measured. */
export interface ProgramSetup {
  readonly program: string;
  readonly workload: Workload;
  /** Native executables, and the file that they read. */
  readonly native: ReadonlyMap<NativeVariantName, string>;
  /** The functions that come from libraries, as a filter takes them; undefined if that is not known. */
  readonly library: readonly string[] | undefined;
  readonly input: string;
}

/** As many words as the native programs have. */
const SIZE = 1 << 26;

/** The measurements of one program. */
export interface ProgramResult extends ModeComparison {
  readonly program: string;
  /** Slowdowns round by round, by the name of the side. Native ones are against the same compiler's plain code. */
  readonly slowdowns: ReadonlyMap<string, readonly number[]>;
}

/** The same with what was measured. */
export interface MeasuredProgram extends ProgramResult {
  readonly timings: readonly Timing[];
}

export async function measureProgram(setup: ProgramSetup, options: MeasureOptions): Promise<MeasuredProgram> {
  const { program, workload } = setup;
  const progress = (text: string): void => options.progress(`${program}: ${text}`);
  const cache = mkdtempSync(join(tmpdir(), "wasm-kcov-bench-"));
  const common = { workload, size: SIZE, instrument: {}, cache, modes: MODE_NAMES, node: process.execPath };
  try {
    const { sides, missing } = await startSides(common, { progress });
    const asClang = await startAsClang({ ...common, cache: join(cache, AS_CLANG) }, setup.library);
    const native = await startNative(setup);
    const timings = await measureAndClose([...sides, ...asClang, ...native], { ...options, progress });
    const rows = groups(timings).flatMap((group) => rowsOf(group));
    return { program, rows, missing, doubts: doubtsOf(timings, options), slowdowns: slowdownsOf(timings), timings };
  } finally {
    rmSync(cache, { recursive: true });
  }
}

/** The side that instruments what native clang does: its sites, in the program without its libraries. */
export const AS_CLANG = "as clang";

async function startAsClang(
  { node, ...common }: Omit<SideSetup, "mode"> & { node: string },
  library: readonly string[] | undefined,
): Promise<Side[]> {
  if (library === undefined) return [];
  mkdirSync(common.cache);
  const functions = { exclude: library };
  const side = await startSide({ ...common, mode: "calls-return", instrument: { functions } }, node);
  if ("reason" in side) return [];
  return [{ name: AS_CLANG, facts: side.facts, run: (iterations) => side.run(iterations), close: () => side.close() }];
}

async function startNative({ native, input }: ProgramSetup): Promise<Side[]> {
  const sides: Side[] = [];
  for (const [name, path] of native) {
    const mode = name.endsWith("trace-pc") ? "pc" : name.endsWith("trace-cmp") ? "cmp" : "off";
    sides.push(await NativeSide.start(name, path, input, mode));
  }
  return sides;
}

/** Sides that are compared with each other: of WebAssembly, of each compiler. The plain one of each comes first. */
function groups(timings: readonly Timing[]): Timing[][] {
  return ["original", "clang", "gcc"]
    .map((reference) => timings.filter(({ side }) => referenceOf(side.name) === reference))
    .filter((group) => group.length > 0);
}

function referenceOf(name: string): string {
  return name.startsWith("clang") ? "clang" : name.startsWith("gcc") ? "gcc" : "original";
}

function slowdownsOf(timings: readonly Timing[]): Map<string, number[]> {
  return new Map(
    groups(timings).flatMap((group) =>
      group.map(({ side, ns }) => [side.name, ratios(ns, group[0]?.ns ?? [])] as const),
    ),
  );
}
