/**
 * The built-in engine beside native libFuzzer, with and without its value profile, and AFL++ with CmpLog, on the same C code.
 *
 *   small targets with a bug   executions to the bug, and seconds, for each seed
 *   real parsers               edges after equal time, all corpora measured in the same instrumented module
 *
 *     npm run bench:fuzz-compare -- [--seeds N] [--runs N] [--seconds N] [--only NAME,…]
 *                                  [--engines "NAME;…"] [--json]
 *
 * It needs clang-19, lld-19, wasi-libc and libclang-rt-19-dev(-wasm32); real parsers are Debian's sources
 * (bench/programs/build.ts). AFL++ is run where it is installed, natively, too. What is missing is named, and the rest is measured. Run `npm run build` first.
 */

import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { canRun, ENGINES, type Engine, edgesOf, fuzzFor, runToBug } from "./fuzz_compare_engines.ts";
import { buildBugTarget, buildParser, type CompareTarget, PARSERS } from "./fuzz_compare_targets.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "5" },
    runs: { type: "string", default: "2000000" },
    seconds: { type: "string", default: "60" },
    only: { type: "string", default: "" },
    engines: { type: "string", default: ENGINES.join(";") },
    json: { type: "boolean", default: false },
  },
});

const seeds = Array.from({ length: Number(values.seeds) }, (_, k) => k + 1);
const only = values.only === "" ? undefined : values.only.split(",");
const wanted = values.engines.split(";").map((name) => {
  const engine = ENGINES.find((each) => each === name.trim());
  if (engine === undefined) throw new Error(`there is no engine ${name}: ${ENGINES.join("; ")}`);
  return engine;
});
const withAfl = wanted.includes("AFL++");
const isWanted = (name: string): boolean => only === undefined || only.includes(name);
const directory = mkdtempSync(join(tmpdir(), "wasm-kcov-compare-"));
const say = (line: string): unknown => process.stderr.write(`${line}\n`);

/** Executions to the bug for each seed; undefined: not found. */
type ToBug = Record<Engine, (number | undefined)[]>;
type ToEdges = Record<Engine, number[]>;

try {
  const bugs = bugNames()
    .filter(isWanted)
    .flatMap((name) => attempt(name, () => buildBugTarget(name, directory, withAfl)));
  const parsers = PARSERS.filter(isWanted).flatMap((name) =>
    attempt(name, () => buildParser(name, directory, withAfl, say)),
  );
  const toBug = new Map(bugs.map((target) => [target.name, measureBug(target)]));
  const toEdges = new Map(parsers.map((target) => [target.name, measureEdges(target)]));
  const header = {
    node: process.version,
    cpu: cpus()[0]?.model,
    seeds: seeds.length,
    runs: Number(values.runs),
    seconds: Number(values.seconds),
  };
  const bars = barsOf(toBug, toEdges);
  if (values.json) {
    const results = { header, toBug: Object.fromEntries(toBug), edges: Object.fromEntries(toEdges), bars };
    process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
  } else print(header, toBug, toEdges, bars);
} finally {
  rmSync(directory, { recursive: true });
}

function bugNames(): string[] {
  const files = readdirSync(new URL("./fuzz_targets/bugs/", import.meta.url));
  return files.map((file) => file.replace(/\.c$/, "")).sort();
}

function attempt(name: string, build: () => CompareTarget): CompareTarget[] {
  try {
    return [build()];
  } catch (error) {
    say(`${name} is left out: ${(error as Error).message}`);
    return [];
  }
}

function measureBug(target: CompareTarget): ToBug {
  const found = empty<number | undefined>();
  const engines = wanted.filter((engine) => canRun(engine, target));
  // Interleaved: what else the machine does meets all of them.
  for (const seed of seeds) {
    for (const engine of engines) found[engine].push(runToBug(engine, target, seed, Number(values.runs), directory));
    say(`${target.name}, seed ${seed}: ${wanted.map((engine) => found[engine].at(-1) ?? "–").join(" ")}`);
  }
  return found;
}

