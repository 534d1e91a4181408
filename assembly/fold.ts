/**
 * Folding a trace: its distinct records, in the order of their first occurrence, and how often each occurs.
 *
 *     PCs          either an array with a u32 for every number in their range, or a hash table
 *     comparisons  table    u32: one more than the index of an entry; 0 for an empty slot
 *                  entries  the record's words, then how often it occurs: u64 each
 *
 * Nothing here is called by instrumented code.
 */

import { FOLD_COMPARISON_BYTES, FOLD_PC_BYTES } from "../src/abi/layout";

/** 2^64 divided by the golden ratio: spreads what differs in a few bits over the upper ones. */
const SPREAD: u64 = 0x9e3779b97f4a7c15;

/** A result that is more PCs than an area can hold. */
const NOT_DENSE: u32 = 0xffffffff;

/**
 * Returns the set of bits in which any of `count` PCs differ: bits above the highest one are the same in every PC.
 * Costs no more than reading the PCs. There is at least one PC.
 */
export function __kcov_differing_bits(first: usize, count: u32): u64 {
  const end = first + ((<usize>count) << 3);
  const pc = load<u64>(first);
  let even: u64 = 0;
  let odd: u64 = 0;
  let at = first;
  for (const last = end - 24; at < last; at += 32) {
    even |= (load<u64>(at) ^ pc) | (load<u64>(at, 16) ^ pc);
    odd |= (load<u64>(at, 8) ^ pc) | (load<u64>(at, 24) ^ pc);
  }
  for (; at < end; at += 8) even |= load<u64>(at) ^ pc;
  return even | odd;
}

/**
 * Folds PCs that lie close together, as those of one module do: `hits` has a u32 for every number from `least` on, and
 * each PC, u64, is appended to `pcs` at its first occurrence. Nothing is searched, so nothing is mispredicted.
 *
 * @param span length of the range: all PCs were in it when it was computed, but the user may have written since
 * @returns the number of distinct PCs; NOT_DENSE if a PC is outside of the range
 */
export function __kcov_fold_dense_pcs(first: usize, count: u32, least: u64, span: u64, hits: usize, pcs: usize): u32 {
  const end = first + ((<usize>count) << 3);
  let next = pcs;
  for (let at = first; at < end; at += 8) {
    const pc = load<u64>(at);
    const offset = pc - least;
    if (offset >= span) return NOT_DENSE;
    const place = hits + ((<usize>offset) << 2);
    const before = load<u32>(place);
    store<u32>(place, before + 1);
    if (before == 0) {
      store<u64>(next, pc);
      next += 8;
    }
  }
  return <u32>((next - pcs) >> 3);
}

/**
 * Folds any `count` PCs, which begin at `first`, into a hash table with slots of FOLD_PC_BYTES: a PC, u64, and how
 * often it occurs, u64. The address of each slot, u32, is appended to `places` in the order in which slots are taken.
 *
 * @param bits the table has 2^bits slots, all zero
 * @param most how many distinct PCs there is room for: at most half as many as slots
 * @returns the number of distinct PCs; one more than `most` if there was no room for all
 */
export function __kcov_fold_pcs(first: usize, count: u32, table: usize, bits: u32, places: usize, most: u32): u32 {
  const mask: usize = (FOLD_PC_BYTES << bits) - 1;
  const shift: u64 = 64 - bits;
  const end = first + ((<usize>count) << 3);
  let length: u32 = 0;
  for (let at = first; at < end; at += 8) {
    const pc = load<u64>(at);
    let offset = <usize>((pc * SPREAD) >> shift) * FOLD_PC_BYTES;
    let hits = load<u64>(table + offset, 8);
    while (load<u64>(table + offset) != pc && hits != 0) {
      offset = (offset + FOLD_PC_BYTES) & mask;
      hits = load<u64>(table + offset, 8);
    }
    if (hits == 0) {
      if (length == most) return most + 1;
      store<u64>(table + offset, pc);
      store<u32>(places + (length << 2), <u32>(table + offset));
      length += 1;
    }
    store<u64>(table + offset, hits + 1, 8);
  }
  return length;
}

/**
 * Folds comparisons, records of type, arg1, arg2, pc. The table refers to entries, which hold the records.
 *
 * @param bits the table has 2^bits slots, all zero
 * @param most how many entries there is room for: at most half as many as slots
 * @returns the number of entries; one more than `most` if there was no room for all
 */
export function __kcov_fold_comparisons(
  first: usize,
  count: u32,
  table: usize,
  bits: u32,
  entries: usize,
  most: u32,
): u32 {
  const mask: u32 = (1 << bits) - 1;
  const shift: u64 = 64 - bits;
  const end = first + ((<usize>count) << 5);
  let length: u32 = 0;
  for (let at = first; at < end; at += 32) {
    const type = load<u64>(at);
    const arg1 = load<u64>(at, 8);
    const arg2 = load<u64>(at, 16);
    const pc = load<u64>(at, 24);
    const hash = (pc + type + rotl(arg1, 21) + rotl(arg2, 42)) * SPREAD;
    let place = <u32>(((hash ^ (hash >> 32)) * SPREAD) >> shift);
    for (;;) {
      const index = load<u32>(table + (place << 2));
      if (index == 0) {
        if (length == most) return most + 1;
        const entry = entries + length * FOLD_COMPARISON_BYTES;
        memory.copy(entry, at, 32);
        store<u64>(entry, 1, 32);
        length += 1;
        store<u32>(table + (place << 2), length);
        break;
      }
      const entry = entries + (index - 1) * FOLD_COMPARISON_BYTES;
      const isSame =
        load<u64>(entry) == type &&
        load<u64>(entry, 8) == arg1 &&
        load<u64>(entry, 16) == arg2 &&
        load<u64>(entry, 24) == pc;
      if (isSame) {
        store<u64>(entry, load<u64>(entry, 32) + 1, 32);
        break;
      }
      place = (place + 1) & mask;
    }
  }
  return length;
}
