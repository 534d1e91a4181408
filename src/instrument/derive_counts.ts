/**
 * From the counters of a module to a count for every one of its sites. Sites without a counter follow from others: with
 * 64-bit counters a site was executed as often as some others together, less those of some more (src/instrument/sites/
 * flow.ts); with the other forms it was executed if any of some others was.
 */

import { isCounted, isDataSite, type PcTable } from "./pc_table.ts";

/**
 * Gives every site its count.
 *
 * Counts of 64-bit counters are exact. From counters that another thread is changing, a difference that would be negative is
 * 0. Flags give 0 and 1. 8-bit counters give what they have, and for sites without a counter whether they were executed.
 *
 * @param counters of one module: the k-th is that of the k-th pc of `counterPcs(table)`
 * @returns one for every one of `table.sites`, in that order; 0 for a site that records values, which has no counter
 * @throws {RangeError} there are more or fewer than the table says
 */
export function deriveCounts(table: PcTable, counters: BigUint64Array | Uint8Array): BigUint64Array<ArrayBuffer> {
  return new Derivation(table, counters).run();
}

class Derivation {
  private readonly table: PcTable;
  private readonly counts: BigUint64Array<ArrayBuffer>;
  private readonly isKnown: Uint8Array;
  private readonly addsUp: boolean;

  constructor(table: PcTable, counters: BigUint64Array | Uint8Array) {
    const { sites } = table;
    this.table = table;
    this.counts = new BigUint64Array(sites.length);
    this.isKnown = new Uint8Array(sites.length);
    this.addsUp = counters instanceof BigUint64Array;
    let next = 0;
    for (let k = 0; k < sites.length; k++) {
      const site = sites[k];
      if (!site || (!isDataSite(site.kind) && !isCounted(site))) continue;
      this.isKnown[k] = 1;
      if (!isDataSite(site.kind)) this.counts[k] = BigInt(counters[next++] ?? 0);
    }
    if (next !== counters.length) {
      throw new RangeError(`there are ${counters.length} counters, but the pc table has ${next}`);
    }
  }

  run(): BigUint64Array<ArrayBuffer> {
    for (let k = 0; k < this.counts.length; k++) this.resolve(k);
    return this.counts;
  }

  /** Chains of sites that follow from each other may be long: this keeps its own stack. */
  private resolve(site: number): void {
    const { table, isKnown } = this;
    const stack = [site];
    for (let k = stack.at(-1); k !== undefined; k = stack.at(-1)) {
      if (isKnown[k]) {
        stack.pop();
        continue;
      }
      const { impliedBy = [], less = [] } = table.sites[k] ?? {};
      const unknown = [...impliedBy, ...less].filter((other) => !isKnown[other]);
      if (unknown.length > 0) {
        stack.push(...unknown);
        continue;
      }
      this.counts[k] = this.combine(impliedBy, less);
      isKnown[k] = 1;
    }
  }

  private combine(impliedBy: readonly number[], less: readonly number[]): bigint {
    const countOf = (k: number): bigint => this.counts[k] ?? 0n;
    if (!this.addsUp) return impliedBy.some((k) => countOf(k) !== 0n) ? 1n : 0n;
    const sum = impliedBy.reduce((total, k) => total + countOf(k), 0n);
    const count = less.reduce((total, k) => total - countOf(k), sum);
    return count < 0n ? 0n : count;
  }
}
