/** Folding a trace in device memory, by AssemblyScript: each distinct pc or comparison, and how often it occurs. */

import { KCOV_WORDS_PER_CMP } from "../abi/kcov.ts";
import { COUNT_WORDS, FOLD_COMPARISON_BYTES, FOLD_PC_BYTES, WORD_BYTES } from "../abi/layout.ts";
import { KcovError } from "../errors.ts";
import type { Device } from "../kcov/device.ts";
import type { KcovMapping } from "../kcov/mapping.ts";
import { countRecords, halvesOf } from "./records.ts";
import { allocateScratch } from "./region.ts";

/** The distinct PCs of a trace. */
export interface PcCounts {
  /** The PCs, in the order in which they were first recorded. */
  readonly pcs: BigUint64Array<ArrayBuffer>;
  /** How often each was recorded, index by index. */
  readonly hits: Uint32Array<ArrayBuffer>;
}

/** The distinct comparisons of a trace, and other records of mode TRACE_CMP. Equal indexes belong together. */
export interface ComparisonCounts {
  /** Types as recorded: `KCOV_CMP_SIZE(n)`, with KCOV_CMP_CONST, or an event's. 0xffff for an invalid type. */
  readonly types: Uint16Array<ArrayBuffer>;
  /** First operands, zero-extended. */
  readonly arg1: BigUint64Array<ArrayBuffer>;
  /** Second operands, zero-extended. */
  readonly arg2: BigUint64Array<ArrayBuffer>;
  /** PCs of the sites. */
  readonly pcs: BigUint64Array<ArrayBuffer>;
  /** How often each was recorded. */
  readonly hits: Uint32Array<ArrayBuffer>;
}

type Fold = (first: number, count: number, table: number, bits: number, entries: number, most: number) => number;

/** The routines of assembly/fold.ts. */
export interface FoldRoutines {
  __kcov_differing_bits: (first: number, count: number) => bigint;
  __kcov_fold_dense_pcs: (
    first: number,
    count: number,
    least: bigint,
    span: bigint,
    hits: number,
    pcs: number,
  ) => number;
  __kcov_fold_pcs: Fold;
  __kcov_fold_comparisons: Fold;
}

/** See {@link Kcov.foldPcs}. */
export function foldPcs(device: Device, routines: FoldRoutines, area: KcovMapping): PcCounts {
  const count = countRecords(area.words, 1);
  if (count === 0) return { pcs: new BigUint64Array(0), hits: new Uint32Array(0) };
  const { least, span } = blockOf(routines, area, count);
  // An array with a count for each possible pc is worth its memory if it has no more elements than the trace has PCs.
  if (span <= count) {
    try {
      const folded = foldDense(device, routines, area, { count, least, span });
      if (folded !== undefined) return folded;
    } catch (error) {
      // A hash table is smaller if there are few distinct PCs.
      if (!(error instanceof KcovError) || error.code !== "ENOMEM") throw error;
    }
  }
  return foldSparse(device, routines, area, count);
}

/** The smallest block of 2^n numbers, aligned to its length, that contains all PCs. */
function blockOf(routines: FoldRoutines, area: KcovMapping, count: number): { least: bigint; span: number } {
  const differing = BigInt.asUintN(64, routines.__kcov_differing_bits(firstOf(area), count));
  const bits = BigInt(differing === 0n ? 0 : differing.toString(2).length);
  const first = area.words[COUNT_WORDS] as bigint;
  return { least: (first >> bits) << bits, span: 2 ** Number(bits) };
}

function foldDense(
  device: Device,
  routines: FoldRoutines,
  area: KcovMapping,
  { count, least, span }: { count: number; least: bigint; span: number },
): PcCounts | undefined {
  const listBytes = span * WORD_BYTES;
  const region = allocateScratch(device, listBytes + 4 * span, "bytes of a folded trace", "fold");
  try {
    const table = region.address + listBytes;
    region.bytes.fill(0, listBytes);
    const { address } = region;
    const length = routines.__kcov_fold_dense_pcs(firstOf(area), count, least, BigInt(span), table, address) >>> 0;
    // The area has been written to since its PCs were examined.
    if (length > span) return undefined;
    const pcs = new BigUint64Array(device.arena.words(address, length));
    const counts = new Uint32Array(device.arena.memory.buffer, table, span);
    // The bits that vary within the block are zero where it begins: the low halves are indexes into it.
    const low = Number(BigInt.asUintN(32, least));
    const halves = halvesOf(pcs);
    const hits = new Uint32Array(length);
    for (let k = 0; k < length; k++) hits[k] = counts[((halves[2 * k] as number) - low) >>> 0] as number;
    return { pcs, hits };
  } finally {
    region.release();
  }
}

function foldSparse(
  device: Device,
  { __kcov_fold_pcs: fold }: FoldRoutines,
  area: KcovMapping,
  count: number,
): PcCounts {
  return withTable(device, count, { place: FOLD_PC_BYTES, entry: 4 }, ({ table, bits, entries, most }) => {
    const length = fold(firstOf(area), count, table, bits, entries, most) >>> 0;
    if (length > most) return undefined;
    const memory = new Uint32Array(device.arena.memory.buffer);
    const pcs = new BigUint64Array(length);
    const hits = new Uint32Array(length);
    const out = halvesOf(pcs);
    for (let k = 0; k < length; k++) {
      const place = (memory[(entries >>> 2) + k] as number) >>> 2;
      out[2 * k] = memory[place] as number;
      out[2 * k + 1] = memory[place + 1] as number;
      hits[k] = memory[place + 2] as number;
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
  const count = countRecords(area.words, KCOV_WORDS_PER_CMP);
  return withTable(device, count, { place: 4, entry: FOLD_COMPARISON_BYTES }, ({ table, bits, entries, most }) => {
    const length = fold(firstOf(area), count, table, bits, entries, most) >>> 0;
    if (length > most) return undefined;
    const words = device.arena.words(entries, (length * FOLD_COMPARISON_BYTES) / WORD_BYTES);
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

/**
 * The first table has 2^n slots, and room for a quarter as many records: most traces have fewer distinct ones. The last
 * table that is tried has room for all records, and at least twice as many slots.
 */
const FIRST_BITS = 14;

/** A hash table in scratch memory, with byte addresses. */
interface Table {
  readonly table: number;
  readonly bits: number;
  readonly entries: number;
  readonly most: number;
}

/**
 * Folds with a table of one size, and with a larger one if `fold` finds that it was too small.
 *
 * @throws {KcovError} ENOMEM
 */
function withTable<T>(
  device: Device,
  count: number,
  bytes: { readonly place: number; readonly entry: number },
  fold: (table: Table) => T | undefined,
): T {
  const enough = Math.max(FIRST_BITS, Math.ceil(Math.log2(2 * count)));
  for (let bits = FIRST_BITS; ; bits = Math.min(bits + 2, enough)) {
    const most = bits === enough ? count : Math.min(2 ** (bits - 2), count);
    // A multiplication, not a shift: the size may not fit into 32 bits, and then the allocation must fail.
    const tableBytes = bytes.place * 2 ** bits;
    const region = allocateScratch(device, tableBytes + most * bytes.entry, "bytes of a folded trace", "fold");
    try {
      region.bytes.fill(0, 0, tableBytes);
      const { address: table } = region;
      const result = fold({ table, bits, entries: table + tableBytes, most });
      if (result !== undefined) return result;
    } finally {
      region.release();
    }
  }
}
