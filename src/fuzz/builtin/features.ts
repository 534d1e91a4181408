/**
 * Features: what distinguishes executions for an engine. A counter feature is a site and the bucket of its hit count
 * (assembly/fuzz/counter_features.ts); a value profile feature is a comparison and how close its operands are; an outcome
 * is a comparison and which of its operands is greater.
 *
 *       0                                          VALUE_PROFILE_BASE
 *     ┌───────────────┬───────────────┬───── ─ ─ ──┬─────────────────┬──────────┐
 *     │ module 0      │ module 1      │            │ value profile   │ outcomes │
 *     │ 8 per counter │ 8 per counter │            │ 2^19            │ 2^16     │
 *     └───────────────┴───────────────┴───── ─ ─ ──┴─────────────────┴──────────┘
 *
 * Instances of one module share its features.
 */

import type { KcovMapping } from "../../kcov/mapping.ts";
import type { KcovCounters } from "../../runtime/counters.ts";
import type { FuzzTarget } from "../engine.ts";
import { allocateBlock } from "./device_block.ts";
import { type FeatureRoutines, instantiateFeatureRoutines } from "./feature_routines.ts";

/** The most new features that are taken from one execution; more wait for the next execution that has them. */
const CAPACITY = 1 << 16;
const BUCKETS = 8;
/** Above the features of half a billion counters. */
const VALUE_PROFILE_BASE = 0xf0000000;
const VALUE_PROFILE_FEATURES = 1 << 19;
const OUTCOMES_BASE = VALUE_PROFILE_BASE + VALUE_PROFILE_FEATURES;
const OUTCOMES = 1 << 16;

/** The tables of one module. */
interface ModuleTables {
  /** Its first feature. */
  readonly base: number;
  /** The number of its counters. */
  readonly length: number;
  /** Byte addresses in device memory. */
  readonly seen: number;
  readonly hits: number;
  /** 1 for counters that some execution reached. */
  readonly reached: Uint8Array;
  readonly hitWords: Uint32Array;
}

export class Features {
  /** Number of edges that any execution reached: counters that were ever above 0. */
  edges = 0;
  /** Number of features that any execution had. */
  total = 0;
  readonly #target: FuzzTarget;
  readonly #routines: FeatureRoutines;
  readonly #blocks: KcovMapping[] = [];
  readonly #tables: ModuleTables[] = [];
  readonly #byModule = new Map<bigint, ModuleTables>();
  /** The counter regions at the last look, and the tables of each: no look-up by id while instances stay. */
  #regions: KcovCounters[] = [];
  #regionTables: ModuleTables[] = [];
  readonly #outAddress: number;
  readonly #out: Uint32Array;
  /** Whether collecting has zeroed the counters. */
  #isClear = false;
  #valueProfileAddress = 0;
  #outcomesAddress = 0;

  /** Creates the tables in the memory of the target's device. @throws {KcovError} ENOMEM */
  static create(target: FuzzTarget): Features {
    return new Features(target, instantiateFeatureRoutines(target.kcov.memory));
  }

  private constructor(target: FuzzTarget, routines: FeatureRoutines) {
    this.#target = target;
    this.#routines = routines;
    const out = this.#allocate(4 * CAPACITY);
    this.#outAddress = out.address;
    this.#out = new Uint32Array(out.bytes.buffer, out.bytes.byteOffset, CAPACITY);
    this.#lookUpRegions();
  }

