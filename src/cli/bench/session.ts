/** Benchmarks one program, with one or several versions of Node.js. */

import { spawnSync } from "node:child_process";
import { cpus } from "node:os";
import { basename } from "node:path";
import { Failure } from "../failure.ts";
import { type ChartBar, type ChartGroup, renderChart } from "./chart.ts";
import { type ComparisonSetup, compareModes } from "./comparison.ts";
import type { MeasureOptions } from "./measure.ts";
import { MODE_NAMES } from "./modes.ts";
import type { Circumstances, NamedComparison } from "./report.ts";
import { StatusLine } from "./status.ts";

export interface BenchSetup extends Omit<ComparisonSetup, "node">, Omit<MeasureOptions, "progress"> {
  /** Paths of the Node.js binaries, at least one. */
  readonly nodes: readonly string[];
}

/** @returns one comparison for each Node.js, in their order */
export async function benchProgram({ nodes, ...setup }: BenchSetup): Promise<NamedComparison[]> {
  const program = basename(setup.workload.path);
  const engines = nodes.map((node) => ({ node, engine: engineOf(node) }));
  const status = new StatusLine();
  const comparisons: NamedComparison[] = [];
  try {
    for (const { node, engine } of engines) {
      const progress = (text: string): void => status.show(`${program}, ${engine}: ${text}`);
      const comparison = await compareModes({ ...setup, node }, { ...setup, progress });
      comparisons.push({ program, engine, ...comparison });
    }
  } finally {
    status.clear();
  }
  return comparisons;
}

/** Name and version of an engine. @throws {Failure} it is not Node.js */
export function engineOf(node: string): string {
  const script = "process.stdout.write(JSON.stringify(process.versions))";
  const { status, stdout } = spawnSync(node, ["-e", script], { encoding: "utf8" });
  if (status !== 0) throw new Failure(`--node ${node}: it cannot be run`);
  const { node: version, v8 } = JSON.parse(stdout) as { node: string; v8: string };
  return `Node.js v${version}, V8 ${v8}`;
}

export function circumstancesOf(rounds: number, roundMs: number): Circumstances {
  return { cpu: cpus()[0]?.model.trim() ?? "unknown processor", rounds, roundMs };
}

/** A chart of slowdowns: a group of bars for each program and engine, with a bar for each mode. */
export function chartOf(comparisons: readonly NamedComparison[]): string {
  const programs = new Set(comparisons.map(({ program }) => program));
  const series = MODE_NAMES.filter((mode) => mode !== "original");
  return renderChart({
    title: programs.size === 1 ? `Slowdown of ${comparisons[0]?.program}` : "Slowdown",
    axis: "time against the original, logarithmic; lines: quartiles",
    series: series.filter((mode) => comparisons.some(({ rows }) => rows.some((row) => row.mode === mode))),
    groups: comparisons.map((comparison) => groupOf(comparison, programs.size === 1 && comparisons.length > 1)),
  });
}

function groupOf({ program, engine, rows }: NamedComparison, byEngine: boolean): ChartGroup {
  const bars = new Map<string, ChartBar>();
  for (const { mode, slowdown } of rows) {
    if (mode !== "original") bars.set(mode, { value: slowdown.median, low: slowdown.low, high: slowdown.high });
  }
  return { name: byEngine ? (engine.split(",")[0] ?? engine) : program, bars };
}
