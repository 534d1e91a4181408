/**
 * The file that a process leaves: its counts, module by module (docs/profile-format.md). Numbers are little-endian.
 *
 *     0   magic "wkcovpro"
 *     8   version, 32 bits
 *     12  length of the header in bytes, 32 bits
 *     16  SHA-256 of everything that follows
 *     48  the header: JSON in UTF-8
 *         the counts of each module, in the header's order
 *
 * What processes have in common is not repeated in each file: the original modules and their pc tables are next to it,
 * named by their contents.
 */

import type { StoredMemoryError } from "./memory_error.ts";
import type { CountKind, ModuleIdentity } from "./profile.ts";

export const PROFILE_VERSION = 1;

const MAGIC = "wkcovpro";
const VERSION_OFFSET = 8;
const HEADER_LENGTH_OFFSET = 12;
const HASH_OFFSET = 16;
const HEADER_OFFSET = 48;

/** What a process records about itself. */
export interface ProcessRecord {
  readonly pid: number;
  /** The program and its arguments. */
  readonly command: string;
  /** Version of Node.js. */
  readonly node: string;
  /** What was not covered, and why: one line each. */
  readonly notes: readonly string[];
  /** Modules that the run does not cover, by the places from which they were loaded. */
  readonly leftOut: readonly string[];
  /** Memory errors that were found in sanitized modules. */
  readonly memoryErrors?: readonly StoredMemoryError[];
}

/** A module's counts as stored in a file. */
export interface StoredModule extends ModuleIdentity {
  readonly kind: CountKind;
  /** SHA-256 of the pc table. */
  readonly pcTable: string;
  /** Number of counters; 0 if the process created no instance of the module. */
  readonly counters: number;
  /** Values of the counters, in order, as encoded by `encodeCounts`. */
  readonly counts: Uint8Array;
}

/** The contents of a file. */
export interface StoredProfile {
  readonly process: ProcessRecord;
  readonly modules: readonly StoredModule[];
}

/** A file that is not a profile, or cannot be read. The message says what is wrong, without the file's name. */
export class ProfileError extends Error {
  override readonly name = "ProfileError";
}

/** Computes SHA-256. Callers that have files also have a faster implementation than JavaScript's. */
type Hash = (bytes: Uint8Array) => Uint8Array;

/** Encodes a profile. @param hash SHA-256 */
export function encodeProfile(profile: StoredProfile, hash: Hash): Uint8Array<ArrayBuffer> {
  const modules = profile.modules.map(({ counts, ...module }) => ({ ...module, length: counts.length }));
  const header = new TextEncoder().encode(JSON.stringify({ process: profile.process, modules }));
  const length = profile.modules.reduce((sum, { counts }) => sum + counts.length, HEADER_OFFSET + header.length);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode(MAGIC));
  view.setUint32(VERSION_OFFSET, PROFILE_VERSION, true);
  view.setUint32(HEADER_LENGTH_OFFSET, header.length, true);
  bytes.set(header, HEADER_OFFSET);
  let position = HEADER_OFFSET + header.length;
  for (const { counts } of profile.modules) {
    bytes.set(counts, position);
    position += counts.length;
  }
  bytes.set(hash(bytes.subarray(HEADER_OFFSET)), HASH_OFFSET);
  return bytes;
}

/**
 * Decodes a file. The counts are views of it, not copies, and not yet checked.
 *
 * @param hash SHA-256
 * @throws {ProfileError}
 */
export function decodeProfile(bytes: Uint8Array, hash: Hash): StoredProfile {
  if (bytes.length < HEADER_OFFSET || new TextDecoder().decode(bytes.subarray(0, VERSION_OFFSET)) !== MAGIC) {
    throw new ProfileError("it is not a profile of wasm-kcov");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const version = view.getUint32(VERSION_OFFSET, true);
  if (version !== PROFILE_VERSION) {
    throw new ProfileError(`it is a profile of version ${version}; this wasm-kcov reads version ${PROFILE_VERSION}`);
  }
  const expected = bytes.subarray(HASH_OFFSET, HEADER_OFFSET);
  const found = hash(bytes.subarray(HEADER_OFFSET));
  if (found.some((byte, index) => byte !== expected[index])) throw new ProfileError("it is damaged or was cut short");
  return readContents(bytes, HEADER_OFFSET + view.getUint32(HEADER_LENGTH_OFFSET, true));
}

/** Reads the contents after the hash was checked, so they are what was written. */
function readContents(bytes: Uint8Array, headerEnd: number): StoredProfile {
  const text = new TextDecoder().decode(bytes.subarray(HEADER_OFFSET, headerEnd));
  const header = JSON.parse(text) as {
    process: ProcessRecord;
    modules: (Omit<StoredModule, "counts"> & { length: number })[];
  };
  let position = headerEnd;
  const modules = header.modules.map(({ length, ...module }) => {
    const counts = bytes.subarray(position, position + length);
    position += length;
    return { ...module, counts };
  });
  return { process: header.process, modules };
}
