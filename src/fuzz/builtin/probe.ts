/**
 * Probing: every byte of an input is changed by one, and what comparisons make of that is looked at. Of a byte that a
 * comparison sees as it is, or that is added to what it sees, the difference of its operands changes by just as much; so
 * it is known where in the input the operand is, even if no operand is in the input, as with a checksum that is
 * compared as `(stored ^ computed) == -1`.
 *
 *     operands differ    the field is given what is missing                           solve.ts
 *     operands agree     if other bytes change it too, it is a checksum: a seal,
 *                        which is put right after every change of the input           seals.ts
 */

import type { Compared, ComparisonReader } from "./comparisons.ts";
import type { SolveContext } from "./solve_context.ts";

/** Bytes of the longest input that is probed: each takes an execution. */
export const LONGEST_PROBED = 128;
/** Bytes of the widest operands. */
const LANES = 4;

/** Where in the input a comparison's operand is. */
export interface Field {
  readonly compared: Compared;
  /** Of the lowest byte of the operand first: its place in the input; −1: it is not there. */
  readonly places: readonly number[];
  /** What the operands differ in is a difference, and not in bits: it is added to the field. */
  readonly isSum: boolean;
  /** The field is taken off what it is compared with. */
  readonly isNegative: boolean;
  /** Other bytes of the input change it, in ways that nobody knows. */
  readonly isMixed: boolean;
}

interface Observed {
  readonly compared: Compared;
  readonly bits: number[];
  readonly sums: number[];
  readonly isNegative: boolean[];
  isMixed: boolean;
}

/**
 * Probes an input of at most {@link LONGEST_PROBED} bytes. A stage of the engine: each yield is an execution.
 *
 * @returns the comparisons of which a field is known
 */
export function* probe(context: SolveContext, bytes: Uint8Array): Generator<number, readonly Field[], void> {
  const { data, reader } = context;
  context.record(true);
  data.set(bytes);
  yield bytes.length;
  const base = reader.all(context.words(), LANES);
  const observed = new Map<Compared, Observed>();
  for (let at = 0; at < bytes.length; at++) {
    const before = bytes[at] as number;
    const step = before === 255 ? -1 : 1;
    data.set(bytes);
    data[at] = before + step;
    yield bytes.length;
    // What was kept for this change is kept; a stage of its own will look at it.
    observe(base, reader, context.words(), { at, step, flipped: before ^ (before + step) }, observed);
  }
  return [...observed.values()].flatMap(fieldOf);
}

interface Change {
  readonly at: number;
  readonly step: number;
  /** Bits of the byte that changed. */
  readonly flipped: number;
}

function observe(
  base: ReadonlyMap<number, readonly Compared[]>,
  reader: ComparisonReader,
  words: BigUint64Array<ArrayBufferLike>,
  change: Change,
  observed: Map<Compared, Observed>,
): void {
  for (const [site, now] of reader.all(words, LANES)) {
    const before = base.get(site);
    if (before === undefined) continue;
    for (let k = 0; k < now.length && k < before.length; k++)
      note(before[k] as Compared, now[k] as Compared, change, observed);
  }
}

function note(before: Compared, now: Compared, { at, step, flipped }: Change, observed: Map<Compared, Observed>): void {
  const bits = bitsOf(before) ^ bitsOf(now);
  const difference = (differenceOf(now) - differenceOf(before)) | 0;
  if (bits === 0 && difference === 0) return;
  let known = observed.get(before);
  if (known === undefined) {
    known = { compared: before, bits: [], sums: [], isNegative: [], isMixed: false };
    observed.set(before, known);
  }
  let isSeen = false;
  for (let lane = 0; lane < before.size; lane++) {
    if (bits === flipped << (8 * lane)) {
      known.bits[lane] ??= at;
      isSeen = true;
    }
    const weight = step << (8 * lane);
    if (difference !== weight && difference !== (-weight | 0)) continue;
    known.sums[lane] ??= at;
    known.isNegative[lane] ??= difference !== weight;
    isSeen = true;
  }
  known.isMixed ||= !isSeen;
}

function fieldOf({ compared, bits, sums, isNegative, isMixed }: Observed): Field[] {
  const lanes = Array.from({ length: compared.size }, (_, lane) => lane);
  const places = (found: readonly number[]): number[] => lanes.map((lane) => found[lane] ?? -1);
  const fields: Field[] = [];
  if (bits.length > 0) {
    fields.push({ compared, places: places(bits), isSum: false, isNegative: false, isMixed });
  }
  // Sums need a place for their lowest byte.
  if (sums[0] !== undefined) {
    fields.push({ compared, places: places(sums), isSum: true, isNegative: isNegative[0] ?? false, isMixed });
  }
  return fields;
}

/**
 * Gives a field what its operands differ by, in an input.
 *
 * @param now the comparison as it is
 * @param move where a place of the probed input is in this one
 * @returns false if it cannot hold that; the input is then as it was
 */
export function settle(
  data: Uint8Array,
  size: number,
  field: Field,
  now: Compared,
  move: (place: number) => number,
): boolean {
  const places = field.places.map((place) => (place < 0 ? -1 : move(place)));
  if (places.some((place) => place >= size)) return false;
  const bytes = field.isSum ? summed(data, field, now, places) : flipped(data, now, places);
  if (bytes === undefined) return false;
  bytes.forEach((byte, lane) => {
    const place = places[lane] as number;
    if (place >= 0) data[place] = byte;
  });
  return true;
}

function flipped(data: Uint8Array, now: Compared, places: readonly number[]): number[] | undefined {
  const bits = bitsOf(now);
  const missing = places.map((place, lane) => ({ place, flip: (bits >>> (8 * lane)) & 0xff }));
  if (missing.some(({ place, flip }) => place < 0 && flip !== 0)) return undefined;
  return missing.map(({ place, flip }) => (place < 0 ? 0 : (data[place] as number) ^ flip));
}

function summed(
  data: Uint8Array,
  { isNegative }: Field,
  now: Compared,
  places: readonly number[],
): number[] | undefined {
  const width = places.indexOf(-1) < 0 ? places.length : places.indexOf(-1);
  let value = 0;
  for (let lane = 0; lane < width; lane++) value += (data[places[lane] as number] as number) * 2 ** (8 * lane);
  const goal = value + (isNegative ? 1 : -1) * signed(differenceOf(now), now.size);
  const isWhole = width === now.size;
  if (!isWhole && (goal < 0 || goal >= 2 ** (8 * width))) return undefined;
  return places.map((_, lane) => (lane < width ? Math.floor(goal / 2 ** (8 * lane)) & 0xff : 0));
}

function signed(value: number, size: number): number {
  return size === 1 ? (value << 24) >> 24 : size === 2 ? (value << 16) >> 16 : value | 0;
}

function bitsOf({ arg1, arg2 }: Compared): number {
  return arg1.low ^ arg2.low;
}

function differenceOf({ arg1, arg2 }: Compared): number {
  return (arg1.low - arg2.low) | 0;
}
