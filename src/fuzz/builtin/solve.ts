/**
 * Input-to-state: values that comparisons see are looked for in the input, and replaced by what they were compared with.
 * That passes magic numbers, checksums that are stored in the input, lengths and tags, of which no mutation would hit
 * one in 2^32.
 *
 *     trace the input ──▶ comparisons ──▶ attempts ──▶ run each ──┬─ new features: the engine keeps the input
 *                                                                 ├─ the site compares more often: chase
 *                                                                 └─ a guard is not passed any more: repair
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

/** Places of one value in the input that are tried. */
const PLACES = 8;

/** An input, and what it compared as it was. */
interface Traced {
  readonly bytes: Uint8Array;
  /** The same. */
  readonly input: Haystack;
  readonly compared: readonly Compared[];
  readonly sites: ReadonlyMap<number, SiteSummary>;
  /**
   * Sites where everything that it compared was equal, with something that is in the input: checksums and lengths, which
   * hold no more once the input is changed.
   */
  readonly passed: ReadonlySet<number>;
  /** Checksums whose place is known. */
  readonly seals: readonly Field[];
}

/** An input that is as one that was traced, but for some changes. */
interface Changed {
  /** Bytes of it. */
  readonly size: number;
  /** Where a place of the traced input is in this one. */
  move(place: number): number;
}

/**
 * Runs an input and what its comparisons suggest. A stage of the engine: each yield is an execution of as many bytes of
 * `data`.
 *
 * @param budget executions, roughly
 * @param fields what probing has found out about the input
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

/** Fields of an input, if it is short enough to be probed. A stage of the engine. */
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

/** Everything replaced at once that is found, in places at random: comparisons that are joined by `&` only yield together. */
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

/** Makes an input with other bytes at one place; what comes after them moves. */
function replaceBytes(data: Uint8Array, bytes: Uint8Array, at: number, { from, to }: Attempt): Changed {
  const by = to.length - from.length;
  data.set(bytes.subarray(0, at));
  data.set(to, at);
  data.set(bytes.subarray(at + from.length), at + to.length);
  return moved(bytes.length + by, at + from.length, by);
}

/** What an input is of which bytes from `place` on were moved. */
function moved(size: number, place: number, by: number): Changed {
  return { size, move: (at) => (at >= place ? at + by : at) };
}

/** Runs what `data` holds, and what makes more of it. @returns how many executions it took */
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
  // A loop that this comparison ended may go on. Of loops over bytes, each may be one through a string.
  const mayGoOn = width > 0 && (compared.size === 1 || sites.get(site)?.last === compared.at);
  // Outcomes of comparisons are features, too.
  context.record(true);
  yield size;
  let runs = 1;
  if (context.foundNew() && !isConst && width >= 2) context.guards.add(site);
  if (!context.foundNew()) runs += yield* mend(context, size, seals, move);
  if (!context.foundNew() && seals.length === 0 && passed.size > 0) runs += yield* repair(context, size, passed);
  if (mayGoOn) runs += yield* chase(context, { size, compared, attempt, at });
  return runs;
}

/** Gives a field what it lacks. @returns how many executions it took */
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
 * The integer may be a length: what it is the length of becomes as much longer or shorter. Where that is nobody knows;
 * it begins after the length, or it ends where it says.
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
    // More of what is there: it may be what the code expects.
    const rest = bytes.subarray(place);
    for (let k = 0; k < step; k++) data[place + k] = rest.length === 0 ? 0 : (rest[k % rest.length] as number);
    data.set(rest, place + step);
  }
  return yield* tryOne(context, traced, compared, attempt, at, moved(size, place, step));
}

/** Inserts what the comparison did not see in places at random, and at the end. @returns how many executions it took */
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
