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
import { type Attempt, attempts } from "./encodings.ts";
import { Haystack } from "./haystack.ts";
import { repair } from "./repair.ts";
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
  /** Guards that it passed. */
  readonly passed: ReadonlySet<number>;
}

/**
 * Runs an input and what its comparisons suggest. A stage of the engine: each yield is an execution of as many bytes of
 * `data`.
 *
 * @param budget executions, roughly
 */
export function* solve(context: SolveContext, bytes: Uint8Array, budget: number): Generator<number, void, void> {
  context.data.set(bytes);
  context.record(true);
  yield bytes.length;
  const traced = readTrace(context, bytes);
  const { input } = traced;
  context.onCompared(traced.compared);
  context.record(false);
  yield* solveTogether(context, traced);
  let left = budget;
  for (const comparison of traced.compared) {
    if (!context.tries.isWorthLooking(comparison.site, context.random)) continue;
    for (const attempt of attempts(comparison, input)) {
      if (!context.tries.isWorth(comparison.site, attempt, context.random)) continue;
      left -= yield* tryPlaces(context, traced, comparison, attempt);
      if (left <= 0) return;
    }
  }
}

/** Whether the last execution passed a guard: see {@link SolveContext.guards}. */
export function passesGuard({ reader, guards, words }: SolveContext): boolean {
  if (guards.size === 0) return false;
  const sites = reader.sites(words());
  for (const guard of guards) if (sites.get(guard)?.agrees) return true;
  return false;
}

function readTrace({ reader, words, guards, pairs }: SolveContext, bytes: Uint8Array): Traced {
  const sites = reader.sites(words());
  const passed = new Set<number>();
  for (const guard of guards) if (sites.get(guard)?.agrees) passed.add(guard);
  return { bytes, input: Haystack.index(bytes, pairs), compared: reader.read(words()), sites, passed };
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
  const { bytes, sites } = traced;
  const { site, isConst } = compared;
  const summary = sites.get(site);
  const { from, to, width } = attempt;
  const size = bytes.length - from.length + to.length;
  if (size > limit || size === 0) return 0;
  // A loop that this comparison ended may go on. Of one in the middle nothing is to be learned.
  const mayGoOn = width > 0 && summary?.last === compared.at;
  context.record(mayGoOn || traced.passed.size > 0);
  let runs = 0;
  let at = findCyclic(bytes, bytes.length, from, random.below(bytes.length + 1));
  const first = at;
  while (at >= 0 && runs < PLACES) {
    data.set(bytes.subarray(0, at));
    data.set(to, at);
    data.set(bytes.subarray(at + from.length), at + to.length);
    yield size;
    runs++;
    if (context.foundNew()) {
      if (!isConst && width >= 2) context.guards.add(site);
    } else if (traced.passed.size > 0) runs += yield* repair(context, size, traced.passed);
    if (mayGoOn) runs += yield* chase(context, { size, compared, at, width, count: summary.count });
    if (context.foundNew()) break;
    at = findCyclic(bytes, bytes.length, from, at + 1);
    if (at === first) break;
  }
  return runs;
}
