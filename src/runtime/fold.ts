/** Folding a trace: every PC or comparison once, with how often it was recorded, by AssemblyScript in device memory. */

import { KCOV_CMP_CONST, KCOV_CMP_MASK, KCOV_WORDS_PER_CMP } from "../abi/kcov.ts";
import { COUNT_WORDS, FOLD_COMPARISON_BYTES, FOLD_PC_BYTES, WORD_BYTES } from "../abi/layout.ts";
import type { Device } from "../kcov/device.ts";
import type { KcovMapping } from "../kcov/mapping.ts";
import { countRecords } from "./records.ts";
import { allocateRegion } from "./region.ts";

/** The PCs of a trace, each once. */
export interface PcCounts {
  /** In the order in which they were first recorded. */
  readonly pcs: BigUint64Array<ArrayBuffer>;
  /** How often each was recorded, index by index. */
  readonly hits: Uint32Array<ArrayBuffer>;
}

/** The comparisons of a trace, and the other records of mode TRACE_CMP, each once. Index by index. */
export interface ComparisonCounts {
  /** Types as recorded: `KCOV_CMP_SIZE(n)`, with KCOV_CMP_CONST, or an event's. 0xffff for what is none. */
  readonly types: Uint16Array<ArrayBuffer>;
  readonly arg1: BigUint64Array<ArrayBuffer>;
  readonly arg2: BigUint64Array<ArrayBuffer>;
  readonly pcs: BigUint64Array<ArrayBuffer>;
  readonly hits: Uint32Array<ArrayBuffer>;
}

type Fold = (first: number, count: number, table: number, bits: number, entries: number, most: number) => number;

/** The routines of assembly/fold.ts. */
export interface FoldRoutines {
  __kcov_pc_range: (first: number, count: number, out: number) => void;
  __kcov_fold_dense_pcs: (first: number, count: number, least: bigint, hits: number, pcs: number) => number;
  __kcov_fold_pcs: Fold;
  __kcov_fold_comparisons: Fold;
}

/** See {@link Kcov.foldPcs}. */
export function foldPcs(device: Device, routines: FoldRoutines, area: KcovMapping): PcCounts {
  const count = countRecords(area.words, 1);
  if (count === 0) return { pcs: new BigUint64Array(0), hits: new Uint32Array(0) };
  const { least, span } = rangeOf(device, routines, area, count);
  return span <= MAX_DENSITY * count
    ? foldDense(device, routines, area, { count, least, span })
    : foldSparse(device, routines, area);
}

/** Numbers from the least to the greatest PC for each PC of the trace, up to which counting in place is worth its memory. */
const MAX_DENSITY = 16;

function rangeOf(
  device: Device,
  routines: FoldRoutines,
  area: KcovMapping,
  count: number,
): { least: bigint; span: number } {
  const region = allocateRegion(device, 2 * WORD_BYTES, "bytes", "fold");
  try {
    routines.__kcov_pc_range(firstOf(area), count, region.address);
    const [least = 0n, greatest = 0n] = device.arena.words(region.address, 2);
    return { least, span: Number(greatest - least) + 1 };
  } finally {
    region.release();
  }
}

function foldDense(
  device: Device,
  routines: FoldRoutines,
  area: KcovMapping,
  { count, least, span }: { count: number; least: bigint; span: number },
): PcCounts {
  const listBytes = Math.min(count, span) * WORD_BYTES;
  const region = allocateRegion(device, listBytes + 4 * span, "bytes of a folded trace", "fold");
  try {
    const table = region.address + listBytes;
    const length = routines.__kcov_fold_dense_pcs(firstOf(area), count, least, table, region.address) >>> 0;
    const pcs = new BigUint64Array(device.arena.words(region.address, length));
    const counts = new Uint32Array(device.arena.memory.buffer, table, span);
    const low = Number(BigInt.asUintN(32, least));
    // Differences are below 2^32: the low halves tell them.
    const hits = halvesOf(pcs).filter((_, k) => k % 2 === 0);
    for (let k = 0; k < length; k++) hits[k] = counts[((hits[k] as number) - low) >>> 0] as number;
    return { pcs, hits };
  } finally {
    region.release();
  }
}

