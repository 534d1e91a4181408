/**
 * An entry of the cache: an instrumented module, or the reason why it cannot be instrumented.
 *
 *     0   magic "wkcache2"
 *     8   CRC-32 of all that follows
 *     12  length of the notes in bytes, 32 bits
 *     16  the notes, and the patterns that match nothing: JSON in UTF-8
 *         the instrumented module
 */

import { crc32 } from "./checksum.ts";

/** The result of instrumenting a module. */
export interface CachedModule {
  /** The instrumented module; undefined if it could not be instrumented. */
  readonly binary: Uint8Array<ArrayBuffer> | undefined;
  /** Why there is no binary, or what was left out of it: one line each, without the module's name. */
  readonly notes: readonly string[];
  /** Patterns for functions that match none of the module, where that is not a note of its own. */
  readonly unmatched?: readonly string[];
}

const MAGIC = "wkcache2";
const CHECKSUM_OFFSET = 8;
const LENGTH_OFFSET = 12;
const NOTES_OFFSET = 16;

export function encodeEntry({ binary, notes, unmatched = [] }: CachedModule): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(JSON.stringify({ notes, unmatched }));
  const bytes = new Uint8Array(NOTES_OFFSET + text.length + (binary?.length ?? 0));
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(LENGTH_OFFSET, text.length, true);
  bytes.set(text, NOTES_OFFSET);
  if (binary !== undefined) bytes.set(binary, NOTES_OFFSET + text.length);
  view.setUint32(CHECKSUM_OFFSET, crc32(bytes.subarray(LENGTH_OFFSET)), true);
  return bytes;
}

/** @returns undefined if the entry is damaged or has another version. The module is a view of the bytes, not a copy. */
export function decodeEntry(bytes: Uint8Array<ArrayBuffer>): CachedModule | undefined {
  if (bytes.length < NOTES_OFFSET || new TextDecoder().decode(bytes.subarray(0, CHECKSUM_OFFSET)) !== MAGIC) {
    return undefined;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(CHECKSUM_OFFSET, true) !== crc32(bytes.subarray(LENGTH_OFFSET))) return undefined;
  const end = NOTES_OFFSET + view.getUint32(LENGTH_OFFSET, true);
  const told = JSON.parse(new TextDecoder().decode(bytes.subarray(NOTES_OFFSET, end))) as Omit<CachedModule, "binary">;
  return { ...told, binary: end === bytes.length ? undefined : bytes.subarray(end) };
}
