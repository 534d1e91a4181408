/** The binary format of WebAssembly, as far as it is read outside of the pass: how modules begin, sections, numbers. */

/** What a module begins with: `\0asm`, and version 1. */
export const MODULE_HEADER: readonly number[] = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** Whether bytes say that they are a binary of WebAssembly. Nothing else of them is looked at. */
export function hasMagic(bytes: Uint8Array): boolean {
  for (let k = 0; k < 4; k++) if (bytes[k] !== MODULE_HEADER[k]) return false;
  return true;
}

/** Ids of sections. */
// biome-ignore format: a list
export const SECTION = {
  custom: 0, type: 1, import: 2, function: 3, table: 4, memory: 5, global: 6, export: 7, start: 8, element: 9, code: 10,
  data: 11, dataCount: 12,
} as const;

/** A range of bytes in a module: a section, or the body of a function. */
export interface ByteRange {
  readonly start: number;
  /** Offset of the first byte after it. */
  readonly end: number;
}

/**
 * A position in bytes, which LEB128 numbers are read at. Reading after the end yields zeros; callers compare with the end.
 * Numbers are cut after ten bytes: none has more.
 */
export class LebReader {
  readonly bytes: Uint8Array;
  position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.bytes = bytes;
    this.position = position;
  }

  byte(): number {
    return this.bytes[this.position++] ?? 0;
  }

  /** An unsigned number, exact up to 53 bits. */
  uleb(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 70; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    return value;
  }

  /** An unsigned number of 64 bits. */
  uleb64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return BigInt.asUintN(64, value);
  }

  /** A signed number, exact up to 53 bits. */
  sleb(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 70; scale *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return byte & 0x40 ? value - scale * 0x80 : value;
    }
    return value;
  }

  /** A signed number of 64 bits. */
  sleb64(): bigint {
    const start = this.position;
    const value = this.uleb64();
    const bits = 7 * (this.position - start);
    return BigInt.asIntN(Math.min(bits, 64), value);
  }

  skipLeb(): void {
    while (this.byte() >= 0x80);
  }
}
