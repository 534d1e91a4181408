/** Reads the comparisons of an execution as 32-bit halves: a BigInt per record would cost more than the execution. */

import { KCOV_CMP_TYPE_MAX } from "../../abi/events.ts";
import { KCOV_WORDS_PER_CMP } from "../../abi/kcov.ts";
import { COUNT_WORDS } from "../../abi/layout.ts";
import { comparisonType, countRecords, halvesOf } from "../../runtime/records.ts";

/** A value of up to 64 bits, as two unsigned halves. */
export interface Value {
  readonly low: number;
  readonly high: number;
}

/** One comparison. */
export interface Compared {
  /** Size of the operands in bytes: 1, 2, 4 or 8. */
  readonly size: number;
  /** Whether arg1 is a constant of the program. */
  readonly isConst: boolean;
  readonly arg1: Value;
  readonly arg2: Value;
  /** Identifies the site: a hash of its pc. */
  readonly site: number;
  readonly pc: Value;
  /** Offset of the record from the beginning of the area, in 32-bit halves. */
  readonly at: number;
  /** Number of earlier comparisons at the same site. */
  readonly ordinal: number;
}

/** What a site did in one execution. */
export interface SiteSummary {
  /** Number of comparisons. */
  count: number;
  /** Whether the operands of all of them were equal. */
  agrees: boolean;
  /** Offset of the last one: see {@link Compared.at}. */
  last: number;
}

/** Limits: records that are looked at, and distinct ones that are taken in all and of one site. */
const MAX_RECORDS = 1 << 16;
const MAX_TAKEN = 4096;
const MAX_TAKEN_OF_SITE = 32;
/** Slots of the hash tables of records seen, a power of two well above MAX_TAKEN. */
const SLOTS = 1 << 14;
/** Length of a record in 32-bit halves, and offsets of its fields. */
const RECORD = 2 * KCOV_WORDS_PER_CMP;
const ARG1 = 2;
const ARG2 = 4;
const PC = 6;

export class ComparisonReader {
  readonly #met = new Int32Array(SLOTS);
  readonly #takenOfSite = new Uint8Array(SLOTS);
  #looks = 0;

  /** The number of records that were looked at since the last call. */
  takeLooks(): number {
    const looks = this.#looks;
    this.#looks = 0;
    return looks;
  }

