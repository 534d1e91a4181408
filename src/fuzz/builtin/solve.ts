/**
 * Input-to-state correspondence: looks in the input for values that comparisons see, and replaces them by what they
 * were compared with. This gets past magic numbers, checksums that are stored in the input, lengths and tags, which a
 * mutation would hit once in 2^32 times.
 *
 *     trace the input ──▶ comparisons ──▶ attempts ──▶ run each ──┬─ new features: the engine keeps the input
 *                                                                 ├─ the site compares more often: chase
 *                                                                 └─ a guard no longer passes: repair
 */

import { chase } from "./chase.ts";
import type { Compared, SiteSummary } from "./comparisons.ts";
import { type Attempt, attempts, holdsInteger, insertions } from "./encodings.ts";
import { Haystack } from "./haystack.ts";
import { type Field, LONGEST_PROBED, probe, settle } from "./probe.ts";
import { repair } from "./repair.ts";
import { mend, sealsOf } from "./seals.ts";
import type { SolveContext } from "./solve_context.ts";
import { findCyclic } from "./substitution.ts";

/** How many occurrences of a value in the input are tried. */
const PLACES = 8;

/** An input, and the comparisons that it made before any change. */
interface Traced {
  readonly bytes: Uint8Array;
  /** An index of the same bytes. */
  readonly input: Haystack;
  readonly compared: readonly Compared[];
  readonly sites: ReadonlyMap<number, SiteSummary>;
  /**
   * Sites where all comparisons were of equal operands, with a value that is in the input: checksums and lengths, which
   * no longer hold once the input is changed.
   */
  readonly passed: ReadonlySet<number>;
  /** Checksums whose place is known. */
  readonly seals: readonly Field[];
}

/** A changed copy of a traced input. */
interface Changed {
  /** Its size in bytes. */
  readonly size: number;
  /** Maps an offset in the traced input to one in this input. */
  move(place: number): number;
}

/**
 * Runs an input, and the changes that its comparisons suggest. A stage of the engine: each yield is an execution of
 * that many bytes of `data`.
 *
 * @param budget rough number of executions
 * @param fields the fields that probing has found in the input
 */
export function* solve(
  context: SolveContext,
  bytes: Uint8Array,
  budget: number,
  fields: readonly Field[] = [],
): Generator<number, void, void> {
  context.data.set(bytes);
  context.record(true);
  yield bytes.length;
  const traced = readTrace(context, bytes, sealsOf(fields));
  const { input } = traced;
  context.onCompared(traced.compared);
  context.record(false);
  yield* solveTogether(context, traced);
  let left = budget;
  for (const field of fields) left -= yield* trySettled(context, traced, field);
  for (const comparison of traced.compared) {
    if (!context.tries.isWorthLooking(comparison.site, context.random)) continue;
    for (const attempt of attempts(comparison, input)) {
      if (!context.tries.isWorth(comparison.site, attempt, context.random)) continue;
      left -= yield* tryPlaces(context, traced, comparison, attempt);
      if (left <= 0) return;
    }
    for (const attempt of insertions(comparison)) {
      if (!context.tries.isWorth(comparison.site, attempt, context.random)) continue;
      left -= yield* tryInsertions(context, traced, comparison, attempt);
      if (left <= 0) return;
    }
  }
}

/** Finds the fields of an input, if it is short enough to be probed. A stage of the engine. */
export function* probeShort(context: SolveContext, bytes: Uint8Array): Generator<number, readonly Field[], void> {
  return bytes.length > LONGEST_PROBED ? [] : yield* probe(context, bytes);
}

/** Whether the last execution passed a guard: see {@link SolveContext.guards}. */
export function passesGuard({ reader, guards, words }: SolveContext): boolean {
  if (guards.size === 0) return false;
  const sites = reader.sites(words());
  for (const guard of guards) if (sites.get(guard)?.agrees) return true;
  return false;
}

function readTrace({ reader, words, pairs }: SolveContext, bytes: Uint8Array, seals: readonly Field[]): Traced {
  const sites = reader.sites(words());
  const input = Haystack.index(bytes, pairs);
  const passed = new Set<number>();
  for (const [site, { agrees, last }] of sites) {
    if (!agrees) continue;
    const { isConst, size, arg1 } = reader.record(words(), last);
    if (!isConst && holdsInteger(input, arg1, size)) passed.add(site);
  }
  return { bytes, input, compared: reader.read(words()), sites, passed, seals };
}

/** Makes all found replacements at once, at random places: comparisons joined by `&` succeed only together. */
function* solveTogether(
  { data, random }: SolveContext,
  { bytes, input, compared }: Traced,
): Generator<number, void, void> {
  for (let round = 0; round < PLACES; round++) {
    data.set(bytes);
    let replaced = 0;
    for (const comparison of compared) {
      if (comparison.size === 1) continue;
      for (const { from, to, width } of attempts(comparison, input)) {
        if (width < 2 || from.length !== to.length) continue;
        const at = findCyclic(bytes, bytes.length, from, random.below(bytes.length));
        if (at < 0) continue;
        data.set(to, at);
        replaced++;
        break;
      }
    }
    if (replaced < 2) return;
    yield bytes.length;
  }
}

