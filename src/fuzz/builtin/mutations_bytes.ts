/** In-place mutations of bytes, bits and integers. Each returns the input's new size, or −1 if it does not apply. */

import type { MutationState } from "./mutation_state.ts";

/** Values that programs treat as edge cases, besides the powers of two. */
const EDGES_8 = [0, 1, 16, 32, 64, 100, 127, 128, 255];
const EDGES_16 = [...EDGES_8, 256, 512, 1000, 1024, 4096, 32767, 32768, 65280, 65534, 65535];
const EDGES_32 = [...EDGES_16, 65536, 100000, 0x7ffffffe, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];
const FLOATS = [0, -0, 1, -1, 0.5, 2, 10, 100, 1000, 1e6, 1e-6, 1e300, 2 ** 31, 2 ** 53, Infinity, -Infinity, NaN];
/** The most that is added to or subtracted from an integer. */
const MAX_STEP = 35;

export function changeByte({ data, random }: MutationState, size: number): number {
  if (size === 0) return -1;
  data[random.below(size)] = random.below(256);
  return size;
}

export function changeBit({ data, random }: MutationState, size: number): number {
  if (size === 0) return -1;
  const at = random.below(size);
  data[at] = (data[at] as number) ^ (1 << random.below(8));
  return size;
}

export function insertByte({ data, random, limit }: MutationState, size: number): number {
  if (size >= limit) return -1;
  const at = random.below(size + 1);
  data.copyWithin(at + 1, at, size);
  data[at] = random.below(256);
  return size + 1;
}

/** Shuffles up to eight adjacent bytes. */
export function shuffleBytes({ data, random }: MutationState, size: number): number {
  if (size < 2) return -1;
  const length = Math.min(size, 2 + random.below(7));
  const start = random.below(size - length + 1);
  for (let k = length - 1; k > 0; k--) {
    const other = start + random.below(k + 1);
    const byte = data[start + k] as number;
    data[start + k] = data[other] as number;
    data[other] = byte;
  }
  return size;
}

/** Changes a number in decimal digits, keeping the number of digits. */
export function changeAsciiInteger({ data, random }: MutationState, size: number): number {
  if (size === 0) return -1;
  let start = random.below(size);
  while (start < size && !isDigit(data[start] as number)) start++;
  if (start === size) return -1;
  while (start > 0 && isDigit(data[start - 1] as number)) start--;
  let end = start;
  let value = 0;
  while (end < size && end - start < 15 && isDigit(data[end] as number))
    value = value * 10 + (data[end++] as number) - 48;
  value = changedInteger(value, random.below(5), random.below(value * value + 1));
  for (let at = end - 1; at >= start; at--) {
    data[at] = 48 + (value % 10);
    value = Math.floor(value / 10);
  }
  return size;
}

/** Changes an integer of 1, 2, 4 or 8 bytes in either byte order by a little, or sets it to the input's size. */
export function changeBinaryInteger({ data, random }: MutationState, size: number): number {
  const width = 1 << random.below(4);
  if (size < width) return -1;
  const at = random.below(size - width + 1);
  const bigEndian = random.oneIn(2);
  if (at < 64 && random.oneIn(4)) {
    writeInteger(data, at, width, bigEndian, size);
    return size;
  }
  let carry = random.below(2 * MAX_STEP + 1) - MAX_STEP;
  for (let k = 0; k < width && carry !== 0; k++) {
    const byte = bigEndian ? at + width - 1 - k : at + k;
    const sum = (data[byte] as number) + carry;
    data[byte] = sum;
    carry = sum >> 8;
  }
  return size;
}

/** Writes an edge-case value: an integer of 1, 2, 4 or 8 bytes, or a float. */
export function putEdgeValue({ data, random, view }: MutationState, size: number): number {
  const width = 1 << random.below(4);
  if (size < width) return -1;
  const at = random.below(size - width + 1);
  const bigEndian = random.oneIn(2);
  if (width >= 4 && random.oneIn(4)) {
    const value = FLOATS[random.below(FLOATS.length)] as number;
    if (width === 4) view.setFloat32(at, value, !bigEndian);
    else view.setFloat64(at, value, !bigEndian);
    return size;
  }
  const edges = width === 1 ? EDGES_8 : width === 2 ? EDGES_16 : EDGES_32;
  const value = edges[random.below(edges.length)] as number;
  writeInteger(data, at, width, bigEndian, random.oneIn(4) ? -value : value);
  return size;
}

/** @param value an integer; it is truncated to the width, in two's complement */
function writeInteger(data: Uint8Array, at: number, width: number, bigEndian: boolean, value: number): void {
  let rest = value;
  for (let k = 0; k < width; k++) {
    data[bigEndian ? at + width - 1 - k : at + k] = rest;
    rest = Math.floor(rest / 256);
  }
}

function changedInteger(value: number, how: number, random: number): number {
  if (how === 0) return value + 1;
  if (how === 1) return Math.max(0, value - 1);
  if (how === 2) return Math.floor(value / 2);
  if (how === 3) return value * 2;
  return random;
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}
