/** The code of a function on its way into the output, operator by operator, with additions. */

import type { Assembler } from "../wasm/assembler.ts";
import { ByteReader } from "../wasm/byte_reader.ts";
import { OP } from "../wasm/operators.ts";

/** What Binaryen wrote is not what was planned for. */
export class UnmatchedOperators extends Error {
  constructor(what = "its operators are not written in the order in which they were found") {
    super(what);
  }
}

export class Copy {
  readonly bytes: Uint8Array;
  readonly out: Assembler;
  /** Reads the bytes; it is after the operator at hand. */
  readonly reader: ByteReader;
  /** Offset of the operator at hand, of the one before it and of the one before that; -1 where there is none. */
  at = -1;
  previous = -1;
  beforePrevious = -1;
  /** Everything before this offset is in the output. */
  private copied: number;

  constructor(bytes: Uint8Array, start: number, out: Assembler) {
    this.bytes = bytes;
    this.out = out;
    this.reader = new ByteReader(bytes, start);
    this.copied = start;
  }

  /**
   * Goes on to the next operator.
   *
   * @returns its opcode
   * @throws {UnmatchedOperators} one that is not known
   */
  next(): number {
    const { reader } = this;
    this.beforePrevious = this.previous;
    this.previous = this.at;
    this.at = reader.position;
    const opcode = reader.opcode();
    if (!reader.skipImmediates(opcode)) {
      throw new UnmatchedOperators(`it is written with an operator that is not known, 0x${opcode.toString(16)}`);
    }
    return opcode;
  }

  /** Writes everything before an offset that is not written yet. */
  flush(to: number): void {
    this.out.copy(this.bytes, this.copied, to);
    this.copied = to;
  }

  /** Leaves out what is before an offset and not written yet. */
  drop(to: number): void {
    this.copied = to;
  }

  /** The opcode at an offset; -1 where there is no operator. One with a prefix is given as that. */
  opcodeAt(offset: number): number {
    return offset < 0 ? -1 : (this.bytes[offset] ?? -1);
  }

  /** @throws {UnmatchedOperators} the operator before the one at hand makes no integer constant */
  checkConstant(): void {
    const opcode = this.opcodeAt(this.previous);
    if (opcode !== OP.i32_const && opcode !== OP.i64_const) throw new UnmatchedOperators();
  }

  /** The constant that the operator before the one at hand makes, of 53 bits. */
  previousConstant(): number {
    this.checkConstant();
    return new ByteReader(this.bytes, this.previous + 1).sleb();
  }

  /** The index after an opcode of one byte. */
  indexAt(offset: number): number {
    return new ByteReader(this.bytes, offset + 1).uleb();
  }
}
