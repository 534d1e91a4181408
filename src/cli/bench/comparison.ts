/** Compares the modes of one program: starts them, measures them, and says what the figures are. */

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
  /** Path of the Node.js that runs it. */
  readonly node: string;
}

/** The figures of one mode. */
export interface Row {
  readonly mode: string;
  /** Nanoseconds of one run. */
  readonly ns: Spread;
  /** Against the first row, round by round. */
  readonly slowdown: Spread;
  /** Records of one run, on average. */
  readonly events: number;
  /** What a record costs, in nanoseconds; undefined where there are none. */
  readonly nsPerEvent: Spread | undefined;
  /** Bytes of the modules. */
  readonly bytes: number;
  /** Against the original's. */
  readonly size: number;
  readonly instrumentMs: number;
  readonly compileMs: number;
  /** It stopped getting faster before it was measured. */
  readonly settled: boolean;
}

export interface ModeComparison {
  readonly rows: readonly Row[];
  /** Modes that this engine does not have. */
  readonly missing: readonly { mode: ModeName; reason: string }[];
  /** What is odd about the measurements, a sentence each. */
  readonly doubts: readonly string[];
}

/** @throws {Failure} the program can not be run */
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

/** Processes of the modes, the original first: what the others are compared with. */
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

/** @param timings of the same rounds; the first is what the others are compared with */
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

/** Rounds at the end that are faster than those at the beginning by more than this are no noise. */
const DRIFT = 0.05;
/** Fewer rounds at either end tell nothing. */
const LEAST_THIRD = 5;

/**
 * What makes the figures worth less: patterns that choose no function, code that went on getting faster, an area that was
 * full, and modes that did not do the same.
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

/** @param slowdowns round by round: a machine that is busy for a while is so for all sides */
function drifts(slowdowns: readonly number[]): boolean {
  const third = Math.floor(slowdowns.length / 3);
  if (third < LEAST_THIRD) return false;
  // Of the fastest rounds, which other work on the machine does not touch.
  return Math.min(...slowdowns.slice(-third)) < Math.min(...slowdowns.slice(0, third)) * (1 - DRIFT);
}
