/** Markers: they stand for control-flow sites in Binaryen's tree, until the code is put into the written binary. */

import { MAX_HELD } from "../sites/held_counters.ts";

/** A control-flow site, as its marker describes it. */
export interface Visit {
  /** Offset of the site in the original file, and that of its function. */
  readonly offset: number;
  readonly start: number;
  /** Whether the function's cursor is valid there, on every path. */
  readonly hasCursor: boolean;
  /** Index of its counter, and that of the function's first one; undefined if there are no counters. */
  readonly counter: number | undefined;
  readonly firstCounter: number | undefined;
  /** Whether it is enough to make the counter nonzero; if a pc is recorded too, it counts in any case. */
  readonly isFlag: boolean;
  /** Number of the local that holds the counter's value; undefined if none does. */
  readonly held: number | undefined;
}

/** A site's marker: 28 bits are its offset in the function and whether the cursor is valid, the others its counter. */
export function markerOf({ offset, start, hasCursor, counter = 0, firstCounter = 0 }: Visit): bigint {
  return BigInt((counter - firstCounter) * MARKER_SCALE + 2 * (offset - start) + (hasCursor ? 1 : 0));
}

/** Markers of what a function does with its cursor, except at sites. */
export const CURSOR_MARKERS = { check: -1n, load: -2n } as const;

/** Decodes a marker. */
export function readMarker(marker: number): { place: number; hasCursor: boolean; counter: number } {
  const low = marker % MARKER_SCALE;
  return { place: low >> 1, hasCursor: (low & 1) !== 0, counter: Math.floor(marker / MARKER_SCALE) };
}

/** Engines accept functions of up to 2^23 bytes. */
const MARKER_SCALE = 2 ** 28;

/** What happens to a counter; the last two in a loop that holds its value in a local. */
export const COUNTER_STEPS = { count: 0, flag: 1, load: 2, heldCount: 3 } as const;

/** One step of a counter. */
export interface CounterStep {
  /** Index of the counter. */
  readonly index: number;
  readonly step: (typeof COUNTER_STEPS)[keyof typeof COUNTER_STEPS];
  /** Number of the local that holds its value. */
  readonly held: number;
}

/** The marker of a step, a number of 32 bits. */
export function counterMarkerOf({ index, step, held }: CounterStep): number {
  return (index * 4 + step) * MAX_HELD + held;
}

/** Decodes a counter's marker. */
export function readCounterMarker(marker: number): CounterStep {
  const rest = Math.floor(marker / MAX_HELD);
  return { index: rest >> 2, step: (rest & 3) as CounterStep["step"], held: marker % MAX_HELD };
}
