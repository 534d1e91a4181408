/** Compares the modes of one program: starts them, measures them, and computes the figures. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type MeasureOptions, measureAndClose, type Timing } from "./measure.ts";
import { MODES, type Mode, type ModeName } from "./modes.ts";
import { startSide, type Unavailable } from "./node_side.ts";
import type { Side, SideSetup } from "./side.ts";
import { ratios, type Spread, spreadOf } from "./statistics.ts";

export interface ComparisonSetup extends Omit<SideSetup, "mode" | "cache"> {
  readonly modes: readonly ModeName[];
  /** Path of the Node.js that runs the program. */
  readonly node: string;
}

/** The figures of one mode. */
export interface Row {
  readonly mode: string;
  /** Duration of one run in nanoseconds. */
  readonly ns: Spread;
  /** Slowdown relative to the first row, round by round. */
  readonly slowdown: Spread;
  /** Average number of records per run. */
  readonly events: number;
  /** Cost of a record in nanoseconds; undefined if there are none. */
  readonly nsPerEvent: Spread | undefined;
  /** Size of the modules in bytes. */
  readonly bytes: number;
  /** Size relative to the original's. */
  readonly size: number;
  readonly instrumentMs: number;
  readonly compileMs: number;
  /** Whether it stopped getting faster before it was measured. */
  readonly settled: boolean;
}

export interface ModeComparison {
  readonly rows: readonly Row[];
  /** Modes that this engine does not support. */
  readonly missing: readonly { mode: ModeName; reason: string }[];
  /** Doubts about the measurements, one sentence each. */
  readonly doubts: readonly string[];
}

/** @throws {Failure} the program cannot be run */
export async function compareModes(setup: ComparisonSetup, options: MeasureOptions): Promise<ModeComparison> {
  const cache = mkdtempSync(join(tmpdir(), "wasm-kcov-bench-"));
  try {
    const { sides, missing } = await startSides({ ...setup, cache }, options);
    const timings = await measureAndClose(sides, options);
    return { rows: rowsOf(timings), missing, doubts: doubtsOf(timings, options) };
  } finally {
    rmSync(cache, { recursive: true });
  }
}

/** Starts a process for each mode. The original comes first: the others are compared with it. */
export async function startSides(
  { modes, node, ...setup }: ComparisonSetup & Pick<SideSetup, "cache">,
  { progress }: Pick<MeasureOptions, "progress">,
): Promise<{ sides: Side[]; missing: { mode: ModeName; reason: string }[] }> {
  const sides: Side[] = [];
  const missing: { mode: ModeName; reason: string }[] = [];
  try {
    for (const { name } of MODES.filter((mode) => isWanted(mode, modes))) {
      progress(`preparing ${name} …`);
      const side = await startSide({ ...setup, mode: name }, node);
      if (isUnavailable(side)) missing.push({ mode: name, reason: side.reason });
      else sides.push(side);
    }
  } catch (error) {
    for (const side of sides) side.close();
    throw error;
  }
  return { sides, missing };
}

function isWanted({ name }: Mode, modes: readonly ModeName[]): boolean {
  return name === "original" || modes.includes(name);
}

function isUnavailable(side: Side | Unavailable): side is Unavailable {
  return "reason" in side;
}

/** @param timings timings of the same rounds; the others are compared with the first */
export function rowsOf(timings: readonly Timing[]): Row[] {
  const [reference] = timings;
  return reference === undefined ? [] : timings.map((timing) => rowOf(timing, reference));
}

function rowOf({ side, ns, events, settled }: Timing, reference: Timing): Row {
  const { bytes, instrumentMs, compileMs } = side.facts;
  const costs = ns.map((each, round) => (each - (reference.ns[round] ?? Number.NaN)) / events);
  return {
    mode: side.name,
    ns: spreadOf(ns),
    slowdown: spreadOf(ratios(ns, reference.ns)),
    events,
    nsPerEvent: events === 0 ? undefined : spreadOf(costs),
    bytes,
    size: bytes / reference.side.facts.bytes,
    instrumentMs,
    compileMs,
    settled,
  };
}

/** If rounds at the end are faster than those at the beginning by more than this share, that is not noise. */
const DRIFT = 0.05;
/** The fewest rounds at either end that are significant. */
const LEAST_THIRD = 5;

/**
 * What casts doubt on the figures: patterns that match no function, code that was still getting faster, an area that
 * was full, and modes with different results.
 */
export function doubtsOf(timings: readonly Timing[], { warmUpMs }: Pick<MeasureOptions, "warmUpMs">): string[] {
  const unmatched = new Set(timings.flatMap(({ side }) => side.facts.unmatched));
  const doubts = Array.from(unmatched, (pattern) => `no function matches ${pattern}`);
  const [reference] = timings;
  for (const timing of timings) {
    const { side, settled } = timing;
    if (warmUpMs > 0 && (!settled || drifts(ratios(timing.ns, reference?.ns ?? []))))
      doubts.push(`${side.name} was still getting faster: give it a longer --warm-up`);
    if (side.facts.dropped) doubts.push(`${side.name} filled its area: give a larger --size`);
    const [result, expected] = [side.facts.result, reference?.side.facts.result];
    if (result !== expected) doubts.push(`${side.name} returned ${result} where the original returned ${expected}`);
  }
  const [imported, fused] = ["import", "fused"].map(
    (name) => timings.find(({ side }) => side.name === name)?.side.facts.events,
  );
  if (imported !== undefined && fused !== undefined && imported !== fused) {
    doubts.push(`import recorded ${imported} events, fused ${fused}: the program does not do the same each time`);
  }
  return doubts;
}

/** @param slowdowns slowdowns of the rounds: a machine that is busy for a while slows all sides down */
function drifts(slowdowns: readonly number[]): boolean {
  const third = Math.floor(slowdowns.length / 3);
  if (third < LEAST_THIRD) return false;
  // Compares the fastest rounds, which other work on the machine did not affect.
  return Math.min(...slowdowns.slice(-third)) < Math.min(...slowdowns.slice(0, third)) * (1 - DRIFT);
}