function foldSparse(device: Device, routines: FoldRoutines, area: KcovMapping): PcCounts {
  return foldInto(device, routines.__kcov_fold_pcs, area, 1, FOLD_PC_BYTES, (words, length) => {
    const pcs = new BigUint64Array(length);
    const hits = new Uint32Array(length);
    const halves = halvesOf(words);
    const out = halvesOf(pcs);
    for (let k = 0; k < length; k++) {
      out[2 * k] = halves[4 * k] as number;
      out[2 * k + 1] = halves[4 * k + 1] as number;
      hits[k] = halves[4 * k + 2] as number;
    }
    return { pcs, hits };
  });
}

/** Byte address of the first record. */
function firstOf(area: KcovMapping): number {
  return area.address + COUNT_WORDS * WORD_BYTES;
}

/** See {@link Kcov.foldComparisons}. */
export function foldComparisons(device: Device, fold: Fold, area: KcovMapping): ComparisonCounts {
  return foldInto(device, fold, area, KCOV_WORDS_PER_CMP, FOLD_COMPARISON_BYTES, (words, length) => {
    const [arg1, arg2, pcs] = [new BigUint64Array(length), new BigUint64Array(length), new BigUint64Array(length)];
    const [types, hits] = [new Uint16Array(length), new Uint32Array(length)];
    const halves = halvesOf(words);
    const columns = [arg1, arg2, pcs].map(halvesOf);
    for (let k = 0; k < length; k++) {
      const entry = 10 * k;
      const [low = 0, high = 0] = [halves[entry], halves[entry + 1]];
      types[k] = high === 0 && low < 0xffff ? low : 0xffff;
      columns.forEach((column, c) => {
        column[2 * k] = halves[entry + 2 + 2 * c] as number;
        column[2 * k + 1] = halves[entry + 3 + 2 * c] as number;
      });
      hits[k] = halves[entry + 8] as number;
    }
    return { types, arg1, arg2, pcs, hits };
  });
}

/** Bytes of a comparison's operands, and whether the first is a constant, out of its type. */
export function comparisonType(type: number): { size: number; isConst: boolean } {
  return { size: 1 << ((type & KCOV_CMP_MASK) >> 1), isConst: (type & KCOV_CMP_CONST) !== 0 };
}

/** An array of u64 as one of u32, the low half of each first: a bigint for each would take most of the time. */
function halvesOf(words: BigUint64Array<ArrayBufferLike>): Uint32Array<ArrayBufferLike> {
  return new Uint32Array(words.buffer, words.byteOffset, 2 * words.length);
}

/** The table has this many places at first, and entries for a quarter of them: most traces meet fewer different records. */
const FIRST_BITS = 16;

/** Folds with a table of a size, and with a larger one where that was not enough. */
function foldInto<T>(
  device: Device,
  fold: Fold,
  area: KcovMapping,
  recordWords: number,
  entryBytes: number,
  read: (words: BigUint64Array<ArrayBufferLike>, length: number) => T,
): T {
  const count = countRecords(area.words, recordWords);
  for (let bits = FIRST_BITS; ; bits += 2) {
    const most = Math.min(1 << (bits - 2), count);
    const tableBytes = 4 << bits;
    const region = allocateRegion(device, tableBytes + most * entryBytes, "bytes of a folded trace", "fold");
    try {
      const entries = region.address + tableBytes;
      const length = fold(firstOf(area), count, region.address, bits, entries, most) >>> 0;
      if (length <= most) return read(device.arena.words(entries, (length * entryBytes) / WORD_BYTES), length);
    } finally {
      region.release();
    }
  }
}