function measureEdges(target: CompareTarget): ToEdges {
  const edges = empty<number>();
  const engines = wanted.filter((engine) => canRun(engine, target));
  for (const seed of seeds) {
    for (const engine of engines) {
      const corpus = join(directory, `${target.name}-${ENGINES.indexOf(engine)}-${seed}`);
      mkdirSync(corpus);
      fuzzFor(engine, target, seed, Number(values.seconds), corpus);
      edges[engine].push(edgesOf(target, corpus));
    }
    say(`${target.name}, seed ${seed}: ${wanted.map((engine) => edges[engine].at(-1)).join(" ")} edges`);
  }
  return edges;
}

function empty<T>(): Record<Engine, T[]> {
  return Object.fromEntries(ENGINES.map((engine) => [engine, []])) as unknown as Record<Engine, T[]>;
}

interface Bar {
  readonly what: string;
  readonly value: number;
  readonly holds: boolean;
}

function barsOf(toBug: ReadonlyMap<string, ToBug>, toEdges: ReadonlyMap<string, ToEdges>): Bar[] {
  // They compare the two.
  if (!wanted.includes("built-in") || !wanted.includes("libFuzzer")) return [];
  const enough = Math.ceil(0.8 * seeds.length);
  const solved = (runs: readonly (number | undefined)[]): number => runs.filter((each) => each !== undefined).length;
  const blind = [...toBug.values()].filter((each) => {
    const theirs = Math.max(solved(each.libFuzzer), solved(each["libFuzzer, value profile"]));
    const ours = Math.max(solved(each["built-in"]), solved(each["built-in, value profile"]));
    return theirs >= enough && ours < enough;
  }).length;
  const ratios = [...toBug.values()].map((each) => medianToBug(each["built-in"]) / medianToBug(each.libFuzzer));
  const gains = [...toEdges.values()].map((each) => median(each["built-in"]) / median(each.libFuzzer));
  const mean = Math.exp(gains.reduce((sum, gain) => sum + Math.log(gain), 0) / gains.length);
  return [
    {
      what: `targets that libFuzzer solves with ${enough} seeds and this does not: none`,
      value: blind,
      holds: blind === 0,
    },
    ...(ratios.length > 0
      ? [
          {
            what: "median executions to the bug, to libFuzzer's: at most 1",
            value: median(ratios),
            holds: median(ratios) <= 1,
          },
        ]
      : []),
    ...(gains.length > 0
      ? [
          {
            what: "edges after equal time, to libFuzzer's, geometric mean: at least 1.05",
            value: mean,
            holds: mean >= 1.05,
          },
        ]
      : []),
  ];
}

/** What was not found took all executions that there were. */
function medianToBug(runs: readonly (number | undefined)[]): number {
  return median(runs.map((each) => each ?? Number(values.runs)));
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

function print(
  header: object,
  toBug: ReadonlyMap<string, ToBug>,
  toEdges: ReadonlyMap<string, ToEdges>,
  bars: readonly Bar[],
): void {
  const lines = [JSON.stringify(header), ""];
  for (const [name, found] of toBug) {
    lines.push(`${name}: executions to the bug`);
    for (const engine of ENGINES.filter((each) => found[each].length > 0)) {
      const all = found[engine].map((each) => (each === undefined ? "–" : each.toLocaleString("en")));
      lines.push(
        `  ${engine.padEnd(26)} ${medianToBug(found[engine]).toLocaleString("en").padStart(11)}   ${all.join("  ")}`,
      );
    }
  }
  for (const [name, edges] of toEdges) {
    lines.push(`${name}: edges after ${values.seconds} s`);
    for (const engine of ENGINES.filter((each) => edges[each].length > 0)) {
      lines.push(
        `  ${engine.padEnd(26)} ${median(edges[engine]).toLocaleString("en").padStart(11)}   ${edges[engine].join("  ")}`,
      );
    }
  }
  lines.push("", ...bars.map(({ what, value, holds }) => `${holds ? "✓" : "✗"} ${what}: ${Number(value.toFixed(2))}`));
  process.stdout.write(`${lines.join("\n")}\n`);
}
