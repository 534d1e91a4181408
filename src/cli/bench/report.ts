/** What `wasm-kcov bench` prints. */

import { formatCount, formatTable } from "../table.ts";
import type { ModeComparison, Row } from "./comparison.ts";
import type { Spread } from "./statistics.ts";

/** A comparison, and what was compared. */
export interface NamedComparison extends ModeComparison {
  /** Name of the program: "parser.wasm", "test.mjs". */
  readonly program: string;
  /** Name and version of the engine: "Node.js v24.1.0, V8 13.6". */
  readonly engine: string;
}

/** The conditions of a benchmark: the machine, and what was asked for. */
export interface Circumstances {
  readonly cpu: string;
  readonly rounds: number;
  readonly roundMs: number;
}

const HEADING = [
  "mode",
  "time",
  "slowdown",
  "quartiles",
  "ns/event",
  "events",
  "bytes",
  "size",
  "instrument",
  "compile",
];

export function formatComparisons(comparisons: readonly NamedComparison[], circumstances: Circumstances): string {
  const { cpu, rounds, roundMs } = circumstances;
  const parts = comparisons.map((comparison) => `\n${formatComparison(comparison)}`);
  return `${cpu}, median of ${rounds} rounds of ${roundMs} ms\n${parts.join("")}`;
}

function formatComparison({ program, engine, rows, missing, doubts }: NamedComparison): string {
  const table = formatTable([HEADING, ...rows.map(formatRow)], "lrrrrrrrrr");
  const absent = missing.map(({ mode, reason }) => `no ${mode}: ${reason}\n`);
  return `${program}, ${engine}\n\n${table}${[...absent, ...doubts.map((doubt) => `note: ${doubt}\n`)].join("")}`;
}

function formatRow(row: Row): string[] {
  const { mode, ns, slowdown, events, nsPerEvent, bytes, size, instrumentMs, compileMs, settled } = row;
  return [
    settled ? mode : `${mode} (still warming up)`,
    formatTime(ns.median),
    formatRatio(slowdown.median),
    formatQuartiles(slowdown),
    nsPerEvent === undefined ? "–" : nsPerEvent.median.toFixed(2),
    events === 0 ? "–" : formatCount(Math.round(events)),
    formatCount(bytes),
    formatRatio(size),
    instrumentMs === 0 ? "–" : formatTime(instrumentMs * 1e6),
    compileMs === 0 ? "–" : formatTime(compileMs * 1e6),
  ];
}

/** "1.53×" */
export function formatRatio(ratio: number): string {
  return `${ratio.toFixed(2)}×`;
}

/** "1.51–1.55" */
export function formatQuartiles({ low, high }: Spread): string {
  return `${low.toFixed(2)}–${high.toFixed(2)}`;
}

const UNITS: readonly [ns: number, name: string][] = [
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
];

/** A duration with three digits and a unit. */
export function formatTime(ns: number): string {
  const [factor, unit] = UNITS.find(([least]) => ns >= least) ?? [1, "ns"];
  return `${(ns / factor).toPrecision(3)} ${unit}`;
}
