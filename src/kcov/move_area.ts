/** Moving a section's records into the descriptor's area. */

import { KCOV_MODE_TRACE_CMP, KCOV_WORDS_PER_CMP } from "../abi/kcov.ts";
import { COUNT_WORDS, WORD_BYTES } from "../abi/layout.ts";
import type { Arena } from "../memory/arena.ts";

/** How much of a section's area fits into the descriptor's. */
export interface AreaMove {
  /** Bytes to copy; the last ones may be part of a record that is not counted. */
  bytes: number;
  /** Number of whole records among them, by which the count grows. */
  entries: number;
}

/**
 * Appends the records of the area at `source` to the one at `destination` (byte addresses): kcov_move_area. The
 * earliest records are kept, those that do not fit are lost. A destination whose count exceeds its capacity gets
 * nothing.
 *
 * The count is stored atomically after the data: a reader that loads it with acquire sees the records.
 */
export function moveArea(arena: Arena, mode: number, destination: number, size: number, source: number): void {
  const count = arena.load64(destination);
  const move = planMove(mode, size, count, arena.load64(source));
  if (move === undefined) return;
  const from = source + COUNT_WORDS * WORD_BYTES;
  const to = destination + COUNT_WORDS * WORD_BYTES + Number(count) * entryBytes(mode);
  arena.bytes(to, move.bytes).set(arena.bytes(from, move.bytes));
  arena.publish64(destination, count + BigInt(move.entries));
}

/**
 * @param size length of the destination in words
 * @param count number of records in the destination, as the user left word 0
 * @param sourceCount number of records in the source
 * @returns undefined if nothing may be moved
 */
export function planMove(mode: number, size: number, count: bigint, sourceCount: bigint): AreaMove | undefined {
  const recordBytes = entryBytes(mode);
  const dataBytes = (size - COUNT_WORDS) * WORD_BYTES;
  if (count > BigInt(Math.floor(dataBytes / recordBytes))) return undefined;
  const freeBytes = dataBytes - Number(count) * recordBytes;
  const bytes = Math.min(freeBytes, Number(sourceCount) * recordBytes);
  return { bytes, entries: Math.floor(bytes / recordBytes) };
}

function entryBytes(mode: number): number {
  return mode === KCOV_MODE_TRACE_CMP ? KCOV_WORDS_PER_CMP * WORD_BYTES : WORD_BYTES;
}
