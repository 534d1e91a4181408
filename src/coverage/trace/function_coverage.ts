/** Attributes a trace to functions, by the pc tables of the modules that it came from. */

import { isCounted, type PcSite, type PcTable } from "../../instrument/pc_table.ts";
import { halvesOf } from "../../runtime/records.ts";

/** What a trace says of one function. */
export interface FunctionCoverage {
  /** Index in the original module. */
  index: number;
  name: string;
  /** How often it was entered. */
  calls: number;
  /** Sites that executed, of those it has. */
  hit: number;
  sites: number;
  /** How often its sites executed. */
  events: number;
}

/** What a trace says of one module. */
export interface ModuleCoverage {
  /** Instrumented functions, also those that never ran, in order of index. */
  functions: FunctionCoverage[];
  hit: number;
  sites: number;
  events: number;
}

/** A module whose PCs are counted. */
export interface CountedModule {
  /** The upper half of its PCs. */
  number: number;
  /** Length of the original in bytes. */
  bytes: number;
  /** Equal for modules that are counted as one: a thread may load what another has loaded already. */
  content: string;
}

/** How often sites executed. */
export interface ModuleSiteCounts {
  /** Events that belong to no module. */
  readonly unknown: number;
  /** How often the site at `offset` of a module executed; for a site without a hook this may be anything. */
  get(module: number, offset: number): number;
}

/** Counts of 64-bit counters of modules that were instrumented without deriving counts: a counter for each hooked site. */
export class CounterSiteCounts implements ModuleSiteCounts {
  readonly #counts: Map<number, number>[] = [];
  unknown = 0;

  /** Adds the counters of one module. @returns false if these are not the counters of this table: nothing was added */
  add(module: number, table: PcTable, counters: BigUint64Array<ArrayBufferLike>): boolean {
    const counted = table.sites.filter(isCounted);
    if (counted.length !== counters.length) return false;
    const counts = this.#counts[module] ?? new Map<number, number>();
    this.#counts[module] = counts;
    for (const [k, site] of counted.entries()) {
      const offset = offsetOf(site);
      counts.set(offset, (counts.get(offset) ?? 0) + Number(counters[k]));
    }
    return true;
  }

  /** Counters of a module that is not known. */
  addUnknown(counters: BigUint64Array<ArrayBufferLike>): void {
    for (const count of counters) this.unknown += Number(count);
  }

  get(module: number, offset: number): number {
    return this.#counts[module]?.get(offset) ?? 0;
  }
}

/** Counts PCs by module and offset: the upper half of a PC is the module's number, the lower half its offset there. */
export class PcSiteCounts implements ModuleSiteCounts {
  readonly #counts: Uint32Array[] = [];
  /** PCs that belong to no module. */
  unknown = 0;

  constructor(modules: readonly CountedModule[]) {
    const byContent = new Map<string, Uint32Array>();
    for (const { number, bytes, content } of modules) {
      const counts = byContent.get(content) ?? new Uint32Array(bytes + 1);
      byContent.set(content, counts);
      this.#counts[number] = counts;
    }
  }

  /** Adds PCs. They are read as pairs of u32 halves, since a bigint for each would take most of the time. */
  add(pcs: BigUint64Array<ArrayBufferLike>): void {
    const halves = halvesOf(pcs);
    for (let index = 0; index < halves.length; index += 2) {
      const counts = this.#counts[halves[index + 1] as number];
      const offset = halves[index] as number;
      if (counts === undefined || offset >= counts.length) this.unknown++;
      else counts[offset] = (counts[offset] as number) + 1;
    }
  }

  /** How often the site at `offset` of a module executed. */
  get(module: number, offset: number): number {
    return this.#counts[module]?.[offset] ?? 0;
  }
}

/** Coverage of the functions of module number `module`. */
export function coverModule(
  module: number,
  table: PcTable,
  counts: ModuleSiteCounts,
  nameOf: (functionIndex: number) => string,
): ModuleCoverage {
  const executed = reconstruct(table, (site) => counts.get(module, offsetOf(site)) > 0);
  const functions = new Map<number, FunctionCoverage>();
  const total: ModuleCoverage = { functions: [], hit: 0, sites: 0, events: 0 };
  for (const [k, site] of table.sites.entries()) {
    const index = site.function;
    let coverage = functions.get(index);
    if (coverage === undefined) {
      coverage = { index, name: nameOf(index), calls: 0, hit: 0, sites: 0, events: 0 };
      functions.set(index, coverage);
    }
    const events = site.impliedBy === undefined ? counts.get(module, offsetOf(site)) : 0;
    // Where a compiler has put its own hooks, the first one is in the block that the function begins with.
    const isEntry = site.kind === "entry" || (site.kind === "adopted" && coverage.sites === 0);
    if (isEntry) coverage.calls += events;
    for (const sum of [coverage, total]) {
      sum.sites++;
      sum.events += events;
      if (executed[k] === EXECUTED) sum.hit++;
    }
  }
  total.functions = [...functions.values()].sort((a, b) => a.index - b.index);
  return total;
}

const UNKNOWN = 0;
const MISSED = 1;
const EXECUTED = 2;

/**
 * Which sites executed, also those without a hook, which others imply.
 *
 * @param recorded whether a site with a hook was recorded
 * @returns MISSED or EXECUTED for each site of the table
 */
function reconstruct(table: PcTable, recorded: (site: PcSite) => boolean): Uint8Array {
  const state = new Uint8Array(table.sites.length);
  const resolve = (k: number): number => {
    const site = table.sites[k];
    if (site === undefined) return MISSED;
    if (state[k] !== UNKNOWN) return state[k] as number;
    // Until it is known, so that a damaged table cannot go in circles.
    state[k] = MISSED;
    const executed =
      site.impliedBy === undefined ? recorded(site) : site.impliedBy.some((other) => resolve(other) === EXECUTED);
    state[k] = executed ? EXECUTED : MISSED;
    return state[k] as number;
  };
  for (let k = 0; k < state.length; k++) resolve(k);
  return state;
}

/** A module's number is the upper half of its PCs, so what is left is the offset. */
function offsetOf(site: PcSite): number {
  return Number(BigInt.asUintN(32, site.pc));
}
