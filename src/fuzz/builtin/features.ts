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

import type { FuzzTarget, TargetCounters } from "../engine.ts";
import { CAPACITY, FeatureMemory } from "./feature_memory.ts";
import type { FeatureRoutines } from "./feature_routines.ts";

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
  /** The memory of its counters, and byte addresses there. */
  readonly memory: FeatureMemory;
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
  readonly #device: FeatureMemory;
  readonly #memories = new Map<WebAssembly.Memory, FeatureMemory>();
  readonly #tables: ModuleTables[] = [];
  readonly #byModule = new Map<bigint, ModuleTables>();
  /** The counter regions at the last look, and the tables of each: no look-up by id while instances stay. */
  #regions: TargetCounters[] = [];
  #regionTables: ModuleTables[] = [];
  /** The features that were found last. */
  readonly #found = new Uint32Array(CAPACITY);
  /** Whether collecting has zeroed the counters. */
  #isClear = false;
  #valueProfileAddress = 0;
  #outcomesAddress = 0;

  /** Creates the tables next to the target's counters and comparisons. @throws {KcovError | RangeError} no memory */
  static create(target: FuzzTarget): Features {
    return new Features(target);
  }

  private constructor(target: FuzzTarget) {
    this.#target = target;
    this.#device = this.#memoryOf(target.kcov.memory);
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
      const { address, length } = regions[k] as TargetCounters;
      const { memory, seen, hits, base } = this.#regionTables[k] as ModuleTables;
      const counted = count ? hits : 0;
      const { routines, outAddress } = memory;
      const room = CAPACITY - found;
      found = this.#take(
        memory,
        found,
        routines.collectFeatures(address, length, seen, counted, base, outAddress, room, clearsOnly),
      );
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
    if (this.#valueProfileAddress === 0)
      this.#valueProfileAddress = this.#device.allocate(VALUE_PROFILE_FEATURES).address;
    const outcomes = unsolved ? this.#outcomesAddress : 0;
    return this.#collectRecords(
      this.#device.routines.collectValueProfile,
      this.#valueProfileAddress,
      VALUE_PROFILE_BASE,
      after,
      outcomes,
    );
  }

  /** As {@link collectComparisons}, for the outcomes of comparisons. */
  collectOutcomes(after: number): number {
    if (this.#outcomesAddress === 0) this.#outcomesAddress = this.#device.allocate(OUTCOMES).address;
    return this.#collectRecords(this.#device.routines.collectOutcomes, this.#outcomesAddress, OUTCOMES_BASE, after);
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
    const { outAddress } = this.#device;
    const found = collect(words.byteOffset, count, seen, base, outAddress, CAPACITY - after, outcomes);
    this.#take(this.#device, after, found);
    this.total += found;
    return found;
  }

  /** Appends `count` features, which routines found in a memory, to the first `after`. @returns how many there are */
  #take({ out }: FeatureMemory, after: number, count: number): number {
    if (count > 0) this.#found.set(out.subarray(0, count), after);
    return after + count;
  }

  /** A copy of the first `count` features that were found. */
  found(count: number): Uint32Array<ArrayBuffer> {
    return this.#found.slice(0, count);
  }

  /** All counter features of the last execution. */
  list(): Uint32Array<ArrayBuffer> {
    let count = 0;
    for (const region of this.#target.counters) {
      const { memory, base } = this.#tablesOf(region);
      const { routines, outAddress } = memory;
      const room = CAPACITY - count;
      count = this.#take(memory, count, routines.listFeatures(region.address, region.length, base, outAddress, room));
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
    const { routines } = this.#device;
    if (feature >= OUTCOMES_BASE) return routines.hasOutcome(at, count, feature - OUTCOMES_BASE) !== 0;
    return routines.hasProfileFeature(at, count, feature - VALUE_PROFILE_BASE) !== 0;
  }

  /** Zeroes the counters before an execution. */
  clear(): void {
    const isClear = this.#isClear;
    this.#isClear = false;
    if (isClear) return;
    const regions = this.#target.counters;
    if (!this.#isCurrent(regions)) this.#lookUpRegions();
    for (let k = 0; k < regions.length; k++) {
      const { address, length } = regions[k] as TargetCounters;
      (this.#regionTables[k] as ModuleTables).memory.routines.clearCounters(address, length);
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
    for (const memory of this.#memories.values()) memory[Symbol.dispose]();
  }

  #has(feature: number): boolean {
    const regions = this.#target.counters;
    for (let k = 0; k < regions.length; k++) {
      const region = regions[k] as TargetCounters;
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
      const feature = this.#found[k] as number;
      const tables = this.#tablesOfFeature(feature) as ModuleTables;
      const counter = Math.floor((feature - tables.base) / BUCKETS);
      if (tables.reached[counter] === 1) continue;
      tables.reached[counter] = 1;
      this.edges++;
    }
  }

  #isCurrent(regions: readonly TargetCounters[]): boolean {
    if (regions.length !== this.#regions.length) return false;
    for (let k = 0; k < regions.length; k++) if (regions[k] !== this.#regions[k]) return false;
    return true;
  }

  #lookUpRegions(): void {
    this.#regions = [...this.#target.counters];
    this.#regionTables = this.#regions.map((region) => this.#tablesOf(region));
  }

  #tablesOf(region: TargetCounters): ModuleTables {
    const known = this.#byModule.get(region.id);
    if (known !== undefined) return known;
    const { length } = region;
    const last = this.#tables.at(-1);
    const base = last === undefined ? 0 : last.base + BUCKETS * last.length;
    const memory = this.#memoryOf(region.memory);
    const seen = memory.allocate(length);
    const hits = memory.allocate(4 * BUCKETS * length);
    const hitWords = new Uint32Array(hits.bytes.buffer, hits.bytes.byteOffset, BUCKETS * length);
    const reached = new Uint8Array(length);
    const tables = { base, length, memory, seen: seen.address, hits: hits.address, reached, hitWords };
    this.#tables.push(tables);
    this.#byModule.set(region.id, tables);
    return tables;
  }

  #tablesOfFeature(feature: number): ModuleTables | undefined {
    return this.#tables.find((tables) => isOf(feature, tables));
  }

  #memoryOf(memory: WebAssembly.Memory): FeatureMemory {
    const known = this.#memories.get(memory);
    if (known !== undefined) return known;
    const made = FeatureMemory.of(memory, this.#target.kcov);
    this.#memories.set(memory, made);
    return made;
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
