/** Writing binary formats. */

import { InstrumentError } from "../../errors.ts";

/** A growing run of bytes. */
export class ByteWriter {
  private bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  /** @param room bytes that it takes without growing */
  constructor(room = 1024) {
    this.bytes = new Uint8Array(room);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  append(bytes: Uint8Array): void {
    this.copy(bytes, 0, bytes.length);
  }

  /** Appends the bytes from one offset to another. */
  copy(from: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    const { bytes } = this;
    if (end - start > FEW) bytes.set(from.subarray(start, end), this.length);
    else for (let i = start, at = this.length; i < end; i++) bytes[at++] = from[i] ?? 0;
    this.length += end - start;
  }

  /** Unsigned LEB128, of up to 53 bits. */
  uleb(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) | 0x80);
    this.byte(rest);
  }

  /** The same in zigzag: of any sign. */
  zigzag(value: number): void {
    this.uleb(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** Unsigned LEB128 of 64 bits. */
  uleb64(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 0x80n; rest >>= 7n) this.byte(Number(rest & 0x7fn) | 0x80);
    this.byte(Number(rest));
  }

  /** Signed LEB128, of up to 53 bits. */
  sleb(value: number): void {
    let rest = value;
    while (rest < -0x40 || rest >= 0x40) {
      const quotient = Math.floor(rest / 0x80);
      this.byte((rest - quotient * 0x80) | 0x80);
      rest = quotient;
    }
    this.byte(rest & 0x7f);
  }

  /** Signed LEB128 of 64 bits, whatever the sign of what is given. */
  sleb64(value: bigint): void {
    let rest = BigInt.asIntN(64, value);
    while (rest < -0x40n || rest >= 0x40n) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.byte(Number(rest & 0x7fn));
  }

  /** Begins anew; what was written before is overwritten. */
  clear(): void {
    this.length = 0;
  }

  /** What was written, until something else is. */
  written(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }

  private reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.bytes.length, needed));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }
}

/** A number in unsigned LEB128. */
export function uleb(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new ByteWriter(8);
  bytes.uleb(value);
  return bytes.written();
}

/** Fewer are copied faster one by one. */
const FEW = 64;

/** A long run of bytes, which grows where it is and is given back while it is moved to where it belongs. */
export class Spool {
  private readonly buffer: ArrayBuffer;
  private readonly bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  /** @param most bytes that it may have; only what is used takes memory */
  constructor(most: number = MAX_MODULE) {
    this.buffer = new ArrayBuffer(0, { maxByteLength: most });
    this.bytes = new Uint8Array(this.buffer);
  }

  /** @throws {InstrumentError} ERR_UNSUPPORTED for more than it may have */
  append(bytes: Uint8Array): void {
    const end = this.length + bytes.length;
    if (end > this.bytes.length) this.grow(end);
    this.bytes.set(bytes, this.length);
    this.length = end;
  }

  private grow(needed: number): void {
    const { maxByteLength } = this.buffer;
    if (needed > maxByteLength) {
      throw new InstrumentError(
        "ERR_UNSUPPORTED",
        `the output has more than the ${maxByteLength} bytes that engines take`,
      );
    }
    this.buffer.resize(Math.min(maxByteLength, needed + (needed >> 4)));
  }

  /** Moves everything to where it belongs. Nothing is left here. */
  moveTo(target: Uint8Array, position: number): void {
    while (this.length > 0) {
      const start = Math.max(0, this.length - PIECE);
      target.set(this.bytes.subarray(start, this.length), position + start);
      this.buffer.resize(start);
      this.length = start;
    }
  }
}

/** In bytes: engines take no module above this. */
const MAX_MODULE = 1 << 30;

/** How many bytes are moved at a time. */
const PIECE = 1 << 20;

/** Gives back the memory of bytes that nothing uses any more, without waiting for the garbage collector. */
export function release({ buffer }: Uint8Array): void {
  // Node.js 20 has no way to.
  if ("transfer" in buffer) (buffer as { transfer(length: number): unknown }).transfer(0);
}

/** The parts one after the other. Spools are empty then. */
export function concat(parts: readonly (Uint8Array | Spool)[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    const { length } = part;
    if (part instanceof Spool) part.moveTo(result, position);
    else result.set(part, position);
    position += length;
  }
  return result;
}
