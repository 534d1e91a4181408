/** A dictionary extracted from the module: constants in its comparisons, and strings in its data. */

import { ByteReader } from "../../instrument/wasm/byte_reader.ts";
import { OP } from "../../instrument/wasm/operators.ts";
import { readBodies, readSections } from "../../instrument/wasm/sections.ts";

/** AFL++ uses only the first few hundred tokens, and each costs time. */
const MAX_TOKENS = 1024;
/** Mutations find shorter strings anyway; longer ones are messages to people. */
const MIN_STRING_BYTES = 3;
const MAX_STRING_BYTES = 32;

const SECTION_DATA = 11;

/** How many operators before a comparison its constant may be: `x c op`, or `c x op` for a simple x. */
const REACH = 2;

/** Constants by opcode: size of the value in bytes, and the range of opcodes of the comparisons that take it. */
const CONSTANTS: ReadonlyMap<number, { bytes: 4 | 8; integer: boolean; from: number; to: number }> = new Map([
  [0x41, { bytes: 4, integer: true, from: 0x46, to: 0x4f }],
  [0x42, { bytes: 8, integer: true, from: 0x51, to: OP.i64_ge_u }],
  [0x43, { bytes: 4, integer: false, from: 0x5b, to: 0x60 }],
  [0x44, { bytes: 8, integer: false, from: 0x61, to: 0x66 }],
]);

/**
 * @param binary the original module
 * @returns distinct tokens: integers in both byte orders, then strings
 * @throws {InstrumentError} ERR_MALFORMED
 */
export function dictionaryOf(binary: Uint8Array): Uint8Array[] {
  const tokens = new Map<string, Uint8Array>();
  const add = (token: Uint8Array): void => {
    const key = String.fromCharCode(...token);
    if (tokens.size < MAX_TOKENS && !tokens.has(key)) tokens.set(key, token);
  };
  const sections = readSections(binary);
  for (const { start, end } of readBodies(binary, sections)) addConstants(binary, start, end, add);
  for (const { id, start, end } of sections) if (id === SECTION_DATA) addStrings(binary.subarray(start, end), add);
  return [...tokens.values()];
}

/** Adds the constants of one function. */
function addConstants(binary: Uint8Array, start: number, end: number, add: (token: Uint8Array) => void): void {
  const reader = new ByteReader(binary, start);
  reader.skipLocals();
  /** Opcode of the last constant, where its immediate is, and how many operators ago it was. */
  let constant = 0;
  let immediate = 0;
  let distance = REACH + 1;
  while (reader.position < end) {
    const opcode = reader.opcode();
    distance++;
    const kind = CONSTANTS.get(constant);
    if (kind !== undefined && distance <= REACH && opcode >= kind.from && opcode <= kind.to) {
      const value = kind.integer ? new ByteReader(binary, immediate).sleb64() : undefined;
      if (value === undefined) add(binary.slice(immediate, immediate + kind.bytes));
      else for (const token of encodeInteger(value, kind.bytes)) add(token);
    }
    if (CONSTANTS.has(opcode)) {
      constant = opcode;
      immediate = reader.position;
      distance = 0;
    }
    if (!reader.skipImmediates(opcode)) return;
  }
}

/** Encodes a value in both byte orders, in as few bytes as it needs. A single byte is not worth a token. */
function encodeInteger(value: bigint, most: 4 | 8): Uint8Array[] {
  const magnitude = value < 0n ? -value - 1n : value;
  if (magnitude < 1n << (value < 0n ? 7n : 8n)) return [];
  const width = [2, 4, 8].find((bytes) => magnitude < 1n << BigInt(8 * bytes - (value < 0n ? 1 : 0))) ?? most;
  const little = new Uint8Array(Math.min(width, most));
  for (let k = 0; k < little.length; k++) little[k] = Number((value >> BigInt(8 * k)) & 0xffn);
  return [little, little.slice().reverse()];
}

function addStrings(data: Uint8Array, add: (token: Uint8Array) => void): void {
  let start = 0;
  for (let at = 0; at <= data.length; at++) {
    const byte = data[at] ?? 0;
    if (byte >= 0x20 && byte < 0x7f) continue;
    const length = at - start;
    if (length >= MIN_STRING_BYTES && length <= MAX_STRING_BYTES) add(data.slice(start, at));
    start = at + 1;
  }
}
