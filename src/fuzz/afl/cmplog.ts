/**
 * CmpLog: AFL++'s table of compared values, from which it learns what to replace in the input, and by what. A hash of
 * the site's pc selects an entry; each has a header and 32 pairs of operands.
 *
 *     headers, 65,536 ×        hits · shape (size of an operand in bytes − 1) · type · attribute   8 or 2 bytes
 *     operands, 65,536 × 32 ×  one side · … · the other side · …                                   32, 42 or 72 bytes
 *     sites, 65,536 × u32      hash of the site (latest versions only), and its attribute + 1 as u16
 *
 * AFL++ clears the headers and the sites before each run.
 */

import { KCOV_CMP_TYPE_MAX } from "../../abi/events.ts";
import { comparisonBytes } from "../../runtime/records.ts";

/** How a range of AFL++ versions lays out the table. */
interface CmpLogLayout {
  readonly bytes: number;
  readonly headerBytes: 2 | 8;
  readonly operandBytes: number;
  /** Offset of the other side within a pair, in bytes. */
  readonly otherSide: number;
  /** Offset within a pair of the occurrence's number, in layouts that have one. */
  readonly occurrence: number | undefined;
}

const ENTRIES = 65536;
const PAIRS = 32;
/** How many entries a site may choose from, in versions that store sites: the hash selects four neighbours. */
const WAYS = 4;
const SITE_BYTES = 4;
const ATTRIBUTE_BYTES = 2;

const LAYOUTS: readonly CmpLogLayout[] = [
  // 4.00 to 4.10
  { bytes: ENTRIES * (8 + PAIRS * 32), headerBytes: 8, operandBytes: 32, otherSide: 8, occurrence: undefined },
  // 4.11 to 4.21
  { bytes: ENTRIES * (2 + PAIRS * 42), headerBytes: 2, operandBytes: 42, otherSide: 8, occurrence: undefined },
  // from 4.22
  { bytes: ENTRIES * (2 + PAIRS * 72), headerBytes: 2, operandBytes: 72, otherSide: 32, occurrence: undefined },
  {
    bytes: ENTRIES * (2 + PAIRS * 72 + SITE_BYTES + ATTRIBUTE_BYTES),
    headerBytes: 2,
    operandBytes: 72,
    otherSide: 32,
    occurrence: 64,
  },
];

/** Marks the comparison as one for equality, which is assumed: records do not say which relation it was. */
const ATTRIBUTE_EQUAL = 1;
/** The type that stands for an instruction in 8-byte headers; in 2-byte headers it is 0. */
const TYPE_INSTRUCTION = 1;

export class CmpLog {
  readonly #words: Uint32Array;
  readonly #halves: Uint16Array;
  readonly #layout: CmpLogLayout;
  /** Where operands begin, in bytes. */
  readonly #log: number;
  /** Where sites begin, in words of 4 bytes. Versions that keep sites have them at such an offset. */
  readonly #sites: number;

  /** @returns undefined if the segment has no known version's size */
  static open(segment: Uint8Array<ArrayBuffer>): CmpLog | undefined {
    const layout = LAYOUTS.find(({ bytes }) => bytes === segment.length);
    return layout && new CmpLog(segment, layout);
  }

  private constructor(segment: Uint8Array<ArrayBuffer>, layout: CmpLogLayout) {
    this.#words = new Uint32Array(segment.buffer, segment.byteOffset, segment.length >>> 2);
    this.#halves = new Uint16Array(segment.buffer, segment.byteOffset, segment.length >>> 1);
    this.#layout = layout;
    this.#log = ENTRIES * layout.headerBytes;
    this.#sites = (this.#log + ENTRIES * PAIRS * layout.operandBytes) / 4;
  }

