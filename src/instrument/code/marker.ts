/** What stands for a site of control flow in Binaryen's tree, until its code is put into the written binary. */

/** Control comes to a site. */
export interface Visit {
  /** Offset of the site in the original file, and that of its function. */
  readonly offset: number;
  readonly start: number;
  /** Whether the function's cursor is valid there, on every way. */
  readonly hasCursor: boolean;
  /** Index of its counter, and that of the function's first one; undefined where none are asked for. */
  readonly counter: number | undefined;
  readonly firstCounter: number | undefined;
  /** Whether it is enough that the counter is not 0; where a pc is recorded, too, it counts in any case. */
  readonly isFlag: boolean;
}

/** What stands for a site: 28 bits are its offset in the function and whether the cursor is valid, the others its counter. */
export function markerOf({ offset, start, hasCursor, counter = 0, firstCounter = 0 }: Visit): bigint {
  return BigInt((counter - firstCounter) * MARKER_SCALE + 2 * (offset - start) + (hasCursor ? 1 : 0));
}

/** What a marker stands for. */
export function readMarker(marker: number): { place: number; hasCursor: boolean; counter: number } {
  const low = marker % MARKER_SCALE;
  return { place: low >> 1, hasCursor: (low & 1) !== 0, counter: Math.floor(marker / MARKER_SCALE) };
}

/** Engines take functions of up to 2^23 bytes. */
const MARKER_SCALE = 2 ** 28;
