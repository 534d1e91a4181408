/**
 * The profile of a standalone module, written by the module itself or by its host (src/abi/standalone.ts,
 * docs/profile-format.md).
 */

import { bytesToHex } from "@noble/hashes/utils";
import { STANDALONE_HEADER_WORDS, STANDALONE_MAGIC, STANDALONE_VERSION } from "../../abi/standalone.ts";
import { counterPcs, type PcTable } from "../../instrument/pc_table.ts";
import { encodeCounts } from "./counts.ts";
import { ProfileError, type StoredModule } from "./format.ts";

/** The contents of a file. */
export interface StandaloneProfile {
  /** SHA-256 of the pc table, in hexadecimal. */
  readonly pcTable: string;
  readonly counters: BigUint64Array;
}

/** Where the counting module came from; without the original, the name of the instrumented module has to do. */
export interface StandaloneOrigin {
  readonly name: string;
  readonly locations: readonly string[];
}

const HEADER_BYTES = 8 * STANDALONE_HEADER_WORDS;
const HASH_OFFSET = 16;
const HASH_BYTES = 32;

/** Whether a file begins like such a profile. */
export function isStandaloneProfile(bytes: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(bytes.subarray(0, STANDALONE_MAGIC.length)) === STANDALONE_MAGIC;
}

/** Decodes a file. @throws {ProfileError} */
export function decodeStandaloneProfile(bytes: Uint8Array): StandaloneProfile {
  if (!isStandaloneProfile(bytes)) throw new ProfileError("it is not a profile of a standalone module");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < HEADER_BYTES) throw new ProfileError("it was cut short");
  const version = view.getUint32(8, true);
  if (version !== STANDALONE_VERSION) {
    throw new ProfileError(`it is of version ${version}; this wasm-kcov reads version ${STANDALONE_VERSION}`);
  }
  const count = view.getUint32(12, true);
  const expected = HEADER_BYTES + 8 * count;
  if (bytes.length !== expected) {
    throw new ProfileError(bytes.length < expected ? "it was cut short" : "it has more than its counters");
  }
  return {
    pcTable: bytesToHex(bytes.subarray(HASH_OFFSET, HASH_OFFSET + HASH_BYTES)),
    counters: BigUint64Array.from({ length: count }, (_, k) => view.getBigUint64(HEADER_BYTES + 8 * k, true)),
  };
}

/**
 * Converts such a profile to the form of all others.
 *
 * @param table the pc table that it refers to
 * @throws {ProfileError} the table has a different number of counters
 */
export function storedFromStandalone(
  { pcTable, counters }: StandaloneProfile,
  table: PcTable,
  { name, locations }: StandaloneOrigin,
): StoredModule {
  const expected = counterPcs(table).length;
  if (counters.length !== expected) {
    throw new ProfileError(`it has ${counters.length} counters where the module has ${expected}`);
  }
  const { sha256, bytes } = table.original;
  const kind = table.counters === "64bit" ? "counts" : "hits";
  const counts = kind === "counts" ? counters : Uint8Array.from(counters, (counter) => (counter > 0n ? 1 : 0));
  return {
    ...{ sha256, name, locations, scripts: [], bytes, kind, pcTable },
    ...{ counters: counters.length, counts: encodeCounts(counts) },
  };
}
