/** Writing code in the binary format. */

import { ByteWriter } from "./bytes.ts";
import { OP } from "./operators.ts";

/** Encodings of value types in the binary. */
export const TYPE = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

/** Encoding of the type of a block without operands and results. */
export const NO_RESULT = 0x40;

export class Assembler extends ByteWriter {
  /** An operator with or without an index. */
  op(opcode: number, index?: number): void {
    this.byte(opcode);
    if (index !== undefined) this.uleb(index);
  }

  /** @param value of any sign */
  i32(value: number): void {
    this.byte(OP.i32_const);
    this.sleb(value | 0);
  }

  /** @param value of up to 53 bits */
  i64(value: number): void {
    this.byte(OP.i64_const);
    this.sleb(value);
  }

  /** @param value of 64 bits, signed or unsigned */
  i64Big(value: bigint): void {
    this.byte(OP.i64_const);
    this.sleb64(value);
  }
}
