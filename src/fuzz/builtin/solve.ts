/**
 * Input-to-state: values that comparisons see are looked for in the input, and replaced by what they were compared with.
 * That passes magic numbers, checksums that are stored in the input, lengths and tags, of which no mutation would hit
 * one in 2^32.
 *
 *     trace the input ──▶ comparisons ──▶ attempts ──▶ run each ──┬─ new feature: the engine keeps the input
 *                                                                 └─ the site compares more often: chase
 *
 * The chase is for strings. A loop that compares byte by byte ends at the first difference: once that byte is right it
 * goes on to the next, which is no feature by itself.
 */

import { type Compared, type ComparisonReader, mix } from "./comparisons.ts";
import { type Attempt, attempts } from "./encodings.ts";
import type { Random } from "./random.ts";
import { findCyclic } from "./substitution.ts";

/** What the engine gives the stage. */
export interface SolveContext {
  readonly data: Uint8Array;
  /** The longest input, in bytes. */
  readonly limit: number;
  readonly random: Random;
  readonly reader: ComparisonReader;
  readonly tries: Tries;
  /** Comparisons of the last execution. */
  words(): BigUint64Array<ArrayBufferLike>;
  /** Whether the last execution had new features. */
  foundNew(): boolean;
  /** Told the comparisons of the input. */
  onCompared(compared: readonly Compared[]): void;
}

/** Places of one value in the input that are tried. */
const PLACES = 4;
const LONGEST_CHASE = 512;

/**
 * Runs an input and what its comparisons suggest. A stage of the engine: each yield is an execution, with comparisons, of
 * as many bytes of `data`.
 *
 * @param budget executions, roughly
 */
export function* solve(context: SolveContext, bytes: Uint8Array, budget: number): Generator<number, void, void> {
  const { data, reader } = context;
  data.set(bytes);
  yield bytes.length;
  const compared = reader.read(context.words());
  const counts = reader.counts(context.words());
  context.onCompared(compared);
  yield* solveTogether(context, bytes, compared);
  let left = budget;
  for (const comparison of compared) {
    for (const attempt of attempts(comparison)) {
      if (!context.tries.isWorth(comparison.site, attempt, context.random)) continue;
      left -= yield* tryPlaces(context, bytes, comparison.site, attempt, counts.get(comparison.site) ?? 0);
      if (left <= 0) return;
    }
  }
}

/** How often what was tried. A table of small counts, shared by whatever has the same hash. */
export class Tries {
  readonly #counts = new Uint8Array(1 << 16);

  /** Less and less often true, the more often the same was tried at the same site. Counts it if so. */
  isWorth(site: number, { from, to }: Attempt, random: Random): boolean {
    let hash = mix(site ^ from.length);
    for (let k = 0; k < to.length; k++) hash = mix(hash ^ (to[k] as number));
    const slot = hash & 0xffff;
    const count = this.#counts[slot] as number;
    if (count >= 8 && !random.oneIn(count)) return false;
    if (count < 255) this.#counts[slot] = count + 1;
    return true;
  }
}

/** One execution with everything replaced that is found: comparisons that are joined by `&` yield only together. */
function* solveTogether(
  { data, random }: SolveContext,
  bytes: Uint8Array,
  compared: readonly Compared[],
): Generator<number, void, void> {
  let replaced = 0;
  for (const comparison of compared) {
    if (comparison.size === 1) continue;
    for (const { from, to, width } of attempts(comparison)) {
      if (width < 2 || from.length !== to.length) continue;
      const at = findCyclic(bytes, bytes.length, from, random.below(bytes.length));
      if (at < 0) continue;
      data.set(to, at);
      replaced++;
      break;
    }
  }
  if (replaced > 1) yield bytes.length;
}

/** @returns how many executions it took */
function* tryPlaces(
  context: SolveContext,
  bytes: Uint8Array,
  site: number,
  attempt: Attempt,
  count: number,
): Generator<number, number, void> {
  const { data, limit, random } = context;
  const { from, to, width } = attempt;
  const size = bytes.length - from.length + to.length;
  if (size > limit || size === 0) return 0;
  let runs = 0;
  let at = findCyclic(bytes, bytes.length, from, random.below(bytes.length + 1));
  const first = at;
  while (at >= 0 && runs < PLACES) {
    data.set(bytes.subarray(0, at));
    data.set(to, at);
    data.set(bytes.subarray(at + from.length), at + to.length);
    yield size;
    runs++;
    if (width > 0) runs += yield* chase(context, size, site, at, width, count);
    if (context.foundNew()) break;
    at = findCyclic(bytes, bytes.length, from, at + 1);
    if (at === first) break;
  }
  return runs;
}

/** @returns how many executions it took */
function* chase(
  context: SolveContext,
  start: number,
  site: number,
  place: number,
  width: number,
  before: number,
): Generator<number, number, void> {
  const { data, limit, reader } = context;
  let size = start;
  let at = place;
  let count = before;
  for (let runs = 0; runs < LONGEST_CHASE; runs++) {
    const { count: now, last } = reader.atSite(context.words(), site);
    if (now <= count || last === undefined) return runs;
    at += width * (now - count);
    count = now;
    const bytes = nextBytes(data, size, at, width, last);
    if (bytes === undefined || at + width > limit) return runs;
    data.set(bytes, at);
    size = Math.max(size, at + width);
    yield size;
  }
  return LONGEST_CHASE;
}

/** What makes the last comparison agree, if one of its operands is at `at`, or behind the end of the input. */
function nextBytes(data: Uint8Array, size: number, at: number, width: number, last: Compared): Uint8Array | undefined {
  for (const { from, to, width: each } of attempts(last)) {
    if (each !== width) continue;
    if (at === size || (at + width <= size && from.every((byte, k) => data[at + k] === byte))) return to;
  }
  return undefined;
}
