/** Function types as their bytes, so that those of two modules can be compared. */

import { SECTION } from "../../binary_format.ts";
import { ByteReader } from "./byte_reader.ts";
import type { Section } from "./sections.ts";

/**
 * The types of a module by index, each as its entry in the type section, one character per byte.
 *
 * @returns undefined if there are types other than function types, or types that refer to others
 */
export function readFunctionTypes(bytes: Uint8Array, sections: readonly Section[]): string[] | undefined {
  const section = sections.find(({ id }) => id === SECTION.type);
  if (!section) return [];
  const reader = new ByteReader(bytes, section.start);
  const keys: string[] = [];
  for (let n = reader.uleb(); n > 0; n--) {
    const start = reader.position;
    if (reader.byte() !== FUNCTION || !skipSimpleTypes(reader) || !skipSimpleTypes(reader)) return undefined;
    keys.push(String.fromCharCode(...bytes.subarray(start, reader.position)));
  }
  return keys;
}

const FUNCTION = 0x60;

/** Skips a vector of one-byte value types. */
function skipSimpleTypes(reader: ByteReader): boolean {
  for (let n = reader.uleb(); n > 0; n--) {
    if (isReference(reader.byte())) return false;
  }
  return true;
}

/** Whether a type is `(ref …)` or `(ref null …)`: a type index may follow. */
export function isReference(type: number): boolean {
  return type === 0x64 || type === 0x63;
}
