/** Derives coverage of functions from a trace and the pc tables of its modules. */

import { isCounted, type PcSite, type PcTable } from "../../instrument/pc_table.ts";
import { halvesOf } from "../../runtime/records.ts";

/** Coverage of one function. */
export interface FunctionCoverage {
  /** Index in the original module. */
  index: number;
  name: string;
  /** How often it was entered. */
  calls: number;
  /** Number of sites that executed, and number of all its sites. */
  hit: number;
  sites: number;
  /** How often its sites executed, in total. */
  events: number;
}

/** Coverage of one module. */
export interface ModuleCoverage {
  /** Instrumented functions, including those that never ran, in order of index. */
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
  /** Identifies the content. Modules with the same content count as one: several threads may load the same module. */
  content: string;
}

/** How often sites executed. */
export interface ModuleSiteCounts {
  /** Number of events that belong to no module. */
  readonly unknown: number;
  /** How often the site at `offset` in a module executed; for a site without a hook the result is arbitrary. */
  get(module: number, offset: number): number;
}

/** Counts from 64-bit counters, of modules in which each site with a hook has a counter, so that none is derived. */
export class CounterSiteCounts implements ModuleSiteCounts {
  readonly #counts: Map<number, number>[] = [];
  unknown = 0;

  /** Adds the counters of one module. @returns false if they do not match the table, and nothing was added */
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

  /** Adds the counters of an unknown module. */
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
  /** Number of PCs that belong to no module. */
  unknown = 0;

  constructor(modules: readonly CountedModule[]) {
    const byContent = new Map<string, Uint32Array>();
    for (const { number, bytes, content } of modules) {
      const counts = byContent.get(content) ?? new Uint32Array(bytes + 1);
      byContent.set(content, counts);
      this.#counts[number] = counts;
    }
  }

  /** Adds PCs. They are read as pairs of u32 halves, because a bigint for each would take most of the time. */
  add(pcs: BigUint64Array<ArrayBufferLike>): void {
    const halves = halvesOf(pcs);
    for (let index = 0; index < halves.length; index += 2) {
      const counts = this.#counts[halves[index + 1] as number];
      const offset = halves[index] as number;
      if (counts === undefined || offset >= counts.length) this.unknown++;
      else counts[offset] = (counts[offset] as number) + 1;
    }
  }

  /** How often the site at `offset` in a module executed. */
  get(module: number, offset: number): number {
    return this.#counts[module]?.[offset] ?? 0;
  }
}

/** Coverage of the module with the number `module`. */
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
    // If a compiler inserted its own hooks, the first one is in the block with which the function begins.
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
 * Determines which sites executed, including those without a hook, which others imply.
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
    // Preliminary, so that a damaged table cannot lead in circles.
    state[k] = MISSED;
    const executed =
      site.impliedBy === undefined ? recorded(site) : site.impliedBy.some((other) => resolve(other) === EXECUTED);
    state[k] = executed ? EXECUTED : MISSED;
    return state[k] as number;
  };
  for (let k = 0; k < state.length; k++) resolve(k);
  return state;
}

/** The offset of a site: the lower half of its pc, whose upper half is the module's number. */
function offsetOf(site: PcSite): number {
  return Number(BigInt.asUintN(32, site.pc));
}