  /**
   * Notes the counter features that the last execution was the first to have.
   *
   * @param count whether this execution counts for {@link rarity}
   * @param clears whether to zero the counters if there are no new features, because they are not looked at again
   * @returns how many new features there are: see {@link found}
   */
  collect(count: boolean, clears = false): number {
    const regions = this.#target.counters;
    if (!this.#isCurrent(regions)) this.#lookUpRegions();
    // With several regions, one without new features must stay: another region may have some, and the input be kept.
    const clearsOnly = clears && regions.length === 1;
    let found = 0;
    for (let k = 0; k < regions.length; k++) {
      const region = regions[k] as KcovCounters;
      const tables = this.#regionTables[k] as ModuleTables;
      const out = this.#outAddress + 4 * found;
      const hits = count ? tables.hits : 0;
      const room = CAPACITY - found;
      const { address, length } = region;
      found += this.#routines.collectFeatures(address, length, tables.seen, hits, tables.base, out, room, clearsOnly);
    }
    this.#isClear = clearsOnly && found === 0;
    if (found > 0) this.#note(found);
    return found;
  }

  /**
   * As {@link collect}, for the value profile of the comparisons in the target's area; the new features are appended after
   * the first `after`, those found before.
   *
   * @param unsolved only for comparisons whose operands have never been equal
   */
  collectValueProfile(after: number, unsolved: boolean): number {
    if (this.#valueProfileAddress === 0) this.#valueProfileAddress = this.#allocate(VALUE_PROFILE_FEATURES).address;
    const outcomes = unsolved ? this.#outcomesAddress : 0;
    return this.#collectRecords(
      this.#routines.collectValueProfile,
      this.#valueProfileAddress,
      VALUE_PROFILE_BASE,
      after,
      outcomes,
    );
  }

  /** As {@link collectComparisons}, for the outcomes of comparisons. */
  collectOutcomes(after: number): number {
    if (this.#outcomesAddress === 0) this.#outcomesAddress = this.#allocate(OUTCOMES).address;
    return this.#collectRecords(this.#routines.collectOutcomes, this.#outcomesAddress, OUTCOMES_BASE, after);
  }

  #collectRecords(
    collect: FeatureRoutines["collectValueProfile"],
    seen: number,
    base: number,
    after: number,
    outcomes = 0,
  ): number {
    const { words } = this.#target.comparisons;
    const count = Math.min(Number(words[0]), Math.floor((words.length - 1) / 4));
    const out = this.#outAddress + 4 * after;
    const found = collect(words.byteOffset, count, seen, base, out, CAPACITY - after, outcomes);
    this.total += found;
    return found;
  }

  /** A copy of the first `count` features that were found. */
  found(count: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(this.#out.subarray(0, count));
  }

  /** All counter features of the last execution. */
  list(): Uint32Array<ArrayBuffer> {
    let count = 0;
    for (const region of this.#target.counters) {
      const { base } = this.#tablesOf(region);
      const out = this.#outAddress + 4 * count;
      count += this.#routines.listFeatures(region.address, region.length, base, out, CAPACITY - count);
    }
    return this.found(count);
  }

  /**
   * Whether the last execution had all of `features`.
   *
   * @param hasRecords whether it recorded comparisons; if not, it has no features of comparisons
   */
  includes(features: Uint32Array, hasRecords: boolean): boolean {
    for (let k = 0; k < features.length; k++) {
      const feature = features[k] as number;
      if (isValueProfile(feature) ? !hasRecords || !this.#hasRecord(feature) : !this.#has(feature)) return false;
    }
    return true;
  }

  #hasRecord(feature: number): boolean {
    const { words } = this.#target.comparisons;
    const count = Math.min(Number(words[0]), Math.floor((words.length - 1) / 4));
    const at = words.byteOffset;
    if (feature >= OUTCOMES_BASE) return this.#routines.hasOutcome(at, count, feature - OUTCOMES_BASE) !== 0;
    return this.#routines.hasProfileFeature(at, count, feature - VALUE_PROFILE_BASE) !== 0;
  }

  /** Zeroes the counters before an execution. */
  clear(): void {
    const isClear = this.#isClear;
    this.#isClear = false;
    if (isClear) return;
    const regions = this.#target.counters;
    for (let k = 0; k < regions.length; k++) {
      const region = regions[k] as KcovCounters;
      this.#routines.clearCounters(region.address, region.length);
    }
  }

  /** How rare a set of features is: the sum of 1 / (1 + number of counted executions that had the feature). */
  rarity(features: Uint32Array): number {
    let sum = 0;
    let tables: ModuleTables | undefined;
    for (let k = 0; k < features.length; k++) {
      const feature = features[k] as number;
      if (tables === undefined || !isOf(feature, tables)) tables = this.#tablesOfFeature(feature);
      sum += 1 / (1 + (tables === undefined ? 0 : (tables.hitWords[feature - tables.base] as number)));
    }
    return sum;
  }

  /**
   * The counter of a feature: the module's position in the target's list and the counter's index. Undefined for
   * features of comparisons.
   */
  counterOf(feature: number): { module: number; index: number } | undefined {
    const tables = this.#tablesOfFeature(feature);
    if (tables === undefined) return undefined;
    const module = this.#target.modules.findIndex(({ id }) => this.#byModule.get(id) === tables);
    return module < 0 ? undefined : { module, index: Math.floor((feature - tables.base) / BUCKETS) };
  }

  /** Frees the memory. */
  [Symbol.dispose](): void {
    for (const block of this.#blocks) block.munmap();
  }

  #has(feature: number): boolean {
    const regions = this.#target.counters;
    for (let k = 0; k < regions.length; k++) {
      const region = regions[k] as KcovCounters;
      const offset = feature - (this.#regionTables[k] as ModuleTables).base;
      if (offset < 0 || offset >= BUCKETS * region.length) continue;
      const count = region.bytes[Math.floor(offset / BUCKETS)] as number;
      if (count !== 0 && bucketOf(count) === offset % BUCKETS) return true;
    }
    return false;
  }

  #note(found: number): void {
    this.total += found;
    for (let k = 0; k < found; k++) {
      const feature = this.#out[k] as number;
      const tables = this.#tablesOfFeature(feature) as ModuleTables;
      const counter = Math.floor((feature - tables.base) / BUCKETS);
      if (tables.reached[counter] === 1) continue;
      tables.reached[counter] = 1;
      this.edges++;
    }
  }

  #isCurrent(regions: readonly KcovCounters[]): boolean {
    if (regions.length !== this.#regions.length) return false;
    for (let k = 0; k < regions.length; k++) if (regions[k] !== this.#regions[k]) return false;
    return true;
  }

  #lookUpRegions(): void {
    this.#regions = [...this.#target.counters];
    this.#regionTables = this.#regions.map((region) => this.#tablesOf(region));
  }

  #tablesOf(region: KcovCounters): ModuleTables {
    const known = this.#byModule.get(region.id);
    if (known !== undefined) return known;
    const { length } = region;
    const last = this.#tables.at(-1);
    const base = last === undefined ? 0 : last.base + BUCKETS * last.length;
    const seen = this.#allocate(length);
    const hits = this.#allocate(4 * BUCKETS * length);
    const hitWords = new Uint32Array(hits.bytes.buffer, hits.bytes.byteOffset, BUCKETS * length);
    const tables = { base, length, seen: seen.address, hits: hits.address, reached: new Uint8Array(length), hitWords };
    this.#tables.push(tables);
    this.#byModule.set(region.id, tables);
    return tables;
  }

  #tablesOfFeature(feature: number): ModuleTables | undefined {
    return this.#tables.find((tables) => isOf(feature, tables));
  }

  #allocate(bytes: number): KcovMapping {
    const block = allocateBlock(this.#target.kcov, bytes);
    this.#blocks.push(block);
    return block;
  }
}

/** Whether a feature is one of comparisons: of the value profile, or an outcome. */
export function isValueProfile(feature: number): boolean {
  return feature >= VALUE_PROFILE_BASE;
}

function isOf(feature: number, { base, length }: ModuleTables): boolean {
  return feature >= base && feature < base + BUCKETS * length;
}

/** The bucket of a hit count, as in assembly/fuzz/bucket.ts. @param count 1 to 255 */
export function bucketOf(count: number): number {
  if (count < 4) return count - 1;
  const bits = 32 - Math.clz32(count);
  return bits > 6 ? bits - 1 : bits;
}