/** @returns how many executions it took */
function* tryPlaces(
  context: SolveContext,
  traced: Traced,
  compared: Compared,
  attempt: Attempt,
): Generator<number, number, void> {
  const { data, limit, random } = context;
  const { bytes } = traced;
  const { from, to, step } = attempt;
  const size = bytes.length - from.length + to.length;
  if (size > limit || size === 0) return 0;
  let runs = 0;
  let at = findCyclic(bytes, bytes.length, from, random.below(bytes.length + 1));
  const first = at;
  while (at >= 0 && runs < PLACES) {
    const changed = replaceBytes(data, bytes, at, attempt);
    runs += yield* tryOne(context, traced, compared, attempt, at, changed);
    if (context.foundNew()) break;
    if (step !== 0) runs += yield* tryResized(context, traced, compared, attempt, at);
    if (context.foundNew()) break;
    at = findCyclic(bytes, bytes.length, from, at + 1);
    if (at === first) break;
  }
  return runs;
}

/** Replaces bytes at one place of an input; what comes after them moves. */
function replaceBytes(data: Uint8Array, bytes: Uint8Array, at: number, { from, to }: Attempt): Changed {
  const by = to.length - from.length;
  data.set(bytes.subarray(0, at));
  data.set(to, at);
  data.set(bytes.subarray(at + from.length), at + to.length);
  return moved(bytes.length + by, at + from.length, by);
}

/** Describes an input in which the bytes from `place` on were moved by `by`. */
function moved(size: number, place: number, by: number): Changed {
  return { size, move: (at) => (at >= place ? at + by : at) };
}

/** Runs the input in `data`, and whatever follows up on its result. @returns how many executions it took */
function* tryOne(
  context: SolveContext,
  { sites, passed, seals }: Traced,
  compared: Compared,
  attempt: Attempt,
  at: number,
  { size, move }: Changed,
): Generator<number, number, void> {
  const { site, isConst } = compared;
  const { width } = attempt;
  // A loop that this comparison ended may now go on. Any loop over bytes may be one over a string.
  const mayGoOn = width > 0 && (compared.size === 1 || sites.get(site)?.last === compared.at);
  // Recorded, because outcomes of comparisons are features, too.
  context.record(true);
  yield size;
  let runs = 1;
  if (context.foundNew() && !isConst && width >= 2) context.guards.add(site);
  if (!context.foundNew()) runs += yield* mend(context, size, seals, move);
  if (!context.foundNew() && seals.length === 0 && passed.size > 0) runs += yield* repair(context, size, passed);
  if (mayGoOn) runs += yield* chase(context, { size, compared, attempt, at });
  return runs;
}

/** Changes a field so that its comparison agrees. @returns how many executions it took */
function* trySettled(context: SolveContext, { bytes, seals }: Traced, field: Field): Generator<number, number, void> {
  const { data } = context;
  const stay = (place: number): number => place;
  const { arg1, arg2, site } = field.compared;
  if (arg1.low === arg2.low || !context.tries.isWorthLooking(site, context.random)) return 0;
  data.set(bytes);
  if (!settle(data, bytes.length, field, field.compared, stay)) return 0;
  context.record(true);
  yield bytes.length;
  return context.foundNew() ? 1 : 1 + (yield* mend(context, bytes.length, seals, stay));
}

/**
 * Tries whether the integer is a length, by making the data that it measures longer or shorter by as much. The place of
 * that data is unknown: it begins right after the length, or ends where the length says.
 */
function* tryResized(
  context: SolveContext,
  traced: Traced,
  compared: Compared,
  attempt: Attempt,
  at: number,
): Generator<number, number, void> {
  const { data, limit, random } = context;
  const { bytes } = traced;
  const { from, to, step } = attempt;
  const begin = at + from.length;
  const size = bytes.length + step;
  if (size > limit || begin - Math.min(step, 0) > bytes.length) return 0;
  const place = random.oneIn(2) ? begin : begin + random.below(bytes.length - begin + Math.min(step, 0) + 1);
  data.set(bytes.subarray(0, at));
  data.set(to, at);
  data.set(bytes.subarray(begin, place), begin);
  if (step < 0) data.set(bytes.subarray(place - step), place);
  else {
    // Filled with a repetition of what is there, which may be what the code expects.
    const rest = bytes.subarray(place);
    for (let k = 0; k < step; k++) data[place + k] = rest.length === 0 ? 0 : (rest[k % rest.length] as number);
    data.set(rest, place + step);
  }
  return yield* tryOne(context, traced, compared, attempt, at, moved(size, place, step));
}

/** Inserts what the comparison missed at random places, and at the end. @returns how many executions it took */
function* tryInsertions(
  context: SolveContext,
  traced: Traced,
  compared: Compared,
  attempt: Attempt,
): Generator<number, number, void> {
  const { data, limit, random } = context;
  const { bytes } = traced;
  const { to } = attempt;
  const size = bytes.length + to.length;
  if (size > limit) return 0;
  let runs = 0;
  do {
    const at = runs === 0 ? bytes.length : random.below(bytes.length + 1);
    runs += yield* tryOne(context, traced, compared, attempt, at, replaceBytes(data, bytes, at, attempt));
  } while (runs < PLACES && !context.foundNew());
  return runs;
}
