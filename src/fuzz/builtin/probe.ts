/**
 * Probing: changes each byte of an input by one, and observes the effect on comparisons. If a comparison sees the byte
 * unchanged, or as a summand, the difference of its operands changes by the same amount. This locates the operand in
 * the input even if neither operand occurs there literally, as with a checksum that is compared as
 * `(stored ^ computed) == -1`.
 *
 *     operands differ    the difference is applied to the field                       solve.ts
 *     operands agree     if other bytes affect it, too, it is a checksum: a seal,
 *                        which is mended after every change of the input              seals.ts
 */

import type { Compared, ComparisonReader } from "./comparisons.ts";
import type { SolveContext } from "./solve_context.ts";

/** The longest input that is probed, in bytes: each byte takes an execution. */
export const LONGEST_PROBED = 128;
/** The widest operands, in bytes. */
const LANES = 4;

/** Where in the input a comparison's operand is. */
export interface Field {
  readonly compared: Compared;
  /** Offset in the input of each byte of the operand, the lowest first; −1 if it is not there. */
  readonly places: readonly number[];
  /** Whether what is missing is a difference that is added to the field; otherwise it is bits to flip. */
  readonly isSum: boolean;
  /** Whether the field is subtracted in what is compared. */
  readonly isNegative: boolean;
  /** Whether other bytes of the input affect the comparison, in unknown ways. */
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
 * @returns the fields that were found
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
    // If the engine kept the input for this change, a stage of its own will deal with it.
    observe(base, reader, context.words(), { at, step, flipped: before ^ (before + step) }, observed);
  }
  return [...observed.values()].flatMap(fieldOf);
}

interface Change {
  readonly at: number;
  readonly step: number;
  /** The bits of the byte that changed. */
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
  // For sums, the place of the lowest byte must be known.
  if (sums[0] !== undefined) {
    fields.push({ compared, places: places(sums), isSum: true, isNegative: isNegative[0] ?? false, isMixed });
  }
  return fields;
}

/**
 * Changes a field in an input by what its operands differ by.
 *
 * @param now the current state of the comparison
 * @param move maps an offset in the probed input to one in this input
 * @returns false if the field cannot hold the result; the input is then unchanged
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
