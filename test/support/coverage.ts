/** Full coverage from that of a pruned module. */

import type { PcTable } from "../../src/instrument/index.ts";

/** The PCs of every site that was executed, told from those that left a trace. */
export function reconstruct(table: PcTable, trace: Iterable<bigint>): Set<bigint> {
  const executed = new Set(trace);
  const known = new Map<number, boolean>();
  const isExecuted = (index: number): boolean => {
    const before = known.get(index);
    if (before !== undefined) return before;
    const site = table.sites[index];
    if (!site) throw new Error(`no site ${index}`);
    const answer = site.impliedBy ? site.impliedBy.some(isExecuted) : executed.has(site.pc);
    known.set(index, answer);
    return answer;
  };
  return new Set(table.sites.flatMap(({ pc }, index) => (isExecuted(index) ? [pc] : [])));
}
