/** A target's linear memory, as its host reads and writes it. */

/** An access outside of the memory: WASI functions return EFAULT. */
export class GuestFault extends Error {
  constructor(address: number, length: number, size: number) {
    super(`${length} bytes at ${address} are not inside a memory of ${size} bytes`);
  }
}

/** An address as 32-bit code passes it: unsigned bits in a signed number. */
export type Pointer = number;

/** log2 of the number of bytes of memory that one byte of a dirty map stands for. */
type Shift = number;

/** Where writes are recorded: see {@link GuestMemory.mark}. */
export interface DirtyMap {
  readonly bytes: Uint8Array<ArrayBufferLike>;
  readonly shift: Shift;
}

/**
 * Access to a memory that may grow at any time. Addresses are byte offsets, either unsigned or as WebAssembly passes
 * them to its host: signed, and a bigint for a 64-bit memory.
 */
export class GuestMemory {
  /** Records what is written through this object, so that a reset can restore it. */
  dirty: DirtyMap | undefined;
  readonly #memory: WebAssembly.Memory;
  #bytes: Uint8Array<ArrayBufferLike> = new Uint8Array(0);
  #isShared = false;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  /** The whole memory, at its current size. */
  get bytes(): Uint8Array<ArrayBufferLike> {
    // Growth leaves views with length 0, unless the memory is shared. Asking the memory itself each time would take
    // longer than running a short input.
    if (this.#isShared || this.#bytes.length === 0) this.#look();
    return this.#bytes;
  }

  #look(): void {
    const { buffer } = this.#memory;
    if (this.#bytes.buffer === buffer) return;
    this.#bytes = new Uint8Array(buffer);
    this.#isShared = !(buffer instanceof ArrayBuffer);
  }

  /** @throws {GuestFault} */
  read(address: number | bigint, length: number | bigint): Uint8Array<ArrayBufferLike> {
    const start = this.#range(address, Number(length) >>> 0);
    return this.bytes.subarray(start, start + (Number(length) >>> 0));
  }

  /** A copy as text. @throws {GuestFault} */
  text(address: number | bigint, length: number | bigint): string {
    return new TextDecoder().decode(this.read(address, length).slice());
  }

  /** @throws {GuestFault} */
  write(address: number | bigint, bytes: Uint8Array<ArrayBufferLike>): void {
    const start = this.#range(address, bytes.length);
    this.bytes.set(bytes, start);
    this.mark(start, bytes.length);
  }

  /** Writes zeros. @throws {GuestFault} */
  clear(address: number | bigint, length: number): void {
    const start = this.#range(address, length);
    this.bytes.fill(0, start, start + length);
    this.mark(start, length);
  }

  /** @throws {GuestFault} */
  u32(address: number | bigint): number {
    const start = this.#range(address, 4);
    const { bytes } = this;
    const [a = 0, b = 0, c = 0, d = 0] = [bytes[start], bytes[start + 1], bytes[start + 2], bytes[start + 3]];
    return (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  }

  /** @throws {GuestFault} */
  setU8(address: number | bigint, value: number): void {
    this.#setLittleEndian(address, BigInt(value), 1);
  }

  /** @throws {GuestFault} */
  setU16(address: number | bigint, value: number): void {
    this.#setLittleEndian(address, BigInt(value), 2);
  }

  /** @throws {GuestFault} */
  setU32(address: number | bigint, value: number): void {
    this.#setLittleEndian(address, BigInt(value), 4);
  }

  /** @throws {GuestFault} */
  setU64(address: number | bigint, value: bigint): void {
    this.#setLittleEndian(address, value, 8);
  }

  /** Records that a range was written. */
  mark(start: number, length: number): void {
    if (!this.dirty || length === 0) return;
    const { bytes, shift } = this.dirty;
    // Division, not a 32-bit shift: addresses of a large memory do not fit into 32 bits.
    bytes.fill(1, Math.floor(start / 2 ** shift), Math.floor((start + length - 1) / 2 ** shift) + 1);
  }

  #setLittleEndian(address: number | bigint, value: bigint, length: number): void {
    const start = this.#range(address, length);
    const { bytes } = this;
    for (let k = 0; k < length; k++) bytes[start + k] = Number((value >> BigInt(8 * k)) & 0xffn);
    this.mark(start, length);
  }

  #range(address: number | bigint, length: number): number {
    const start = typeof address === "bigint" ? Number(BigInt.asUintN(64, address)) : address >>> 0;
    const size = this.bytes.length;
    if (start + length > size) throw new GuestFault(start, length, size);
    return start;
  }
}
