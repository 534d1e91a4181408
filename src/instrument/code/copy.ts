/** Copies the code of a function to the output, operator by operator, with additions. */

import type { Assembler } from "../wasm/assembler.ts";
import { ByteReader } from "../wasm/byte_reader.ts";
import { OP } from "../wasm/operators.ts";

/** Thrown when what Binaryen wrote does not match the plan. */
export class UnmatchedOperators extends Error {
  constructor(what = "its operators are not written in the order in which they were found") {
    super(what);
  }
}

export class Copy {
  readonly bytes: Uint8Array;
  readonly out: Assembler;
  /** Reads the bytes; it is positioned after the current operator. */
  readonly reader: ByteReader;
  /** Offsets of the current operator, of the one before it and of the one before that; -1 if there is none. */
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
   * Advances to the next operator.
   *
   * @returns its opcode
   * @throws {UnmatchedOperators} it is unknown
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

  /** Writes everything before an offset that has not been written yet. */
  flush(to: number): void {
    this.out.copy(this.bytes, this.copied, to);
    this.copied = to;
  }

  /** Omits everything before an offset that has not been written yet. */
  drop(to: number): void {
    this.copied = to;
  }

  /** The opcode at an offset; -1 if there is no operator. For an opcode with a prefix, the prefix. */
  opcodeAt(offset: number): number {
    return offset < 0 ? -1 : (this.bytes[offset] ?? -1);
  }

  /** @throws {UnmatchedOperators} the operator before the current one is not an integer constant */
  checkConstant(): void {
    const opcode = this.opcodeAt(this.previous);
    if (opcode !== OP.i32_const && opcode !== OP.i64_const) throw new UnmatchedOperators();
  }

  /** The constant of the operator before the current one, of up to 53 bits. */
  previousConstant(): number {
    this.checkConstant();
    return new ByteReader(this.bytes, this.previous + 1).sleb();
  }

  /** The index after a one-byte opcode. */
  indexAt(offset: number): number {
    return new ByteReader(this.bytes, offset + 1).uleb();
  }
}
