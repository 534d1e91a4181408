/**
 * Sets aside the data section, which Binaryen need not see: it would copy every segment, keep it with a name, and copy
 * it again. Nothing in the section changes, provided that it refers to no index that changes. If segments are named it
 * stays, because of the names.
 */

import { SECTION } from "../../binary_format.ts";
import { ByteReader } from "./byte_reader.ts";
import { concat, release } from "./bytes.ts";
import { OP } from "./operators.ts";
import { readSections, type Section } from "./sections.ts";

/** The data section, if it can be set aside; this requires that memories keep their indices. */
export function findFixedData(bytes: Uint8Array, sections: readonly Section[]): Section | undefined {
  const mayBeNamed = sections.some(({ id, name }) => id === SECTION.dataCount || name === "name");
  const data = sections.find(({ id }) => id === SECTION.data);
  return data && !mayBeNamed && isFixed(bytes, data) ? data : undefined;
}

/** Whether every segment has a constant address in memory 0. */
function isFixed(bytes: Uint8Array, { start, end }: Section): boolean {
  const reader = new ByteReader(bytes, start);
  for (let n = reader.uleb(); n > 0; n--) {
    if (reader.uleb() !== ACTIVE) return false;
    const opcode = reader.byte();
    if (opcode !== OP.i32_const && opcode !== OP.i64_const) return false;
    reader.skipLeb();
    if (reader.byte() !== OP.end) return false;
    const length = reader.uleb();
    reader.position += length;
    if (reader.position > end) return false;
  }
  return true;
}

/** Flags of a segment that is copied to memory 0 when the module is instantiated. */
const ACTIVE = 0;

/** Puts the section back, after the code. The arguments are used up. */
export function putDataBack(bytes: Uint8Array<ArrayBuffer>, data: Uint8Array | undefined): Uint8Array<ArrayBuffer> {
  if (!data) return bytes;
  const last = readSections(bytes).findLast(({ id }) => id !== SECTION.custom);
  const at = last?.end ?? 8;
  const whole = concat([bytes.subarray(0, at), data, bytes.subarray(at)]);
  release(bytes);
  return whole;
}
