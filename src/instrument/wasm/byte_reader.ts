/** Reading the binary format. */

import { LebReader } from "../../binary_format.ts";
import { immediatesOf } from "./operators.ts";

/** A position in the bytes of a module. */
export class ByteReader extends LebReader {
  /** A name: its length and UTF-8. */
  name(): string {
    const length = this.uleb();
    const start = this.position;
    this.position += length;
    return new TextDecoder().decode(this.bytes.subarray(start, this.position));
  }

  /** The opcode here; 0xfb, 0xfc, 0xfd and 0xfe are followed by a second number. */
  opcode(): number {
    const byte = this.byte();
    return byte >= 0xfb && byte <= 0xfe ? (byte << 16) | this.uleb() : byte;
  }

  /** Skips what a body begins with: groups of locals, each a count and a type. */
  skipLocals(): void {
    for (let groups = this.uleb(); groups > 0; groups--) {
      this.skipLeb();
      this.skipValueType();
    }
  }

  /** @returns false for an unknown one */
  skipOperator(): boolean {
    return this.skipImmediates(this.opcode());
  }

  /** Skips the immediates of an opcode. @returns false for an unknown opcode */
  skipImmediates(opcode: number): boolean {
    const shape = immediatesOf(opcode);
    if (shape === undefined) return false;
    for (let i = 0; i < shape.length; i++) this.skipImmediate(shape.charCodeAt(i));
    return true;
  }

  private skipImmediate(letter: number): void {
    if (letter === LETTER_LEB) this.skipLeb();
    else if (letter === LETTER_MEMORY) this.skipMemoryArgument();
    else if (letter === LETTER_TYPE) this.skipValueType();
    else if (letter === LETTER_TYPES) for (let n = this.uleb(); n > 0; n--) this.skipValueType();
    else if (letter === LETTER_LABELS) for (let n = this.uleb() + 1; n > 0; n--) this.skipLeb();
    else if (letter === LETTER_CLAUSES) for (let n = this.uleb(); n > 0; n--) this.skipCatchClause();
    else this.position += letter === LETTER_SIXTEEN ? 16 : letter - LETTER_ZERO;
  }

  /** Alignment, memory index when its bit 6 is set, offset. */
  private skipMemoryArgument(): void {
    if (this.uleb() & 0x40) this.skipLeb();
    this.skipLeb();
  }

  /** A value or block type: one number, and a heap type after `(ref …)` and `(ref null …)`. */
  skipValueType(): void {
    const first = this.bytes[this.position];
    this.skipLeb();
    if (first === 0x63 || first === 0x64) this.skipLeb();
  }

  /** catch and catch_ref name a tag, catch_all and catch_all_ref do not; all name a label. */
  private skipCatchClause(): void {
    if (this.byte() < 2) this.skipLeb();
    this.skipLeb();
  }
}

const LETTER_LEB = letter("l");
const LETTER_MEMORY = letter("m");
const LETTER_TYPE = letter("b");
const LETTER_TYPES = letter("t");
const LETTER_LABELS = letter("v");
const LETTER_CLAUSES = letter("c");
const LETTER_SIXTEEN = letter("9");
const LETTER_ZERO = letter("0");

function letter(text: string): number {
  return text.charCodeAt(0);
}