  /** Reads the distinct comparisons of differing operands, in order of execution. @param words the area */
  read(words: BigUint64Array<ArrayBufferLike>): Compared[] {
    this.#met.fill(0);
    this.#takenOfSite.fill(0);
    const halves = halvesOf(words);
    const end = this.#endOf(words);
    const taken: Compared[] = [];
    const counts = new Map<number, number>();
    for (let at = 2 * COUNT_WORDS; at < end && taken.length < MAX_TAKEN; at += RECORD) {
      if (!isComparison(halves, at)) continue;
      const site = siteOf(halves, at);
      const ordinal = counts.get(site) ?? 0;
      counts.set(site, ordinal + 1);
      if (differs(halves, at) && this.#isNew(halves, at, site)) taken.push(compared(halves, at, site, ordinal));
    }
    return taken;
  }

  /** Summarises what each comparing site did. */
  sites(words: BigUint64Array<ArrayBufferLike>): Map<number, SiteSummary> {
    const halves = halvesOf(words);
    const end = this.#endOf(words);
    const sites = new Map<number, SiteSummary>();
    for (let at = 2 * COUNT_WORDS; at < end; at += RECORD) {
      if (!isComparison(halves, at)) continue;
      const site = siteOf(halves, at);
      const summary = sites.get(site);
      if (summary === undefined) sites.set(site, { count: 1, agrees: !differs(halves, at), last: at });
      else {
        summary.count++;
        summary.last = at;
        summary.agrees &&= !differs(halves, at);
      }
    }
    return sites;
  }

  /** The first comparison of differing operands, none of them a constant, at one of `sites`. */
  firstBroken(words: BigUint64Array<ArrayBufferLike>, sites: ReadonlySet<number>): Compared | undefined {
    if (sites.size === 0) return undefined;
    const halves = halvesOf(words);
    const end = this.#endOf(words);
    for (let at = 2 * COUNT_WORDS; at < end; at += RECORD) {
      if (!isComparison(halves, at) || !differs(halves, at)) continue;
      const site = siteOf(halves, at);
      if (!sites.has(site)) continue;
      const broken = compared(halves, at, site, 0);
      if (!broken.isConst) return broken;
    }
    return undefined;
  }

  /** The first comparison of differing operands at another one's site, after the one with this `ordinal`. */
  nextBroken(words: BigUint64Array<ArrayBufferLike>, { pc, site }: Compared, ordinal: number): Compared | undefined {
    const halves = halvesOf(words);
    const end = this.#endOf(words);
    let met = 0;
    for (let at = 2 * COUNT_WORDS; at < end; at += RECORD) {
      if (halves[at + PC] !== pc.low || halves[at + PC + 1] !== pc.high || !isComparison(halves, at)) continue;
      if (met > ordinal && differs(halves, at)) return compared(halves, at, site, met);
      met++;
    }
    return undefined;
  }

  /**
   * All comparisons of operands of at most `mostBytes`, by site, in order of execution; of sites that compare very
   * often, only the first ones.
   */
  all(words: BigUint64Array<ArrayBufferLike>, mostBytes: number): Map<number, Compared[]> {
    const halves = halvesOf(words);
    const end = this.#endOf(words, MAX_TAKEN);
    const sites = new Map<number, Compared[]>();
    for (let at = 2 * COUNT_WORDS; at < end; at += RECORD) {
      if (!isComparison(halves, at)) continue;
      const site = siteOf(halves, at);
      let known = sites.get(site);
      if (known === undefined) {
        known = [];
        sites.set(site, known);
      }
      if (known.length === MAX_TAKEN_OF_SITE) continue;
      const taken = compared(halves, at, site, known.length);
      if (taken.size <= mostBytes) known.push(taken);
    }
    return sites;
  }

  /** The comparison with the same site and ordinal as another one. */
  ofSite(words: BigUint64Array<ArrayBufferLike>, { site, ordinal, size }: Compared): Compared | undefined {
    return this.all(words, size).get(site)?.[ordinal];
  }

  /** The comparison whose record is at `at`. */
  record(words: BigUint64Array<ArrayBufferLike>, at: number): Compared {
    const halves = halvesOf(words);
    return compared(halves, at, siteOf(halves, at), 0);
  }

  /** Offset of the end of the last record to read, in halves. */
  #endOf(words: BigUint64Array<ArrayBufferLike>, most = MAX_RECORDS): number {
    const records = Math.min(countRecords(words, KCOV_WORDS_PER_CMP), most);
    this.#looks += records;
    return 2 * COUNT_WORDS + RECORD * records;
  }

  /** Whether a record has not been seen yet, nor its site too often. Notes it as seen. */
  #isNew(halves: Uint32Array, at: number, site: number): boolean {
    let hash = site;
    for (let k = ARG1; k < PC; k++) hash = mix(hash ^ (halves[at + k] as number));
    const tag = hash | 1;
    let slot = hash & (SLOTS - 1);
    while (this.#met[slot] !== 0) {
      if (this.#met[slot] === tag) return false;
      slot = (slot + 1) & (SLOTS - 1);
    }
    const siteSlot = site & (SLOTS - 1);
    if (this.#takenOfSite[siteSlot] === MAX_TAKEN_OF_SITE) return false;
    this.#takenOfSite[siteSlot] = (this.#takenOfSite[siteSlot] as number) + 1;
    this.#met[slot] = tag;
    return true;
  }
}

/** Spreads the bits of a 32-bit number. */
export function mix(hash: number): number {
  const spread = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return spread ^ (spread >>> 13);
}

function isComparison(halves: Uint32Array, at: number): boolean {
  return (halves[at] as number) <= KCOV_CMP_TYPE_MAX;
}

function differs(halves: Uint32Array, at: number): boolean {
  return halves[at + ARG1] !== halves[at + ARG2] || halves[at + ARG1 + 1] !== halves[at + ARG2 + 1];
}

function siteOf(halves: Uint32Array, at: number): number {
  return mix((halves[at + PC] as number) ^ mix(halves[at + PC + 1] as number)) >>> 0;
}

function compared(halves: Uint32Array, at: number, site: number, ordinal: number): Compared {
  const { size, isConst } = comparisonType(halves[at] as number);
  return {
    size,
    isConst,
    arg1: { low: halves[at + ARG1] as number, high: halves[at + ARG1 + 1] as number },
    arg2: { low: halves[at + ARG2] as number, high: halves[at + ARG2 + 1] as number },
    site,
    pc: { low: halves[at + PC] as number, high: halves[at + PC + 1] as number },
    at,
    ordinal,
  };
}
