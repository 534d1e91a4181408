/**
 * Derives a count for every site of a module from its counters. A site without a counter was executed if any of certain
 * others was. With 64-bit counters, the count of such a site, and of one whose counter only says that it was executed,
 * is the sum of certain others minus the sum of some more (src/instrument/sites/flow.ts).
 */

import { isCounted, isDataSite, type PcSite, type PcTable } from "./pc_table.ts";

/**
 * Derives the count of every site.
 *
 * Whether a count is 0 is right however a run ended. Counts from 64-bit counters are exact except for traps: each call
 * of a function that ended in a trap of its own may make counts of its sites one too high or too low. Flags give 0 and
 * 1. 8-bit counters give their values, and for sites without a counter whether they were executed.
 *
 * @param counters those of one module: the k-th is that of the k-th pc of `counterPcs(table)`. Those of several runs
 *   may be added up.
 * @returns a count for each of `table.sites`, in that order; 0 for a site that records values, which has no counter
 * @throws {RangeError} there are more or fewer counters than the table says
 */
export function deriveCounts(table: PcTable, counters: BigUint64Array | Uint8Array): BigUint64Array<ArrayBuffer> {
  const { sites } = table;
  const own = ownCounters(sites, counters);
  const hits = derive(
    sites,
    (site) => site.impliedBy,
    (site, k, countOf) =>
      site.impliedBy ? (site.impliedBy.some((other) => countOf(other) !== 0n) ? 1n : 0n) : (own[k] ?? 0n),
  );
  if (!(counters instanceof BigUint64Array)) return BigUint64Array.from(hits);
  const counts = derive(
    sites,
    ({ follows }) => follows && [...follows.from, ...follows.less],
    ({ follows }, k, countOf) => {
      if (!follows) return hits[k] ?? 0n;
      const sum = follows.from.reduce((total, other) => total + countOf(other), 0n);
      return follows.less.reduce((total, other) => total - countOf(other), sum);
    },
  );
  return BigUint64Array.from(hits, (hit, k) => (hit === 0n ? 0n : atLeastOne(counts[k] ?? 0n)));
}

/** The counter of each site; 0 for a site without one. */
function ownCounters(sites: readonly PcSite[], counters: BigUint64Array | Uint8Array): BigInt64Array {
  const own = new BigInt64Array(sites.length);
  let next = 0;
  for (const [k, site] of sites.entries()) if (isCounted(site)) own[k] = BigInt(counters[next++] ?? 0);
  if (next !== counters.length) {
    throw new RangeError(`there are ${counters.length} counters, but the pc table has ${next}`);
  }
  return own;
}

/**
 * Computes the values of sites, some of which follow from those of others. Chains may be long, so it keeps its own
 * stack.
 *
 * @param sourcesOf returns the sites from which a value follows; undefined for none
 */
function derive(
  sites: readonly PcSite[],
  sourcesOf: (site: PcSite) => readonly number[] | undefined,
  value: (site: PcSite, k: number, countOf: (other: number) => bigint) => bigint,
): BigInt64Array {
  const values = new BigInt64Array(sites.length);
  const isKnown = new Uint8Array(sites.length);
  const countOf = (k: number): bigint => values[k] ?? 0n;
  const stack: number[] = [];
  for (let first = 0; first < sites.length; first++) {
    stack.push(first);
    for (let k = stack.at(-1); k !== undefined; k = stack.at(-1)) {
      const site = sites[k] as PcSite;
      const unknown = isKnown[k] ? undefined : sourcesOf(site)?.find((other) => !isKnown[other]);
      if (unknown !== undefined) {
        stack.push(unknown);
        continue;
      }
      if (!isKnown[k] && !isDataSite(site.kind)) values[k] = value(site, k, countOf);
      isKnown[k] = 1;
      stack.pop();
    }
  }
  return values;
}

function atLeastOne(count: bigint): bigint {
  return count < 1n ? 1n : count;
}
