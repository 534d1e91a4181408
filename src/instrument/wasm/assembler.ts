/** Writing code in the binary format. */

import { ByteWriter } from "./bytes.ts";
import { OP } from "./operators.ts";

/** Types of values, as in the binary. */
export const TYPE = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

/** Type of a block without operands and results. */
export const NO_RESULT = 0x40;

export class Assembler extends ByteWriter {
  /** An operator with an index, or with none. */
  op(opcode: number, index?: number): void {
    this.byte(opcode);
    if (index !== undefined) this.uleb(index);
  }

  /** @param value of any sign */
  i32(value: number): void {
    this.byte(OP.i32_const);
    this.sleb(value | 0);
  }

  /** @param value in 53 bits */
  i64(value: number): void {
    this.byte(OP.i64_const);
    this.sleb(value);
  }

  /** @param value in 64 bits, with or without a sign */
  i64Big(value: bigint): void {
    this.byte(OP.i64_const);
    this.sleb64(value);
  }
}
