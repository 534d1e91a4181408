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

/** A long run of bytes, in blocks that are given back as it is moved to where it belongs. */
export class Blocks {
  private readonly blocks: Uint8Array<ArrayBuffer>[] = [];
  private readonly blockBytes: number;
  /** How much of the last block is used. */
  private used: number;

  /** @param blockBytes memory is taken in units of this: too small ones would not go back to the system */
  constructor(blockBytes: number) {
    this.blockBytes = blockBytes;
    this.used = blockBytes;
  }

  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.used === this.blockBytes) {
        this.blocks.push(new Uint8Array(this.blockBytes));
        this.used = 0;
      }
      const count = Math.min(this.blockBytes - this.used, bytes.length - at);
      this.blocks.at(-1)?.set(bytes.subarray(at, at + count), this.used);
      this.used += count;
      at += count;
    }
  }

  get length(): number {
    return (this.blocks.length - 1) * this.blockBytes + this.used;
  }

  /** Moves everything to where it belongs. Nothing is left here. */
  moveTo(target: Uint8Array, position: number): void {
    const { length } = this;
    for (let at = 0; at < length; at += this.blockBytes) {
      const block = this.blocks.shift() ?? new Uint8Array(0);
      target.set(block.subarray(0, length - at), position + at);
      release(block);
    }
    this.used = this.blockBytes;
  }
}

/** Gives back the memory of bytes that nothing uses any more, without waiting for the garbage collector. */
export function release({ buffer }: Uint8Array): void {
  // Node.js 20 has no way to.
  if ("transfer" in buffer) (buffer as { transfer(length: number): unknown }).transfer(0);
}

/** The parts behind each other. Blocks are empty then. */
export function concat(parts: readonly (Uint8Array | Blocks)[]): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    const { length } = part;
    if (part instanceof Blocks) part.moveTo(result, position);
    else result.set(part, position);
    position += length;
  }
  return result;
}
