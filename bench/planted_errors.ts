/**
 * Memory errors in real parsers, which --sanitize must find where native AddressSanitizer does.
 *
 *   five parsers with one wrong line   executions to the error, for each seed, beside native libFuzzer's
 *   errors that were published         an input of their description is reported by both
 *
 *     npm run bench:planted -- [--seeds N] [--runs N] [--only NAME,…] [--json]
 *
 * It needs clang-19, lld-19, wasi-libc and libclang-rt-19-dev(-wasm32), and fetches Debian's sources
 * (bench/programs/build.ts). What is missing is named, and the rest is measured. Run `npm run build` first.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { geometricMean } from "../src/cli/bench/statistics.ts";
import { formatTable } from "../src/cli/table.ts";
import { type BuiltTarget, buildPlanted } from "./planted/build.ts";
import { PLANTED, type PlantedTarget, PUBLISHED } from "./planted/targets.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "5" },
    runs: { type: "string", default: "1000000" },
    only: { type: "string", default: "" },
    json: { type: "boolean", default: false },
  },
});

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
/** As many executions as native libFuzzer needs at most. */
const BAR = 2;

const only = values.only === "" ? undefined : values.only.split(",");
const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-planted-"));
const say = (line: string): unknown => process.stderr.write(`${line}\n`);
const isWanted = ({ name }: PlantedTarget): boolean => only === undefined || only.some((each) => name.includes(each));

try {
  const searched = PLANTED.filter(isWanted).flatMap((target) => attempt(target, search));
  const told = PUBLISHED.filter(isWanted).flatMap((target) => attempt(target, (built) => tell(target, built)));
  const mean = geometricMean(searched.map(({ ratio }) => ratio));
  if (values.json)
    process.stdout.write(`${JSON.stringify({ node: process.version, searched, told, mean }, null, 2)}\n`);
  else {
    if (searched.length > 0) {
      const rows = searched.map(({ name, ours, native, ratio }) => [
        name,
        runs(ours),
        runs(native),
        `${ratio.toFixed(2)}×`,
      ]);
      process.stdout.write(
        formatTable([["executions to the error", "wasm-kcov", "libFuzzer", "medians"], ...rows], "lrrr"),
      );
      process.stdout.write(`geometric mean ${mean.toFixed(2)}× (bar ${BAR}×)\n\n`);
    }
    process.stdout.write(formatTable([["published", "wasm-kcov", "native"], ...told.map((each) => [...each])], "lll"));
  }
  if (mean > BAR || told.some(([, ours, native]) => ours !== native)) process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true });
}

function attempt<T>(target: PlantedTarget, measure: (built: BuiltTarget, name: string) => T): T[] {
  try {
    return [measure(buildPlanted(target, directory, say), target.name)];
  } catch (error) {
    say(`${target.name} is left out: ${(error as Error).message}`);
    return [];
  }
}

interface Searched {
  readonly name: string;
  /** Executions for each seed; undefined: not found. */
  readonly ours: readonly (number | undefined)[];
  readonly native: readonly (number | undefined)[];
  /** Of medians. */
  readonly ratio: number;
}

function search(built: BuiltTarget, name: string): Searched {
  const [ours, native]: [(number | undefined)[], (number | undefined)[]] = [[], []];
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    ours.push(executionsToError(ourCommand(built), seed));
    native.push(executionsToError([built.native], seed));
    say(`${name}, seed ${seed}: ${ours.at(-1) ?? "–"} ${native.at(-1) ?? "–"}`);
  }
  return { name, ours, native, ratio: median(ours) / median(native) };
}

function ourCommand({ module }: BuiltTarget): string[] {
  return [process.execPath, MAIN, "fuzz", "--sanitize", module];
}

function executionsToError(command: readonly string[], seed: number): number | undefined {
  const artifacts = mkdtempSync(join(directory, "found-"));
  const stderr = outputOf(command, [
    ...[`-seed=${seed}`, `-runs=${values.runs}`, "-print_final_stats=1", `-artifact_prefix=${artifacts}/`],
  ]);
  if (kindOf(stderr) === undefined) return undefined;
  const executed = /number_of_executed_units: (\d+)/.exec(stderr)?.[1];
  return executed === undefined ? undefined : Number(executed);
}

/** What both say of the input. */
function tell(
  { name, input }: PlantedTarget & { input: string },
  built: BuiltTarget,
): readonly [string, string, string] {
  const path = join(directory, "input");
  writeFileSync(path, input);
  const [ours, native] = [ourCommand(built), [built.native]].map((command) => kindOf(outputOf(command, [path])));
  return [name, ours ?? "nothing", native ?? "nothing"];
}

function outputOf([command = "", ...args]: readonly string[], flags: readonly string[]): string {
  const env = { ...process.env, ASAN_OPTIONS: "detect_leaks=0" };
  const options = { encoding: "utf8", cwd: directory, env, maxBuffer: 1 << 28 } as const;
  const { stderr, error } = spawnSync(command, [...args, ...flags], options);
  if (error) throw error;
  return stderr;
}

function kindOf(stderr: string): string | undefined {
  return /ERROR: AddressSanitizer: (\S+)/.exec(stderr)?.[1];
}

/** What was not found took all executions that there were. */
function median(all: readonly (number | undefined)[]): number {
  const sorted = all.map((each) => each ?? Number(values.runs)).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

function runs(all: readonly (number | undefined)[]): string {
  return all.map((each) => each ?? "–").join(" ");
}
