/** Lists of address ranges: `.debug_ranges` (version 4) and `.debug_rnglists` (version 5). */

import { DW_RLE } from "./constants.ts";
import { Reader } from "./reader.ts";

/** Addresses from the first up to, but not including, the second. */
export type Range = readonly [low: number, high: number];

/** The most ranges in a list: a longer one is damaged. */
const MAX_RANGES = 1 << 20;

/** Looks up addresses by index, as in version 5. */
export type AddressOf = (index: number) => number;

/**
 * Reads a list of `.debug_ranges`.
 *
 * @param base the unit's low pc, to which offsets are relative
 * @throws {DamagedSection}
 */
export function readRanges4(bytes: Uint8Array, offset: number, addressSize: number, base: number): Range[] {
  const reader = new Reader(bytes, ".debug_ranges", offset);
  const largest = addressSize === 8 ? 2 ** 64 : 2 ** 32 - 1;
  const ranges: Range[] = [];
  let from = base;
  while (ranges.length < MAX_RANGES) {
    const low = reader.unsigned(addressSize);
    const high = reader.unsigned(addressSize);
    if (low === 0 && high === 0) break;
    if (low >= largest) from = high;
    else if (low < high) ranges.push([from + low, from + high]);
  }
  return ranges;
}

/**
 * Reads a list of `.debug_rnglists`.
 *
 * @throws {DamagedSection}
 */
export function readRanges5(
  bytes: Uint8Array,
  offset: number,
  addressSize: number,
  base: number,
  addressOf: AddressOf,
): Range[] {
  const reader = new Reader(bytes, ".debug_rnglists", offset);
  const ranges: Range[] = [];
  const add = (low: number, high: number): void => {
    if (low < high) ranges.push([low, high]);
  };
  let from = base;
  while (ranges.length < MAX_RANGES) {
    const kind = reader.u8();
    if (kind === DW_RLE.end_of_list) break;
    if (kind === DW_RLE.base_addressx) from = addressOf(reader.uleb());
    else if (kind === DW_RLE.base_address) from = reader.unsigned(addressSize);
    else if (kind === DW_RLE.offset_pair) add(from + reader.uleb(), from + reader.uleb());
    else if (kind === DW_RLE.startx_endx) add(addressOf(reader.uleb()), addressOf(reader.uleb()));
    else if (kind === DW_RLE.start_end) add(reader.unsigned(addressSize), reader.unsigned(addressSize));
    else if (kind === DW_RLE.startx_length || kind === DW_RLE.start_length) {
      const low = kind === DW_RLE.startx_length ? addressOf(reader.uleb()) : reader.unsigned(addressSize);
      add(low, low + reader.uleb());
    } else throw reader.damaged(`a range of kind ${kind}`);
  }
  return ranges;
}
