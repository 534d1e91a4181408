/** What a running module has counted up to now, function by function and line by line. */

import { countCode, SiteCounts } from "../../../src/coverage/map/code_counts.ts";
import { deriveCounts } from "../../../src/instrument/derive_counts.ts";
import type { PcFunction, PcTable } from "../../../src/instrument/pc_table.ts";
import { decodePcTable } from "../../../src/instrument/pc_table_format.ts";

/** A function, and which of the table's sites are its own. */
interface FunctionSites {
  readonly function: PcFunction;
  readonly first: number;
  readonly end: number;
}

/** How far a function was reached. */
export interface FunctionCount {
  /** Among the functions that the module defines. */
  readonly body: number;
  readonly sites: number;
  reached: number;
  /** How often it was entered. */
  entered: number;
}

export class LiveCounts {
  readonly original: Uint8Array<ArrayBuffer>;
  readonly table: PcTable;
  /** One for every function, in their order. */
  readonly functions: readonly FunctionCount[];
  readonly #sites: readonly FunctionSites[];
  #read: (() => BigUint64Array) | undefined;
  #counts: BigUint64Array<ArrayBufferLike>;

  constructor(original: Uint8Array<ArrayBuffer>, table: Uint8Array<ArrayBuffer>) {
    this.original = original;
    this.table = decodePcTable(table);
    this.#sites = divide(this.table);
    this.#counts = new BigUint64Array(this.table.sites.length);
    const { importedFunctions } = this.table.original;
    this.functions = this.#sites.map(({ function: { index }, first, end }) => ({
      ...{ body: index - importedFunctions, sites: end - first },
      ...{ reached: 0, entered: 0 },
    }));
  }

  /** Counters that can be read at any time. */
  watch(memory: WebAssembly.Memory, length: number): void {
    this.#read = () => new BigUint64Array(memory.buffer, 0, length);
  }

  /** Takes counters that were told. */
  take(counts: BigUint64Array<ArrayBuffer>): void {
    this.#read = () => counts;
  }

  /** Looks at the counters. @returns whether there is anything new */
  update(): boolean {
    if (this.#read === undefined) return false;
    // A copy: the module goes on counting.
    const counts = deriveCounts(this.table, BigUint64Array.from(this.#read()));
    if (counts.every((count, k) => count === this.#counts[k])) return false;
    this.#counts = counts;
    for (const [k, { first, end }] of this.#sites.entries()) {
      const count = this.functions[k] as FunctionCount;
      count.reached = 0;
      for (let site = first; site < end; site++) if (counts[site]) count.reached++;
      count.entered = Number(counts[first] ?? 0n);
    }
    return true;
  }

  /** How often the code at each offset of a function ran; undefined where nothing leads to it. */
  countsAt(body: number, offsets: readonly number[]): (number | undefined)[] {
    const k = this.functions.findIndex((each) => each.body === body);
    const sites = this.#sites[k];
    if (sites === undefined) return offsets.map(() => undefined);
    const { first, end, function: func } = sites;
    const own = new SiteCounts(this.table.sites.slice(first, end), this.#counts, first, this.table.pcBase);
    const code = countCode(this.original, func, own);
    if (code === undefined) return offsets.map(() => Number(this.#counts[first] ?? 0n));
    const { start, end: ends, count } = code.stretches;
    return offsets.map((offset) => {
      const at = start.findIndex((from, row) => from <= offset && offset < (ends[row] as number));
      return at < 0 ? undefined : count[at];
    });
  }
}

function divide({ functions, sites }: PcTable): FunctionSites[] {
  let first = 0;
  return functions.map((func) => {
    let end = first;
    while (sites[end]?.function === func.index) end++;
    const own = { function: func, first, end };
    first = end;
    return own;
  });
}
