/** Writing binary formats. */

/** A growing run of bytes. */
export class Bytes {
  private bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  private length = 0;

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
  number(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.byte((rest % 0x80) | 0x80);
    this.byte(rest);
  }

  /** The same in zigzag. */
  signed(value: number): void {
    this.number(value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** Unsigned LEB128 of 64 bits. */
  big(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    for (; rest >= 0x80n; rest >>= 7n) this.byte(Number(rest & 0x7fn) | 0x80);
    this.byte(Number(rest));
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

/** Fewer are copied faster one by one. */
const FEW = 64;

/** The parts behind each other. */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    result.set(part, position);
    position += part.length;
  }
  return result;
}