  /** Copies the records of a run to the table. @param area words of a kcov buffer in mode TRACE_CMP, as u32 pairs */
  write(area: Uint32Array): void {
    const records = Math.min(area[0] as number, Math.floor((area.length - 2) / 8));
    for (let at = 2; at < 2 + 8 * records; at += 8) {
      const type = area[at] as number;
      if (type > KCOV_CMP_TYPE_MAX) continue;
      if (area[at + 2] === area[at + 4] && area[at + 3] === area[at + 5]) continue;
      this.#add(type, area, at + 2);
    }
  }

  /** @param at index of arg1, arg2 and pc in `area` */
  #add(type: number, area: Uint32Array, at: number): void {
    const hash = hashOf(area[at + 4] as number, area[at + 5] as number);
    const shape = comparisonBytes(type) - 1;
    const entry = this.#layout.occurrence === undefined ? hash & (ENTRIES - 1) : this.#takeEntry(hash);
    if (entry < 0) return;
    const hits = this.#layout.headerBytes === 8 ? this.#hitWide(entry, shape) : this.#hitNarrow(entry, shape);
    const pair = this.#log + (entry * PAIRS + (hits & (PAIRS - 1))) * this.#layout.operandBytes;
    const other = pair + this.#layout.otherSide;
    this.#store(pair, area[at] as number);
    this.#store(pair + 4, area[at + 1] as number);
    this.#store(other, area[at + 2] as number);
    this.#store(other + 4, area[at + 3] as number);
    if (this.#layout.occurrence !== undefined) this.#store(pair + this.#layout.occurrence, hits);
  }

  /** Stores 32 bits at an offset in bytes: in halves, since operands of 42 bytes are only aligned to 2. */
  #store(offset: number, word: number): void {
    this.#halves[offset >>> 1] = word;
    this.#halves[(offset >>> 1) + 1] = word >>> 16;
  }

  /** Updates a header: bits 0…23 hits, 48…52 shape, 53…54 type, 55…58 attribute. @returns the hits before this one */
  #hitWide(entry: number, shape: number): number {
    const words = this.#words;
    const low = words[2 * entry] as number;
    const hits = low & 0xffffff;
    const known = hits === 0 ? 0 : ((words[2 * entry + 1] as number) >>> 16) & 31;
    words[2 * entry] = (low & ~0xffffff) | ((hits + 1) & 0xffffff);
    words[2 * entry + 1] = (Math.max(shape, known) << 16) | (TYPE_INSTRUCTION << 21) | (ATTRIBUTE_EQUAL << 23);
    return hits;
  }

  /**
   * Updates a header: bits 0…5 hits, which stop at 32, 6…10 shape, 11 type, 12…15 attribute.
   *
   * @returns which pair to write
   */
  #hitNarrow(entry: number, shape: number): number {
    const header = this.#halves[entry] as number;
    const hits = header & 63;
    const known = hits === 0 ? 0 : (header >>> 6) & 31;
    const counted = hits < PAIRS ? hits + 1 : PAIRS;
    this.#halves[entry] = counted | (Math.max(shape, known) << 6) | (ATTRIBUTE_EQUAL << 12);
    // A full entry keeps all pairs but its last: the first ones are as good as any.
    return Math.min(hits, PAIRS - 1);
  }

  /** Finds the entry of a site, or a free one among its candidates. @returns −1 if all are taken */
  #takeEntry(hash: number): number {
    const words = this.#words;
    const first = (hash & (ENTRIES / WAYS - 1)) * WAYS;
    const site = hash >>> 0 || 1;
    for (let entry = first; entry < first + WAYS; entry++) {
      const known = words[this.#sites + entry] as number;
      if (known === site) return entry;
      if (known !== 0) continue;
      words[this.#sites + entry] = site;
      this.#halves[2 * (this.#sites + ENTRIES) + entry] = ATTRIBUTE_EQUAL + 1;
      return entry;
    }
    return -1;
  }
}

/** Spreads PCs, which are small and close to each other, over 32 bits. */
function hashOf(low: number, high: number): number {
  let hash = Math.imul(low ^ Math.imul(high, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
