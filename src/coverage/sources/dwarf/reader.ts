/** Reads the encodings in DWARF sections, little-endian, and never past the end. */

import { LebReader } from "../../../binary_format.ts";

/** A section ends early or is inconsistent. What was read from it so far may be kept. */
export class DamagedSection extends Error {
  override readonly name = "DamagedSection";
}

const DECODER = new TextDecoder();

export class Reader extends LebReader {
  readonly section: string;
  end: number;
  readonly #view: DataView;

  /** @param section the section's name, for messages */
  constructor(bytes: Uint8Array, section: string, position = 0, end: number = bytes.length) {
    super(bytes, position);
    this.section = section;
    this.end = Math.min(end, bytes.length);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.position >= this.end;
  }

  damaged(what: string): DamagedSection {
    return new DamagedSection(`${this.section} is damaged at byte ${this.position}: ${what}`);
  }

  u8(): number {
    return this.bytes[this.take(1)] as number;
  }

  i8(): number {
    return this.#view.getInt8(this.take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.take(2), true);
  }

  u24(): number {
    const at = this.take(3);
    return this.#view.getUint16(at, true) | (this.#view.getUint8(at + 2) << 16);
  }

  u32(): number {
    return this.#view.getUint32(this.take(4), true);
  }

  /** 64 bits as a number, which loses low bits above 2^53: no offset or address in a wasm module is that large. */
  u64(): number {
    const at = this.take(8);
    return this.#view.getUint32(at, true) + this.#view.getUint32(at + 4, true) * 2 ** 32;
  }

  /** An offset into a section: 4 bytes, or 8 in the 64-bit format. */
  offset(is64: boolean): number {
    return is64 ? this.u64() : this.u32();
  }

  /** An unsigned number of `size` bytes. */
  unsigned(size: number): number {
    if (size === 4) return this.u32();
    if (size === 8) return this.u64();
    if (size === 2) return this.u16();
    if (size === 1) return this.u8();
    throw this.damaged(`a number of ${size} bytes`);
  }

  override uleb(): number {
    const first = this.bytes[this.position] ?? 0;
    // Most are of one byte, and there are millions of them.
    if (first < 0x80 && this.position < this.end) return this.u8();
    return this.checked(super.uleb());
  }

  override sleb(): number {
    return this.checked(super.sleb());
  }

  override skipLeb(): void {
    super.skipLeb();
    this.checked(0);
  }

  /** Text up to a zero byte. */
  text(): string {
    const start = this.position;
    this.skipText();
    return DECODER.decode(this.bytes.subarray(start, this.position - 1));
  }

  skipText(): void {
    const zero = this.bytes.indexOf(0, this.position);
    if (zero < 0 || zero >= this.end) throw this.damaged("text without an end");
    this.position = zero + 1;
  }

  skip(bytes: number): void {
    this.take(bytes);
  }

  /** Reads the length of a unit that begins here, and its format. The unit must be inside the section. */
  unitLength(): { is64: boolean; end: number } {
    let length = this.u32();
    const is64 = length === 0xffffffff;
    if (is64) length = this.u64();
    else if (length >= 0xfffffff0) throw this.damaged("a length that is reserved");
    const end = this.position + length;
    if (end > this.end) throw this.damaged(`a unit of ${length} bytes where ${this.end - this.position} are left`);
    return { is64, end };
  }

  /** @returns the number that was just read */
  private checked(value: number): number {
    if (!(this.position > 0 && this.position <= this.end)) {
      this.position = this.end;
      throw this.damaged("it ends early");
    }
    if ((this.bytes[this.position - 1] as number) >= 0x80) throw this.damaged("a number of more than 64 bits");
    return value;
  }

  private take(bytes: number): number {
    const at = this.position;
    if (bytes > this.end - at || at < 0) throw this.damaged("it ends early");
    this.position = at + bytes;
    return at;
  }
}
