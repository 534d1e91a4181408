/** From the counters that a module has to a count for each of its sites. */

import { isDataSite, type PcTable } from "../../instrument/pc_table.ts";

/**
 * A site without a counter ran iff one of those that imply it did, and at least as often as each of them.
 *
 * @param counters in the order of the sites that have one
 * @returns one count for every site, in order
 * @throws {RangeError} the counters are not those of the table
 */
export function countsOfSites(
  pcTable: PcTable,
  counters: BigUint64Array<ArrayBufferLike>,
): BigUint64Array<ArrayBuffer> {
  const { sites } = pcTable;
  const counts = new BigUint64Array(sites.length);
  const known = new Uint8Array(sites.length);
  let counter = 0;
  for (const [index, { kind, impliedBy }] of sites.entries()) {
    if (impliedBy !== undefined) continue;
    known[index] = 1;
    if (!isDataSite(kind)) counts[index] = counters[counter++] ?? 0n;
  }
  if (counter !== counters.length) throw new RangeError(`${counters.length} counters, but ${counter} sites with one`);
  const resolve = (index: number): bigint => {
    if (known[index] === 1) return counts[index] as bigint;
    // Before it is known, so that a damaged table cannot go in circles.
    known[index] = 1;
    for (const other of sites[index]?.impliedBy ?? []) {
      const count = resolve(other);
      if (count > (counts[index] as bigint)) counts[index] = count;
    }
    return counts[index] as bigint;
  };
  for (let index = 0; index < sites.length; index++) resolve(index);
  return counts;
}
