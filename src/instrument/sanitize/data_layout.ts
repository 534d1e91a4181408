/** Where a module keeps its static data, according to its segments. */

import { SECTION } from "../../binary_format.ts";
import { ByteReader } from "../wasm/byte_reader.ts";
import { EXTERNAL, readImports } from "../wasm/imports.ts";
import { OP } from "../wasm/operators.ts";
import type { Section } from "../wasm/sections.ts";

/** Addresses of bytes that are static data. */
export interface DataExtent {
  readonly start: number;
  readonly end: number;
}

/** The segments that are copied to constant addresses when the module is instantiated. */
export function readDataExtents(bytes: Uint8Array, sections: readonly Section[]): DataExtent[] {
  const section = sections.find(({ id }) => id === SECTION.data);
  if (!section) return [];
  const reader = new ByteReader(bytes, section.start);
  const extents: DataExtent[] = [];
  for (let n = reader.uleb(); n > 0 && reader.position < section.end; n--) {
    const flags = reader.uleb();
    let start: number | undefined;
    if (flags !== PASSIVE) {
      if (flags === WITH_MEMORY) reader.uleb();
      start = readOffset(reader, section.end);
    }
    const length = reader.uleb();
    if (start !== undefined && length > 0) extents.push({ start, end: start + length });
    reader.position += length;
  }
  return extents;
}

const PASSIVE = 1;
const WITH_MEMORY = 2;

/** Reads a constant expression; undefined for any other expression. */
function readOffset(reader: ByteReader, end: number): number | undefined {
  const opcode = reader.opcode();
  const value = opcode === OP.i32_const ? reader.sleb() >>> 0 : undefined;
  if (opcode !== OP.i32_const) reader.skipImmediates(opcode);
  let isOnly = true;
  for (let next = reader.opcode(); next !== OP.end && reader.position < end; next = reader.opcode()) {
    reader.skipImmediates(next);
    isOnly = false;
  }
  return isOnly ? value : undefined;
}

/** The initial value of an i32 global, if it is a constant in the module itself. @param index among all globals */
export function initialValue(bytes: Uint8Array, sections: readonly Section[], index: number): number | undefined {
  let place = index;
  for (const { kind } of readImports(bytes, sections)) {
    if (kind === EXTERNAL.global) place--;
  }
  const section = sections.find(({ id }) => id === SECTION.global);
  if (!section || place < 0) return undefined;
  const reader = new ByteReader(bytes, section.start);
  for (let n = reader.uleb(); n > 0; n--) {
    reader.skipValueType();
    reader.byte();
    const value = readOffset(reader, section.end);
    if (place-- === 0) return value;
  }
  return undefined;
}
